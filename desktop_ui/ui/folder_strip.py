"""The strip beside the picture: the pictures of its folder, how far each is, and what can be done to all of them."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QColor, QPainter, QPalette, QPen
from PyQt6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop_ui.ui.folder_model import SIDE, STATE_ROLE, FolderModel, State

WIDTH = 196
_PICTURE_HEIGHT, _NAME_HEIGHT, _PADDING = 84, 20, 6
_BADGE = 9  # logical pixels, radius
_BADGES = {  # colour and sign of each state
    State.MASKED: ("#d92f50", "◐"),
    State.FILLED: ("#2563eb", "●"),
    State.SAVED: ("#128a57", "✓"),
}


class FolderStrip(QFrame):
    """The pictures of a folder from top to bottom. Signals: chosen(Path), by a click or Enter; stopped()."""

    chosen = pyqtSignal(object)
    stopped = pyqtSignal()

    def __init__(self, model: FolderModel, actions: tuple[QAction, ...]) -> None:
        """Build the strip.

        Args:
            actions: what can be done to all pictures, as buttons at the end.
        """
        super().__init__(objectName="folder")
        self.setFixedWidth(WIDTH)
        self.model = model
        self.list = QListView(objectName="strip")
        self.list.setAccessibleName(self.tr("Pictures of the folder"))
        self.list.setModel(model)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for one in (self.list.clicked, self.list.activated):
            one.connect(lambda index: self.chosen.emit(model.paths[index.row()]))
        self.progress = _Progress()
        self.progress.stop.clicked.connect(self.stopped)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 6, 6, 6)
        self._column.setSpacing(2)
        self._column.addWidget(self.list, 1)
        self._column.addWidget(self.progress)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._column.addWidget(button)
        self.list.addActions(actions)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        model.modelReset.connect(lambda: self.show_current(self._current))
        self._current: Path | None = None

    def show_current(self, path: Path | None) -> None:
        """Mark the picture that is open."""
        self._current = path
        index = self.model.index(self.model.row_of(path))
        self.list.setCurrentIndex(index)
        if index.isValid():
            self.list.scrollTo(index)


class _Progress(QWidget):
    """How far a run over the pictures is, and Stop; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QLabel()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMinimumWidth(40)
        self.stop = QPushButton(self.tr("Stop"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._bar, 1)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 4, 6)
        column.setSpacing(2)
        column.addWidget(self._text)
        column.addLayout(row)
        self.hide()

    def tell(self, done: int, total: int) -> None:
        """How many pictures of how many are done."""
        self._text.setText(self.tr("Filling {0} of {1}").format(done + 1, total))
        self._bar.setAccessibleName(self._text.text())
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self.show()


class _Delegate(QStyledItemDelegate):
    """A small picture, its name under it, and a badge that says how far it is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(SIDE, _PICTURE_HEIGHT + _NAME_HEIGHT + 3 * _PADDING)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        assert painter is not None
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        palette, box = QApplication.palette(), option.rect.adjusted(2, 2, -2, -2)  # the view's own is transparent
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            edge = palette.color(QPalette.ColorRole.Highlight if chosen else QPalette.ColorRole.PlaceholderText)
            painter.setPen(QPen(edge, 2 if chosen else 1))
            painter.setBrush(palette.color(QPalette.ColorRole.Base))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 8, 8)
        room = QRect(box.left(), box.top() + _PADDING, box.width(), _PICTURE_HEIGHT)
        place = self._paint_picture(painter, room, index.data(Qt.ItemDataRole.DecorationRole), palette)
        _paint_badge(painter, place.topRight(), index.data(STATE_ROLE))
        name = QRect(box.left() + _PADDING, room.bottom() + 4, box.width() - 2 * _PADDING, _NAME_HEIGHT)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText if chosen else QPalette.ColorRole.PlaceholderText))
        words = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, name.width())
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()

    def _paint_picture(self, painter: QPainter, room: QRect, pixmap, palette: QPalette) -> QRect:
        """→ where it is."""
        if pixmap is None or pixmap.isNull():
            place = QRect(0, 0, _PICTURE_HEIGHT, _PICTURE_HEIGHT)
            place.moveCenter(room.center())
            painter.setPen(QPen(palette.color(QPalette.ColorRole.PlaceholderText), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place, 6, 6)
            if pixmap is not None:
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "?")
            return place
        size = (
            pixmap.deviceIndependentSize()
            .toSize()
            .scaled(min(SIDE, room.width()), room.height(), Qt.AspectRatioMode.KeepAspectRatio)
        )
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(room.center())
        painter.drawPixmap(place, pixmap)
        return place


def _paint_badge(painter: QPainter, corner: QPoint, state: State) -> None:
    if state not in _BADGES:
        return
    colour, sign = _BADGES[state]
    middle = corner + QPoint(-2, 2)
    painter.setPen(QPen(QColor("white"), 1.5))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(middle, _BADGE, _BADGE)
    box = QRect(middle.x() - _BADGE, middle.y() - _BADGE, 2 * _BADGE, 2 * _BADGE)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sign)
