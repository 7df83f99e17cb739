"""`pconv demo`: takes a mast and scratches out of the photo that comes with the package and shows before and after."""

from __future__ import annotations

import argparse
import shlex
import shutil
from pathlib import Path

from daemon.client.flags import add_connection
from pconv.commands.terminal import EXIT_HELP, interruptible, progress_bar

PHOTO = Path(__file__).parents[1] / "assets" / "rocket.jpg"
# (x, y) corners on the 640×427 photo, a few pixels wider than the mast; and scratches as (x, y) polylines
MAST = ((441, 119), (452, 119), (461, 190), (481, 384), (435, 376), (437, 190))
SCRATCHES = (
    ((255, 60), (300, 190), (345, 250), (392, 330)),
    ((40, 250), (150, 275), (262, 240)),
    ((560, 30), (520, 180)),
)
SCRATCH_WIDTH = 5
GAP = 8


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "fill a hole in the photo that comes with pconv"
    parser = subparsers.add_parser(
        "demo", help=text, description=text, epilog=EXIT_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("demo_out"), help="folder; default: %(default)s")
    add_connection(parser)
    parser.set_defaults(run=_run)


def make_mask(path: Path) -> None:
    """Draw the demo's mask: a mast and a few scratches, white on black."""
    from PIL import Image, ImageDraw

    with Image.open(PHOTO) as photo:
        mask = Image.new("L", photo.size)
    draw = ImageDraw.Draw(mask)
    draw.polygon(MAST, fill=255)
    for points in SCRATCHES:
        draw.line(points, fill=255, width=SCRATCH_WIDTH, joint="curve")
    mask.save(path)


def side_by_side(photo: Path, mask: Path, filled: Path, target: Path) -> None:
    """Write one picture of three: the photo, the photo with its hole white, the filled photo."""
    from PIL import Image

    with Image.open(photo) as first, Image.open(mask) as hole, Image.open(filled) as last:
        before = first.convert("RGB")
        holed = before.copy()
        holed.paste((255, 255, 255), mask=hole)
        width, height = before.size
        sheet = Image.new("RGB", (3 * width + 2 * GAP, height), "white")
        for i, picture in enumerate((before, holed, last.convert("RGB"))):
            sheet.paste(picture, (i * (width + GAP), 0))
    sheet.save(target, quality=88, optimize=True)


def _run(given: argparse.Namespace) -> int:
    from model.errors import InputError
    from pconv.files.fill_file import FileFiller, FileJob

    folder = given.output
    photo, mask, filled, sheet = (folder / name for name in ("photo.jpg", "mask.png", "filled.png", "before_after.jpg"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PHOTO, photo)
        make_mask(mask)
    except OSError as error:
        raise InputError(
            "unwritable", f"{folder} cannot be written: {error.strerror}; name another with -o."
        ) from error
    with (
        interruptible() as cancel,
        FileFiller(address=given.address, cancel=cancel) as filler,
        progress_bar() as progress,
    ):
        filler.fill(FileJob(photo, mask, filled), progress)
    side_by_side(photo, mask, filled, sheet)
    print(f"Before and after: {sheet.resolve()}")
    print("The same by hand:", shlex.join(["pconv", "fill", str(photo), str(mask), "-o", str(filled)]))
    return 0
