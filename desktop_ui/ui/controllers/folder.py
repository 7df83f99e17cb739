"""Many pictures: the folder's strip, one mask on all of them, all masks filled, all fills saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QWidget

from desktop_ui.document.document import Document
from desktop_ui.jobs import background, files
from desktop_ui.jobs.folder_fill import FolderFill
from desktop_ui.jobs.kept_work import KeptWork, Spread, Work
from desktop_ui.ui.controllers.file import FileController
from desktop_ui.ui.controllers.fill import FillController
from desktop_ui.ui.dialogs.target import start_folder
from desktop_ui.ui.folder_model import FolderModel, State
from desktop_ui.ui.folder_strip import FolderStrip
from desktop_ui.ui.panels.fill_panel import options_from
from desktop_ui.ui.workspace import Workspace
from model.errors import PconvError
from model.geometry.contexts import holds_any
from pconv.files.names import result_name


class FolderController(QObject):
    """What is done to the pictures of a folder, or to those that were opened together."""

    def __init__(
        self,
        workspace: Workspace,
        files_menu: FileController,
        fill: FillController,
        kept: KeptWork,
        strip: FolderStrip,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._files = files_menu
        self._fill = fill
        self._kept = kept
        self._strip = strip
        self._model: FolderModel = strip.model
        self._window = window
        self._saved: set[Path] = set()  # in this session
        self._open: Path | None = None
        self._batch: list[Path] = []
        self._run: FolderFill | None = None
        self._failures: list[tuple[Path, PconvError]] = []
        self._done = 0
        strip.chosen.connect(self._choose)
        strip.stopped.connect(self.stop)
        workspace.document_changed.connect(self._document_changed)
        workspace.renamed.connect(self._renamed)
        workspace.changed.connect(lambda change: self._look_again() if change.ends_step else None)
        workspace.settings.changed.connect(lambda key: self._list() if key == "view/folder" else None)

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "view.folder": lambda on: self._workspace.settings.__setitem__("view/folder", on),
            "mask.same_on_all": self.same_mask_on_all,
            "fill.all_masked": self.fill_all_masked,
            "file.save_all": self.save_all_filled,
        }

    def state_of(self, path: Path) -> State:
        """How far the work on a picture is."""
        document = self._workspace.document
        if document is not None and path == self._source(document):
            marked = holds_any(document.mask)
            if any(document.work) and document.unexported:
                return State.FILLED
            if marked and not document.filled:
                return State.MASKED
            saved = any(document.work) or path in self._saved
        else:
            work = self._kept.on(path)
            if work is not Work.NOTHING:
                return State.FILLED if work is Work.FILLS else State.MASKED
            saved = path in self._saved
        return State.SAVED if saved else State.UNTOUCHED

    # one mask on all

    def same_mask_on_all(self) -> None:
        """Put the open picture's mask on all others of its shape that have no work of their own."""
        self._workspace.settling.emit()
        document = self._workspace.opened
        if not holds_any(document.mask):
            self._workspace.say(self.tr("Nothing is marked yet."))
            return
        if document.frames != document.exported_frames:
            self._workspace.say(self.tr("This picture was turned or cropped: its mask fits no other one."))
            return
        mask, source = document.mask.copy(), self._source(document)
        self._with_paths(
            lambda paths: self._kept.spread(mask, [path for path in paths if path != source]), self._spread
        )

    def _spread(self, spread: Spread) -> None:
        for path in spread.marked:
            self._model.look_again(path)
        self._show_strip()
        words = [self.tr("Pictures with this mask now: {0}.").format(len(spread.marked))]
        if spread.own:
            words.append(self.tr("With work of their own, which they keep: {0}.").format(len(spread.own)))
        if spread.other_shape:
            words.append(self.tr("Of another shape and left alone: {0}.").format(len(spread.other_shape)))
        if spread.unreadable:
            words.append(self.tr("Not readable: {0}.").format(len(spread.unreadable)))
        self._workspace.say(" ".join(words))

    # all masks filled

    def fill_all_masked(self) -> None:
        """Fill each mask that waits, the open picture's too; the fills are kept until they are saved."""
        if self._run is not None:
            self._workspace.say(self.tr("The pictures are being filled already."))
            return
        self._workspace.settling.emit()
        document = self._workspace.opened
        source = self._source(document)
        here = holds_any(document.mask) and not document.filled
        if here:
            self._fill.run()
        self._with_paths(
            lambda paths: [path for path in paths if path != source and self._kept.on(path) is Work.MASK],
            lambda paths: self._fill_these(paths, here),
        )

    def _fill_these(self, paths: list[Path], here: bool) -> None:
        if not paths:
            if not here:
                self._workspace.say(self.tr("No picture here has a mask that waits to be filled."))
            return
        settings = self._workspace.settings
        self._failures, self._done = [], 0
        run = self._run = FolderFill(
            paths, options_from(settings), self._kept, self.tr("Fill"), settings["daemon/address"] or None, self
        )
        run.begun.connect(lambda number, _: self._strip.progress.tell(number, len(paths)))
        run.filled_one.connect(self._filled_one)
        run.failed_one.connect(lambda path, error: self._failures.append((path, error)))
        run.finished.connect(self._ended)
        self._show_strip()
        run.start()

    def _filled_one(self, path: Path, request, variants) -> None:
        self._done += 1
        document = self._workspace.document
        if document is not None and path == self._source(document) and document.waits_for(request):
            document.finish_fill(request, variants[0], self.tr("Fill"), variants[1:])  # was opened meanwhile
            document.mark_kept()
        self._model.look_again(path)

    def _ended(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.deleteLater()
        self._strip.progress.hide()
        words = self.tr("Pictures filled: {0}. Look at them, then save them all.").format(self._done)
        if not self._failures:
            self._workspace.say(words)
            return
        path, error = self._failures[0]
        reason = error.message.replace(str(path), path.name)
        failed = self.tr("Not filled: {0}. {1}").format(len(self._failures), reason)
        self._workspace.say(f"{words} {failed}" if self._done else failed, "bad")

    def stop(self) -> None:
        """After the picture that is being filled, which is given up."""
        if self._run is not None:
            self._run.cancel()

    def shut_down(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.finished.disconnect()
            run.cancel()
            run.wait()

    # all fills saved

    def save_all_filled(self) -> None:
        """Write each filled picture into a folder, beside what is there: no file is replaced."""
        self._with_paths(lambda paths: [path for path in paths if self._kept.on(path) is Work.FILLS], self._save_these)

    def _save_these(self, paths: list[Path]) -> None:
        document = self._workspace.document
        source = self._source(document) if document is not None else None
        if document is not None and source is not None and any(document.work) and document.unexported:
            paths = [source, *(path for path in paths if path != source)]
        if not paths:
            self._workspace.say(self.tr("There are no fills here that are not saved."))
            return
        title = self.tr("Save the filled pictures to")
        name = QFileDialog.getExistingDirectory(self._window, title, str(start_folder(self._workspace)))
        if name:
            self._save_next(paths, Path(name), 0)

    def _save_next(self, paths: list[Path], folder: Path, done: int) -> None:
        if not paths:
            self._list()
            self._workspace.say(self.tr("Pictures saved to {1}: {0}.").format(done, folder.name))
            return
        path, rest = paths[0], paths[1:]
        document = self._workspace.document
        shown = document if document is not None and path == self._source(document) else None
        picture = None
        if shown is not None:
            picture, shown_work = shown.result(), shown.work
            picture = picture.with_pixels(picture.pixels.copy())

        def work() -> None:
            files.save_picture(free_name(folder, path), picture or self._kept.open(path).result())
            self._kept.forget_fills(path)

        def saved(_: None) -> None:
            self._saved.add(path)
            if shown is not None:
                shown.mark_exported(shown_work)
                self._workspace.document_renamed()
            self._model.look_again(path)
            self._save_next(rest, folder, done + 1)

        def failed(error: PconvError) -> None:
            self._list()
            self._workspace.say_error(error, path, self.tr("Try again"), self.save_all_filled)

        background.start(work, saved, failed)

    # what is shown

    def _choose(self, path: Path) -> None:
        self._files.open(path)
        self._strip.show_current(self._open)  # until it is there

    def _document_changed(self) -> None:
        document = self._workspace.document
        before, self._open = self._open, None if document is None else self._source(document)
        if before is not None:
            self._model.look_again(before)
        known, self._batch = self._batch, self._files.batch
        if len(self._batch) > 1 and self._batch != known:
            self._show_strip()
        self._strip.show_current(self._open)
        self._list()

    def _renamed(self) -> None:
        document = self._workspace.document
        if document is None:
            return
        source = self._source(document)
        if source is not None and any(document.work) and not document.unexported:
            self._saved.add(source)
        if source is not None:
            self._model.look_again(source, pixels_too=document.path == source)
        self._list()

    def _look_again(self) -> None:
        if self._open is not None:
            self._model.look_again(self._open)

    def _show_strip(self) -> None:
        self._workspace.settings["view/folder"] = True

    def _list(self) -> None:
        if self._workspace.settings["view/folder"] and self._workspace.document is not None:
            place = self._open
            self._with_paths(lambda paths: paths, lambda paths: self._listed(place, paths))

    def _listed(self, place: Path | None, paths: list[Path]) -> None:
        if place != self._open:
            return
        self._model.show_paths(paths)
        self._strip.show_current(self._open)

    def _with_paths(self, work: Callable, then: Callable) -> None:
        """Call `then` with what `work`, which runs beside the window, makes of the pictures next to the open one."""
        place, batch = self._open, self._batch

        def listed():
            if len(batch) > 1 and (place is None or place in batch):
                return work([path for path in batch if path.suffix.lower() in files.PICTURE_SUFFIXES])
            return work([] if place is None else files.neighbours(place))

        background.start(listed, then, lambda error: self._workspace.say(error.message, "bad"))

    @staticmethod
    def _source(document: Document) -> Path | None:
        """The picture's file, whose work is kept by itself; of a project None."""
        return document.source if document.project is None else None


def free_name(folder: Path, photo: Path) -> Path:
    """A name for a photo's result that no file in the folder has."""
    for number in range(1, 10_000):
        ending = "" if number == 1 and folder != photo.parent else "-filled" if number <= 2 else f"-filled-{number - 1}"
        path = folder / result_name(photo, ending=ending)
        if not path.exists():
            return path
    raise PconvError("unwritable", f"{folder.name} has too many files of this name; choose another folder.")
