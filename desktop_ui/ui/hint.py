"""The first-start hint: three steps over the picture, ticked off as they are done."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

_EDGE = 18


class StartHint(QFrame):
    """The first three steps, shown to who uses the editor for the first time.

    Signals:
        dismissed(): by the user or with the last step.
    """

    dismissed = pyqtSignal()

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, objectName="card")
        self._done: set[int] = set()
        self._begun = False
        self._texts = (
            self.tr("Brush over what should go  (B)"),
            self.tr("Press F to fill"),
            self.tr("Hold Tab to see it as it was; Ctrl+S saves"),
        )
        self._rows = [QLabel() for _ in self._texts]
        head = QHBoxLayout()
        title = QLabel(self.tr("Three steps"))
        title.setStyleSheet("font-weight: 600;")
        close = QPushButton(self.tr("Got it"), objectName="link")
        close.clicked.connect(self.finish)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 14)
        layout.setSpacing(7)
        layout.addLayout(head)
        for row in self._rows:
            layout.addWidget(row)
        self.hide()

    def give_way_to(self, bar: QWidget) -> None:
        """Be hidden while a bar is shown that would cover it."""
        bar.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if self._begun and event is not None and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.setVisible(event.type() == QEvent.Type.Hide)
        return False

    def start(self) -> None:
        self._begun = True
        self._done.clear()
        self._show_rows()
        self.adjustSize()
        self.move(_EDGE, _EDGE)
        self.show()
        self.raise_()

    def tick(self, step: int) -> None:
        """Step 0, 1 or 2 was done."""
        if self.isVisible():
            self._done.add(step)
            self._show_rows()
            if step == len(self._texts) - 1:
                self.finish()

    def finish(self) -> None:
        self._begun = False
        self.hide()
        self.dismissed.emit()

    def _show_rows(self) -> None:
        for number, (row, text) in enumerate(zip(self._rows, self._texts, strict=True)):
            row.setText(f"{'✓' if number in self._done else number + 1}    {text}")
            row.setEnabled(number not in self._done)
