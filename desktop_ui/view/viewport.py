"""Where the picture lies on the screen: zoom, pan, and the way between the two coordinates.

All screen lengths are device pixels.
"""

from __future__ import annotations

import math

from model.geometry.boxes import Box

SMALLEST_ZOOM, LARGEST_ZOOM = 1 / 64, 64.0
STOPS = (
    1 / 64,
    1 / 32,
    1 / 16,
    1 / 12,
    1 / 8,
    1 / 6,
    1 / 4,
    1 / 3,
    1 / 2,
    2 / 3,
    1,
    1.5,
    2,
    3,
    4,
    6,
    8,
    12,
    16,
    32,
    64,
)
_MARGIN = 24
_KEEP_VISIBLE = 64


class Viewport:
    """The part of the picture that the window shows.

    Attributes:
        zoom: device pixels for one picture pixel.
        x, y: device position of the picture's top left corner; whole numbers at 1:1, so that it is exact.
    """

    def __init__(self) -> None:
        self.zoom = 1.0
        self.x = 0.0
        self.y = 0.0
        self.beside = 0.0  # of the picture's sides, how much is left free around it where it is fitted
        self.above = 0  # device pixels at the window's top that a fitted picture leaves free
        self.fitted = True  # follows the window's size until zoomed or panned by hand
        self._size = (1, 1)  # width, height of the window
        self._picture = (1, 1)  # width, height of the picture

    def show(self, width: int, height: int) -> None:
        """Show a picture of this size, fitted."""
        self._picture = (width, height)
        self.fit()

    def resize(self, width: int, height: int) -> None:
        """The window has a new size in device pixels; its centre stays where it is."""
        old_width, old_height = self._size
        self._size = (max(1, width), max(1, height))
        if self.fitted:
            self.fit()
        else:
            self._move(self.x + (width - old_width) / 2, self.y + (height - old_height) / 2)

    def fit(self) -> None:
        """The whole picture, centred, never enlarged beyond 1:1."""
        width, height = self._picture
        room_w, room_h = max(1, self._size[0] - 2 * _MARGIN), max(1, self._size[1] - self.above - 2 * _MARGIN)
        self.zoom = min(1.0, max(SMALLEST_ZOOM, min(room_w / width, room_h / height) / (1 + 2 * self.beside)))
        self._centre()
        self.fitted = True

    def zoom_to(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Set the zoom; the picture point under the device point x, y (default: the middle) stays there."""
        zoom = min(LARGEST_ZOOM, max(SMALLEST_ZOOM, zoom))
        x = self._size[0] / 2 if x is None else x
        y = self._size[1] / 2 if y is None else y
        at_x, at_y = self.to_picture(x, y)
        self.zoom = zoom
        self.fitted = False
        self._move(x - at_x * zoom, y - at_y * zoom)

    def step(self, steps: int, x: float | None = None, y: float | None = None) -> None:
        """Zoom in (steps > 0) or out to the next stop."""
        for _ in range(abs(steps)):
            if steps > 0:
                zoom = next((stop for stop in STOPS if stop > self.zoom * 1.001), LARGEST_ZOOM)
            else:
                zoom = next((stop for stop in reversed(STOPS) if stop < self.zoom * 0.999), SMALLEST_ZOOM)
            self.zoom_to(zoom, x, y)

    def pan(self, dx: float, dy: float) -> None:
        self.fitted = False
        self._move(self.x + dx, self.y + dy)

    def centre_on(self, x: float, y: float) -> None:
        """Show this place of the picture in the middle of the window."""
        at_x, at_y = self.to_screen(x, y)
        self.pan(self._size[0] / 2 - at_x, self._size[1] / 2 - at_y)

    @property
    def shows_all(self) -> bool:
        """The whole picture is in the window."""
        return self.picture_on_screen.clipped(Box(0, 0, self._size[1], self._size[0])) == self.picture_on_screen

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.x) / self.zoom, (y - self.y) / self.zoom

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        return x * self.zoom + self.x, y * self.zoom + self.y

    def screen_rect(self, rect: Box) -> Box:
        """The device pixels that a picture rectangle touches, with one more around it for smoothing."""
        left, top = self.to_screen(rect.left, rect.top)
        right, bottom = self.to_screen(rect.right, rect.bottom)
        pad = 1 + math.ceil(self.zoom) if self.zoom < 2 else 1
        return Box(math.floor(top) - pad, math.floor(left) - pad, math.ceil(bottom) + pad, math.ceil(right) + pad)

    @property
    def picture_on_screen(self) -> Box:
        """The device pixels that the whole picture covers."""
        width, height = self._picture
        top, left = round(self.y), round(self.x)
        return Box(top, left, top + max(1, round(height * self.zoom)), left + max(1, round(width * self.zoom)))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the window in device pixels."""
        return self._size

    def _centre(self) -> None:
        width, height = self._picture
        self.x = float(round((self._size[0] - width * self.zoom) / 2))
        self.y = float(round((self._size[1] + self.above - height * self.zoom) / 2))

    def _move(self, x: float, y: float) -> None:
        """Go there, but keep some of the picture in the window."""
        width, height = self._picture[0] * self.zoom, self._picture[1] * self.zoom
        x = min(self._size[0] - _KEEP_VISIBLE, max(x, _KEEP_VISIBLE - width))
        y = min(self._size[1] - _KEEP_VISIBLE, max(y, _KEEP_VISIBLE - height))
        self.x, self.y = (float(round(x)), float(round(y))) if self.zoom == 1 else (x, y)
