"""Which mask is marked, whole-mask operations as buttons, and how strongly the mask is tinted."""

from __future__ import annotations

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QPushButton, QSizePolicy

from desktop_ui.ui.actions import BY_NAME
from desktop_ui.ui.panels.parts import Section, SliderRow
from desktop_ui.ui.settings import Settings

_SIDES = ("mask.from_above", "mask.from_below", "mask.from_left", "mask.from_right", "", "mask.from_everywhere")
_BUTTONS = ("mask.grow", "mask.shrink", "mask.feather", "mask.invert", "mask.fill_holes", "mask.clear")


class MaskPanel(Section):
    def __init__(self, settings: Settings, actions: dict[str, QAction]) -> None:
        super().__init__(self.tr("Mask"))
        self.rows.addLayout(self._choice(actions["mask.spare"]))
        grid = QGridLayout()
        grid.setSpacing(6)
        short = {
            "mask.grow": self.tr("Grow"),
            "mask.shrink": self.tr("Shrink"),
            "mask.feather": self.tr("Feather"),
            "mask.invert": self.tr("Invert"),
            "mask.fill_holes": self.tr("Fill holes"),
            "mask.clear": self.tr("Clear"),
        }
        for index, name in enumerate(_BUTTONS):
            action = actions[name]
            button = QPushButton(short[name])
            button.setAccessibleName(BY_NAME[name].plain)
            button.setToolTip(action.toolTip())
            button.setEnabled(action.isEnabled())
            button.setStyleSheet("padding: 5px 4px;")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(action.trigger)
            action.changed.connect(lambda button=button, action=action: button.setEnabled(action.isEnabled()))
            grid.addWidget(button, index // 3, index % 3)
        self.rows.addLayout(grid)
        opacity = SliderRow(self.tr("Tint"), 10, 100, " %", tip=self.tr("How strongly the mask is shown"))
        opacity.set_value(settings["view/mask_opacity"])
        opacity.changed.connect(lambda value: settings.__setitem__("view/mask_opacity", value))
        settings.changed.connect(
            lambda key: opacity.set_value(settings["view/mask_opacity"]) if key == "view/mask_opacity" else None
        )
        self.rows.addWidget(opacity)
        self._sides.addActions([actions[name] for name in _SIDES if name])
        self._sides.insertSeparator(actions[_SIDES[-1]])

    def _choice(self, spare: QAction) -> QHBoxLayout:
        """What the tools mark: the hole, or what is not copied from; and what draws the latter at once."""
        row = QHBoxLayout()
        row.setSpacing(6)
        self.hole_button = QPushButton(self.tr("Hole"))
        self.hole_button.setToolTip(self.tr("The tools mark what is filled"))
        self.spare_button = QPushButton(self.tr("Not copied"))
        self.spare_button.setToolTip(spare.toolTip())
        self.sides_button = QPushButton(self.tr("Copy from"))
        self.sides_button.setToolTip(self.tr("From which side of the hole texture may be taken"))
        self._sides = QMenu(self.sides_button)
        self.sides_button.setMenu(self._sides)
        for button, marks_hole in ((self.hole_button, True), (self.spare_button, False)):
            button.setCheckable(True)
            button.setObjectName("segment")
            button.clicked.connect(lambda _, marks_hole=marks_hole: self._mark(spare, marks_hole))
        self.spare_button.setAccessibleName(BY_NAME["mask.spare"].plain)
        self.hole_button.setAccessibleName(self.tr("Mark what is filled"))
        for button in (self.hole_button, self.spare_button, self.sides_button):
            button.setStyleSheet("padding: 5px 4px;")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        self.sides_button.setStyleSheet("padding: 5px 18px 5px 4px;")
        spare.changed.connect(lambda: self._show_choice(spare))
        self._show_choice(spare)
        return row

    def _mark(self, spare: QAction, hole: bool) -> None:
        if spare.isChecked() == hole:
            spare.trigger()
        self._show_choice(spare)

    def _show_choice(self, spare: QAction) -> None:
        self.hole_button.setChecked(not spare.isChecked())
        self.spare_button.setChecked(spare.isChecked())
        for button in (self.hole_button, self.spare_button, self.sides_button):
            button.setEnabled(spare.isEnabled())
