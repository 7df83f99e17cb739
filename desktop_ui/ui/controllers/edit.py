"""Undo, redo, copy, and what the Mask menu does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from desktop_ui.document.colour import plain_srgb, to_srgb
from desktop_ui.document.document import mask_extent
from desktop_ui.jobs import background, files
from desktop_ui.tools import morphology
from desktop_ui.ui.dialogs.target import choose_target
from desktop_ui.ui.workspace import Session

LARGEST_AMOUNT = 500


class EditController(QObject):
    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._amounts = {"grow": 4, "shrink": 4, "feather": 4}

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "edit.undo": lambda: self._session.document.undo(),
            "edit.redo": lambda: self._session.document.redo(),
            "edit.copy": self.copy,
            "mask.clear": lambda: self._replace("mask.clear", np.zeros_like(self._mask)),
            "mask.all": lambda: self._replace("mask.all", np.full_like(self._mask, 255)),
            "mask.invert": lambda: self._replace("mask.invert", morphology.invert(self._mask)),
            "mask.fill_holes": lambda: self._replace("mask.fill_holes", morphology.fill_holes(self._mask)),
            "mask.grow": lambda: self._by_amount("grow", morphology.grow),
            "mask.shrink": lambda: self._by_amount("shrink", morphology.shrink),
            "mask.feather": lambda: self._by_amount("feather", morphology.feather),
            "mask.load": self.load_mask,
            "mask.save": self.save_mask,
        }

    @property
    def _mask(self) -> np.ndarray:
        return self._session.document.mask

    def _replace(self, name: str, mask: np.ndarray) -> None:
        self._session.document.replace_mask(name, mask)

    def _by_amount(self, name: str, operation: Callable[[np.ndarray, int], np.ndarray]) -> None:
        if mask_extent(self._mask).empty:
            self._session.say(self.tr("Nothing is marked yet."))
            return
        titles = {
            "grow": self.tr("Grow mask"),
            "shrink": self.tr("Shrink mask"),
            "feather": self.tr("Feather mask"),
        }
        amount, accepted = QInputDialog.getInt(
            self._window, titles[name], self.tr("Pixels:"), self._amounts[name], 1, LARGEST_AMOUNT
        )
        if accepted:
            self._amounts[name] = amount
            self._replace(f"mask.{name}", operation(self._mask, amount))

    def copy(self) -> None:
        """The picture to the clipboard, as displayed."""
        document = self._session.document
        picture = document.picture
        pixels = to_srgb(picture.extras.icc, document.image.shape[2])(document.image)
        form = QImage.Format.Format_RGB888
        if picture.alpha is not None:
            pixels = np.dstack([pixels, plain_srgb(picture.alpha[..., None])[..., 0]])
            form = QImage.Format.Format_RGBA8888
        pixels = np.ascontiguousarray(pixels)
        height, width, channels = pixels.shape
        image = QImage(pixels.data, width, height, channels * width, form)
        QGuiApplication.clipboard().setImage(image.copy())
        self._session.say(self.tr("The picture is on the clipboard."))

    def load_mask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import mask"),
            "",
            self.tr("Pictures") + " (*.png *.tif *.tiff *.webp *.jpg)",
        )
        if not name:
            return
        document = self._session.document
        background.start(
            lambda: files.load_mask(Path(name), document.mask.shape),
            lambda mask: document.replace_mask("mask.load", mask),
            lambda error: self._session.say(error.message, "bad"),
        )

    def save_mask(self) -> None:
        document = self._session.document
        path = document.path
        suggestion = str(path.with_name(f"{path.stem}-mask.png")) if path else "mask.png"
        filters = self.tr("PNG pictures") + " (*.png)"
        target = choose_target(self._window, self.tr("Export mask"), suggestion, filters, ".png")
        if target is None:
            return
        mask = document.mask.copy()
        background.start(
            lambda: files.save_mask(target, mask),
            lambda _: self._session.say(self.tr("The mask was written to {0}.").format(target.name)),
            lambda error: self._session.say(error.message, "bad"),
        )
