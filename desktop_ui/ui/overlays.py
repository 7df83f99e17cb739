"""What floats over the picture: messages, and the progress of a fill with its Stop button."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer
from PyQt6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

INFO_MS = 6000
_EDGE = 16


class _Floating(QFrame):
    """A frame over `host`, centred at its top or bottom edge."""

    def __init__(self, host: QWidget, name: str, at_top: bool) -> None:
        super().__init__(host, objectName=name)
        self._at_top = at_top
        host.installEventFilter(self)
        shadow = QGraphicsDropShadowEffect(self, blurRadius=24, xOffset=0, yOffset=4)
        shadow.setColor(Qt.GlobalColor.black)
        self.setGraphicsEffect(shadow)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def place(self) -> None:
        host = self.parentWidget()
        self.setMaximumWidth(max(200, min(720, host.width() - 2 * _EDGE)))
        self.adjustSize()
        self.move((host.width() - self.width()) // 2, _EDGE if self._at_top else host.height() - self.height() - _EDGE)
        self.raise_()


class Banner(_Floating):
    """One plain sentence, with a button where something can be done about it."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "banner", at_top=True)
        self._text = QLabel(wordWrap=True)
        self._text.setMinimumWidth(280)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button = QPushButton()
        self._close = QPushButton(self.tr("Dismiss"))
        self._act: Callable[[], None] | None = None
        self._button.clicked.connect(self._do)
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        layout.addWidget(self._close)
        self._timer = QTimer(self, singleShot=True, timeout=self.hide)

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, level: str, text: str, button: str = "", act: Callable[[], None] | None = None) -> None:
        """
        Args:
            level: "info" goes away by itself; "warn" and "bad" stay until dismissed.
        """
        self.setProperty("level", level)
        self.style().polish(self)
        self._text.setText(text)
        self._act = act
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.setAccessibleName(text)
        self.show()
        self.place()
        if level == "info":
            self._timer.start(INFO_MS)
        else:
            self._timer.stop()

    def _do(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()


class ProgressPill(_Floating):
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
