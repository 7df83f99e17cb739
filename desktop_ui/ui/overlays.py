"""What floats over the picture: messages, and the progress of a fill with its Stop button."""

from __future__ import annotations

import re
from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer
from PyQt6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from desktop_ui.ui.theme import polish

INFO_MS = 6000
_EDGE = 16
_EDGE_WIDTH = 4
_WIDEST = 860
OPENING_MS = 250


class Floating(QFrame):
    """A frame over `host`, centred at its top or bottom edge."""

    def __init__(self, host: QWidget, name: str, at_top: bool) -> None:
        super().__init__(host, objectName=name)
        self._at_top = at_top
        host.installEventFilter(self)
        shadow = QGraphicsDropShadowEffect(self, blurRadius=24, xOffset=0, yOffset=4)
        shadow.setColor(Qt.GlobalColor.black)
        self.setGraphicsEffect(shadow)
        self.hide()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def place(self) -> None:
        host = self._host()
        self.setMaximumWidth(max(200, min(_WIDEST, host.width() - 2 * _EDGE)))
        self.adjustSize()
        self.move(
            (host.width() - self.width()) // 2, self._top() if self._at_top else host.height() - self.height() - _EDGE
        )
        self.raise_()

    def _top(self) -> int:
        return _EDGE

    def _host(self) -> QWidget:
        host = self.parentWidget()
        assert host is not None
        return host


class Banner(Floating):
    """One plain sentence, with a button where something can be done about it; below the bar of a tool."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "banner", at_top=True)
        self._bars: tuple[Floating, ...] = ()
        self._edge = QFrame(objectName="edge")  # in the colour of the level
        self._edge.setFixedWidth(_EDGE_WIDTH)
        self.label = QLabel(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QPushButton()
        self._close = QPushButton(self.tr("Dismiss"))
        self._act: Callable[[], None] | None = None
        self.button.clicked.connect(self._do)
        self._close.clicked.connect(self.hide)
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self._edge)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.button)
        layout.addWidget(self._close)
        self._timer = QTimer(self, singleShot=True, timeout=self.hide)

    @property
    def text(self) -> str:
        return self.label.text()

    def make_room_for(self, *bars: Floating) -> None:
        """Stay below those of these bars that are shown."""
        self._bars = bars
        for bar in bars:
            bar.installEventFilter(self)

    def _top(self) -> int:
        lowest = (bar.mapTo(self._host(), bar.rect().bottomLeft()).y() for bar in self._bars if bar.isVisible())
        return max((_EDGE + bottom for bottom in lowest), default=_EDGE)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        moves = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move)
        if event is not None and event.type() in moves and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def say(self, level: str, text: str, button: str = "", act: Callable[[], None] | None = None) -> None:
        """Show one sentence above the picture.

        Args:
            level: "info" goes away by itself; "warn" and "bad" stay until dismissed.
        """
        self._edge.setProperty("level", level)
        polish(self._edge)
        text = re.sub(r"`([^`]*)`", r"“\1”", text)  # a command, as the terminal's messages mark it
        self.label.setText(text)
        self._act = act
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(text)
        self.show()
        self.place()
        if level == "info":
            self._timer.start(INFO_MS)
        else:
            self._timer.stop()

    def place(self) -> None:
        """As wide as the sentence needs and the window has room for."""
        room = min(_WIDEST, self._host().width() - 2 * _EDGE)
        margins = self._row.contentsMargins()
        for button in (self.button, self._close):
            if not button.isHidden():
                room -= button.sizeHint().width() + self._row.spacing()
        room -= margins.left() + margins.right() + _EDGE_WIDTH + self._row.spacing() + 2
        self.label.setFixedWidth(max(120, min(room, self.label.fontMetrics().horizontalAdvance(self.text) + 4)))
        super().place()

    def _do(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()


class ProgressPill(Floating):
    """What the running fill is doing, how far it is, and Stop."""

    def __init__(self, host: QWidget, stop: Callable[[], None]) -> None:
        super().__init__(host, "pill", at_top=False)
        self._text = QLabel()
        self._text.setMinimumWidth(170)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMinimumWidth(180)
        self._stop = QPushButton(self.tr("Stop"))
        self._stop.setToolTip("Esc")
        self._stop.clicked.connect(stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 10, 10, 10)
        layout.setSpacing(14)
        layout.addWidget(self._text)
        layout.addWidget(self._bar, 1)
        layout.addWidget(self._stop)

    def begin(self) -> None:
        self._stop.setEnabled(True)
        self.tell(self.tr("Preparing…"))
        self.show()
        self.place()

    def tell(self, text: str, done: int = 0, total: int = 0) -> None:
        """`total` 0 = it is not known how long."""
        self._text.setText(text)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setAccessibleName(text)

    def stopping(self) -> None:
        self._stop.setEnabled(False)
        self.tell(self.tr("Stopping…"))


class OpeningPill(Floating):
    """Which file is being opened, once that takes long enough to be read."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "pill", at_top=False)
        self._text = QLabel()
        bar = QProgressBar(textVisible=False, maximum=0)
        bar.setMinimumWidth(140)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 12, 18, 12)
        layout.setSpacing(14)
        layout.addWidget(self._text)
        layout.addWidget(bar, 1)
        self.waiting = False
        self._timer = QTimer(self, singleShot=True, interval=OPENING_MS, timeout=self._show)

    def wait_for(self, name: str) -> None:
        """Say that a file is being opened.

        Args:
            name: of the file; "" when there is nothing to wait for any longer.
        """
        self._text.setText(self.tr("Opening {0}…").format(name))
        self.setAccessibleName(self._text.text())
        if not name:
            self._timer.stop()
            self.hide()
        elif not self.waiting:
            self._timer.start()
        elif self.isVisible():
            self.place()
        self.waiting = bool(name)

    def _show(self) -> None:
        self.show()
        self.place()
