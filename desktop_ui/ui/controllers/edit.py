"""Undo, redo, copy, and what the Mask menu does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QWidget

from desktop_ui.document.edits import Plane
from desktop_ui.document.extent import mask_extent
from desktop_ui.jobs import background
from desktop_ui.tools import morphology
from desktop_ui.ui.amount_bar import AmountBar
from desktop_ui.ui.clipboard import put_on_clipboard
from desktop_ui.ui.dialogs.target import choose_target, start_folder
from desktop_ui.ui.workspace import Workspace
from pconv.images.files import Picture, write_picture
from pconv.images.masks import read_hole


class EditController(QObject):
    def __init__(
        self,
        workspace: Workspace,
        window: QWidget,
        amount: AmountBar,
        plane: Callable[[], Plane],
        instead_of_undo: tuple[Callable[[], bool], ...],
    ) -> None:
        """Connect the actions of the Edit and the Mask menu.

        Args:
            plane: tells which mask is being marked; the Mask menu acts on it.
            instead_of_undo: each takes back what is not yet a step; → False when there is none.
        """
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._amount = amount
        self._plane = plane
        self._instead_of_undo = (amount.cancel, *instead_of_undo)
        workspace.changed.connect(lambda _: amount.look())
        workspace.leaving.connect(lambda _: amount.cancel())
        self._amounts = {"grow": 4, "shrink": 4, "feather": 4}

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "edit.undo": self.undo,
            "edit.redo": lambda: self._workspace.opened.redo(),
            "edit.copy": self.copy,
            "mask.clear": lambda: self._replace("mask.clear", np.zeros_like(self._mask)),
            "mask.all": lambda: self._replace("mask.all", np.full_like(self._mask, 255)),
            "mask.invert": lambda: self._replace("mask.invert", morphology.invert(self._mask)),
            "mask.fill_holes": lambda: self._replace("mask.fill_holes", morphology.fill_holes(self._mask)),
            "mask.grow": lambda: self._by_amount("grow", morphology.grow),
            "mask.shrink": lambda: self._by_amount("shrink", morphology.shrink),
            "mask.feather": lambda: self._by_amount("feather", morphology.soften),
            "mask.load": self.load_mask,
            "mask.save": self.save_mask,
        }

    def undo(self) -> None:
        """Take back what was done last, which may be a fill that still runs: its mask stays."""
        if not any(take_back() for take_back in self._instead_of_undo):
            self._workspace.opened.undo()

    @property
    def _mask(self) -> np.ndarray:
        return self._workspace.opened.plane(self._plane())

    def _replace(self, name: str, mask: np.ndarray) -> None:
        self._workspace.opened.replace_mask(name, mask, self._plane())

    def _by_amount(self, name: str, operation: Callable[[np.ndarray, int], np.ndarray]) -> None:
        if mask_extent(self._mask).empty:
            self._workspace.say(self.tr("Nothing is marked yet."))
            return
        titles = {
            "grow": self.tr("Grow mask"),
            "shrink": self.tr("Shrink mask"),
            "feather": self.tr("Feather mask"),
        }
        self._amount.ask(
            self._workspace.opened,
            self._plane(),
            f"mask.{name}",
            titles[name],
            self._amounts[name],
            operation,
            lambda pixels: self._amounts.__setitem__(name, pixels),
        )

    def copy(self) -> None:
        """The picture to the clipboard, as displayed."""
        put_on_clipboard(self._workspace.opened.result())
        self._workspace.say(self.tr("The picture is on the clipboard."))

    def load_mask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import mask"),
            str(start_folder(self._workspace)),
            self.tr("Pictures") + " (*.png *.tif *.tiff *.webp *.jpg)",
        )
        if not name:
            return
        document, plane = self._workspace.opened, self._plane()
        background.start(
            lambda: read_hole(Path(name), document.bounds.shape),
            lambda mask: document.replace_mask("mask.load", mask, plane),
            lambda error: self._workspace.say_error(error, Path(name)),
        )

    def save_mask(self) -> None:
        document = self._workspace.opened
        path = document.path
        suggestion = str(start_folder(self._workspace) / (f"{path.stem}-mask.png" if path else "mask.png"))
        filters = self.tr("PNG pictures") + " (*.png)"
        target = choose_target(self._window, self.tr("Export mask"), suggestion, filters, ".png")
        if target is None:
            return
        mask = self._mask.copy()
        background.start(
            lambda: write_picture(target, Picture(mask[..., None])),
            lambda _: self._workspace.say(self.tr("The mask was written to {0}.").format(target.name)),
            lambda error: self._workspace.say_error(error, target, self.tr("Save a Copy…"), self.save_mask),
        )
