"""How a picture is turned, levelled, cropped and extended; each of these is a `Frame`, and they go one after the other.

Turning and cropping move pixels and change none. Levelling resamples them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from model.geometry.boxes import Box
from pconv.images.limits import LARGEST_PIXELS
from pconv.images.metadata import TURNS

LARGEST_ANGLE = 45.0
LARGEST_SHARE = 4  # of a side: a picture is extended by a quarter of it at most, at each end
MOST_FRAMES = 64
REACH = 5  # pixels that a resampled one looks at on each side
_PIECE = 512

TURN_LEFT, TURN_RIGHT, FLIP_ACROSS, FLIP_DOWN = 8, 6, 2, 4  # as EXIF numbers them


@dataclass(frozen=True)
class Frame:
    """A picture turned, then rotated about its middle, then cut to a box.

    Args:
        turn: EXIF's 1..8, what it takes to get from how a camera stores to how one sees.
        angle: degrees clockwise, -45..45.
        box: what is kept, in pixels of the turned picture; None is all of it. What sticks out of the picture is empty.
    """

    turn: int = 1
    angle: float = 0.0
    box: Box | None = None

    @property
    def is_exact(self) -> bool:
        """No pixel gets another value."""
        return self.angle == 0

    def kept(self, shape: tuple[int, int]) -> Box:
        """The box of a picture of `shape` (H, W), which is there also where none was named."""
        return Box.of(self.turned_shape(shape)) if self.box is None else self.box

    def turned_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """(H, W) after the turn alone."""
        return (shape[1], shape[0]) if TURNS[self.turn][0] else (shape[0], shape[1])

    def shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """(H, W) of what comes of a picture of `shape` (H, W)."""
        return self.kept(shape).shape

    def check(self, shape: tuple[int, int]) -> None:
        """Refuse what no picture of `shape` (H, W) can be put in.

        Raises:
            ValueError: a value is out of its range.
        """
        if self.turn not in TURNS or not -LARGEST_ANGLE <= self.angle <= LARGEST_ANGLE:
            raise ValueError(f"a picture cannot be turned by {self.turn} and {self.angle}°")
        box, turned = self.kept(shape), self.turned_shape(shape)
        if box.empty or box.clipped(farthest(turned)) != box or box.clipped(Box.of(turned)).empty:
            raise ValueError(f"{box} is no frame of a picture of {turned}")
        if box.area > LARGEST_PIXELS:
            raise ValueError(f"{box} has more pixels than a picture may have")

    def place(self, box: Box, shape: tuple[int, int]) -> Box:
        """Where a box of a picture of `shape` (H, W) comes to lie; empty where it is cut away."""
        turned, kept = turned_box(box, shape, self.turn), self.kept(shape)
        if not self.is_exact:
            turned = self._reached(turned, self.turned_shape(shape), -1).grown(1)
        return turned.moved(-kept.top, -kept.left).clipped(Box.of(kept.shape))

    def needs(self, target: Box, shape: tuple[int, int]) -> Box:
        """The box of a picture of `shape` (H, W) that `target` of the result is made of."""
        kept, turned = self.kept(shape), self.turned_shape(shape)
        source = target.moved(kept.top, kept.left)
        if not self.is_exact:
            source = self._reached(source, turned, 1).grown(REACH)
        back = {6: 8, 8: 6}.get(self.turn, self.turn)
        return turned_box(source.clipped(Box.of(turned)), turned, back)

    def seen(
        self, part: np.ndarray, at: Box, shape: tuple[int, int], target: Box, beside: np.ndarray | float = 0
    ) -> np.ndarray:
        """A box of the result, from a part of the picture.

        Args:
            part: at.height × at.width (× C) of uint8, uint16 or float32.
            at: where in the picture it is from; pixels of the picture outside are taken to be like its edge.
            shape: (H, W) of the whole picture.
            target: a box of the result.
            beside: the value, or C values, of what is not in the picture.

        Returns:
            target.height × target.width (× C).
        """
        source = turned_array(np.ascontiguousarray(part), self.turn)
        place, kept = turned_box(at, shape, self.turn), self.kept(shape)
        want = target.moved(kept.top, kept.left)
        if self.is_exact and want == place:
            return np.ascontiguousarray(source)
        result = np.empty((*want.shape, *part.shape[2:]), part.dtype)
        result[...] = np.asarray(beside, part.dtype)
        if self.is_exact:
            both = want.clipped(place)
            if not both.empty:
                result[both.moved(-want.top, -want.left).slices] = source[both.moved(-place.top, -place.left).slices]
            return result
        source = np.ascontiguousarray(source)
        for piece in want.pieces(_PIECE):
            self._resample(
                source, place, self.turned_shape(shape), piece, result[piece.moved(-want.top, -want.left).slices]
            )
        return result

    def whole(self, array: np.ndarray, beside: np.ndarray | float = 0) -> np.ndarray:
        """What comes of a whole picture, H×W (× C)."""
        shape = array.shape[0], array.shape[1]
        return self.seen(array, Box.of(shape), shape, Box.of(self.shape(shape)), beside)

    def uncovered(self, shape: tuple[int, int]) -> np.ndarray | None:
        """255 where the result has nothing of a picture of `shape` (H, W), H×W uint8; None where it is full."""
        kept, turned = self.kept(shape), self.turned_shape(shape)
        if self.is_exact and kept.clipped(Box.of(turned)) == kept:
            return None
        empty = np.full(kept.shape, 255, np.uint8)
        for piece in kept.pieces(_PIECE):
            here = empty[piece.moved(-kept.top, -kept.left).slices]
            if lies_inside(piece, turned, self.angle):
                here[...] = 0
            else:
                here[_is_inside(*self._sources(piece, turned), turned)] = 0
        return empty if empty.any() else None

    def _sources(self, piece: Box, turned: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """x and y in the turned picture of each pixel of a piece, piece.height × piece.width; 0 is the first centre."""
        across = np.arange(piece.left, piece.right) + 0.5 - turned[1] / 2
        down = (np.arange(piece.top, piece.bottom) + 0.5 - turned[0] / 2)[:, None]
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        x = cosine * across + (sine * down + turned[1] / 2 - 0.5)
        y = (cosine * down + turned[0] / 2 - 0.5) - sine * across
        return x, y

    def _resample(self, source: np.ndarray, place: Box, turned: tuple[int, int], piece: Box, into: np.ndarray) -> None:
        x, y = self._sources(piece, turned)
        near = Box(
            math.floor(y.min()) - REACH,
            math.floor(x.min()) - REACH,
            math.ceil(y.max()) + REACH,
            math.ceil(x.max()) + REACH,
        ).clipped(place)
        if near.empty:
            return
        part = source[near.moved(-place.top, -place.left).slices]
        x_map, y_map = (x - near.left).astype(np.float32), (y - near.top).astype(np.float32)
        drawn = cv2.remap(part, x_map, y_map, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
        if lies_inside(piece, turned, self.angle):
            into[...] = drawn.reshape(into.shape)
        else:
            inside = _is_inside(x, y, turned)
            into[inside] = drawn.reshape(into.shape)[inside]

    def _reached(self, box: Box, turned: tuple[int, int], way: int) -> Box:
        """The box around a box of the turned picture that is rotated, or (way 1) rotated back."""
        corners = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
        points = [rotated(x, y, -way * self.angle, turned) for x, y in corners]
        across, down = [x for x, _ in points], [y for _, y in points]
        return Box(math.floor(min(down)), math.floor(min(across)), math.ceil(max(down)), math.ceil(max(across)))


def rotated(x: float, y: float, angle: float, shape: tuple[int, int]) -> tuple[float, float]:
    """A point turned clockwise by degrees about the middle of a picture of `shape` (H, W)."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    across, down = x - shape[1] / 2, y - shape[0] / 2
    return cosine * across - sine * down + shape[1] / 2, sine * across + cosine * down + shape[0] / 2


