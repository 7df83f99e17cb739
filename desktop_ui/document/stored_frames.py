"""Frames as a project's file names them: [turn, angle, [top, left, bottom, right] or null], checked before use."""

from __future__ import annotations

from desktop_ui.document.frames import MOST_FRAMES, Frame
from model.geometry.boxes import Box


def entries_of(frames: tuple[Frame, ...]) -> list[list]:
    return [[frame.turn, frame.angle, frame.box] for frame in frames]


def frames_of(entries: list[list], shape: tuple[int, int]) -> tuple[Frame, ...]:
    """The frames of a picture of `shape` (H, W).

    Raises:
        ValueError: no picture of this shape can be put into them.
    """
    if len(entries) > MOST_FRAMES:
        raise ValueError("it has more frames than are kept")
    frames = []
    for turn, angle, sides in entries:
        frame = Frame(int(turn), float(angle), None if sides is None else Box(*(int(side) for side in sides)))
        frame.check(shape)
        shape = frame.shape(shape)
        frames.append(frame)
    return tuple(frames)
