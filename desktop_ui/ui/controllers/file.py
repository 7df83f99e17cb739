"""The File menu: opening, saving, closing, without ever losing work or overwriting unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QDateTime, QMimeData, QObject, pyqtSignal
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtWidgets import QFileDialog, QWidget

from desktop_ui.document.document import Document
from desktop_ui.document.project import SUFFIX, Snapshot, write_project
from desktop_ui.document.stamp import Stamp
from desktop_ui.jobs import background, files
from desktop_ui.jobs.kept_work import KeptWork
from desktop_ui.jobs.recovery import Leftover
from desktop_ui.ui.dialogs.ask import ask
from desktop_ui.ui.dialogs.export import ExportDialog
from desktop_ui.ui.dialogs.target import choose_target, start_folder
from desktop_ui.ui.modal import freed
from desktop_ui.ui.workspace import Workspace
from model.errors import PconvError
from pconv.images.files import Picture


class FileController(QObject):
    """Opens, saves and closes documents.

    Signals:
        loading(name): a file is being opened; "" when that is over.
        recovered(Leftover): its document is open.
        previewed(Preview): a first look at the picture that is being opened.
        not_loaded(): what was open stays.
    """

    loading = pyqtSignal(str)
    recovered = pyqtSignal(object)
    previewed = pyqtSignal(object)
    not_loaded = pyqtSignal()

    def __init__(self, workspace: Workspace, kept: KeptWork, window: QWidget) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._kept = kept
        self._window = window
        self._may_overwrite: Path | None = None
        self._wanted: Path | None = None
        self._tried: Path | None = None  # by next or previous, and not open
        self.batch: list[Path] = []  # what the program was started with; next and previous go through it

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "file.open": self.choose,
            "file.paste": self.paste,
            "file.previous": lambda: self._open_neighbour(-1),
            "file.next": lambda: self._open_neighbour(1),
            "file.save": self.save,
            "file.save_as": self.save_as,
            "file.export": self.export,
            "file.save_project": self.save_project,
            "file.close": self.close,
        }

    # opening

    def choose(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in (*files.PICTURE_SUFFIXES, SUFFIX))
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Open"),
            str(start_folder(self._workspace)),
            f"{self.tr('Pictures')} ({patterns});;{self.tr('All files')} (*)",
        )
        self.open_all([Path(name) for name in names])

    def open_all(self, paths: list[Path]) -> None:
        """Open the first; next and previous go through all of them, of a folder through the pictures in it."""
        found = [one.absolute() for path in paths for one in (files.pictures_in(path) if path.is_dir() else [path])]
        if len(found) > 1:
            self.batch = found
            self.open(found[0], self.tr("{0} pictures: Page Down goes to the next one.").format(len(found)))
        elif found:
            self.batch = []
            self.open(found[0])
        elif paths:
            self._workspace.say(self.tr("There is no picture in {0}.").format(paths[0].name))

    def open(self, path: Path, words: str = "") -> None:
        """Open a picture in the background; what is open stays until it is there.

        Args:
            words: to the user, once it is open.
        """
        path = path.absolute()
        if not self.may_leave(lambda: self.open(path, words)):
            return
        self.loading.emit(path.name)
        self._wanted, left = path, self._open_state()
        width, height = self._window_pixels()
        background.start(
            lambda: files.preview(path, width, height), lambda found: self._glanced(path, found), lambda _: None
        )
        background.start(
            lambda: self._kept.open(path),
            lambda document: self._loaded(path, document, left, words),
            lambda error: self._not_loaded(path, error),
        )

    def _glanced(self, path: Path, found: files.Preview | None) -> None:
        if path == self._wanted and found is not None:
            self._workspace.settling.emit()
            self.previewed.emit(found)

    def _window_pixels(self) -> tuple[int, int]:
        ratio = self._window.devicePixelRatioF()
        return round(self._window.width() * ratio), round(self._window.height() * ratio)

    def _open_state(self) -> tuple[Document | None, int]:
        """Differs as soon as more was done than the user was asked about."""
        document = self._workspace.document
        return document, document.history.state if document else 0

    def _loaded(self, path: Path, document: Document, left: tuple[Document | None, int], words: str) -> None:
        if path != self._wanted:
            return
        self._stop_waiting()
        self._tried = None
        if self._open_state() != left and not self.may_leave(lambda: self.open(path, words)):
            self.not_loaded.emit()
            return
        self._may_overwrite = None
        self._workspace.settings.add_recent(path)
        self._workspace.open(document)
        if document.project is None and document.fills:
            words = f"{words} {self.tr('Its fills are back; they are in no file yet.')}".strip()
        elif document.project is None and (document.mask.any() or document.forbidden.any()):
            words = f"{words} {self.tr('The mask that you drew on it before is back.')}".strip()
        if words:
            self._workspace.say(words)

    def _not_loaded(self, path: Path, error: PconvError) -> None:
        if path == self._wanted:
            self._stop_waiting()
            self.not_loaded.emit()
            self._workspace.say_error(error, path)

    def _stop_waiting(self) -> None:
        if self._wanted is not None:
            self._wanted = None
            self.loading.emit("")

    def paste(self) -> None:
        """A picture on the clipboard, or the files copied in a file manager."""
        clipboard = QGuiApplication.clipboard()
        data = clipboard.mimeData() if clipboard else None
        if data is None or not self.take(data):
            self._workspace.say(self.tr("There is no picture on the clipboard."))

    def take(self, data: QMimeData) -> bool:
        """Open the files or the picture that was pasted or dropped; → False when there is none."""
        urls = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if urls:
            self.open_all(urls)
            return True
        image = QImage(data.imageData()) if data.hasImage() else QImage()
        if image.isNull():
            return False
        self._open_image(image)
        return True

    def _open_image(self, image: QImage) -> None:
        if self.may_leave(lambda: self._open_image(image)):
            self._stop_waiting()
            self._workspace.open(Document(_picture_of(image)))

    def _open_neighbour(self, step: int) -> None:
        document = self._workspace.opened
        for place in filter(None, (self._tried, document.project, document.source)):
            around = self.batch if place in self.batch and len(self.batch) > 1 else files.neighbours(place)
            if place in around and len(around) > 1:
                path = around[(around.index(place) + step) % len(around)]
                self.open(path)
                self._tried = path if self._wanted == path else None
                return
        self._workspace.say(self.tr("There is no other picture in this folder."))

    def offer(self, leftovers: list[Leftover]) -> None:
        """Offer the newest work of an editor that did not end well; older ones come at the next starts."""
        if not leftovers:
            return
        newest = leftovers[0]
        when = QDateTime.fromSecsSinceEpoch(int(newest.saved)).toString("d MMM, hh:mm")
        answer = ask(
            self._window,
            self.tr("Recover your work on {0}?").format(newest.name or self.tr("a pasted picture")),
            self.tr("pconv did not end well. What you did until {0} is still there.").format(when),
            [
                ("recover", self.tr("Recover"), "yes"),
                ("discard", self.tr("Discard"), "danger"),
                ("later", self.tr("Later"), "no"),
            ],
        )
        if answer == "discard":
            newest.discard()
        elif answer == "recover":
            background.start(newest.read, lambda document: self._recovered(newest, document), self._not_recovered)

    def _recovered(self, leftover: Leftover, document: Document) -> None:
        self._may_overwrite = None
        self._workspace.open(document)
        self.recovered.emit(leftover)

    def _not_recovered(self, error: PconvError) -> None:
        self._workspace.say(error.message, "bad")

    # saving

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Write the project if this is one; else the picture, asking before the original is replaced."""
        document = self._workspace.opened
        path = document.path
        if document.project is not None:
            self._write_project(document.project, then)
        elif path is None:
            self.save_as(then)
        elif document.stamp is not None and Stamp.of(path) not in (None, document.stamp):
            title = self.tr("{0} was changed by another program").format(path.name)
            self._save_over(title, self.tr("Replacing it loses what the other program wrote."), then)
        elif self._may_overwrite != path:
            title = self.tr("Replace the original {0}?").format(path.name)
            self._save_over(title, self.tr("The picture as it was before cannot be brought back from disk."), then)
        else:
            self._write(path, None, then)

    def _save_over(self, title: str, text: str, then: Callable[[], object] | None) -> None:
        answers = [
            ("copy", self.tr("Save a Copy…"), "yes"),
            ("replace", self.tr("Replace"), "danger"),
            ("cancel", self.tr("Cancel"), "no"),
        ]
        answer = ask(self._window, title, text, answers)
        if answer == "copy":
            self.save_as(then)
        elif answer == "replace":
            path = self._workspace.opened.path
            assert path is not None
            self._write(path, None, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        """Write the picture to a new file, from then on the document's own."""
        path = self._workspace.opened.path
        target = self._choose_target(self.tr("Save picture"), "-filled", path.suffix if path else ".png")
        if target is not None:
            self._write(target, None, then)

    def export(self) -> None:
        """Write a copy in another format or quality; the document stays with its file."""
        settings = self._workspace.settings
        with freed(ExportDialog(self._window, settings["file/quality"])) as dialog:
            if not dialog.exec():
                return
        target = self._choose_target(self.tr("Export"), "-export", dialog.suffix)
        if target is not None:
            settings["file/quality"] = dialog.quality
            picture = self._copied()
            quality = dialog.quality if dialog.has_quality else None
            self._start(
                lambda: files.save_picture(target, picture, quality),
                target,
                lambda saved: saved.note,
                None,
                self.export,
            )

    def save_project(self, then: Callable[[], object] | None = None) -> None:
        """Write picture, mask and fills to a .pconv file, from then on the document's own."""
        path = self._workspace.opened.path
        suggestion = str(path.with_suffix(SUFFIX) if path else start_folder(self._workspace) / f"picture{SUFFIX}")
        filters = f"{self.tr('pconv projects')} (*{SUFFIX})"
        target = choose_target(self._window, self.tr("Save project"), suggestion, filters, SUFFIX, (SUFFIX,))
        if target is not None:
            self._write_project(target, then)

    def _choose_target(self, title: str, ending: str, suffix: str) -> Path | None:
        path = self._workspace.opened.path
        name = f"{path.stem}{ending}{suffix}" if path else f"picture{suffix}"
        suggestion = str(start_folder(self._workspace) / name)
        return choose_target(self._window, title, suggestion, ";;".join(picture_filters(suffix)), suffix)

    def _copied(self) -> Picture:
        """The result as it is now, whatever is done to the document while it is written."""
        picture = self._workspace.opened.result()
        return picture.with_pixels(picture.pixels.copy())

    def _write(self, path: Path, quality: int | None, then: Callable[[], object] | None) -> None:
        document, picture = self._workspace.opened, self._copied()
        work = document.work

        def written(saved: files.Saved) -> str:
            document.path, document.stamp = path, saved.stamp
            document.mark_exported(work)
            if document is self._workspace.document:
                self._may_overwrite = path
                self._workspace.document_renamed()
            return saved.note

        self._start(lambda: files.save_picture(path, picture, quality), path, written, then, lambda: self.save_as(then))

    def _write_project(self, path: Path, then: Callable[[], object] | None) -> None:
        document = self._workspace.opened
        snapshot = Snapshot.of(document)

        def written(_: None) -> str:
            document.project = path
            document.mark_saved(snapshot.state, snapshot.work)
            self._workspace.document_renamed()
            return ""

        self._start(lambda: write_project(path, snapshot), path, written, then, lambda: self.save_project(then))

    def _start(
        self,
        work: Callable,
        path: Path,
        written: Callable,
        then: Callable[[], object] | None,
        elsewhere: Callable[[], None],
    ) -> None:
        """Run `work` beside the window and tell what came of it.

        Args:
            written: takes what `work` returned, and returns what could not be kept, in a sentence.
            then: is called afterwards, unless another picture is open by then.
            elsewhere: asks for another place, for when this one cannot be written.
        """

        document = self._workspace.document

        def done(result) -> None:
            note = written(result)
            self._workspace.settings.add_recent(path)
            self._workspace.say(f"{self.tr('Saved as {0}.').format(path.name)} {note}".strip())
            if then is not None and document is self._workspace.document:
                then()

        background.start(
            work,
            done,
            lambda error: self._workspace.say_error(error, path, self.tr("Save a Copy…"), elsewhere),
        )

    # leaving

    def may_leave(self, then: Callable[[], object] | None = None) -> bool:
        """Ask when work would be lost; → True when the document may go now.

        When the user saves first, the answer is False and `then` is called after the writing.
        """
        self._workspace.settling.emit()
        document = self._workspace.document
        if document is None or not document.modified:
            return True
        answer = ask(
            self._window,
            self.tr("Save {0} first?").format(self._workspace.name),
            self.tr("It has changes that are not saved."),
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
        if self.may_leave(self.close):
            self._workspace.open(None)


def picture_filters(suffix: str) -> list[str]:
    """For a save dialog: the format of `suffix` first."""
    filters = {
        ".png": "PNG (*.png)",
        ".jpg": "JPEG (*.jpg *.jpeg)",
        ".webp": "WebP (*.webp)",
        ".tif": "TIFF (*.tif *.tiff)",
    }
    suffix = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix.lower(), suffix.lower())
    return sorted(filters.values(), key=lambda text: text != filters.get(suffix))


def _picture_of(image: QImage) -> Picture:
    has_alpha = image.hasAlphaChannel()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    bits = image.constBits()
    assert bits is not None
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()
    return Picture(np.ascontiguousarray(pixels[..., :3]), pixels[..., 3].copy() if has_alpha else None)