def farthest(shape: tuple[int, int]) -> Box:
    """What a picture of `shape` (H, W) can be extended to."""
    rows, columns = shape[0] // LARGEST_SHARE, shape[1] // LARGEST_SHARE
    return Box(-rows, -columns, shape[0] + rows, shape[1] + columns)


def largest_inside(shape: tuple[int, int], angle: float) -> Box:
    """The largest upright box in the middle of a picture of `shape` (H, W) that is rotated by so many degrees."""
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    long, short = max(shape), min(shape)
    if short <= 2 * sine * cosine * long or abs(sine - cosine) < 1e-9:  # two corners touch the longer sides
        half = 0.5 * short
        width, height = (half / sine, half / cosine) if shape[1] >= shape[0] else (half / cosine, half / sine)
    else:
        double = cosine * cosine - sine * sine
        width = (shape[1] * cosine - shape[0] * sine) / double
        height = (shape[0] * cosine - shape[1] * sine) / double
    rows = max(1, math.floor(height)) if angle else shape[0]
    columns = max(1, math.floor(width)) if angle else shape[1]
    top, left = math.ceil((shape[0] - rows) / 2), math.ceil((shape[1] - columns) / 2)
    box = Box(top, left, top + rows, left + columns)
    while not lies_inside(box, shape, angle) and min(box.shape) > 2:  # by a half pixel where a side is odd
        box = box.grown(-1)
    return box


