"""The pictures of a folder for the strip: small pictures made when they are looked at, and how far each one is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QAbstractListModel, QModelIndex, Qt
from PyQt6.QtGui import QImage, QPixmap

from desktop_ui.document.colour import Display, to_display
from desktop_ui.jobs import background, files

SIDE = 120  # logical pixels of a small picture
_SHARP = 2  # device pixels for each logical one
_MOST = 200  # small pictures in memory: some 25 MB
_MOST_WANTED = 40  # what was scrolled past is not made


class State(Enum):
    """How far the work on a picture is."""

    UNTOUCHED = "untouched"
    MASKED = "masked"
    FILLED = "filled"
    SAVED = "saved"


STATE_ROLE = Qt.ItemDataRole.UserRole


class FolderModel(QAbstractListModel):
    """One row for each picture. A small picture is made beside the window, one at a time, the last one asked for first.

    Attributes:
        paths: in the strip's order.
    """

    def __init__(self, state_of: Callable[[Path], State], parent=None) -> None:
        super().__init__(parent)
        self._state_of = state_of
        self.paths: list[Path] = []
        self._rows: dict[Path, int] = {}
        self._states: dict[Path, State] = {}
        self._pixmaps: OrderedDict[Path, QPixmap] = OrderedDict()
        self._wanted: list[Path] = []
        self._running = False
        self._display = Display()

    def show_paths(self, paths: Sequence[Path]) -> None:
        """These pictures from now on; what is known of them is kept."""
        self._states.clear()
        if list(paths) == self.paths:
            self._tell(0, len(self.paths) - 1)
            return
        self.beginResetModel()
        self.paths = list(paths)
        self._rows = {path: row for row, path in enumerate(self.paths)}
        self._wanted.clear()
        for path in [path for path in self._pixmaps if path not in self._rows]:
            del self._pixmaps[path]
        self.endResetModel()

    def set_display(self, display: Display) -> None:
        """Convert the colours for this display."""
        self._display = display
        self._pixmaps.clear()
        self._tell(0, len(self.paths) - 1)

    def row_of(self, path: Path | None) -> int:
        """→ −1 where it is not among them."""
        return -1 if path is None else self._rows.get(path, -1)

    def state(self, path: Path) -> State:
        if path not in self._states:
            self._states[path] = self._state_of(path)
        return self._states[path]

    def look_again(self, path: Path, pixels_too: bool = False) -> None:
        """The work on a picture is another now, or its file is."""
        self._states.pop(path, None)
        if pixels_too:
            self._pixmaps.pop(path, None)
        row = self.row_of(path)
        if row >= 0:
            self._tell(row, row)

    def words(self, path: Path) -> str:
        """What a picture is called and how far it is, for tool tips and screen readers."""
        states = {
            State.UNTOUCHED: self.tr("untouched"),
            State.MASKED: self.tr("masked"),
            State.FILLED: self.tr("changed, not saved"),
            State.SAVED: self.tr("saved"),
        }
        return f"{path.name}, {states[self.state(path)]}"

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.paths)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole):
        if not 0 <= index.row() < len(self.paths):
            return None
        path = self.paths[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return path.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(path)
        if role == STATE_ROLE:
            return self.state(path)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pixmap(path)
        return None

    def _pixmap(self, path: Path) -> QPixmap | None:
        """None while it is being made; a null one where the picture cannot be read."""
        if path in self._pixmaps:
            self._pixmaps.move_to_end(path)
            return self._pixmaps[path]
        if path in self._wanted:
            self._wanted.remove(path)
        self._wanted.append(path)
        del self._wanted[:-_MOST_WANTED]
        self._make_next()
        return None

    def _make_next(self) -> None:
        if self._running or not self._wanted:
            return
        path = self._wanted.pop()
        self._running = True
        background.start(
            lambda: files.thumbnail(path, SIDE * _SHARP),
            lambda pixels: self._made(path, pixels),
            lambda _: self._made(path, None),
        )

    def _made(self, path: Path, pixels: np.ndarray | None) -> None:
        self._running = False
        if path in self._rows:
            self._pixmaps[path] = (
                QPixmap() if pixels is None else _pixmap_of(to_display(None, 3, self._display)(pixels))
            )
            while len(self._pixmaps) > _MOST:
                self._pixmaps.popitem(last=False)
            self._tell(self._rows[path], self._rows[path])
        self._make_next()

    def _tell(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first), self.index(last))


def _pixmap_of(pixels: np.ndarray) -> QPixmap:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    pixmap = QPixmap.fromImage(QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888))
    pixmap.setDevicePixelRatio(_SHARP)
    return pixmap
