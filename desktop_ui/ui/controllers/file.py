"""The File menu: opening, saving, closing, without ever losing work or overwriting unasked.

May know: session, file jobs, dialogs. Must not know: the canvas, the daemon.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtWidgets import QFileDialog, QWidget

from daemon.errors import PconvError
from daemon.imagefile import Picture
from desktop_ui.document.document import Document
from desktop_ui.jobs import files, task
from desktop_ui.jobs.files import Loaded, Stamp
from desktop_ui.ui.dialogs.ask import ask
from desktop_ui.ui.session import Session


class FileController(QObject):
    """Signals: loading(bool)."""

    loading = pyqtSignal(bool)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._may_overwrite: Path | None = None
        self._wanted: Path | None = None

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "file.open": self.choose,
            "file.paste": self.paste,
            "file.previous": lambda: self._open_neighbour(-1),
            "file.next": lambda: self._open_neighbour(1),
            "file.save": self.save,
            "file.save_as": self.save_as,
            "file.close": self.close,
        }

    # opening

    def choose(self) -> None:
        document = self._session.document
        folder = str(document.path.parent) if document and document.path else ""
        patterns = " ".join(f"*{suffix}" for suffix in files.PICTURE_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open"), folder, f"{self.tr('Pictures')} ({patterns});;{self.tr('All files')} (*)"
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a picture in the background; what is open stays until it is there."""
        path = path.absolute()
        if not self.may_leave(lambda: self.open(path)):
            return
        self._wanted = path
        self.loading.emit(True)
        task.start(lambda: files.load_picture(path), self._loaded, lambda error: self._not_loaded(path, error))

    def _loaded(self, loaded: Loaded) -> None:
        if loaded.path != self._wanted:
            return
        self._wanted = None
        self.loading.emit(False)
        self._may_overwrite = None
        self._session.settings.add_recent(loaded.path)
        self._session.open(Document(loaded.picture, loaded.path), loaded.stamp)

    def _not_loaded(self, path: Path, error: PconvError) -> None:
        if path == self._wanted:
            self._wanted = None
            self.loading.emit(False)
            self._session.say(error.message, "bad")

    def paste(self) -> None:
        """A picture on the clipboard, or the files copied in a file manager."""
        data = QGuiApplication.clipboard().mimeData()
        urls = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if urls:
            self.open(urls[0])
            return
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            self._session.say(self.tr("There is no picture on the clipboard."))
        elif self.may_leave(self.paste):
            self._session.open(Document(_picture_of(image)))

    def _open_neighbour(self, step: int) -> None:
        document = self._session.document
        around = files.neighbours(document.path) if document.path else []
        if document.path not in around or len(around) < 2:
            self._session.say(self.tr("There is no other picture in this folder."))
            return
        self.open(around[(around.index(document.path) + step) % len(around)])

    # saving

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Write the picture where it came from, asking before the original is replaced."""
        document = self._session.document
        path = document.path
        if path is None:
            self.save_as(then)
            return
        if Stamp.of(path) != self._session.stamp and self._session.stamp is not None:
            answer = ask(
                self._window,
                self.tr("{0} was changed by another program").format(path.name),
                self.tr("Replacing it loses what the other program wrote."),
                [
                    ("copy", self.tr("Save a Copy…"), "yes"),
                    ("replace", self.tr("Replace"), "danger"),
                    ("cancel", self.tr("Cancel"), "no"),
                ],
            )
        elif self._may_overwrite != path:
            answer = ask(
                self._window,
                self.tr("Replace the original {0}?").format(path.name),
                self.tr("The picture as it was before cannot be brought back from disk."),
                [
                    ("copy", self.tr("Save a Copy…"), "yes"),
                    ("replace", self.tr("Replace"), "danger"),
                    ("cancel", self.tr("Cancel"), "no"),
                ],
            )
        else:
            answer = "replace"
        if answer == "copy":
            self.save_as(then)
        elif answer == "replace":
            self._write(path, None, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Write the picture to a new file, from then on the document's own."""
        document = self._session.document
        path = document.path
        suggestion = str(path.with_name(f"{path.stem}-filled{path.suffix}")) if path else "picture.png"
        name, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("Save picture"), suggestion, ";;".join(picture_filters(self.tr, path))
        )
        if name:
            target = Path(name)
            if not target.suffix:
                target = target.with_suffix(path.suffix if path else ".png")
            self._write(target, None, then)

    def _write(self, path: Path, quality: int | None, then: Callable[[], None] | None) -> None:
        document = self._session.document
        picture, fills = document.result(), document.fills
        picture = picture.with_pixels(picture.pixels.copy())

        def written(stamp: Stamp | None) -> None:
            self._session.say(self.tr("Saved as {0}.").format(path.name))
            if document is self._session.document:
                document.path, self._session.stamp, self._may_overwrite = path, stamp, path
                if document.fills == fills:
                    document.mark_exported()
                self._session.settings.add_recent(path)
                self._session.document_renamed()
            if then is not None:
                then()

        task.start(
            lambda: files.save_picture(path, picture, quality),
            written,
            lambda error: self._session.say(error.message, "bad"),
        )

    # leaving

    def may_leave(self, then: Callable[[], None] | None = None) -> bool:
        """Ask when work would be lost; → True when the document may go now.

        When the user saves first, the answer is False and `then` is called after the writing.
        """
        document = self._session.document
        if document is None or not document.unexported:
            return True
        answer = ask(
            self._window,
            self.tr("Save the picture first?"),
            self.tr("It has fills that are not saved."),
            [
                ("save", self.tr("Save…"), "yes"),
                ("discard", self.tr("Discard"), "danger"),
                ("cancel", self.tr("Cancel"), "no"),
            ],
        )
        if answer == "save":
            self.save(then)
        return answer == "discard"

    def close(self) -> None:
        if self.may_leave(self._close):
            self._close()

    def _close(self) -> None:
        self._session.open(None)


def picture_filters(tr: Callable[[str], str], path: Path | None) -> list[str]:
    """For a save dialog: the format of `path` first."""
    filters = {
        ".png": "PNG (*.png)",
        ".jpg": "JPEG (*.jpg *.jpeg)",
        ".webp": "WebP (*.webp)",
        ".tif": "TIFF (*.tif *.tiff)",
    }
    suffix = path.suffix.lower() if path else ".png"
    suffix = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix, suffix)
    return sorted(filters.values(), key=lambda text: text != filters.get(suffix))


def _picture_of(image: QImage) -> Picture:
    has_alpha = image.hasAlphaChannel()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()
    return Picture(np.ascontiguousarray(pixels[..., :3]), pixels[..., 3].copy() if has_alpha else None)
