"""The one table of actions: what there is, where it stands in the menus, and its default keys."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

MENUS = (
    ("file", QT_TRANSLATE_NOOP("Actions", "&File")),
    ("edit", QT_TRANSLATE_NOOP("Actions", "&Edit")),
    ("picture", QT_TRANSLATE_NOOP("Actions", "&Picture")),
    ("tool", QT_TRANSLATE_NOOP("Actions", "&Tools")),
    ("mask", QT_TRANSLATE_NOOP("Actions", "&Mask")),
    ("fill", QT_TRANSLATE_NOOP("Actions", "F&ill")),
    ("view", QT_TRANSLATE_NOOP("Actions", "&View")),
    ("help", QT_TRANSLATE_NOOP("Actions", "&Help")),
)


@dataclass(frozen=True)
class Spec:
    """One action of the menus.

    Args:
        name: "menu.action"; stable, the key of a rebound shortcut.
        text: English, as in the menu, with its mnemonic.
        keys: default shortcuts, the first is shown.
        icon: name in `icons`, or "".
        checkable: stays pressed; with `group`, one of several.
        needs_picture: greyed out while nothing is open.
        separator: a line above it in the menu.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    group: str = ""
    needs_picture: bool = True
    separator: bool = False

    @property
    def menu(self) -> str:
        return self.name.partition(".")[0]

    @property
    def shown(self) -> str:
        """In the user's language."""
        return QCoreApplication.translate("Actions", self.text)

    @property
    def plain(self) -> str:
        """In the user's language, without the mnemonic and the dots."""
        return self.shown.replace("&", "").rstrip("…")


def _spec(name: str, text: str, *keys: str, **more) -> Spec:
    return Spec(name, text, keys, **more)


