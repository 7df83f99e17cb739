"""What this program is, and the model's card."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

import model
from desktop_ui.ui.crash import program_version
from desktop_ui.ui.icons import program_icon


class AboutDialog(QDialog):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About pconv"))
        self.resize(620, 520)
        picture = QLabel()
        picture.setPixmap(program_icon().pixmap(64, 64))
        words = QLabel(
            f"<b style='font-size:18px'>pconv {program_version()}</b><br>"
            + self.tr("Takes things out of photos with partial convolutions.")
            + "<br>Apache-2.0"
        )
        head = QHBoxLayout()
        head.addWidget(picture)
        head.addSpacing(10)
        head.addWidget(words, 1)
        self.card = QTextBrowser(openExternalLinks=True)
        self.card.setAccessibleName(self.tr("Model card"))
        self.card.setMarkdown(model_card() or self.tr("The model card is not installed."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(14)
        layout.addLayout(head)
        layout.addWidget(QLabel(self.tr("Model card"), objectName="heading"))
        layout.addWidget(self.card, 1)
        layout.addWidget(buttons, 0, Qt.AlignmentFlag.AlignRight)


def model_card() -> str:
    """The card beside the weights or beside the folders, "" when neither is there."""
    package = Path(model.__file__).parent
    for path in (package / "MODEL_CARD.md", package / "shipped" / "MODEL_CARD.md", package.parent / "MODEL_CARD.md"):
        if path.is_file():
            return path.read_text("utf-8")
    return ""
