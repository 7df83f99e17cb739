"""Whether filled clips flicker: two made ones with a still mark, a camera that pans and zooms, and one that stands.

The change is the mean difference between a frame and the next, gray levels: inside the hole, and in a band of the same
size around it. The rival fills every frame anew. The clips are left in OUT.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.report import add_json_option, show
from daemon.client.client import Client
from pconv.files.fill_file import FileFiller, FileJob
from pconv.images.files import Picture, read_picture, write_picture

SIDE, HEIGHT, FRAMES, RATE = 640, 360, 60, 25
GRAIN = 2.0  # gray levels, deviation
MARK = (250, 500, 300, 600)  # top, left, bottom, right
RIVAL_FRAMES = 12


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clips", description=__doc__)
    parser.add_argument("photo", type=Path, help="of at least 1,300 pixels a side, to make the clips of")
    parser.add_argument("--out", type=Path, required=True, help="folder for the clips")
    add_json_option(parser)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    photo = read_picture(options.photo).pixels
    rows = [_row(name, list(frames(photo)), options.out) for name, frames in CLIPS.items()]
    show("Mean change from frame to frame, gray levels", rows, options.json)
    return 0


def _panned(photo: np.ndarray) -> Iterator[np.ndarray]:
    scale = 1300 / min(photo.shape[:2])
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for number in range(FRAMES):
        zoom = 1 + 0.004 * number
        into = np.array([[zoom, 0, -3.3 * number - 40], [0, zoom, -1.2 * number - 200]])
        yield cv2.warpAffine(photo, into, (SIDE, HEIGHT), flags=cv2.INTER_AREA)


def _still(photo: np.ndarray) -> Iterator[np.ndarray]:
    """With a ball that rolls behind the mark, and light that changes."""
    scale = 700 / min(photo.shape[:2])
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:HEIGHT, :SIDE]
    for number in range(FRAMES):
        frame = photo.copy()
        cv2.circle(frame, (300 + 6 * number, 290), 14, (200, 60, 40), -1, cv2.LINE_AA)
        yield np.clip(frame * (1 + 0.1 * np.sin(number / 12)), 0, 255).astype(np.uint8)


CLIPS = {"pan": _panned, "still": _still}


def _row(name: str, frames: list[np.ndarray], out: Path) -> dict:
    rng = np.random.default_rng(4)
    hole = np.zeros((HEIGHT, SIDE), np.uint8)
    top, left, bottom, right = MARK
    hole[top:bottom, left:right] = 255
    marked = []
    for frame in frames:
        grainy = np.clip(frame + rng.normal(0, GRAIN, frame.shape), 0, 255).astype(np.uint8)
        cv2.putText(grainy, "pconv", (left + 8, bottom - 16), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255, 255, 255), 2)
        marked.append(grainy)
    write_picture(out / "mask.png", Picture(hole[..., None]))
    _write(out / f"{name}.mp4", marked)
    begin = time.monotonic()
    with FileFiller() as filler:
        filler.fill(FileJob(out / f"{name}.mp4", out / "mask.png", out / f"{name}_filled.mp4"))
    seconds = time.monotonic() - begin
    inside, beside = _changes(_read(out / f"{name}_filled.mp4"), hole > 0)
    with Client() as client:
        anew = [client.fill(frame, hole) for frame in _read(out / f"{name}.mp4")[:RIVAL_FRAMES]]
    rival_inside, rival_beside = _changes(anew, hole > 0)
    return {
        "clip": name,
        "frames": len(frames),
        "inside": inside,
        "beside": beside,
        "×": inside / beside,
        "each anew ×": rival_inside / rival_beside,
        "frames/s": len(frames) / seconds,
    }


def _changes(frames: list[np.ndarray], hole: np.ndarray) -> tuple[float, float]:
    band = cv2.dilate(hole.astype(np.uint8), np.ones((41, 41), np.uint8)).astype(bool) & ~hole
    away = [np.abs(b.astype(np.float32) - a) for a, b in itertools.pairwise(frames)]
    return float(np.mean([one[hole].mean() for one in away])), float(np.mean([one[band].mean() for one in away]))


def _write(path: Path, frames: list[np.ndarray]) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE, options={"crf": "12"})
        stream.height, stream.width, stream.pix_fmt = HEIGHT, SIDE, "yuv420p"
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        file.mux(stream.encode(None))


def _read(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


if __name__ == "__main__":
    sys.exit(main())
