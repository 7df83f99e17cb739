"""All actions and their keys in one table: search, rebind, reset."""

from __future__ import annotations

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop_ui.ui.actions import ACTIONS, BY_NAME


def conflicts(shortcuts: dict[str, list[str]]) -> dict[str, list[str]]:
    """Keys that more than one action has: key → names."""
    owners: dict[str, list[str]] = {}
    for spec in ACTIONS:
        for key in shortcuts.get(spec.name, spec.keys):
            owners.setdefault(QKeySequence(key).toString(), []).append(spec.name)
    return {key: names for key, names in owners.items() if len(names) > 1}


class ShortcutsModel(QAbstractTableModel):
    """Columns: action, keys. `rebound` holds only what differs from the defaults."""

    def __init__(self, rebound: dict[str, list[str]]) -> None:
        super().__init__()
        self.rebound = {name: keys for name, keys in rebound.items() if name in BY_NAME}
        self._titles = (self.tr("Action"), self.tr("Keys"))

    def keys(self, row: int) -> list[str]:
        spec = ACTIONS[row]
        return self.rebound.get(spec.name, list(spec.keys))

    def bind(self, row: int, keys: list[str]) -> None:
        """Give the action these keys; whoever had one of them loses it."""
        taken = {QKeySequence(key).toString() for key in keys}
        for other in range(len(ACTIONS)):
            left = [key for key in self.keys(other) if QKeySequence(key).toString() not in taken]
            if other != row and left != self.keys(other):
                self._set(other, left)
        self._set(row, keys)
        self.dataChanged.emit(self.index(0, 0), self.index(len(ACTIONS) - 1, 1))

    def reset(self) -> None:
        self.rebound.clear()
        self.dataChanged.emit(self.index(0, 0), self.index(len(ACTIONS) - 1, 1))

    def _set(self, row: int, keys: list[str]) -> None:
        spec = ACTIONS[row]
        if keys == list(spec.keys):
            self.rebound.pop(spec.name, None)
        else:
            self.rebound[spec.name] = keys

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return len(ACTIONS)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 2

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if index.column() == 0:
            return ACTIONS[index.row()].plain
        native = QKeySequence.SequenceFormat.NativeText
        return ",  ".join(QKeySequence(key).toString(native) for key in self.keys(index.row()))


class ShortcutsDialog(QDialog):
    def __init__(self, parent: QWidget, rebound: dict[str, list[str]]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(560, 560)
        self.model = ShortcutsModel(rebound)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setFilterKeyColumn(-1)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        search = QLineEdit(placeholderText=self.tr("Search actions and keys"), clearButtonEnabled=True)
        search.textChanged.connect(self._proxy.setFilterFixedString)
        self.table = QTableView(showGrid=False)
        self.table.setModel(self._proxy)
        across, down = self.table.horizontalHeader(), self.table.verticalHeader()
        assert across is not None and down is not None
        down.hide()
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        across.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        across.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        across.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setAccessibleName(self.tr("Actions and their keys"))
        selection = self.table.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(lambda *_: self._show_row())
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setClearButtonEnabled(True)
        self._set = QPushButton(self.tr("Set"))
        self._set.clicked.connect(self._bind)
        reset = QPushButton(self.tr("Reset All"))
        reset.clicked.connect(self.model.reset)
        close = QPushButton(self.tr("Done"), objectName="primary")
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("New key:")))
        row.addWidget(self.keys, 1)
        row.addWidget(self._set)
        bottom = QHBoxLayout()
        bottom.addWidget(reset)
        bottom.addStretch(1)
        bottom.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addWidget(search)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addLayout(bottom)
        self.table.selectRow(0)

    def _row(self) -> int:
        """In the model, -1 when nothing is selected."""
        return self._proxy.mapToSource(self.table.currentIndex()).row()

    def _show_row(self) -> None:
        row = self._row()
        keys = self.model.keys(row) if row >= 0 else []
        self.keys.setKeySequence(QKeySequence(keys[0]) if keys else QKeySequence())
        self._set.setEnabled(row >= 0)

    def _bind(self) -> None:
        key = self.keys.keySequence().toString()
        if self._row() >= 0:
            self.model.bind(self._row(), [key] if key else [])