ACTIONS: tuple[Spec, ...] = (
    _spec("file.open", QT_TRANSLATE_NOOP("Actions", "&Open…"), "Ctrl+O", icon="open", needs_picture=False),
    _spec("file.paste", QT_TRANSLATE_NOOP("Actions", "Paste as &New Picture"), "Ctrl+V", needs_picture=False),
    _spec("file.previous", QT_TRANSLATE_NOOP("Actions", "Pre&vious in Folder"), "PgUp", icon="previous",
          separator=True),
    _spec("file.next", QT_TRANSLATE_NOOP("Actions", "Ne&xt in Folder"), "PgDown", icon="next"),
    _spec("file.save", QT_TRANSLATE_NOOP("Actions", "&Save"), "Ctrl+S", icon="save", separator=True),
    _spec("file.save_as", QT_TRANSLATE_NOOP("Actions", "Save Picture &As…"), "Ctrl+Shift+S"),
    _spec("file.export", QT_TRANSLATE_NOOP("Actions", "&Export with Quality…"), "Ctrl+E"),
    _spec("file.export_fill", QT_TRANSLATE_NOOP("Actions", "Expor&t Fill Alone…"), "Ctrl+Alt+E"),
    _spec("file.export_layers", QT_TRANSLATE_NOOP("Actions", "Export &Layers…"), "Ctrl+Shift+L"),
    _spec("file.save_project", QT_TRANSLATE_NOOP("Actions", "Save &Project…"), "Ctrl+Alt+S", separator=True),
    _spec("file.save_all", QT_TRANSLATE_NOOP("Actions", "Save All &Filled…"), "Ctrl+Alt+Shift+S", icon="save-all"),
    _spec("file.close", QT_TRANSLATE_NOOP("Actions", "&Close Picture"), "Ctrl+W", separator=True),
    _spec("file.quit", QT_TRANSLATE_NOOP("Actions", "&Quit"), "Ctrl+Q", needs_picture=False),
    _spec("edit.undo", QT_TRANSLATE_NOOP("Actions", "&Undo"), "Ctrl+Z", icon="undo"),
    _spec("edit.redo", QT_TRANSLATE_NOOP("Actions", "&Redo"), "Ctrl+Shift+Z", "Ctrl+Y", icon="redo"),
    _spec("edit.copy", QT_TRANSLATE_NOOP("Actions", "&Copy Picture"), "Ctrl+C", separator=True),
    _spec("edit.copy_fill", QT_TRANSLATE_NOOP("Actions", "Copy Fi&ll"), "Ctrl+Shift+C"),
    _spec("edit.search", QT_TRANSLATE_NOOP("Actions", "&Find Action…"), "Ctrl+K", icon="search", needs_picture=False),
    _spec("edit.shortcuts", QT_TRANSLATE_NOOP("Actions", "&Keyboard Shortcuts…"), "Ctrl+Alt+K", needs_picture=False),
    _spec("edit.settings", QT_TRANSLATE_NOOP("Actions", "&Settings…"), "Ctrl+,", needs_picture=False),
    _spec("picture.turn_left", QT_TRANSLATE_NOOP("Actions", "Rotate &Left"), "Ctrl+[", icon="turn-left"),
    _spec("picture.turn_right", QT_TRANSLATE_NOOP("Actions", "Rotate &Right"), "Ctrl+]", icon="turn-right"),
    _spec("picture.flip_across", QT_TRANSLATE_NOOP("Actions", "Flip &Horizontally"), "Shift+H", icon="flip-across",
          separator=True),
    _spec("picture.flip_down", QT_TRANSLATE_NOOP("Actions", "Flip &Vertically"), "Shift+V", icon="flip-down"),
    _spec("picture.straighten", QT_TRANSLATE_NOOP("Actions", "&Straighten"), "Shift+L", icon="level", separator=True),
    _spec("picture.extend", QT_TRANSLATE_NOOP("Actions", "&Extend Canvas…"), "Ctrl+Shift+X", icon="extend"),
    _spec("tool.object", QT_TRANSLATE_NOOP("Actions", "Ob&ject by a Click"), "A", icon="object", checkable=True,
          group="tool"),
    _spec("tool.brush", QT_TRANSLATE_NOOP("Actions", "&Brush"), "B", icon="brush", checkable=True, group="tool"),
    _spec("tool.eraser", QT_TRANSLATE_NOOP("Actions", "&Eraser"), "E", icon="eraser", checkable=True, group="tool"),
    _spec("tool.lasso", QT_TRANSLATE_NOOP("Actions", "&Lasso"), "L", icon="lasso", checkable=True, group="tool"),
    _spec("tool.polygon", QT_TRANSLATE_NOOP("Actions", "&Polygon"), "P", icon="polygon", checkable=True, group="tool"),
    _spec("tool.rectangle", QT_TRANSLATE_NOOP("Actions", "&Rectangle"), "R", icon="rectangle", checkable=True,
          group="tool"),
    _spec("tool.ellipse", QT_TRANSLATE_NOOP("Actions", "E&llipse"), "O", icon="ellipse", checkable=True, group="tool"),
    _spec("tool.wand", QT_TRANSLATE_NOOP("Actions", "Magic &Wand"), "W", icon="wand", checkable=True, group="tool"),
    _spec("tool.clone", QT_TRANSLATE_NOOP("Actions", "&Clone Brush"), "C", icon="clone", checkable=True, group="tool"),
    _spec("tool.heal", QT_TRANSLATE_NOOP("Actions", "&Heal Brush"), "H", icon="heal", checkable=True, group="tool"),
    _spec("tool.source", QT_TRANSLATE_NOOP("Actions", "Copy from &Here"), "Shift+S"),
    _spec("tool.crop", QT_TRANSLATE_NOOP("Actions", "Cr&op"), "Shift+C", icon="crop", checkable=True, group="tool"),
    _spec("tool.larger", QT_TRANSLATE_NOOP("Actions", "Larger Brush"), "]", separator=True),
    _spec("tool.smaller", QT_TRANSLATE_NOOP("Actions", "Smaller Brush"), "["),
    _spec("tool.harder", QT_TRANSLATE_NOOP("Actions", "Harder Brush"), "}"),
    _spec("tool.softer", QT_TRANSLATE_NOOP("Actions", "Softer Brush"), "{"),
    _spec("mask.clear", QT_TRANSLATE_NOOP("Actions", "&Clear Mask"), "Ctrl+D", "Delete", icon="clear"),
    _spec("mask.all", QT_TRANSLATE_NOOP("Actions", "Mark &All"), "Ctrl+A"),
    _spec("mask.invert", QT_TRANSLATE_NOOP("Actions", "&Invert Mask"), "Ctrl+I", icon="invert"),
    _spec("mask.grow", QT_TRANSLATE_NOOP("Actions", "&Grow Mask…"), "Ctrl+G", separator=True),
    _spec("mask.shrink", QT_TRANSLATE_NOOP("Actions", "&Shrink Mask…"), "Ctrl+Shift+G"),
    _spec("mask.feather", QT_TRANSLATE_NOOP("Actions", "&Feather Mask…"), "Shift+F6"),
    _spec("mask.fill_holes", QT_TRANSLATE_NOOP("Actions", "Fill &Holes in Mask"), "Ctrl+H"),
    _spec("mask.same_on_all", QT_TRANSLATE_NOOP("Actions", "Same Mask &on All"), "Ctrl+Alt+A", icon="spread"),
    _spec("mask.spare", QT_TRANSLATE_NOOP("Actions", "Mark What Is &Not Copied From"), "X", icon="spare",
          checkable=True, separator=True),
    _spec("mask.from_above", QT_TRANSLATE_NOOP("Actions", "Copy Only from A&bove"), "Ctrl+Shift+Up"),
    _spec("mask.from_below", QT_TRANSLATE_NOOP("Actions", "Copy Only from Belo&w"), "Ctrl+Shift+Down"),
    _spec("mask.from_left", QT_TRANSLATE_NOOP("Actions", "Copy Only from the &Left"), "Ctrl+Shift+Left"),
    _spec("mask.from_right", QT_TRANSLATE_NOOP("Actions", "Copy Only from the &Right"), "Ctrl+Shift+Right"),
    _spec("mask.from_everywhere", QT_TRANSLATE_NOOP("Actions", "Copy from &Everywhere"), "Ctrl+Alt+D"),
    _spec("mask.load", QT_TRANSLATE_NOOP("Actions", "I&mport Mask…"), "Ctrl+Shift+O", separator=True),
    _spec("mask.save", QT_TRANSLATE_NOOP("Actions", "E&xport Mask…"), "Ctrl+Shift+E"),
    _spec("fill.run", QT_TRANSLATE_NOOP("Actions", "&Fill"), "F", "Ctrl+Return", icon="fill"),
    _spec("fill.cancel", QT_TRANSLATE_NOOP("Actions", "&Stop Filling"), "Ctrl+."),
    _spec("fill.auto", QT_TRANSLATE_NOOP("Actions", "Fill as You &Brush"), "Shift+F", checkable=True),
    _spec("fill.all_masked", QT_TRANSLATE_NOOP("Actions", "Fill &All Masked"), "Ctrl+Shift+F", icon="fill"),
    _spec("fill.previous_result", QT_TRANSLATE_NOOP("Actions", "&Previous Result"), ",", separator=True),
    _spec("fill.next_result", QT_TRANSLATE_NOOP("Actions", "&Next Result"), "."),
    _spec("fill.more", QT_TRANSLATE_NOOP("Actions", "&More Like This"), "Ctrl+R", icon="more"),
    _spec("fill.delete_result", QT_TRANSLATE_NOOP("Actions", "&Delete Result"), "Shift+Delete", icon="clear"),
    _spec("fill.result_1", QT_TRANSLATE_NOOP("Actions", "Result &1"), "1", separator=True),
    _spec("fill.result_2", QT_TRANSLATE_NOOP("Actions", "Result &2"), "2"),
    _spec("fill.result_3", QT_TRANSLATE_NOOP("Actions", "Result &3"), "3"),
    _spec("fill.result_4", QT_TRANSLATE_NOOP("Actions", "Result &4"), "4"),
    _spec("view.zoom_in", QT_TRANSLATE_NOOP("Actions", "Zoom &In"), "Ctrl++", "+", "Ctrl+=", icon="zoom-in"),
    _spec("view.zoom_out", QT_TRANSLATE_NOOP("Actions", "Zoom &Out"), "Ctrl+-", "-", icon="zoom-out"),
    _spec("view.fit", QT_TRANSLATE_NOOP("Actions", "&Fit in Window"), "0", "Ctrl+0", icon="fit"),
    _spec("view.actual", QT_TRANSLATE_NOOP("Actions", "&Actual Pixels"), "Z", "Ctrl+1"),
    _spec("view.before", QT_TRANSLATE_NOOP("Actions", "Show &Before"), "Ctrl+B", icon="eye", checkable=True,
          separator=True),
    _spec("view.split", QT_TRANSLATE_NOOP("Actions", "&Split Before and After"), "S", icon="compare", checkable=True),
    _spec("view.tint", QT_TRANSLATE_NOOP("Actions", "Mask &Tint"), "M", checkable=True, separator=True),
    _spec("view.outline", QT_TRANSLATE_NOOP("Actions", "Mask Out&line"), "Shift+M", checkable=True),
    _spec("view.mask", QT_TRANSLATE_NOOP("Actions", "Mas&k Alone"), "Q", checkable=True),
    _spec("view.proof", QT_TRANSLATE_NOOP("Actions", "Soft P&roof"), "Shift+P", checkable=True, separator=True),
    _spec("view.gamut", QT_TRANSLATE_NOOP("Actions", "Gamut &Warning"), "Shift+W", checkable=True),
    _spec("view.proof_profile", QT_TRANSLATE_NOOP("Actions", "Proof Profil&e…"), "Ctrl+Shift+P"),
    _spec("view.folder", QT_TRANSLATE_NOOP("Actions", "Fol&der Strip"), "F7", icon="strip", checkable=True,
          needs_picture=False, separator=True),
    _spec("view.navigator", QT_TRANSLATE_NOOP("Actions", "Navi&gator"), "N", checkable=True),
    _spec("view.menu", QT_TRANSLATE_NOOP("Actions", "Context Me&nu"), "Shift+F10", "Menu"),
    _spec("view.panels", QT_TRANSLATE_NOOP("Actions", "&Panels"), "F8", checkable=True, needs_picture=False),
    _spec("view.fullscreen", QT_TRANSLATE_NOOP("Actions", "F&ull Screen"), "F11", checkable=True, needs_picture=False),
    _spec("help.start", QT_TRANSLATE_NOOP("Actions", "&First Steps"), "F1", needs_picture=False),
    _spec("help.about", QT_TRANSLATE_NOOP("Actions", "&About pconv"), "Shift+F1", needs_picture=False),
)  # fmt: skip

BY_NAME = {spec.name: spec for spec in ACTIONS}
