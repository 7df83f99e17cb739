"""Tools and view: which tool is in hand, zoom, compare, how the mask is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QAction, QColor

from desktop_ui.document.change import Change
from desktop_ui.document.edits import Plane
from desktop_ui.tools.brush import Brush
from desktop_ui.tools.crop import CropTool
from desktop_ui.tools.object_tool import ObjectTool
from desktop_ui.tools.painting import PaintTool
from desktop_ui.tools.pointer import Tool
from desktop_ui.tools.retouch import RetouchTool, Source
from desktop_ui.tools.selecting import LassoTool, PolygonTool, WandTool, ellipse_tool, rectangle_tool
from desktop_ui.ui.actions import BY_NAME
from desktop_ui.ui.panels.tool_panel import BRUSH_OF, ToolPanel
from desktop_ui.ui.workspace import Workspace
from desktop_ui.view.canvas import Canvas
from desktop_ui.view.compare import Compare
from desktop_ui.view.render import Overlay

TOOLS = ("object", "brush", "eraser", "lasso", "polygon", "rectangle", "ellipse", "wand", "clone", "heal", "crop")
PAINTING = ("brush", "eraser")
RETOUCHING = ("clone", "heal")
_SIZE_STEP, _HARDNESS_STEP = 1.15, 10


class ViewController:
    def __init__(
        self,
        workspace: Workspace,
        canvas: Canvas,
        panel: ToolPanel,
        actions: dict[str, QAction],
        objects: ObjectTool,
        crop: CropTool,
    ) -> None:
        self._workspace = workspace
        self._settings = workspace.settings
        self._canvas = canvas
        self._panel = panel
        self._actions = actions
        self._objects = objects
        self._crop = crop
        self.on_taken: Callable[[str], None] = lambda _: None  # is told the tool's name
        self._tools = self._new_tools()
        self.tool = "brush"
        self.plane = Plane.HOLE  # which mask the tools mark
        self._settled = False
        self._mask_alone = False
        self._shares: dict[str, float] = {}  # of a picture's longer side: the brushes' sizes
        canvas.brush_resized.connect(self.resize_brush)
        canvas.brush_formed.connect(self._form_brush)
        workspace.changed.connect(self._follow)
        self._settings.changed.connect(self._setting_changed)
        self.read_tools()
        self.update_overlay()

    @property
    def handlers(self) -> dict[str, Callable]:
        canvas = self._canvas
        tools = {f"tool.{name}": (lambda _=True, name=name: self.take(name)) for name in TOOLS}
        return tools | {
            "tool.source": self._choose_source,
            "mask.spare": lambda on: self.mark(Plane.FORBIDDEN if on else Plane.HOLE),
            "tool.larger": lambda: self.resize_brush(1),
            "tool.smaller": lambda: self.resize_brush(-1),
            "tool.harder": lambda: self._harden(_HARDNESS_STEP),
            "tool.softer": lambda: self._harden(-_HARDNESS_STEP),
            "view.zoom_in": lambda: canvas.zoom_step(1),
            "view.zoom_out": lambda: canvas.zoom_step(-1),
            "view.fit": canvas.fit,
            "view.actual": lambda: canvas.zoom_to(1.0),
            "view.before": lambda on: self._compare(Compare.BEFORE if on else Compare.AFTER),
            "view.split": lambda on: self._compare(Compare.SPLIT if on else Compare.AFTER),
            "view.tint": lambda on: self._settings.__setitem__("view/tint", on),
            "view.mask": self._show_mask,
            "view.outline": lambda on: self._settings.__setitem__("view/outline", on),
        }

    def take(self, name: str) -> None:
        """Take a tool in hand."""
        self.tool = name
        self._actions[f"tool.{name}"].setChecked(True)
        self._canvas.set_tool(self._tools[name])
        self._panel.show_tool(name, BY_NAME[f"tool.{name}"].plain)
        self.on_taken(name)

    def read_tools(self) -> None:
        """Give the tools what the settings say."""
        for name, tool in self._tools.items():
            if isinstance(tool, PaintTool | RetouchTool):
                own = BRUSH_OF[name]
                size, hardness = self._settings[f"tool/{own}_size"], self._settings[f"tool/{own}_hardness"]
                tool.brush = Brush(float(size), hardness / 100)
            if isinstance(tool, RetouchTool):
                tool.opacity = self._settings["tool/opacity"] / 100
                tool.source.aligned = self._settings["tool/aligned"]
        wand = self._tools["wand"]
        assert isinstance(wand, WandTool)
        wand.tolerance = self._settings["tool/wand_tolerance"]
        wand.contiguous = self._settings["tool/wand_contiguous"]
        self._canvas.update()

    def _fit_brushes(self, side: int) -> None:
        """Brushes keep their share of the picture, and so about their size on the screen."""
        before = self._settings["tool/picture_side"] or side
        for name in PAINTING:
            key = f"tool/{name}_size"
            share = self._shares.setdefault(name, self._settings[key] / before)
            self._settings[key] = round(share * side)
            self._shares[name] = share  # not that of the rounded size
        self._settings["tool/picture_side"] = side

    def resize_brush(self, steps: int) -> None:
        """Larger (steps > 0) or smaller by a seventh each."""
        if self.tool in BRUSH_OF:
            key = f"tool/{BRUSH_OF[self.tool]}_size"
            size = self._settings[key]
            grown = round(size * _SIZE_STEP**steps)
            self._settings[key] = grown if grown != size else size + (1 if steps > 0 else -1)

    def _harden(self, by: int) -> None:
        if self.tool in BRUSH_OF:
            self._settings[f"tool/{BRUSH_OF[self.tool]}_hardness"] += by

    def _form_brush(self, size: float, hardness: float) -> None:
        own = BRUSH_OF[self.tool]
        self._settings[f"tool/{own}_size"] = round(size)
        self._settings[f"tool/{own}_hardness"] = round(100 * hardness)

    def mark(self, plane: Plane) -> None:
        """Let the tools mark this mask from now on."""
        self.plane = plane
        self._actions["mask.spare"].setChecked(plane is Plane.FORBIDDEN)
        if self.tool in RETOUCHING:
            self.take("brush")
        self._settle(self._settled)

    def _choose_source(self) -> None:
        if self.tool in RETOUCHING:
            self._canvas.choose_source()
        else:
            self._workspace.say(QCoreApplication.translate("ViewController", "Take the clone or the heal brush first."))

    def _compare(self, compare: Compare) -> None:
        self._actions["view.before"].setChecked(compare is Compare.BEFORE)
        self._actions["view.split"].setChecked(compare is Compare.SPLIT)
        self._canvas.set_compare(compare)

    # how the mask is shown

    def _show_mask(self, alone: bool) -> None:
        """As a gray picture in the place of the photo, white where it is filled."""
        self._mask_alone = alone
        self._actions["view.mask"].setChecked(alone)
        self.update_overlay()

    def _settle(self, settled: bool) -> None:
        """Of a mask that is filled only the outline is shown, so that the result can be seen."""
        self._settled = settled
        for tool in self._tools.values():
            tool.plane = self.plane
            tool.fresh_mask = settled and self.plane is Plane.HOLE and self._settings["editing/fresh_mask"]
        self.update_overlay()

    def start(self) -> None:
        """Another document is open: new tools, which know nothing of the last one."""
        if self._workspace.document is not None:
            self._fit_brushes(max(self._workspace.document.bounds.shape))
        self._renew_tools()
        self.plane = Plane.HOLE
        self._actions["mask.spare"].setChecked(False)
        self._compare(Compare.AFTER)
        self._show_mask(False)
        self._settle(self._workspace.document is not None and self._workspace.document.filled)

    def _renew_tools(self) -> None:
        self._tools = self._new_tools()
        self.read_tools()
        self.take(self.tool)

    def update_overlay(self) -> None:
        forbidding = self.plane is Plane.FORBIDDEN
        self._canvas.set_overlay(
            self._overlay("view/mask_colour", tinted=not self._settled),
            replace(self._overlay("view/forbidden_colour", tinted=forbidding or not self._settled), hatched=True),
            self.plane,
        )

    def _overlay(self, colour_key: str, tinted: bool) -> Overlay:
        settings, colour = self._settings, QColor(self._settings[colour_key])
        return Overlay(
            (colour.red(), colour.green(), colour.blue()) if colour.isValid() else Overlay().colour,
            settings["view/mask_opacity"] / 100 if tinted and settings["view/tint"] else 0.0,
            settings["view/outline"] or (not tinted and settings["view/tint"]),
            alone=self._mask_alone,
        )

    def _follow(self, change: Change) -> None:
        if change.frame:
            self._renew_tools()
        if change.mask.empty and not change.ends_step:
            return  # in mid-stroke on something else
        settled = change.ends_step and self._workspace.opened.filled
        if settled != self._settled:
            self._settle(settled)

    def _setting_changed(self, key: str) -> None:
        if key.startswith("view/"):
            self.update_overlay()
        elif key.startswith("tool/"):
            self._shares.pop(key.removeprefix("tool/").removesuffix("_size"), None)
            self.read_tools()

    def _new_tools(self) -> dict[str, Tool]:
        source = Source()
        clone, heal = RetouchTool("Clone", source, heals=False), RetouchTool("Heal", source, heals=True)
        for tool in (clone, heal):
            tool.lacking = lambda: self._workspace.say(
                QCoreApplication.translate("ViewController", "Alt-click first where to copy from.")
            )
        return {
            "clone": clone,
            "heal": heal,
            "object": self._objects,
            "brush": PaintTool(),
            "eraser": PaintTool(erase=True),
            "lasso": LassoTool(),
            "polygon": PolygonTool(),
            "rectangle": rectangle_tool(),
            "ellipse": ellipse_tool(),
            "wand": WandTool(),
            "crop": self._crop,
        }
