"""What format and quality to export in."""

from __future__ import annotations

from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from desktop_ui.ui.panels.parts import SliderRow

_FORMATS = (("JPEG", ".jpg"), ("WebP", ".webp"), ("PNG", ".png"), ("TIFF", ".tif"))


class ExportDialog(QDialog):
    def __init__(self, parent: QWidget, quality: int) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self.setMinimumWidth(360)
        self.format = QComboBox()
        for name, suffix in _FORMATS:
            self.format.addItem(name, suffix)
        self._quality = SliderRow(self.tr("Quality"), 1, 100, "")
        self._quality.set_value(quality)
        self.format.currentIndexChanged.connect(lambda _: self._quality.setEnabled(self.has_quality))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        go_on = buttons.addButton(self.tr("Choose File…"), QDialogButtonBox.ButtonRole.AcceptRole)
        assert go_on is not None
        go_on.setObjectName("primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(self.tr("Format"), self.format)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(self._quality)
        layout.addWidget(buttons)

    @property
    def suffix(self) -> str:
        return self.format.currentData()

    @property
    def has_quality(self) -> bool:
        """The format can be written in more than one quality."""
        return self.suffix in (".jpg", ".webp")

    @property
    def quality(self) -> int:
        """1..100."""
        return self._quality.value
