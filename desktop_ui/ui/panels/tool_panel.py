"""Options of the chosen tool: brush and eraser have sizes of their own; the wand its tolerance."""

from __future__ import annotations

from PyQt6.QtWidgets import QCheckBox, QLabel, QStackedWidget, QVBoxLayout, QWidget

from desktop_ui.ui.panels.parts import Section, SliderRow
from desktop_ui.ui.settings import Settings

PAGES = ("brush", "polygon", "shape", "wand", "object", "crop")


class ToolPanel(Section):
    def __init__(self, settings: Settings) -> None:
        self._columns: list[QVBoxLayout] = []
        self._help: dict[str, QLabel] = {}
        super().__init__("")
        self._settings = settings
        self._tool = "brush"
        self._size = SliderRow(self.tr("Size"), 1, 2000, self.tr(" px"), curved=True, tip=self.tr("[ and ]"))
        self._hardness = SliderRow(self.tr("Hardness"), 0, 100, " %", tip=self.tr("{ and }; soft edges blend softly"))
        self._tolerance = SliderRow(self.tr("Tolerance"), 0, 255, "")
        self._contiguous = QCheckBox(self.tr("Connected pixels only"))
        self._help = {name: QLabel(self._words(name), objectName="muted", wordWrap=True) for name in PAGES}
        self._pages = QStackedWidget()  # as high as its highest page: nothing under it moves with the tool
        rows = {"brush": (self._size, self._hardness), "wand": (self._tolerance, self._contiguous)}
        for name, label in self._help.items():
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 0, 0, 0)
            for row in (*rows.get(name, ()), label):
                column.addWidget(row)
            column.addStretch(1)
            self._columns.append(column)
            self._pages.addWidget(page)
        self.rows.addWidget(self._pages)
        self.set_compact(False)
        settings.changed.connect(lambda key: self.read() if key.startswith("tool/") else None)
        self._size.changed.connect(lambda value: self._write("size", value))
        self._hardness.changed.connect(lambda value: self._write("hardness", value))
        self._tolerance.changed.connect(lambda value: self._write("tolerance", value))
        self._contiguous.toggled.connect(lambda value: self._write("contiguous", value))

    def show_tool(self, tool: str, title: str) -> None:
        """Show the options of a tool.

        Args:
            tool: "object", "brush", "eraser", "lasso", "polygon", "rectangle", "ellipse", "wand" or "crop".
        """
        self._tool = tool
        self.set_title(title)
        page = tool if tool in PAGES else {"eraser": "brush"}.get(tool, "shape")
        self._pages.setCurrentIndex(PAGES.index(page))
        self._help[page].setText(self._words(tool))
        self._heading.setToolTip(self._words(tool))
        self.read()

    def set_compact(self, compact: bool) -> None:
        """Without the words on how to use the tool, which the title's tip has too."""
        super().set_compact(compact)
        for column, label in zip(self._columns, self._help.values(), strict=True):
            column.setSpacing(self.rows.spacing())
            label.setVisible(not compact)

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
        if tool == "object":
            return self.tr("Click a thing, or draw around it. More clicks add, Alt-clicks take away; Enter marks it.")
        if tool == "crop":
            return self.tr("Drag the frame's sides; beyond the picture it is extended. Ctrl + drag draws the horizon.")
        if tool == "polygon":
            return self.tr("Click corners, Enter closes. It adds to the mask; Ctrl erases.")
        return self.tr("Adds to the mask; Ctrl or the right button erases from it.")
