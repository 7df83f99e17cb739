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
from desktop_ui.ui.workspace import Session


class HelpController(QObject):
    def __init__(self, session: Session, window: QWidget, hint: StartHint, actions: dict[str, QAction]) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._hint = hint
        self._actions = actions
        hint.dismissed.connect(lambda: session.settings.__setitem__("view/hint_seen", True))

    @property
    def handlers(self) -> dict[str, Callable]:
        return {
            "edit.search": lambda: SearchDialog(self._window, self._actions).show_over(self._window),
            "edit.shortcuts": self.shortcuts,
            "edit.settings": self.settings,
            "help.start": self.first_steps,
            "help.about": lambda: AboutDialog(self._window).exec(),
        }

    def settings(self) -> None:
        SettingsDialog(self._window, self._session.settings).exec()

    def shortcuts(self) -> None:
        dialog = ShortcutsDialog(self._window, self._session.settings.shortcuts())
        dialog.exec()
        self._session.settings.set_shortcuts(dialog.model.rebound)

    def first_steps(self) -> None:
        if self._session.document is None:
            self._session.say(self.tr("Open a photo first: drop it here, or press Ctrl+O."))
        else:
            self._hint.start()

    def greet(self) -> None:
        """A picture was opened: show the hint the first time."""
        if self._session.document is not None and not self._session.settings["view/hint_seen"]:
            self._hint.start()
