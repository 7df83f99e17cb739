"""Small widgets that the panels are made of."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from desktop_ui.ui.keys import ValueBox

_STEPS = 1000
_LABEL_WIDTH, _VALUE_WIDTH, _VALUE_MARGINS = 68, 74, 14


class SliderRow(QWidget):
    """A label, a slider, and its value, which can be typed.

    Signals:
        changed(value): by the user.
        done(keep): Enter (True) or Esc (False) ended the typing of the value.
    """

    changed = pyqtSignal(int)
    done = pyqtSignal(bool)

    def __init__(
        self, label: str, low: int, high: int, suffix: str, *, curved: bool = False, special: str = "", tip: str = ""
    ) -> None:
        """Make a row for whole numbers from `low` to `high`.

        Args:
            curved: finer steps at the low end, for lengths in pixels.
            special: shown instead of the lowest value.
        """
        super().__init__()
        self._low, self._high, self._curved = low, high, curved
        self._box = ValueBox(minimum=low, maximum=high, suffix=suffix, objectName="value")
        self._box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._box.setSpecialValueText(special)
        self._box.ensurePolished()
        self._box.setFixedWidth(max(_VALUE_WIDTH, self._box.fontMetrics().horizontalAdvance(special) + _VALUE_MARGINS))
        self._box.setAccessibleName(label)
        self._slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=_STEPS)
        self._slider.setAccessibleName(label)
        self._slider.setPageStep(_STEPS // 20)
        for part in (self._box, self._slider):
            part.setToolTip(tip)
        name = QLabel(label)
        name.setMinimumWidth(_LABEL_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(name)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._box)
        self._slider.valueChanged.connect(lambda step: self._set(self._value_at(step), True, from_slider=True))
        self._box.valueChanged.connect(lambda value: self._set(value, True))
        self._box.done.connect(self.done)
        self._set(low, False)

    @property
    def value(self) -> int:
        return self._box.value()

    def take_focus(self) -> None:
        """Let the value be typed."""
        self._box.setFocus()
        self._box.selectAll()

    def set_value(self, value: int) -> None:
        """Without a signal."""
        self._set(value, False)

    def _set(self, value: int, tell: bool, from_slider: bool = False) -> None:
        before = getattr(self, "_last", None)
        self._last = value
        for part, shown in ((self._box, value), (self._slider, None if from_slider else self._step_of(value))):
            if shown is not None:
                part.blockSignals(True)
                part.setValue(shown)
                part.blockSignals(False)
        if tell and value != before:
            self.changed.emit(value)

    def _value_at(self, step: int) -> int:
        share = step / _STEPS
        return self._low + round((self._high - self._low) * (share**2.5 if self._curved else share))

    def _step_of(self, value: int) -> int:
        share = (value - self._low) / (self._high - self._low)
        return round(_STEPS * (math.pow(share, 1 / 2.5) if self._curved else share))


class Section(QWidget):
    """A heading with rows under it."""

    def __init__(self, title: str) -> None:
        super().__init__(objectName="panel")
        self.rows = QVBoxLayout(self)
        self.set_compact(False)
        self._heading = QLabel(title, objectName="heading")
        self.rows.addWidget(self._heading)

    def set_compact(self, compact: bool) -> None:
        """Stand closer, in a window that is not high."""
        self.rows.setContentsMargins(16, 6 if compact else 12, 16, 4 if compact else 10)
        self.rows.setSpacing(2 if compact else 8)

    def set_title(self, title: str) -> None:
        self._heading.setText(title)


def line() -> QFrame:
    return QFrame(objectName="line")