def lies_inside(box: tuple[float, float, float, float], shape: tuple[int, int], angle: float) -> bool:
    """Whether a box (top, left, bottom, right) lies in a picture of `shape` (H, W) rotated by so many degrees."""
    top, left, bottom, right = box
    for x, y in ((left, top), (right, top), (left, bottom), (right, bottom)):
        at_x, at_y = rotated(x, y, -angle, shape)
        if not (-1e-6 <= at_x <= shape[1] + 1e-6 and -1e-6 <= at_y <= shape[0] + 1e-6):
            return False
    return True


def then(frames: tuple[Frame, ...], frame: Frame, shape: tuple[int, int]) -> tuple[Frame, ...]:
    """The frames and one more, where two turns make one, and a crop of a crop is one.

    Args:
        shape: (H, W) of the picture as it was opened.
    """
    if not frames:
        return () if _is_nothing(frame, shape) else (frame,)
    before, last = frames[:-1], frames[-1]
    between = shape_after(shape, before)
    if last.is_exact and frame.is_exact and last.box is None and frame.box is None:
        joined = Frame(_turn_of(last.turn, frame.turn))
    elif (
        frame.turn == 1
        and frame.is_exact
        and frame.box is not None
        and last.box is not None
        and (frame.box.clipped(Box.of(last.box.shape)) == frame.box)
    ):
        joined = Frame(last.turn, last.angle, frame.box.moved(last.box.top, last.box.left))
    else:
        return frames if _is_nothing(frame, last.shape(between)) else (*frames, frame)
    return before if _is_nothing(joined, between) else (*before, joined)


def shape_after(shape: tuple[int, int], frames: Iterable[Frame]) -> tuple[int, int]:
    """(H, W) of a picture of `shape` (H, W) after its frames."""
    for frame in frames:
        shape = frame.shape(shape)
    return shape


def turned_array(array: np.ndarray, turn: int) -> np.ndarray:
    """(H, W) or (H, W, C), turned."""
    transposed, vertical, horizontal = TURNS[turn]
    turned = cv2.transpose(array) if transposed else array
    if vertical or horizontal:
        turned = cv2.flip(turned, {(True, False): 0, (False, True): 1, (True, True): -1}[vertical, horizontal])
    shape = (array.shape[1], array.shape[0]) if transposed else array.shape[:2]
    return turned.reshape(*shape, *array.shape[2:])


def turned_box(box: Box, shape: tuple[int, int], turn: int) -> Box:
    """Where a box of a picture of `shape` (H, W) is in the turned one."""
    transposed, vertical, horizontal = TURNS[turn]
    if transposed:
        box, shape = Box(box.left, box.top, box.right, box.bottom), (shape[1], shape[0])
    if vertical:
        box = box._replace(top=shape[0] - box.bottom, bottom=shape[0] - box.top)
    if horizontal:
        box = box._replace(left=shape[1] - box.right, right=shape[1] - box.left)
    return box


def _turn_of(first: int, second: int) -> int:
    """The turn that does what two do one after the other."""
    corners = np.arange(6, dtype=np.uint8).reshape(2, 3)
    both = turned_array(turned_array(corners, first), second)
    return next(turn for turn in TURNS if np.array_equal(turned_array(corners, turn), both))


def _is_nothing(frame: Frame, shape: tuple[int, int]) -> bool:
    return frame.turn == 1 and frame.is_exact and frame.kept(shape) == Box.of(shape)


def _is_inside(x: np.ndarray, y: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return (x >= -0.5) & (x <= shape[1] - 0.5) & (y >= -0.5) & (y <= shape[0] - 0.5)
