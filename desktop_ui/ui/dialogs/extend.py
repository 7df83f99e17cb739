"""How far a picture is extended at each of its sides, in pixels or per cent."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QGridLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from desktop_ui.document.frames import LARGEST_SHARE, farthest
from model.geometry.boxes import Box

_MOST_PERCENT = 100 // LARGEST_SHARE


class ExtendDialog(QDialog):
    """`box` is what the user chose, once it is accepted."""

    def __init__(self, parent: QWidget, shape: tuple[int, int]) -> None:
        """Ask for a picture of `shape` (H, W)."""
        super().__init__(parent)
        self._shape = shape
        self.setWindowTitle(self.tr("Extend Canvas"))
        self.unit = QComboBox()
        self.unit.addItem(self.tr("per cent"), True)
        self.unit.addItem(self.tr("pixels"), False)
        self.unit.setAccessibleName(self.tr("Unit"))
        names = {
            "top": self.tr("Top"),
            "left": self.tr("Left"),
            "right": self.tr("Right"),
            "bottom": self.tr("Bottom"),
        }
        self.fields = {side: self._field(name) for side, name in names.items()}
        self.size_label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        places = {"top": (0, 1), "left": (1, 0), "right": (1, 2), "bottom": (2, 1)}
        grid = QGridLayout()
        grid.setSpacing(10)
        for side, (row, column) in places.items():
            cell = QVBoxLayout()
            cell.setSpacing(2)
            label = QLabel(names[side], objectName="muted")
            label.setBuddy(self.fields[side])
            cell.addWidget(label)
            cell.addWidget(self.fields[side])
            grid.addLayout(cell, row, column)
        grid.addWidget(self.size_label, 1, 1)
        words = self.tr("What is added is marked and filled. Each side can grow by a quarter.")
        explained = QLabel(words, objectName="muted", wordWrap=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go_on = buttons.addButton(self.tr("Extend and Fill"), QDialogButtonBox.ButtonRole.AcceptRole)
        assert self.go_on is not None
        self.go_on.setObjectName("primary")
        self.go_on.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 16)
        layout.setSpacing(14)
        layout.addWidget(self.unit, 0, Qt.AlignmentFlag.AlignRight)
        layout.addLayout(grid)
        layout.addWidget(explained)
        layout.addWidget(buttons)
        self.unit.currentIndexChanged.connect(lambda _: self._change_unit())
        self._change_unit()
        self.fields["top"].setFocus()
        self.fields["top"].selectAll()

    @property
    def box(self) -> Box:
        """The frame, in pixels of the picture."""
        sides = {side: self._pixels(side) for side in self.fields}
        return Box(-sides["top"], -sides["left"], self._shape[0] + sides["bottom"], self._shape[1] + sides["right"])

    def _side(self, name: str) -> int:
        """The picture's side along which this one grows, in pixels."""
        return self._shape[0] if name in ("top", "bottom") else self._shape[1]

    def _pixels(self, name: str) -> int:
        value, most = self.fields[name].value(), self._side(name) // LARGEST_SHARE
        return min(most, round(self._side(name) * value / 100)) if self.unit.currentData() else value

    def _change_unit(self) -> None:
        """What was typed stays as long as it is, in the other unit."""
        percent, limit = self.unit.currentData(), farthest(self._shape)
        for name, field in self.fields.items():
            side = self._side(name)
            was_percent = field.suffix().strip() == "%"
            value = field.value()
            if field.suffix() and was_percent != percent:
                value = round(value * side / 100) if was_percent else round(100 * value / side)
            most = -limit.top if name in ("top", "bottom") else -limit.left
            field.blockSignals(True)
            field.setSuffix(" %" if percent else self.tr(" px"))
            field.setRange(0, _MOST_PERCENT if percent else most)
            field.setValue(value)
            field.blockSignals(False)
        self._show_size()

    def _show_size(self) -> None:
        box = self.box
        self.size_label.setText(f"{box.width} × {box.height}")
        if self.go_on is not None:
            self.go_on.setEnabled(box != Box.of(self._shape))

    def _field(self, name: str) -> QSpinBox:
        field = QSpinBox()
        field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        field.setAccessibleName(name)
        field.setFixedWidth(96)
        field.valueChanged.connect(lambda _: self._show_size())
        return field
