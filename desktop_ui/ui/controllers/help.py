"""Search, shortcuts, settings, first steps and About."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QWidget

from desktop_ui.ui.dialogs.about import AboutDialog
from desktop_ui.ui.dialogs.search import SearchDialog
from desktop_ui.ui.dialogs.settings import SettingsDialog
from desktop_ui.ui.dialogs.shortcuts import ShortcutsDialog
from desktop_ui.ui.hint import StartHint
from desktop_ui.ui.modal import freed
from desktop_ui.ui.workspace import Workspace


class HelpController(QObject):
    def __init__(self, workspace: Workspace, window: QWidget, hint: StartHint, actions: dict[str, QAction]) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._hint = hint
        self._actions = actions
        hint.dismissed.connect(lambda: workspace.settings.__setitem__("view/hint_seen", True))

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "edit.search": lambda: SearchDialog(self._window, self._actions).show_over(self._window),
            "edit.shortcuts": self.shortcuts,
            "edit.settings": self.settings,
            "help.start": self.first_steps,
            "help.about": self.about,
        }

    def settings(self) -> None:
        with freed(SettingsDialog(self._window, self._workspace.settings)) as dialog:
            dialog.exec()

    def shortcuts(self) -> None:
        with freed(ShortcutsDialog(self._window, self._workspace.settings.shortcuts())) as dialog:
            dialog.exec()
        self._workspace.settings.set_shortcuts(dialog.model.rebound)

    def about(self) -> None:
        with freed(AboutDialog(self._window)) as dialog:
            dialog.exec()

    def first_steps(self) -> None:
        if self._workspace.document is None:
            self._workspace.say(self.tr("Open a photo first: drop it here, or press Ctrl+O."))
        else:
            self._hint.start()

    def greet(self) -> None:
        """A picture was opened: show the hint the first time."""
        if self._workspace.document is not None and not self._workspace.settings["view/hint_seen"]:
            self._hint.start()
