"""The strip under the picture: its fills before and after, and the results of one of them to choose from.

Strokes by hand stand between the fills and are not shown here.
"""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QToolButton, QVBoxLayout

from desktop_ui.document.colour import Display
from desktop_ui.document.document import Document
from desktop_ui.document.fills import Candidate, Fill
from desktop_ui.ui.thumbnails import fill_icon, result_icons

SIDE, COMPACT_SIDE = 92, 64  # logical pixels of a thumbnail
_NUMBER_HEIGHT = 22
_PADDING = 8
_FILLS_SHOWN = 2.3  # at once; the half one says that there are more


class Filmstrip(QFrame):
    """The strip under the picture: its fills, and the results of the one that is chosen.

    Signals:
        chosen(fill, candidate): by a click.
        hovered(fill, candidate): the pointer is over a result, (-1, -1) when it left.
    """

    chosen = pyqtSignal(int, int)
    hovered = pyqtSignal(int, int)

    def __init__(self, actions: tuple[QAction, ...]) -> None:
        """Build an empty strip.

        Args:
            actions: what can be done with the result that is chosen, as buttons at the end.
        """
        super().__init__(objectName="filmstrip")
        self.fills = self._list(self.tr("Fills"))
        self.results = self._list(self.tr("Results"))
        self.results.setMouseTracking(True)
        if (viewport := self.results.viewport()) is not None:
            viewport.installEventFilter(self)
        self.results.itemEntered.connect(lambda item: self.hovered.emit(*self._place(item)))
        for one in (self.results.itemClicked, self.results.itemActivated):
            one.connect(lambda item: self.chosen.emit(*self._place(item)))
        for one in (self.fills.itemClicked, self.fills.itemActivated):
            one.connect(lambda item: self.select(self._numbers[self.fills.row(item)]))
        self._buttons: list[QToolButton] = []
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        buttons.addStretch(1)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            self._buttons.append(button)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(10)
        row.addWidget(self.fills)
        row.addWidget(self.results, 1)
        row.addLayout(buttons)
        self._document: Document | None = None
        self._shown: tuple[Fill, ...] = ()
        self._numbers: tuple[int, ...] = ()  # of those that are shown, among all of the document
        self._side = self._fill_side = 0
        self._display = Display()
        self.selected = -1  # the number of the fill whose results are shown
        self.set_compact(False)
        self.hide()

    def set_compact(self, compact: bool) -> None:
        """Smaller, in a window that is not high."""
        side = COMPACT_SIDE if compact else SIDE
        if side == self._side:
            return
        self._side = side
        height = self._side + _NUMBER_HEIGHT + 2 * _PADDING
        self._fill_side = side // 2 if compact else side * 2 // 3
        self.fills.setIconSize(QSize(2 * self._fill_side + 4, side))
        for button in self._buttons:
            form = Qt.ToolButtonStyle.ToolButtonIconOnly if compact else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            button.setToolButtonStyle(form)
        self.results.setIconSize(QSize(self._side, self._side))
        for one in (self.fills, self.results):
            one.setFixedHeight(height)
        self.setFixedHeight(height + 12)
        self._show(anew=True)

    def set_display(self, display: Display) -> None:
        """Convert the colours for this display."""
        self._display = display
        self._show(anew=True)

    def show_document(self, document: Document | None) -> None:
        """Bring the strip in line with the document's fills, and select the one that changed, else the last."""
        numbered = [] if document is None else [pair for pair in enumerate(document.fills) if not pair[1].by_hand]
        numbers, fills = tuple(number for number, _ in numbered), tuple(fill for _, fill in numbered)
        if document is self._document and (numbers, fills) == (self._numbers, self._shown):
            return
        before = self._shown if document is self._document else ()
        self._document, self._numbers, self._shown = document, numbers, fills
        changed = [number for number, *pair in zip(numbers, before, fills, strict=False) if pair[0] != pair[1]]
        self.selected = changed[-1] if changed and len(fills) == len(before) else numbers[-1] if numbers else -1
        self._show(anew=True)

    def select(self, fill: int) -> None:
        """Show the results of this fill."""
        if fill != self.selected:
            self.selected = fill
            self._show()

    def _show(self, anew: bool = False) -> None:
        document = self._document
        self.hovered.emit(-1, -1)
        self.setVisible(bool(self._shown))
        self.results.clear()
        if anew:
            self.fills.clear()
        if document is None or not self._shown:
            return
        if anew:
            for row, number in enumerate(self._numbers):
                text = self.tr("Fill {0}").format(row + 1)
                item = QListWidgetItem(fill_icon(document, number, self._fill_side, self._display), text)
                item.setToolTip(self.tr("Before and after fill {0}").format(row + 1))
                self.fills.addItem(item)
            self.fills.setVisible(len(self._shown) > 1)
            wide = self.fills.sizeHintForColumn(0) + _PADDING
            self.fills.setFixedWidth(round(wide * min(len(self._shown), _FILLS_SHOWN)) + _PADDING)
        row = self._numbers.index(self.selected)
        self.fills.setCurrentRow(row)
        self.fills.scrollToItem(self.fills.currentItem())
        fill = self._shown[row]
        icons = result_icons(document, self.selected, self._side, self._display)
        for index, (icon, candidate) in enumerate(zip(icons, fill.candidates, strict=True)):
            item = QListWidgetItem(icon, f"✓ {index + 1}" if index == fill.chosen else str(index + 1))
            words = self._words(index, candidate)
            item.setToolTip(words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words.replace("\n", ", "))
            self.results.addItem(item)
        self.results.setCurrentRow(fill.chosen)
        QTimer.singleShot(0, lambda: self.results.scrollToItem(self.results.currentItem()))  # once it is laid out

    def _words(self, index: int, candidate: Candidate) -> str:
        options = candidate.options
        context = self.tr("auto") if options.context is None else f"{options.context} px"
        head = self.tr("Fill {0}, result {1}").format(self._numbers.index(self.selected) + 1, index + 1)
        grown = self.tr("margin {0}, blend {1}").format(options.grow, options.feather)
        around = self.tr("context {0}, detail {1} %").format(context, round(options.detail * 100))
        spared = f"\n{self.tr('some of the picture was not copied from')}" if candidate.avoids else ""
        return f"{head}\n{grown}\n{around}{spared}"

    def _place(self, item: QListWidgetItem) -> tuple[int, int]:
        return self.selected, self.results.row(item)

    def _list(self, name: str) -> QListWidget:
        one = QListWidget(objectName="strip")
        one.setAccessibleName(name)
        one.setViewMode(QListWidget.ViewMode.IconMode)
        one.setFlow(QListWidget.Flow.LeftToRight)
        one.setWrapping(False)
        one.setMovement(QListWidget.Movement.Static)
        one.setResizeMode(QListWidget.ResizeMode.Adjust)
        one.setSpacing(2)
        one.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        one.setHorizontalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        return one

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Leave:
            self.hovered.emit(-1, -1)
        return False
