"""Line icons on a 24×24 grid, drawn from SVG paths in the theme's colours."""

from __future__ import annotations

from importlib.resources import files

from PyQt6.QtCore import QByteArray, QRectF, Qt
from PyQt6.QtGui import QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from desktop_ui.ui.theme import Theme

_PATHS = {
    "open": "M3 7v11a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2V9a2 2 0 0 0-2-2h-7l-2-3H5a2 2 0 0 0-2 2z",
    "save": "M5 3h11l5 5v11a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z M7 3v5h8V3 M7 21v-7h10v7",
    "save-all": "M4 8h9l4 4v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z M8 4h8l5 5v8 M6 21v-5h8v5",
    "spread": "M4 4h7v7H4z M14 8h6v6 M8 14v6h6 M14 14h6v6h-6z",
    "strip": "M3 4h7v16H3z M3 9.300h7 M3 14.600h7 M14 4h7v16h-7z",
    "undo": "M9 14 4 9l5-5 M4 9h10a6 6 0 0 1 0 12h-3",
    "redo": "m15 14 5-5-5-5 M20 9H10a6 6 0 0 0 0 12h3",
    "brush": "M20 3c-5 3-9 7-11 11l2 2c4-2 8-6 11-11z M8 15c-3 0-3 4-6 5 3 2 8 1 8-3z",
    "eraser": "M8 20h12 M16 4l5 5-11 11H7l-4-4z M9 10l6 6",
    "lasso": "M12 4c5 0 9 2.500 9 6s-4 6-9 6-9-2.500-9-6 4-6 9-6z M6 14.500c-2 1.500-1 4 1 4s2 2.500 0 3",
    "polygon": "M12 3 21 10l-3.500 10h-11L3 10z",
    "rectangle": "M4 5h16v14H4z",
    "ellipse": "M12 5c5 0 9 3 9 7s-4 7-9 7-9-3-9-7 4-7 9-7z",
    "wand": "M4 20 15 9 M17 3v4 M15 5h4 M20 10v3 M18.500 11.500h3 M9 3v3 M7.500 4.500h3",
    "object": "M4 8V4h4 M16 4h4v4 M4 16v4h4 M11.500 10.500l3 9.500 1.800-4 4-1.800z",
    "clone": "M9.500 3h5a1 1 0 0 1 1 1c0 2-1.500 3-1.500 5v3h4a2 2 0 0 1 2 2v2H4v-2a2 2 0 0 1 2-2h4"
    "V9c0-2-1.500-3-1.500-5a1 1 0 0 1 1-1z M5 20h14",
    "heal": "M13.500 4.500a4.200 4.200 0 0 1 6 6l-9 9a4.200 4.200 0 0 1-6-6z M9 9l6 6 M12 10v.01 M10 12v.01 M14 12v.01"
    " M12 14v.01",
    "spare": "M4 4h16v16H4z M4 12 12 4 M4 20 20 4 M12 20 20 12",
    "hand": "M7 12V6a1.500 1.500 0 0 1 3 0v5 M10 11V4.500a1.500 1.500 0 0 1 3 0V11 M13 11V6a1.500 1.500 0 0 1 3 0v6"
    " M16 11a1.500 1.500 0 0 1 3 0v4c0 4-2 6-6 6s-5-2-8-7c-1-2 1-3 2-2",
    "compare": "M12 3v18 M10 6H5v12h5 M14 6h5v12h-5",
    "eye": "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7z M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z",
    "zoom-in": "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14z M20 20l-4-4 M11 8v6 M8 11h6",
    "zoom-out": "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14z M20 20l-4-4 M8 11h6",
    "fit": "M4 9V4h5 M15 4h5v5 M20 15v5h-5 M9 20H4v-5",
    "fill": "M12 3l1.800 5.200L19 10l-5.200 1.800L12 17l-1.800-5.200L5 10l5.200-1.800z M19 16l.8 2.200L22 19l-2.200.8"
    "L19 22l-.8-2.200L16 19l2.200-.8z",
    "more": "M20 12a8 8 0 1 1-2.300-5.700 M20 3v4h-4 M12 9v6 M9 12h6",
    "clear": "M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13",
    "invert": "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z M12 4v16 M12 8h6.500 M12 12h8 M12 16h6.500",
    "search": "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14z M20 20l-4-4",
    "previous": "M15 5l-7 7 7 7",
    "next": "M9 5l7 7-7 7",
    "close": "M6 6l12 12 M18 6 6 18",
    "crop": "M6 2v16h16 M2 6h16v16",
    "swap": "M4 8h14l-4-4 M20 16H6l4 4",
    "level": "M3 12h4 M17 12h4 M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10z M10 12h4",
    "turn-left": "M9 10h10v10H9z M4 11c0-4 3-7 8-7 M1.500 8.500 4 11l2.500-2.500",
    "turn-right": "M5 10h10v10H5z M20 11c0-4-3-7-8-7 M17.500 8.500 20 11l2.500-2.500",
    "flip-across": "M12 3v18 M9 6 3 18h6z M15 6l6 12h-6z",
    "flip-down": "M3 12h18 M6 9 18 3v6z M6 15l12 6v-6z",
    "extend": "M8 8h8v8H8z M12 5V2 M12 22v-3 M5 12H2 M22 12h-3 M3 6V3h3 M18 3h3v3 M21 18v3h-3 M6 21H3v-3",
    "grow": "M9 9h6v6H9z M4 8V4h4 M16 4h4v4 M20 16v4h-4 M8 20H4v-4",
    "shrink": "M4 4h16v16H4z M12 9v6 M9 12h6",
}
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{path}" fill="none" stroke="{colour}" '
    'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_SIDE = 20


def icon(name: str, theme: Theme) -> QIcon:
    """→ the icon in all states; KeyError for an unknown name."""
    result = QIcon()
    states = (
        (QIcon.Mode.Normal, QIcon.State.Off, theme.text),
        (QIcon.Mode.Normal, QIcon.State.On, theme.on_accent),
        (QIcon.Mode.Selected, QIcon.State.Off, theme.on_accent),  # in a list
        (QIcon.Mode.Disabled, QIcon.State.Off, theme.line),
    )
    for mode, state, colour in states:
        for scale in (1, 2, 3):
            result.addPixmap(_pixmap(name, colour, scale), mode, state)
    return result


def _pixmap(name: str, colour: str, scale: int) -> QPixmap:
    svg = _SVG.format(path=_PATHS[name], colour=colour)
    return _rendered(QByteArray(svg.encode()), _SIDE * scale, scale)


def program_icon() -> QIcon:
    data = QByteArray(files("desktop_ui").joinpath("resources/pconv-editor.svg").read_bytes())
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_rendered(data, side, 1))
    return result


def _rendered(svg: QByteArray, side: int, scale: int) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(svg).render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
