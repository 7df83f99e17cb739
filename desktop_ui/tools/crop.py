"""The frame that a picture will be cropped to, or extended to: dragged by its sides and corners, levelled by a line."""

from __future__ import annotations

import math
from collections.abc import Callable

from desktop_ui.document.document import Document
from desktop_ui.document.edits import Plane
from desktop_ui.document.frames import LARGEST_ANGLE, Frame, farthest, largest_inside, lies_inside
from desktop_ui.tools.pointer import Pointer
from model.geometry.boxes import Box

Sides = tuple[
    float, float, float, float
]  # top, left, bottom, right, in pixels of the picture, which is rotated under it
Grip = tuple[int, int]  # which side is held, up and down, left and right: -1, 0 or 1; (0, 0) is the middle

_SMALLEST = 8.0  # pixels of a side
_LEAST_LINE = 8.0  # pixels of a line that says where the horizon is


class CropTool:
    """Drag a corner or a side, or the frame itself; beside it begins a new one. With Ctrl, or when `levels` is set, a
    line along the horizon levels the picture.

    Attributes:
        shape: (H, W) of the picture.
        angle: degrees by which the picture is rotated clockwise under the frame.
        sides: of the frame.
        ratio: width to height that is kept; None = any.
        fills_corners: of a rotated picture empty corners may be in the frame.
        levels: the next drag draws the horizon.
        line: the horizon that is being drawn, x and y of both ends.
        grip: what is under the pointer or held; None = nothing.
        frozen: what is chosen is being done.
        changed: called when any of these changed.
        applied: called when the frame is wanted.
    """

    fresh_mask = False
    stepwise = False
    plane = Plane.HOLE
    brush = None
    nearby = 6.0
    outline: tuple[tuple[float, float], ...] = ()

    def __init__(self) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.applied: Callable[[], None] = lambda: None
        self.begin((1, 1))

    def begin(self, shape: tuple[int, int]) -> None:
        """Begin with all of a picture of `shape` (H, W)."""
        self.shape = shape
        self.angle = 0.0
        self.ratio: float | None = None
        self.fills_corners = self.levels = self.frozen = False
        self.line: tuple[float, float, float, float] | None = None
        self.grip: Grip | None = None
        self.sides: Sides = (0.0, 0.0, float(shape[0]), float(shape[1]))
        self._chosen = False  # by hand
        self._drag: tuple[Sides, float, float] | None = None  # the frame and the pointer when it began
        self.changed()

    # what comes of it

    def frame(self) -> Frame | None:
        """What is chosen; None where that is the picture as it is."""
        frame = Frame(angle=self.angle, box=self.box())
        return None if self.angle == 0 and frame.box == Box.of(self.shape) else frame

    def box(self) -> Box:
        """The frame in whole pixels."""
        top, left, bottom, right = self.sides
        if self.angle and not self.fills_corners:  # inwards, so that no corner is empty
            box = Box(
                math.ceil(top - 1e-6), math.ceil(left - 1e-6), math.floor(bottom + 1e-6), math.floor(right + 1e-6)
            )
        else:
            box = Box(round(top), round(left), round(bottom), round(right))
        box = box.clipped(farthest(self.shape))
        return box._replace(bottom=max(box.bottom, box.top + 1), right=max(box.right, box.left + 1))

    @property
    def extends(self) -> bool:
        """There will be something to be filled."""
        if self.angle and not self.fills_corners:
            return False
        box = self.box()
        return not lies_inside(box, self.shape, self.angle)

    # what is chosen beside the picture

    def set_angle(self, angle: float) -> None:
        """Rotate the picture under the frame by degrees clockwise, -45..45."""
        self.angle = max(-LARGEST_ANGLE, min(LARGEST_ANGLE, angle))
        self._refit()

    def set_fills_corners(self, fills: bool) -> None:
        self.fills_corners = fills
        self._refit()

    def set_ratio(self, ratio: float | None) -> None:
        """Width to height; None = any."""
        self.ratio = ratio
        if ratio is not None and self._chosen:
            self.sides = _with_ratio(self.sides, ratio)
        self._refit()

    def turn_ratio(self) -> None:
        """Upright instead of lying, or the other way around."""
        if self.ratio is not None:
            self.ratio = 1 / self.ratio
        top, left, bottom, right = self.sides
        self._resize(bottom - top, right - left)

    def set_size(self, width: float, height: float) -> None:
        """About the frame's middle, as far as there is room; the ratio that is kept counts more than the height."""
        self._resize(width, width / self.ratio if self.ratio else height)

    def nudge(self, across: float, down: float) -> None:
        """Move the frame by pixels, as far as there is room."""
        if not self.frozen:
            self._chosen = True
            self._go(_moved(self.sides, across, down), together=False)
            self.changed()

    def _resize(self, width: float, height: float) -> None:
        top, left, bottom, right = self.sides
        x, y = (left + right) / 2, (top + bottom) / 2
        width, height = max(_SMALLEST, width), max(_SMALLEST, height)
        self._chosen = True
        wanted = (y - height / 2, x - width / 2, y + height / 2, x + width / 2)
        point = (y - 0.5, x - 0.5, y + 0.5, x + 0.5)
        self.sides = point if self._may(point) else self.sides
        self._go(wanted, together=True)
        self.changed()

    def _refit(self) -> None:
        """After the rules changed: the largest frame, or as much of the chosen one as is allowed."""
        if not self._chosen:
            self.sides = self._largest()
        elif not self._may(self.sides):
            top, left, bottom, right = wanted = self.sides
            y = min(max((top + bottom) / 2, 0.5), self.shape[0] - 0.5)
            x = min(max((left + right) / 2, 0.5), self.shape[1] - 0.5)
            self.sides = (y - 0.5, x - 0.5, y + 0.5, x + 0.5)
            if not self._may(self.sides):
                self._chosen, self.sides = False, self._largest()
            else:
                self._go(_moved(wanted, x - (left + right) / 2, y - (top + bottom) / 2), together=True)
        self.changed()

    def _largest(self) -> Sides:
        height, width = self.shape
        if self.ratio is None:
            box = Box.of(self.shape) if self.fills_corners else largest_inside(self.shape, self.angle)
            return float(box.top), float(box.left), float(box.bottom), float(box.right)
        middle = (height / 2, width / 2, height / 2, width / 2)
        whole = _with_ratio((0, 0, height, width), self.ratio)
        inside = (
            (lambda sides: True) if self.fills_corners else lambda sides: lies_inside(sides, self.shape, self.angle)
        )
        return _as_far(middle, whole, inside)

    # the pointer

    @property
    def busy(self) -> bool:
        return self._drag is not None or self.line is not None

    def press(self, document: Document, at: Pointer) -> None:
        if self.frozen or at.secondary:
            return
        if self.levels or at.ctrl:
            self.line = (at.x, at.y, at.x, at.y)
            return
        self.grip = self.grip_at(at.x, at.y)
        if self.grip is None:
            top, left, bottom, right = farthest(self.shape)
            x, y = min(max(at.x, left), right), min(max(at.y, top), bottom)
            fresh = (y, x, y, x)
            if not self._may(fresh):
                return
            self.sides, self.grip = fresh, (1, 1)
        self._drag = (self.sides, at.x, at.y)

    def move(self, at: Pointer) -> None:
        if self.line is not None:
            self.line = (*self.line[:2], at.x, at.y)
        elif self._drag is None:
            self.grip = None if self.levels or at.ctrl else self.grip_at(at.x, at.y)
            return
        else:
            begun, x, y = self._drag
            assert self.grip is not None
            self._chosen = True
            self._pull(begun, self.grip, at.x - x, at.y - y, at.shift)
        self.changed()

    def release(self, at: Pointer) -> bool:
        line, drag = self.line, self._drag
        self.line = self._drag = None
        if line is not None:
            self._level(line)
        elif drag is not None and min(self.sides[2] - self.sides[0], self.sides[3] - self.sides[1]) < 1:
            self._chosen = False  # a click beside it: all again
            self.sides = self._largest()
        self.changed()
        return False

    def finish(self) -> bool:
        if not self.frozen:
            self.applied()
        return False

    def cancel(self) -> None:
        """Take back the drag that is under way."""
        drag, self._drag, self.line = self._drag, None, None
        if drag is not None:
            self.sides = drag[0]
            self.changed()

    def grip_at(self, x: float, y: float) -> Grip | None:
        """What of the frame is there."""
        top, left, bottom, right = self.sides
        reach = self.nearby
        if not (top - reach <= y <= bottom + reach and left - reach <= x <= right + reach):
            return None
        inner = min(reach, (bottom - top) / 3), min(reach, (right - left) / 3)
        down = -1 if y < top + inner[0] else 1 if y > bottom - inner[0] else 0
        across = -1 if x < left + inner[1] else 1 if x > right - inner[1] else 0
        return down, across

    def _level(self, line: tuple[float, float, float, float]) -> None:
        across, down = line[2] - line[0], line[3] - line[1]
        if math.hypot(across, down) < _LEAST_LINE:
            return
        tilt = math.degrees(math.atan2(down, across))
        tilt = (tilt + 45) % 90 - 45  # to the nearer of level and upright
        self.levels = False
        self.set_angle(round(self.angle - tilt, 2))

    def _pull(self, begun: Sides, grip: Grip, across: float, down: float, same_ratio: bool) -> None:
        """The frame as it was when the drag began, and how far the pointer went since."""
        if grip == (0, 0):
            self.sides = begun
            self._go(self._snapped(_moved(begun, across, down), begun, whole=True), together=False)
            return
        top, left, bottom, right = begun
        wanted = (
            min(top + down, bottom) if grip[0] < 0 else top,
            min(left + across, right) if grip[1] < 0 else left,
            max(bottom + down, top) if grip[0] > 0 else bottom,
            max(right + across, left) if grip[1] > 0 else right,
        )
        ratio = self.ratio
        if same_ratio and ratio is None and bottom > top and right > left:
            ratio = (right - left) / (bottom - top)
        if ratio is None:
            self.sides = begun
            self._go(self._snapped(wanted, begun), together=False)
        else:
            self.sides = _corner(begun, grip)
            self._go(_pulled_with_ratio(wanted, grip, ratio), together=True)

    def _snapped(self, wanted: Sides, begun: Sides, whole: bool = False) -> Sides:
        """The sides that moved lie at the picture's edge when they are close to it."""
        if self.angle:
            return wanted
        edges = ((0, self.shape[0]), (0, self.shape[1])) * 2
        offs = [
            next((edge - side for edge in pair if abs(edge - side) <= self.nearby), 0.0) if side != was else 0.0
            for side, was, pair in zip(wanted, begun, edges, strict=True)
        ]
        if whole:
            return _moved(wanted, offs[1] or offs[3], offs[0] or offs[2])
        top, left, bottom, right = (side + off for side, off in zip(wanted, offs, strict=True))
        return top, left, bottom, right

    # what is allowed

    def _may(self, sides: Sides) -> bool:
        if self.angle and not self.fills_corners:
            return lies_inside(sides, self.shape, self.angle)
        limit = farthest(self.shape)
        beyond = (sides[0] >= limit.top, sides[1] >= limit.left, sides[2] <= limit.bottom, sides[3] <= limit.right)
        touches = sides[0] <= self.shape[0] - 1 and sides[1] <= self.shape[1] - 1 and sides[2] >= 1 and sides[3] >= 1
        return all(beyond) and touches

    def _go(self, wanted: Sides, together: bool) -> None:
        """From where the frame is, as far as is allowed; sideways and up and down by themselves, or together."""
        if together:
            self.sides = _as_far(self.sides, wanted, self._may)
            return
        top, _, bottom, _ = self.sides
        self.sides = _as_far(self.sides, (top, wanted[1], bottom, wanted[3]), self._may)
        _, left, _, right = self.sides
        self.sides = _as_far(self.sides, (wanted[0], left, wanted[2], right), self._may)


