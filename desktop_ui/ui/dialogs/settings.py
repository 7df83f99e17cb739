"""The settings dialog, drawn from the table of settings."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop_ui.ui.settings import SECTIONS, SETTINGS, Setting, Settings


def _shown(text: str) -> str:
    return QCoreApplication.translate("Settings", text)


class FolderField(QWidget):
    """A folder's path, typed or chosen."""

    def __init__(self, value: str, title: str, write: Callable[[str], None]) -> None:
        super().__init__()
        self.text = QLineEdit(value)
        self.text.setAccessibleName(title)
        self.button = QPushButton(self.tr("Choose…"), autoDefault=False)  # Enter in a field is not for a button
        self.button.setAutoDefault(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        self.setFocusProxy(self.text)

        def choose() -> None:
            folder = QFileDialog.getExistingDirectory(self, title, self.text.text())
            if folder:
                self.text.setText(folder)
                write(folder)

        self.text.editingFinished.connect(lambda: write(self.text.text().strip()))
        self.button.clicked.connect(choose)


class SettingsDialog(QDialog):
    """Every change counts at once; there is nothing to apply."""

    def __init__(self, parent: QWidget, settings: Settings) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(540)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 18, 24, 16)
        layout.setSpacing(10)
        self.fields: dict[str, QWidget] = {}
        form = QFormLayout()  # one for all sections: labels and fields stand in line
        form.setVerticalSpacing(8)
        form.setHorizontalSpacing(18)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section, title in SECTIONS.items():
            heading = QLabel(_shown(title), objectName="heading")
            heading.setContentsMargins(0, 8 if form.rowCount() else 0, 0, 0)
            form.addRow(heading)
            for setting in SETTINGS:
                if setting.section == section and setting.label:
                    self._add(form, setting)
        layout.addLayout(form)
        layout.addSpacing(6)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def _add(self, form: QFormLayout, setting: Setting) -> None:
        field = self._field(setting)
        field.setAccessibleName(_shown(setting.label))
        self.fields[setting.key] = field
        if isinstance(field, QCheckBox):
            field.setText(_shown(setting.label))
            form.addRow(field)
        else:
            form.addRow(_shown(setting.label), field)
        if setting.hint:
            hint = QLabel(_shown(setting.hint), objectName="muted", wordWrap=True)
            form.addRow(hint) if isinstance(field, QCheckBox) else form.addRow("", hint)

    def _field(self, setting: Setting) -> QWidget:
        value = self._settings[setting.key]

        def write(new) -> None:
            self._settings[setting.key] = new

        if isinstance(setting.default, bool):
            box = QCheckBox(checked=value)
            box.toggled.connect(write)
            return box
        if isinstance(setting.default, int):
            spin = QSpinBox(minimum=setting.low, maximum=setting.high, value=value)
            spin.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            spin.valueChanged.connect(write)
            return spin
        if setting.choices:
            combo = QComboBox()
            for choice, label in setting.choices:
                combo.addItem(_shown(label), choice)
            combo.setCurrentIndex(max(0, combo.findData(value)))
            combo.currentIndexChanged.connect(lambda index: write(combo.itemData(index)))
            return combo
        if setting.colour:
            return self._colour_field(value, write)
        if setting.folder:
            return FolderField(value, _shown(setting.label), write)
        text = QLineEdit(value)
        text.editingFinished.connect(lambda: write(text.text().strip()))
        return text

    def _colour_field(self, value: str, write) -> QPushButton:
        button = QPushButton(autoDefault=False)

        def show(colour: str) -> None:
            button.setText(colour)
            dark = QColor(colour).lightness() < 140
            button.setStyleSheet(f"background: {colour}; color: {'white' if dark else 'black'};")

        def choose() -> None:
            chosen = QColorDialog.getColor(QColor(button.text()), self)
            if chosen.isValid():
                show(chosen.name())
                write(chosen.name())

        show(value if QColor(value).isValid() else "#ff3b5c")
        button.clicked.connect(choose)
        return button
