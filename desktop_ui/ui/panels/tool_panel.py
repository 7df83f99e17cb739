"""Options of the chosen tool: brush and eraser have sizes of their own, clone and heal the brush's; the wand its
tolerance."""

from __future__ import annotations

from PyQt6.QtWidgets import QCheckBox, QLabel, QStackedWidget, QVBoxLayout, QWidget

from desktop_ui.ui.panels.parts import Section, SliderRow
from desktop_ui.ui.settings import Settings

PAGES = ("brush", "polygon", "shape", "wand", "object", "retouch", "crop")
_PAGE_OF = {"eraser": "brush", "clone": "retouch", "heal": "retouch"}
# whose size and hardness in the settings a tool has
BRUSH_OF = {"brush": "brush", "eraser": "eraser", "clone": "brush", "heal": "brush"}


class ToolPanel(Section):
    def __init__(self, settings: Settings) -> None:
        self._columns: list[QVBoxLayout] = []
        self._help: dict[str, QLabel] = {}
        super().__init__("")
        self._settings = settings
        self._tool = "brush"
        self._forms = {page: self._form() for page in ("brush", "retouch")}
        self._opacity = SliderRow(self.tr("Opacity"), 1, 100, " %", tip=self.tr("How much of what is copied shows"))
        self._aligned = QCheckBox(self.tr("Aligned"))
        self._aligned.setToolTip(self.tr("All strokes copy from the same distance; else each begins at the source"))
        self._tolerance = SliderRow(self.tr("Tolerance"), 0, 255, "")
        self._contiguous = QCheckBox(self.tr("Connected pixels only"))
        self._help = {name: QLabel(self._words(name), objectName="muted", wordWrap=True) for name in PAGES}
        self._pages = QStackedWidget()  # as high as its highest page: nothing under it moves with the tool
        rows = {
            "brush": self._forms["brush"],
            "retouch": (*self._forms["retouch"], self._opacity, self._aligned),
            "wand": (self._tolerance, self._contiguous),
        }
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
        for key, row in (("opacity", self._opacity), ("wand_tolerance", self._tolerance)):
            row.changed.connect(lambda value, key=key: self._settings.__setitem__(f"tool/{key}", value))
        for key, box in (("aligned", self._aligned), ("wand_contiguous", self._contiguous)):
            box.toggled.connect(lambda value, key=key: self._settings.__setitem__(f"tool/{key}", value))

    def show_tool(self, tool: str, title: str) -> None:
        """Show the options of a tool.

        Args:
            tool: "object", "brush", "eraser", "lasso", "polygon", "rectangle", "ellipse", "wand", "clone", "heal" or
                "crop".
        """
        self._tool = tool
        self.set_title(title)
        page = tool if tool in PAGES else _PAGE_OF.get(tool, "shape")
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
        brush = BRUSH_OF.get(self._tool)
        for size, hardness in self._forms.values() if brush else ():
            size.set_value(self._settings[f"tool/{brush}_size"])
            hardness.set_value(self._settings[f"tool/{brush}_hardness"])
        self._opacity.set_value(self._settings["tool/opacity"])
        self._aligned.setChecked(self._settings["tool/aligned"])
        self._tolerance.set_value(self._settings["tool/wand_tolerance"])
        self._contiguous.setChecked(self._settings["tool/wand_contiguous"])

    def _form(self) -> tuple[SliderRow, SliderRow]:
        """Size and hardness of the brush that the tool has."""
        size = SliderRow(self.tr("Size"), 1, 2000, self.tr(" px"), curved=True, tip=self.tr("[ and ]"))
        hardness = SliderRow(self.tr("Hardness"), 0, 100, " %", tip=self.tr("{ and }; soft edges blend softly"))
        for name, row in (("size", size), ("hardness", hardness)):
            row.changed.connect(lambda value, name=name: self._write(name, value))
        return size, hardness

    def _write(self, name: str, value: int) -> None:
        self._settings[f"tool/{BRUSH_OF[self._tool]}_{name}"] = value

    def _words(self, tool: str) -> str:
        if tool == "brush":
            return self.tr("Shift draws straight lines, the right button erases.")
        if tool == "eraser":
            return self.tr("Shift draws straight lines, the right button paints.")
        if tool in ("clone", "retouch"):
            return self.tr("Alt-click chooses where to copy from, then brush.")
        if tool == "heal":
            return self.tr("Alt-click chooses where to copy from; what you brush blends in.")
        if tool == "object":
            return self.tr("Click a thing, or draw around it. More clicks add, Alt-clicks take away; Enter marks it.")
        if tool == "crop":
            return self.tr("Drag the frame's sides; beyond the picture it is extended. Ctrl + drag draws the horizon.")
        if tool == "polygon":
            return self.tr("Click corners, Enter closes. It adds to the mask; Ctrl erases.")
        return self.tr("Adds to the mask; Ctrl or the right button erases from it.")
