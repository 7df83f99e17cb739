"""Where a fill may take its texture from: drawn for the hole that is marked, or everywhere again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PyQt6.QtCore import QObject

from desktop_ui.document.edits import Plane
from desktop_ui.document.extent import mask_extent
from desktop_ui.jobs import background
from desktop_ui.ui.panels.fill_panel import options_from
from desktop_ui.ui.workspace import Workspace
from model.geometry.directions import ONE_SIDED, Direction, forbid_beyond


class SamplingController(QObject):
    """What draws the mask of what is forbidden as a whole."""

    def __init__(self, workspace: Workspace, window: QObject) -> None:
        super().__init__(window)
        self._workspace = workspace

    @property
    def handlers(self) -> dict[str, Callable]:
        directions = {f"mask.from_{direction}": partial(self.copy_only_from, direction) for direction in ONE_SIDED}
        return directions | {"mask.from_everywhere": self.copy_from_everywhere}

    def copy_only_from(self, direction: Direction) -> None:
        """Forbid all that does not lie on this side of the hole, in place of what was forbidden before."""
        self._workspace.settling.emit()
        document = self._workspace.opened
        if mask_extent(document.mask).empty:
            self._workspace.say(self.tr("Mark first what should go; then choose from which side of it to copy."))
            return
        hole, options = document.mask.copy(), options_from(self._workspace.settings)
        background.start(
            lambda: np.where(forbid_beyond(hole, direction, options), np.uint8(255), np.uint8(0)),
            lambda mask: document.replace_mask("mask.from", mask, Plane.FORBIDDEN),
            lambda error: self._workspace.say(error.message, "bad"),
        )

    def copy_from_everywhere(self) -> None:
        """Nothing is forbidden any more."""
        document = self._workspace.opened
        if not document.replace_mask("mask.from_everywhere", np.zeros_like(document.forbidden), Plane.FORBIDDEN):
            self._workspace.say(self.tr("Fills copy from everywhere already."))
