"""Makes QActions from the table, the menus and the tool bars from them."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QCoreApplication, QSize, Qt
from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu, QToolBar, QWidget

from desktop_ui.ui.actions import ACTIONS, BY_NAME, MENUS
from desktop_ui.ui.icons import icon
from desktop_ui.ui.theme import Theme

MAIN_BAR = (
    "file.open", "file.save", "", "edit.undo", "edit.redo", "", "view.zoom_out", "view.zoom_in", "view.fit", "",
    "view.before", "view.split", "<>", "edit.search",
)  # fmt: skip

CANVAS_MENU = (
    "fill.run", "fill.more", "", "edit.undo", "edit.redo", "", "mask.grow", "mask.feather", "mask.invert", "mask.clear",
    "", "view.fit", "view.actual", "view.before", "view.split", "view.mask", "", "edit.copy", "edit.copy_fill",
)  # fmt: skip


def make_actions(window: QWidget) -> dict[str, QAction]:
    """All actions of the table, with their default keys, greyed out where they need a picture."""
    groups: dict[str, QActionGroup] = {}
    actions = {}
    for spec in ACTIONS:
        action = QAction(spec.shown, window)
        action.setCheckable(spec.checkable)
        if spec.group:
            groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
        action.setEnabled(not spec.needs_picture)
        actions[spec.name] = action
        window.addAction(action)
    set_keys(actions, {})
    return actions


def set_keys(actions: dict[str, QAction], rebound: dict[str, list[str]]) -> None:
    """Give each action its keys: the rebound ones, else the defaults."""
    for name, action in actions.items():
        keys = rebound.get(name, list(BY_NAME[name].keys))
        action.setShortcuts([QKeySequence(key) for key in keys])
        shown = QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
        action.setToolTip(f"{BY_NAME[name].plain}  ({shown})" if shown else BY_NAME[name].plain)


def set_icons(actions: dict[str, QAction], theme: Theme) -> None:
    for name, action in actions.items():
        if BY_NAME[name].icon:
            action.setIcon(icon(BY_NAME[name].icon, theme))


def connect(actions: dict[str, QAction], handlers: dict[str, Callable]) -> None:
    """Every action must have its handler; checkable ones are given the new state."""
    missing = set(actions) ^ set(handlers)
    if missing:
        raise LookupError(f"actions and handlers differ: {sorted(missing)}")
    for name, action in actions.items():
        handler = handlers[name]
        if action.isCheckable():
            action.triggered.connect(handler)
        else:
            action.triggered.connect(lambda _, handler=handler: handler())


def fill_menus(window: QMainWindow, actions: dict[str, QAction]) -> dict[str, QMenu]:
    bar = window.menuBar()
    assert bar is not None
    menus: dict[str, QMenu] = {}
    for name, title in MENUS:
        menu = bar.addMenu(QCoreApplication.translate("Actions", title))
        assert menu is not None
        menus[name] = menu
    for spec in ACTIONS:
        if spec.separator:
            menus[spec.menu].addSeparator()
        menus[spec.menu].addAction(actions[spec.name])
    return menus


def canvas_menu(window: QMainWindow, actions: dict[str, QAction]) -> QMenu:
    """What is often wanted of the picture, at the pointer."""
    menu = QMenu(QCoreApplication.translate("Actions", "Picture"), window)
    for name in CANVAS_MENU:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
    return menu


def main_bar(window: QMainWindow, actions: dict[str, QAction]) -> QToolBar:
    bar = _bar(window, "main", QCoreApplication.translate("Actions", "Main tool bar"))
    for name in MAIN_BAR:
        if name == "":
            bar.addSeparator()
        elif name == "<>":
            gap = QWidget()
            gap.setSizePolicy(gap.sizePolicy().Policy.Expanding, gap.sizePolicy().Policy.Preferred)
            bar.addWidget(gap)
        else:
            bar.addAction(actions[name])
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
    return bar


def tool_bar(window: QMainWindow, actions: dict[str, QAction]) -> QToolBar:
    bar = _bar(window, "tools", QCoreApplication.translate("Actions", "Tools"))
    for spec in ACTIONS:
        if spec.group == "tool":
            bar.addAction(actions[spec.name])
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, bar)
    return bar


def _bar(window: QMainWindow, name: str, title: str) -> QToolBar:
    bar = QToolBar(title, window, objectName=name)
    bar.setMovable(False)
    bar.setIconSize(QSize(20, 20))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    bar.toggleViewAction().setVisible(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    return bar
