"""Find an action by typing a part of its name, and do it."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QSize, Qt
from PyQt6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence, QPalette, QPixmap
from PyQt6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from desktop_ui.ui.actions import BY_NAME

_WIDTH, _HEIGHT = 460, 380
_ICON, _EDGE = 18, 12
KEY = Qt.ItemDataRole.UserRole + 1


def matches(words: str, title: str) -> bool:
    """Every word typed is somewhere in the title."""
    return all(word in title.casefold() for word in words.casefold().split())


class _WithKey(QStyledItemDelegate):
    """A row with its key in line at the right."""

    def paint(self, painter, option, index) -> None:
        super().paint(painter, option, index)
        chosen = option.state & QStyle.StateFlag.State_Selected
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setPen(option.palette.color(role))
        place = option.rect.adjusted(0, 0, -_EDGE, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(KEY) or "")
        painter.restore()


class SearchDialog(QDialog):
    def __init__(self, parent: QWidget, actions: dict[str, QAction]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.resize(_WIDTH, _HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self.field = QLineEdit(placeholderText=self.tr("What do you want to do?"))
        self.field.setAccessibleName(self.tr("Find action"))
        self.field.setMinimumHeight(34)
        self.list = QListWidget(objectName="plain")
        self.list.setAccessibleName(self.tr("Actions"))
        self.list.setIconSize(QSize(_ICON, _ICON))
        self.list.setItemDelegate(_WithKey(self.list))
        blank = QPixmap(_ICON, _ICON)
        blank.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(blank)  # keeps the place of an icon: all titles begin in line
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._run)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self._run())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        self._filter("")

    def show_over(self, window: QWidget) -> None:
        top = window.mapToGlobal(window.rect().topLeft())
        self.move(top.x() + (window.width() - _WIDTH) // 2, top.y() + 90)
        self.show()
        self.field.setFocus()

    def _filter(self, words: str) -> None:
        self.list.clear()
        for name, action in self._actions.items():
            title = BY_NAME[name].plain
            if action.isEnabled() and matches(words, title):
                key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(self._blank if action.icon().isNull() else action.icon(), title)
                item.setData(Qt.ItemDataRole.UserRole, name)
                item.setData(KEY, key)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}, {key}" if key else title)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))
            return True
        return False

    def _run(self) -> None:
        item = self.list.currentItem()
        self.close()
        if item is not None:
            self._actions[item.data(Qt.ItemDataRole.UserRole)].trigger()
