"""The zoom as a number that can be typed."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal

from desktop_ui.ui.keys import ValueBox
from desktop_ui.view.viewport import LARGEST_ZOOM


class ZoomField(ValueBox):
    """Device pixels for one of the picture's, in percent.

    Signals:
        chosen(zoom): a number was typed, and Enter.
        stepped(steps): by the arrow keys.
    """

    chosen = pyqtSignal(float)
    stepped = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__(minimum=1, maximum=round(100 * LARGEST_ZOOM), suffix=" %", objectName="value")
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(self.tr("Zoom"))
        self.setToolTip(self.tr("Zoom: type a number, or press the arrows"))
        self.ensurePolished()
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("6400 %") + 22)
        self._zoom = 1.0
        self._asked = 100
        self.done.connect(self._typed)
        self.show_zoom(None)

    def show_zoom(self, zoom: float | None) -> None:
        """None = there is no picture."""
        self.setEnabled(zoom is not None)
        self._zoom = zoom or 1.0
        self.setSpecialValueText("" if zoom is not None else " ")
        self.setValue(self._percent if zoom is not None else self.minimum())

    @property
    def _percent(self) -> int:
        return round(100 * self._zoom)

    def stepBy(self, steps: int) -> None:
        self.stepped.emit(steps)
        self.selectAll()

    def mousePressEvent(self, event) -> None:
        super().mousePressEvent(event)
        self.selectAll()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        if self.isEnabled():
            self.setValue(self._percent)  # what was typed without Enter counts for nothing

    def _typed(self, keep: bool) -> None:
        if keep and self._asked != self._percent:
            self.chosen.emit(self._asked / 100)

    def give_back(self, keep: bool) -> None:
        self.interpretText()
        self._asked = self.value()
        super().give_back(keep)
