"""How much of drawn damage `pconv.find_damage` finds on photos, and how much of what is undamaged it marks.

Damaged counts each pixel that the drawing changed by 16 of 255 levels or more in some channel; undamaged each one
farther than two pixels from any that it changed at all. Shares are means over the photos. Photos above 8 megapixels are
measured at a third of their size too. With --out the photos are left there, what is found magenta, what is missed
green, what is marked falsely red.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.find.damage import KINDS, Damaged, damaged
from benchmarks.report import add_json_option, show, text
from pconv.damage.find import find_damage
from pconv.files.names import list_folder
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.pixels import as_uint8

LARGE = 8e6  # pixels
BESIDE = 2  # pixels that count neither way
MISSED, FOUND, FALSE = (0, 255, 0), (255, 0, 255), (255, 0, 0)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.find", description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True, metavar="FOLDER", help="of undamaged photos")
    parser.add_argument("--most", type=int, metavar="N", help="of each folder; default: all")
    parser.add_argument("--seed", type=int, default=0, help="another one draws other damage; %(default)s")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where overlays are left")
    add_json_option(parser)
    options = parser.parse_args(arguments)
    paths = [path for folder in options.photos for path in list_folder(folder).photos[: options.most]]
    rows: list[dict] = []
    for number, path in enumerate(tqdm(paths, unit="photo")):
        for size, photo in _sizes(read_picture(path)):
            drawn = damaged(photo, 1000 * options.seed + number)
            begin = time.monotonic()
            found = find_damage(drawn.image) > 0
            seconds = time.monotonic() - begin
            rows.append({"photo": path.name, "size": size} | measured(found, drawn) | {"seconds": seconds})
            tqdm.write(", ".join(f"{key} {text(value)}" for key, value in rows[-1].items()))
            if options.out:
                _leave(options.out / f"{path.stem}.{size}.png", found, drawn)
    groups = {"all": [row for row in rows if row["size"] != "reduced"]} | {
        size: [row for row in rows if row["size"] == size] for size in ("large", "reduced", "small")
    }
    means = [_means(name, group) for name, group in groups.items() if group]
    show("Damage found, and undamaged pixels marked, % (all: without the reduced ones)", means, options.json)
    return 0


def measured(found: np.ndarray, drawn: Damaged) -> dict[str, float]:
    """Shares of 100: found of all that is damaged and of each kind (NaN where there is none), and falsely marked.

    Args:
        found: (H, W) bool.
    """
    shares = {kind: _share(found, where) for kind, where in {"found": drawn.visible, **drawn.kinds}.items()}
    side = 2 * BESIDE + 1
    return shares | {"false": _share(found, cv2.dilate(drawn.touched.astype(np.uint8), np.ones((side, side))) == 0)}


def _share(found: np.ndarray, where: np.ndarray) -> float:
    return 100 * float(found[where].mean()) if where.any() else float("nan")


def _sizes(picture: Picture) -> Iterator[tuple[str, np.ndarray]]:
    photo = as_uint8(picture.pixels)
    photo = np.repeat(photo, 3, axis=2) if photo.shape[2] == 1 else photo
    large = photo.shape[0] * photo.shape[1] > LARGE
    yield ("large" if large else "small"), photo
    if large:
        yield "reduced", cv2.resize(photo, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)


def _means(name: str, rows: list[dict]) -> dict:
    columns = ("found", *KINDS, "false", "seconds")
    return {"photos": name, "number": len(rows)} | {
        key: float(np.nanmean([row[key] for row in rows])) for key in columns
    }


def _leave(path: Path, found: np.ndarray, drawn: Damaged) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = drawn.image.copy()
    for where, colour in (
        (found & drawn.touched, FOUND),
        (found & ~drawn.touched, FALSE),
        (drawn.visible & ~found, MISSED),
    ):
        shown[where] = shown[where] // 3 + np.array(colour, np.uint8) // 3 * 2
    write_picture(path, Picture(shown))


if __name__ == "__main__":
    sys.exit(main())
