"""The line at the bottom: the daemon's state, the picture, the pointer, the zoom."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QStatusBar, QToolButton

from desktop_ui.jobs.daemon_state import DaemonState
from desktop_ui.ui.theme import Theme
from desktop_ui.ui.zoom_field import ZoomField


class StatusBar(QStatusBar):
    """The line at the bottom of the window.

    Signals:
        daemon_clicked().
    """

    daemon_clicked = pyqtSignal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: DaemonState | None = None
        self.setSizeGripEnabled(False)
        self.daemon = QToolButton(autoRaise=True)
        self.daemon.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.daemon.setAccessibleName(self.tr("Daemon"))
        self.daemon.clicked.connect(self.daemon_clicked)
        self.picture = QLabel()
        self.pointer = QLabel()
        self.zoom = ZoomField()
        self._dot = QLabel()
        self._dot.setContentsMargins(6, 0, 0, 0)
        self.addWidget(self._dot)
        self.addWidget(self.daemon)
        for part in (self.picture, self.pointer, self.zoom):
            self.addPermanentWidget(part)
        self.pointer.setMinimumWidth(110)
        self.show_state(None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.show_state(self._state)

    def show_state(self, state: DaemonState | None) -> None:
        """None = not known yet."""
        self._state = state
        if state is None:
            colour, text = self._theme.warn, self.tr("Connecting to the daemon…")
        elif not state.online:
            colour, text = self._theme.bad, self.tr("Offline: editing goes on, fills wait for the daemon")
        elif state.problem:
            colour, text = self._theme.bad, self.tr("The daemon cannot fill at the moment")
        elif not state.ready:
            colour, text = self._theme.warn, self.tr("The daemon is getting ready…")
        else:
            colour, text = self._theme.good, self.tr("Ready")
            if state.device:
                text += f"  ·  {state.device}"
            if state.waiting:
                text += "  ·  " + self.tr("{0} in the queue").format(state.waiting)
        self._dot.setText(f'<span style="color:{colour}; font-size:15px">●</span>')
        self.daemon.setText(text)
        self.daemon.setToolTip(state.problem if state is not None and state.problem else text)
