"""What an object tool's proposal waits for: to be marked, changed by more clicks, or dropped."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from desktop_ui.ui.overlays import Floating


class ObjectBar(Floating):
    """The bar over the picture that takes a found object or drops it. Signals: kept(), dropped()."""

    kept = pyqtSignal()
    dropped = pyqtSignal()

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, "pill", at_top=True)
        self.text = QLabel()
        self.keep_button = QPushButton(self.tr("Mark it"), objectName="primary")
        self.keep_button.setToolTip(self.tr("Enter"))
        self.drop_button = QPushButton(self.tr("Cancel"))
        self.drop_button.setToolTip(self.tr("Esc"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 10, 10, 10)
        layout.setSpacing(14)
        layout.addWidget(self.text)
        layout.addWidget(self.keep_button)
        layout.addWidget(self.drop_button)
        self.keep_button.clicked.connect(self.kept)
        self.drop_button.clicked.connect(self.dropped)

    def tell(self, waiting: bool, empty: bool) -> None:
        """Say how the search stands.

        Args:
            waiting: nothing was found yet.
            empty: nothing is there to be found.
        """
        if waiting:
            text = self.tr("Looking…")
        elif empty:
            text = self.tr("Nothing was found here; draw a line around it.")
        else:
            text = self.tr("Click adds, Alt-click takes away.")
        self.text.setText(text)
        self.setAccessibleName(text)
        self.keep_button.setEnabled(not empty or waiting)
        self.show()
        self.place()
