"""The parameters of a fill, in pixels, and the button that starts it."""

from __future__ import annotations

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QCheckBox, QPushButton

from desktop_ui.ui.panels.parts import Section, SliderRow
from desktop_ui.ui.settings import Settings
from model.options import MOST_VARIANTS, FillOptions


class FillPanel(Section):
    """Shows `fill.run` as a large button above its sliders."""

    def __init__(self, settings: Settings, run: QAction, auto: QAction) -> None:
        super().__init__(self.tr("Fill"))
        self._settings = settings
        pixels = self.tr(" px")
        rows = {
            "grow": SliderRow(
                self.tr("Margin"), 0, 200, pixels, curved=True, tip=self.tr("How far around the mask is filled too")
            ),
            "feather": SliderRow(
                self.tr("Blend"), 0, 200, pixels, curved=True, tip=self.tr("Blends the fill's edge into the picture")
            ),
            "context": SliderRow(
                self.tr("Context"), 0, 2048, pixels, curved=True, special=self.tr("Automatic"),
                tip=self.tr("How much of the picture around the mask the fill looks at"),
            ),
            "detail": SliderRow(
                self.tr("Detail"), 0, 100, " %",
                tip=self.tr("How much of the photo's own detail is drawn into the fill"),
            ),
        }  # fmt: skip
        rows["variants"] = SliderRow(
            self.tr("Results"), 1, MOST_VARIANTS, "", tip=self.tr("How many results to choose from each fill makes")
        )
        for name, row in rows.items():
            row.set_value(_slider_value(settings, name))
            row.changed.connect(lambda value, name=name: self._settings.__setitem__(f"fill/{name}", value))
            self.rows.addWidget(row)
        settings.changed.connect(lambda key: self._follow(key, rows))
        self.automatic = QCheckBox(self.tr("Fill as you brush"))
        self.automatic.setToolTip(self.tr("Starts a fill whenever a stroke ends"))
        self.automatic.setChecked(auto.isChecked())
        self.automatic.clicked.connect(lambda: auto.trigger())
        auto.toggled.connect(self.automatic.setChecked)
        self.rows.addWidget(self.automatic)
        self.button = QPushButton(self.tr("Fill"), objectName="primary")
        self.button.setMinimumHeight(38)
        self.button.setIconSize(QSize(18, 18))
        self.button.setEnabled(run.isEnabled())
        self.button.setToolTip(run.toolTip())
        self.button.clicked.connect(run.trigger)
        run.changed.connect(lambda: self.button.setEnabled(run.isEnabled()))
        self.rows.addWidget(self.button)

    def _follow(self, key: str, rows: dict[str, SliderRow]) -> None:
        section, _, name = key.partition("/")
        if section == "fill" and name in rows:
            rows[name].set_value(_slider_value(self._settings, name))


def _slider_value(settings: Settings, name: str) -> int:
    value = settings[f"fill/{name}"]
    return round(FillOptions().detail * 100) if value < 0 else value


def options_from(settings: Settings) -> FillOptions:
    """The parameters as the sliders stand."""
    return FillOptions(
        grow=settings["fill/grow"],
        feather=settings["fill/feather"],
        context=settings["fill/context"] or None,
        detail=_slider_value(settings, "detail") / 100,
        variants=settings["fill/variants"],
    )
