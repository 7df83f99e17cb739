"""Options of the chosen tool: brush and eraser have sizes of their own; the wand its tolerance."""

from __future__ import annotations

from PyQt6.QtWidgets import QCheckBox, QLabel

from desktop_ui.ui.panels.parts import Section, SliderRow
from desktop_ui.ui.settings import Settings


class ToolPanel(Section):
    def __init__(self, settings: Settings) -> None:
        super().__init__("")
        self._settings = settings
        self._tool = "brush"
        self._size = SliderRow(self.tr("Size"), 1, 2000, self.tr(" px"), curved=True, tip=self.tr("[ and ]"))
        self._hardness = SliderRow(self.tr("Hardness"), 0, 100, " %", tip=self.tr("{ and }; soft edges blend softly"))
        self._tolerance = SliderRow(self.tr("Tolerance"), 0, 255, "")
        self._contiguous = QCheckBox(self.tr("Connected pixels only"))
        self._help = QLabel(objectName="muted", wordWrap=True)
        for row in (self._size, self._hardness, self._tolerance, self._contiguous, self._help):
            self.rows.addWidget(row)
        settings.changed.connect(lambda key: key.startswith("tool/") and self.read())
        self._size.changed.connect(lambda value: self._write("size", value))
        self._hardness.changed.connect(lambda value: self._write("hardness", value))
        self._tolerance.changed.connect(lambda value: self._write("tolerance", value))
        self._contiguous.toggled.connect(lambda value: self._write("contiguous", value))

    def show_tool(self, tool: str, title: str) -> None:
        """
        Args:
            tool: "brush", "eraser", "lasso", "polygon", "rectangle", "ellipse" or "wand".
        """
        self._tool = tool
        self.set_title(title)
        paints, wand = tool in ("brush", "eraser"), tool == "wand"
        for row, shown in (
            (self._size, paints),
            (self._hardness, paints),
            (self._tolerance, wand),
            (self._contiguous, wand),
        ):
            row.setVisible(shown)
        self._help.setText(self._words(tool))
        self.read()

    def read(self) -> None:
        """Show what the settings say."""
        if self._tool in ("brush", "eraser"):
            self._size.set_value(self._settings[f"tool/{self._tool}_size"])
            self._hardness.set_value(self._settings[f"tool/{self._tool}_hardness"])
        elif self._tool == "wand":
            self._tolerance.set_value(self._settings["tool/wand_tolerance"])
            self._contiguous.setChecked(self._settings["tool/wand_contiguous"])

    def _write(self, name: str, value: int) -> None:
        self._settings[f"tool/{self._tool}_{name}"] = value

    def _words(self, tool: str) -> str:
        if tool == "brush":
            return self.tr("Shift draws straight lines, the right button erases.")
        if tool == "eraser":
            return self.tr("Shift draws straight lines, the right button paints.")
        if tool == "polygon":
            return self.tr("Click corners, Enter closes. Shift adds, Ctrl erases.")
        return self.tr("Shift adds to the mask, Ctrl erases from it.")
