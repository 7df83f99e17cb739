"""The paper's holes: where forward and backward optical flow of two frames contradict each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

THRESHOLD = 0.6  # the paper binarises raw masks here
DILATION = (9, 49)  # the paper's, in pixels at 512²
PAPER_SIZE = 512


def occlusion(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How certainly each pixel of the first frame is hidden in the second.

    Args:
        first, second: H×W×3 uint8 of one size, at least 32 pixels a side.

    Returns:
        H×W float32 in 0..1; 0.5 where the round trip forward and back misses by one pixel plus 5 % of the motion;
        0 where the motion leaves the frame, as nothing can be said there.
    """
    gray = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second)]
    flow: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forward = flow.calc(gray[0], gray[1], None)
    backward = flow.calc(gray[1], gray[0], None)
    height, width = gray[0].shape
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), 2).astype(np.float32)
    target = grid + forward
    returned = cv2.remap(backward, target[..., 0], target[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    miss = np.linalg.norm(forward + returned, axis=2)
    allowed = 1 + 0.05 * np.linalg.norm(forward, axis=2)
    outside = (target < 0).any(2) | (target[..., 0] > width - 1) | (target[..., 1] > height - 1)
    return np.where(outside, 0.0, miss / (miss + allowed)).astype(np.float32)


def moved(photo: np.ndarray, rng: Generator) -> np.ndarray:
    """A second frame of a photo: the camera moves a little, and so do two to four blobs before the background.

    Args:
        photo: H×W×3 uint8.
    """
    height, width = photo.shape[:2]
    side = min(height, width)

    def warp(amount: float) -> np.ndarray:
        centre = (width / 2, height / 2)
        matrix = cv2.getRotationMatrix2D(centre, rng.normal(0, 60 * amount), 1 + rng.normal(0, amount))
        matrix[:, 2] += rng.normal(0, amount, 2) * side
        return matrix

    def apply(image: np.ndarray, matrix: np.ndarray, flags: int, border: int) -> np.ndarray:
        return cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=border)

    frame = apply(photo, warp(0.03), cv2.INTER_LINEAR, cv2.BORDER_REFLECT)
    for _ in range(rng.integers(2, 5)):
        noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), side / 10)
        blob = (noise > np.quantile(noise, rng.uniform(0.75, 0.95))).astype(np.uint8)
        matrix = warp(0.08)
        blob = apply(blob, matrix, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
        layer = apply(photo, matrix, cv2.INTER_LINEAR, cv2.BORDER_REFLECT)
        frame = np.where(blob[..., None] > 0, layer, frame)
    return frame


def raw_masks(photos: Iterable[np.ndarray], rng: Generator, size: int = 256) -> np.ndarray:
    """One raw occlusion map per photo (or per first frame of a pair): (N, size, size) uint8, 0..255 for 0..1."""
    raws = []
    for photo in photos:
        frame = cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
        raws.append((occlusion(frame, moved(frame, rng)) * 255).astype(np.uint8))
    return np.stack(raws)


def video_masks(path: str, every: int = 5, limit: int = 200, size: int = 512) -> np.ndarray:
    """Raw occlusion maps of pairs of frames `every` frames apart of any video OpenCV reads: like raw_masks."""
    capture, previous = cv2.VideoCapture(path), None
    raws: list[np.ndarray] = []
    while len(raws) < limit:
        for _ in range(every if previous is not None else 1):
            read, frame = capture.read()
        if not read:
            break
        frame = cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA)
        if previous is not None:
            raws.append((occlusion(previous, frame) * 255).astype(np.uint8))
        previous = frame
    capture.release()
    if not raws:
        raise ValueError(f"no two frames could be read from {path}")
    return np.stack(raws)


def augment(raw: np.ndarray, rng: Generator, size: int) -> np.ndarray:
    """The paper's augmentation: binarise at 0.6, dilate 9–49 px (at 512²), rotate, translate, crop.

    Args:
        raw: H×W uint8, 0..255 for 0..1.

    Returns:
        bool (size, size), True = hole.
    """
    height, width = raw.shape
    hole: np.ndarray = (raw > THRESHOLD * 255).astype(np.uint8)
    reach = max(3, round(rng.integers(DILATION[0], DILATION[1] + 1) * height / PAPER_SIZE) | 1)
    hole = cv2.dilate(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    if rng.random() < 0.5:
        hole = hole[:, ::-1]
    zoom = size / min(height, width) * rng.uniform(1.0, 1.5)
    matrix: np.ndarray = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(0, 360), zoom)
    matrix[:, 2] += np.array([size - width, size - height]) / 2 + rng.uniform(-0.3, 0.3, 2) * size
    flags = cv2.INTER_NEAREST
    return cv2.warpAffine(np.ascontiguousarray(hole), matrix, (size, size), flags=flags).astype(bool)