def _as_far(begun: Sides, wanted: Sides, may: Callable[[Sides], bool]) -> Sides:
    """The last allowed frame on the way from one to another."""
    if may(wanted):
        return wanted
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if may(_between(begun, wanted, middle)) else (low, middle)
    return _between(begun, wanted, low)


def _between(one: Sides, other: Sides, share: float) -> Sides:
    top, left, bottom, right = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return top, left, bottom, right


def _moved(sides: Sides, across: float, down: float) -> Sides:
    top, left, bottom, right = sides
    return top + down, left + across, bottom + down, right + across


def _with_ratio(sides: Sides, ratio: float) -> Sides:
    """The largest frame of this ratio in the middle of another."""
    top, left, bottom, right = sides
    width = min(right - left, (bottom - top) * ratio)
    height, x, y = width / ratio, (left + right) / 2, (top + bottom) / 2
    return y - height / 2, x - width / 2, y + height / 2, x + width / 2


def _corner(sides: Sides, grip: Grip) -> Sides:
    """The point that stays where it is when the frame is pulled by `grip`, as a frame of no size."""
    top, left, bottom, right = sides
    y = {-1: bottom, 1: top, 0: (top + bottom) / 2}[grip[0]]
    x = {-1: right, 1: left, 0: (left + right) / 2}[grip[1]]
    return y, x, y, x


def _pulled_with_ratio(wanted: Sides, grip: Grip, ratio: float) -> Sides:
    """Around what stays, as large as the pointer says in the direction in which it says more."""
    top, left, bottom, right = wanted
    width, height = right - left, bottom - top
    if grip[0] == 0 or (grip[1] and width > height * ratio):
        height = width / ratio
    else:
        width = height * ratio
    y, x, _, _ = _corner(wanted, grip)
    up, back = {-1: height, 1: 0.0, 0: height / 2}[grip[0]], {-1: width, 1: 0.0, 0: width / 2}[grip[1]]
    return y - up, x - back, y - up + height, x - back + width
