"""The fills alone: as a picture that is transparent elsewhere, in a file or on the clipboard, and as layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from desktop_ui.document.extent import mask_extent
from desktop_ui.document.layers import fills_alone
from desktop_ui.document.strokes import runs
from desktop_ui.jobs import background, files
from desktop_ui.jobs.layered_tiff import write_layers
from desktop_ui.ui.clipboard import put_on_clipboard
from desktop_ui.ui.dialogs.target import choose_target, start_folder
from desktop_ui.ui.workspace import Workspace
from pconv.images.files import Picture

LAYER_ACTIONS = ("file.export_fill", "file.export_layers", "edit.copy_fill")


class LayersController(QObject):
    def __init__(self, workspace: Workspace, window: QWidget) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window

    @property
    def handlers(self) -> dict[str, Callable]:
        return dict(zip(LAYER_ACTIONS, (self.export_fill, self.export_layers, self.copy_fill), strict=True))

    def export_fill(self) -> None:
        """Write what the fills changed, in its place in a picture of the photo's size."""
        target = self._choose(self.tr("Export fill"), "-fill", (".png", ".tif", ".tiff"), "PNG (*.png);;TIFF (*.tif)")
        if target is None:
            return
        picture, fills = self._workspace.opened.picture, self._workspace.opened.fills
        self._start(lambda: files.save_picture(target, fills_alone(picture, fills)), target, self.export_fill)

    def export_layers(self) -> None:
        """Write the photo as it was opened, and as layers over it each fill, and the strokes between them."""
        target = self._choose(self.tr("Export layers"), "-layers", (".tif", ".tiff"), "TIFF (*.tif *.tiff)")
        if target is None:
            return
        picture, fills = self._workspace.opened.picture, self._workspace.opened.fills
        names, filled = [self.tr("Photo")], 0
        for run in runs(fills):
            filled += not run[0].by_hand
            names.append(self.tr("Retouching") if run[0].by_hand else self.tr("Fill {0}").format(filled))
        self._start(lambda: write_layers(target, picture, fills, names), target, self.export_layers)

    def copy_fill(self) -> None:
        """What the fills changed, as large as that is."""
        document = self._workspace.opened
        layer = fills_alone(document.picture, document.fills)
        assert layer.alpha is not None
        box = mask_extent(layer.alpha > 0)
        if box.empty:
            self._workspace.say(self.tr("The fills changed nothing."))
            return
        put_on_clipboard(Picture(layer.pixels[box.slices], layer.alpha[box.slices], layer.extras))
        self._workspace.say(self.tr("The fill is on the clipboard."))

    def _choose(self, title: str, ending: str, suffixes: tuple[str, ...], filters: str) -> Path | None:
        path = self._workspace.opened.path
        name = f"{path.stem if path else 'picture'}{ending}{suffixes[0]}"
        suggestion = str(start_folder(self._workspace) / name)
        return choose_target(self._window, title, suggestion, filters, suffixes[0], suffixes)

    def _start(self, work: Callable[[], files.Saved], target: Path, again: Callable[[], None]) -> None:
        background.start(
            work,
            lambda saved: self._workspace.say(f"{self.tr('Saved as {0}.').format(target.name)} {saved.note}".strip()),
            lambda error: self._workspace.say_error(error, target, self.tr("Save a Copy…"), again),
        )
