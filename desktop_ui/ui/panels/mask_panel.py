"""Whole-mask operations as buttons, and how strongly the mask is tinted."""

from __future__ import annotations

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QGridLayout, QPushButton, QSizePolicy

from desktop_ui.ui.actions import BY_NAME
from desktop_ui.ui.panels.parts import Section, SliderRow
from desktop_ui.ui.settings import Settings

_BUTTONS = ("mask.grow", "mask.shrink", "mask.feather", "mask.invert", "mask.fill_holes", "mask.clear")


class MaskPanel(Section):
    def __init__(self, settings: Settings, actions: dict[str, QAction]) -> None:
        super().__init__(self.tr("Mask"))
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
