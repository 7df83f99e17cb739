"""The fills made so far and their candidates: a click shows another result."""

from __future__ import annotations

import cv2
import numpy as np
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QImage, QPixmap
from PyQt6.QtWidgets import QLabel, QListWidget, QListWidgetItem

from desktop_ui.document.colour import to_srgb
from desktop_ui.document.document import Document
from desktop_ui.document.fills import Candidate, compose
from desktop_ui.ui.panels.parts import Section
from model.geometry.boxes import Box

SIDE = 56
_MARGIN = 12


class ResultsPanel(Section):
    """The results of all fills, to choose from.

    Signals:
        chosen(fill, candidate).
    """

    chosen = pyqtSignal(int, int)

    def __init__(self) -> None:
        super().__init__(self.tr("Results"))
        self._empty = QLabel(
            self.tr("Each fill appears here. Fill the same mask with other parameters for more to choose from."),
            objectName="muted",
            wordWrap=True,
        )
        self._list = QListWidget(objectName="results")
        self._list.setAccessibleName(self.tr("Results"))
        self._list.setIconSize(QSize(SIDE, SIDE))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setMinimumHeight(SIDE + 2 * _MARGIN)
        self._list.itemActivated.connect(self._choose)
        self._list.itemClicked.connect(self._choose)
        self.rows.addWidget(self._empty)
        self.rows.addWidget(self._list, 1)
        self.rows.addStretch(0)
        self._shown: tuple = ()
        self.show_document(None)

    def show_document(self, document: Document | None) -> None:
        """Bring the list in line with the document's fills."""
        fills = document.fills if document else ()
        self._empty.setVisible(not fills)
        self._list.setVisible(bool(fills))
        if fills == self._shown:
            return
        self._shown = fills
        self._list.clear()
        if document is None:
            return
        for number, fill in reversed(list(enumerate(fills))):
            for index, candidate in enumerate(fill.candidates):
                item = QListWidgetItem(self._icon(document, number, candidate), self._words(number, index, candidate))
                item.setData(Qt.ItemDataRole.UserRole, (number, index))
                item.setToolTip(item.text())
                self._list.addItem(item)
                if index == fill.chosen:
                    item.setText(f"✓ {item.text()}")
                    if number == len(fills) - 1:
                        self._list.setCurrentItem(item)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(*item.data(Qt.ItemDataRole.UserRole))

    def _words(self, number: int, index: int, candidate: Candidate) -> str:
        options = candidate.options
        context = self.tr("auto") if options.context is None else f"{options.context} px"
        head = self.tr("Fill {0}, result {1}").format(number + 1, index + 1)
        grown = self.tr("margin {0}, blend {1}").format(options.grow, options.feather)
        around = self.tr("context {0}, detail {1} %").format(context, round(options.detail * 100))
        return f"{head}\n{grown}\n{around}"

    def _icon(self, document: Document, number: int, candidate: Candidate) -> QIcon:
        box = candidate.rect.grown(_MARGIN).clipped(document.bounds)
        if candidate.rect.empty:
            box = Box(0, 0, 1, 1)
        pixels = compose(document.original, document.fills[:number], box)
        candidate.write(pixels, box)
        scale = SIDE * 2 / max(box.height, box.width)
        size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
        colours = to_srgb(document.picture.extras.icc, pixels.shape[2])(pixels)
        shown = np.ascontiguousarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA))
        image = QImage(shown.data, shown.shape[1], shown.shape[0], 3 * shown.shape[1], QImage.Format.Format_RGB888)
        pixmap = QPixmap.fromImage(image)
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)  # else Qt tints it
        return icon
