"""How fast one command fills a folder of photos, over single commands in a row, or over another checkout's folder run.

All ask one daemon of this checkout that is warm. They take turns, so that what else the machine does meets all alike.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.report import add_json_option, show

ROOT = Path(__file__).parents[1]
QUALITY = 92
HOLE = (0.4, 0.45, 0.52, 0.58)  # top, left, bottom, right, as shares


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.folder", description=__doc__)
    parser.add_argument("photo", type=Path, help="to make the photos of")
    parser.add_argument("--photos", type=int, default=200, help="in the folder; %(default)s")
    parser.add_argument("--single", type=int, default=8, help="commands in a row; %(default)s")
    parser.add_argument("--side", type=int, default=1600, help="longer one of each photo, pixels; %(default)s")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument(
        "--other", type=Path, metavar="DIRECTORY", help="another checkout, whose folder run is measured too"
    )
    parser.add_argument("--jobs", type=int, help="of this checkout's folder run; default: the command's own")
    add_json_option(parser)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="pconv-") as directory:
        place = Path(directory)
        environment = {**os.environ, "PCONV_RUNTIME_DIR": str(place / "run")}
        environment.pop("PCONV_ADDRESS", None)
        photos = _photos(given.photo, place / "photos", given.photos, given.side)

        def run(checkout: Path, *arguments: object) -> None:
            command = [sys.executable, "-m", "pconv", *map(str, arguments)]
            subprocess.run(
                command, cwd=checkout, env={**environment, "PYTHONPATH": str(checkout)}, check=True, capture_output=True
            )

        def folder_of(checkout: Path, *options: object) -> Callable[[], float]:
            def rate() -> float:
                shutil.rmtree(place / "filled", ignore_errors=True)
                begin = time.monotonic()
                run(checkout, "fill", place / "photos", "-o", place / "filled", *options)
                return len(photos) / (time.monotonic() - begin)

            return rate

        def singles() -> float:
            begin = time.monotonic()
            for photo in photos[: given.single]:
                mask = photo.with_name(f"{photo.stem}_mask.png")
                run(ROOT, "fill", photo, mask, "-o", place / "one.jpg")
            return min(given.single, len(photos)) / (time.monotonic() - begin)

        ways = {"folder": folder_of(ROOT, *(("--jobs", given.jobs) if given.jobs else ())), "single commands": singles}
        if given.other:
            ways["the other's folder"] = folder_of(given.other.resolve())
        try:
            singles()  # starts the daemon and warms it
            rates: dict[str, list[float]] = {name: [] for name in ways}
            for turn in range(given.turns):
                for name in list(ways)[:: 1 if turn % 2 == 0 else -1]:
                    rates[name].append(ways[name]())
        finally:
            run(ROOT, "stop")
    ours = rates["folder"]
    rows = [
        {
            "way": name,
            "photos/s": statistics.median(found),
            "folder over it": statistics.median(own / one for own, one in zip(ours, found, strict=True)),
        }
        for name, found in rates.items()
    ]
    show(f"{given.photos} photos of {given.side} pixels, {given.turns} turns", rows, given.json)
    return 0


def _photos(source: Path, folder: Path, count: int, side: int) -> list[Path]:
    """JPEGs, each a little different, and masks beside them."""
    folder.mkdir()
    with Image.open(source) as image:
        picture = np.asarray(image.convert("RGB"))
    scale = 1.1 * side / max(picture.shape[:2])
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = (int(n / 1.1) for n in picture.shape[:2])
    top, left, bottom, right = (int(share * n) for share, n in zip(HOLE, (height, width) * 2, strict=True))
    mask = np.zeros((height, width), np.uint8)
    mask[top:bottom, left:right] = 255
    found = []
    for number in range(count):
        y, x = (
            int(number * 0.618 % 1 * (picture.shape[0] - height)),
            int(number * 0.382 % 1 * (picture.shape[1] - width)),
        )
        found.append(folder / f"{number:04}.jpg")
        Image.fromarray(picture[y : y + height, x : x + width]).save(found[-1], quality=QUALITY)
        Image.fromarray(mask).save(folder / f"{number:04}_mask.png")
    return found


if __name__ == "__main__":
    sys.exit(main())
