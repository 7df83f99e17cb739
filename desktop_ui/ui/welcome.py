"""What is there before a picture is: where to drop one, the three steps, the recent files."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop_ui.ui.theme import polish

SHOWN_RECENT = 5


class Welcome(QWidget):
    """The page shown while no picture is open.

    Signals:
        open_clicked(), recent_clicked(Path).
    """

    open_clicked = pyqtSignal()
    recent_clicked = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        self._drop = QFrame(objectName="drop")
        self._drop.setMaximumWidth(620)
        box = QVBoxLayout(self._drop)
        box.setContentsMargins(40, 34, 40, 34)
        box.setSpacing(12)
        title = QLabel(self.tr("Take things out of photos"), objectName="title", wordWrap=True)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        where = QLabel(self.tr("Drop a photo here, paste one, or"), objectName="muted")
        where.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = button = QPushButton(self.tr("Open a photo…"), objectName="primary")
        button.setMinimumHeight(38)
        button.clicked.connect(self.open_clicked)
        box.addWidget(title)
        box.addWidget(where)
        box.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        box.addSpacing(14)
        box.addLayout(self._steps())
        centre = QHBoxLayout()
        centre.addStretch(1)
        centre.addWidget(self._drop, 100)
        centre.addStretch(1)
        outer.addLayout(centre)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        outer.addSpacing(14)
        outer.addLayout(self._recent)
        outer.addStretch(3)

    def _steps(self) -> QHBoxLayout:
        steps = QHBoxLayout()
        steps.setSpacing(16)
        texts = (
            ("1", self.tr("Open"), self.tr("JPEG, PNG, WebP or TIFF")),
            ("2", self.tr("Brush"), self.tr("over what should go")),
            ("3", self.tr("Press F"), self.tr("to fill; hold Tab to compare")),
        )
        for number, head, words in texts:
            column = QVBoxLayout()
            column.setSpacing(5)
            for text, name in ((number, "keycap"), (head, ""), (words, "muted")):
                label = QLabel(text, objectName=name)
                if name == "":
                    label.setStyleSheet("font-weight: 600;")
                if name == "muted":
                    label.setWordWrap(True)
                    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                    column.addWidget(label)
                else:
                    column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addStretch(1)
            steps.addLayout(column, 1)
        return steps

    def show_recent(self, paths: list[Path]) -> None:
        while self._recent.count():
            if (item := self._recent.takeAt(0)) and (button := item.widget()):
                button.deleteLater()
        for path in paths[:SHOWN_RECENT]:
            button = QPushButton(path.name, objectName="link")
            button.setToolTip(str(path))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _, path=path: self.recent_clicked.emit(path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)

    def show_hover(self, hovering: bool) -> None:
        """A file is being dragged over the window."""
        self._drop.setProperty("hover", "true" if hovering else "false")
        polish(self._drop)
