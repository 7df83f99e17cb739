"""The crop tool's choices, over the picture: ratio, size, angle, whether empty corners are filled."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from desktop_ui.document.frames import LARGEST_ANGLE
from desktop_ui.tools.crop import CropTool
from desktop_ui.ui.icons import icon
from desktop_ui.ui.keys import ValueBox
from desktop_ui.ui.overlays import Floating
from desktop_ui.ui.theme import Theme

_HUNDREDTHS = 100
_NUMBERS = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 9))
_WIDTH, _FIELD = 560, 78
_MOST_PIXELS = 1 << 16


class AngleBox(ValueBox):
    """Degrees with two decimals; the value is in hundredths."""

    def textFromValue(self, v: int) -> str:
        return self.locale().toString(v / _HUNDREDTHS, "f", 2)

    def valueFromText(self, text: str | None) -> int:
        number, _ = self._number(text or "")
        return round(number * _HUNDREDTHS)

    def validate(self, input: str | None, pos: int):
        text = (input or "").removesuffix(self.suffix()).strip()
        _, is_number = self._number(text)
        state = super().validate("0", 0)[0] if is_number else super().validate("-", 1)[0]
        allowed = all(letter.isdigit() or letter in "+-.,−" for letter in text)
        return (state if allowed else super().validate("x", 1)[0]), input or "", pos

    def _number(self, text: str) -> tuple[float, bool]:
        text = text.removesuffix(self.suffix()).strip().replace("−", "-").replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            return 0.0, False
        return number, math.isfinite(number) and abs(number) <= LARGEST_ANGLE


class CropBar(Floating):
    """Shows and sets what a `CropTool` holds. Signals: kept(), dropped()."""

    kept = pyqtSignal()
    dropped = pyqtSignal()

    def __init__(self, host: QWidget, tool: CropTool) -> None:
        super().__init__(host, "pill", at_top=True)
        self._tool = tool
        self.setMinimumWidth(_WIDTH)
        self.setAccessibleName(self.tr("Crop"))
        self.ratio = QComboBox()
        self.ratio.setAccessibleName(self.tr("Aspect ratio"))
        self.ratio.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.turn = self._button(self.tr("Swap width and height"))
        self.across = self._field(self.tr("Width"))
        self.down = self._field(self.tr("Height"))
        self.keep_button = QPushButton(self.tr("Apply"), objectName="primary")
        self.keep_button.setToolTip(self.tr("Enter"))
        self.drop_button = QPushButton(self.tr("Cancel"))
        self.drop_button.setToolTip(self.tr("Esc"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.angle = AngleBox(suffix=" °", objectName="value")
        most = round(LARGEST_ANGLE * _HUNDREDTHS)
        for one in (self.slider, self.angle):
            one.setRange(-most, most)
            one.setSingleStep(10)
            one.setAccessibleName(self.tr("Angle"))
            one.setToolTip(self.tr("Rotates the picture under the frame"))
        self.slider.setPageStep(_HUNDREDTHS)
        self.angle.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.angle.setFixedWidth(_FIELD)
        self.level = self._button(self.tr("Draw a line along the horizon (Ctrl + drag)"))
        self.level.setCheckable(True)
        self.corners = QCheckBox(self.tr("Fill empty corners"))
        self.corners.setToolTip(self.tr("Keeps the picture's size, and fills the corners that a rotation leaves empty"))
        self.hint = QLabel(objectName="muted")
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(8)
        first.addWidget(self.ratio)
        first.addWidget(self.turn)
        first.addSpacing(6)
        first.addWidget(self.across)
        first.addWidget(QLabel("×"))
        first.addWidget(self.down)
        first.addStretch(1)
        first.addWidget(self.drop_button)
        first.addWidget(self.keep_button)
        second.addWidget(QLabel(self.tr("Angle")))
        second.addWidget(self.slider, 1)
        second.addWidget(self.angle)
        second.addWidget(self.level)
        second.addSpacing(6)
        second.addWidget(self.corners)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 9)
        column.setSpacing(6)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.hint)

    def _connect(self) -> None:
        tool = self._tool
        self.ratio.activated.connect(lambda _: tool.set_ratio(self.ratio.currentData()))
        self.turn.clicked.connect(lambda: tool.turn_ratio())
        self.across.valueChanged.connect(lambda width: tool.set_size(width, self.down.value()))
        self.down.valueChanged.connect(
            lambda height: tool.set_size(height * tool.ratio if tool.ratio else self.across.value(), height)
        )
        for one in (self.slider, self.angle):
            one.valueChanged.connect(lambda value: tool.set_angle(value / _HUNDREDTHS))
        self.level.clicked.connect(self._arm)
        self.corners.clicked.connect(tool.set_fills_corners)
        self.keep_button.clicked.connect(self.kept)
        self.drop_button.clicked.connect(self.dropped)

    def begin(self) -> None:
        """A picture is being cropped from now on."""
        rows, columns = self._tool.shape
        self.ratio.clear()
        self.ratio.addItem(self.tr("Any ratio"), None)
        self.ratio.addItem(self.tr("As the picture"), columns / rows)
        for long, short in _NUMBERS:
            self.ratio.addItem(f"{long} : {short}", long / short if columns >= rows else short / long)
        self.read()
        self.show()
        self.place()

    def read(self) -> None:
        """Show what the tool holds."""
        tool = self._tool
        box = tool.box()
        values = ((self.across, box.width), (self.down, box.height))
        angle = round(tool.angle * _HUNDREDTHS)
        for one, value in (*values, (self.slider, angle), (self.angle, angle)):
            if one.value() != value:
                one.blockSignals(True)
                one.setValue(value)
                one.blockSignals(False)
        self.level.setChecked(tool.levels)
        self.corners.setEnabled(tool.angle != 0)
        self.corners.setChecked(tool.fills_corners)
        for part in (self.ratio, self.turn, self.across, self.down, self.slider, self.angle, self.level):
            part.setEnabled(not tool.frozen)
        self.keep_button.setEnabled(not tool.frozen)
        self.hint.setText(self._words())
        self.setAccessibleDescription(self.hint.text())

    def set_theme(self, theme: Theme) -> None:
        self.turn.setIcon(icon("swap", theme))
        self.level.setIcon(icon("level", theme))

    def _words(self) -> str:
        tool = self._tool
        if tool.frozen:
            return self.tr("The picture is being straightened…")
        if tool.levels or tool.line is not None:
            return self.tr("Draw a line along the horizon, or along what should be upright.")
        if tool.extends:
            return self.tr("What is tinted is filled when you apply this.")
        if tool.angle:
            return self.tr("Ctrl + drag draws the horizon. Enter applies, Esc cancels.")
        return self.tr("Drag beyond the picture to extend it. Enter applies, Esc cancels.")

    def _arm(self, armed: bool) -> None:
        self._tool.levels = armed
        self.read()

    def _field(self, name: str) -> ValueBox:
        box = ValueBox(minimum=1, maximum=_MOST_PIXELS, suffix=self.tr(" px"))
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setKeyboardTracking(False)
        box.setFixedWidth(_FIELD)
        return box

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(QIcon(), "")
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setStyleSheet("padding: 4px 8px;")
        return button
