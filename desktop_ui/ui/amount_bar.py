"""How many pixels: asked over the picture, with the change shown in it while one chooses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop_ui.document.document import Document
from desktop_ui.document.edits import MaskEdit, Plane
from desktop_ui.document.extent import mask_extent
from desktop_ui.ui.overlays import Floating
from desktop_ui.ui.panels.parts import SliderRow

MOST = 500
_WIDTH = 520


class AmountBar(Floating):
    """Enter or Apply keeps what is shown as one undo step, Esc or Cancel takes it back.

    Whatever else changes the mask meanwhile keeps it too.
    """

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "pill", at_top=True)
        self.setMinimumWidth(_WIDTH)
        self._title = QLabel()
        self._title.setStyleSheet("font-weight: 600;")
        self.row = SliderRow(self.tr("Pixels"), 1, MOST, self.tr(" px"), curved=True)
        self.apply_button = QPushButton(self.tr("Apply"), objectName="primary")
        self.cancel_button = QPushButton(self.tr("Cancel"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 10, 10, 10)
        layout.setSpacing(14)
        layout.addWidget(self._title)
        layout.addWidget(self.row, 1)
        layout.addWidget(self.apply_button)
        layout.addWidget(self.cancel_button)
        self._edit: MaskEdit | None = None
        self._before: np.ndarray = np.zeros((0, 0), np.uint8)
        self._operation: Callable[[np.ndarray, int], np.ndarray] = lambda mask, _: mask
        self._kept: Callable[[int], None] = lambda _: None
        self._soon = QTimer(self, singleShot=True, timeout=self._preview)
        self.row.changed.connect(lambda _: self._soon.start())
        self.row.done.connect(lambda keep: self.apply() if keep else self.cancel())
        self.apply_button.clicked.connect(lambda: self.apply())
        self.cancel_button.clicked.connect(lambda: self.cancel())

    def ask(
        self,
        document: Document,
        plane: Plane,
        label: str,
        title: str,
        amount: int,
        operation: Callable[[np.ndarray, int], np.ndarray],
        kept: Callable[[int], None],
    ) -> None:
        """Show what `operation(mask, pixels)` makes of one of the document's masks, at first with `amount` pixels.

        Args:
            label: of the undo step.
            kept: is told the amount that was applied.
        """
        self.apply()
        self._operation, self._kept = operation, kept
        self._before = document.plane(plane).copy()
        self._edit = document.edit_mask(label, plane)
        self._title.setText(title)
        self.setAccessibleName(title)
        self.row.set_value(amount)
        self._preview()
        self.show()
        self.place()
        self.row.take_focus()

    def apply(self) -> bool:
        """→ False when nothing was asked."""
        return self._end(keep=True)

    def cancel(self) -> bool:
        """→ False when nothing was asked."""
        return self._end(keep=False)

    def look(self) -> None:
        """The document changed: go away when that ended what is asked here."""
        if self._edit is not None and not self._edit.is_open:
            self._end(keep=True)

    def _preview(self) -> None:
        if self._edit is None:
            return
        mask = self._operation(self._before, self.row.value)
        rect = mask_extent(self._edit.mask).united(mask_extent(mask))
        self._edit.put(rect, mask[rect.slices])

    def _end(self, keep: bool) -> bool:
        if self._edit is None:
            return False
        if keep and self._soon.isActive():
            self._preview()
        self._soon.stop()
        edit, self._edit = self._edit, None
        self.hide()
        if keep:
            self._kept(self.row.value)
            edit.commit()
        else:
            edit.abort()
        self._before = np.zeros((0, 0), np.uint8)
        return True
