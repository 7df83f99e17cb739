"""The options of `pconv fill`, and which of them go together."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from daemon.client.flags import add_connection
from model.options import FillOptions
from pconv.damage.kinds import KINDS

DESCRIPTION = """Fill the white part of a mask in a photo.

  pconv fill photo.jpg mask.png                 writes photo_filled.jpg beside it
  pconv fill photo.jpg mask.png -o out.png      PNG and TIFF keep the rest byte for byte
  pconv fill scans/ -o filled/                  every scans/NAME.* that has a NAME_mask.*
  pconv fill scans/ masks/ -o filled/           masks of the same names in another folder
  pconv fill scans/ stamp.png --resize-mask     one mask for all, of any size
  pconv fill --list pairs.csv -o filled/        rows of photo, mask and, if you like, result
  pconv fill cutout.png --hole-from-alpha       what is transparent is filled
  pconv fill scans/ --find scratches,dust --save-mask found/   finds the damage itself
  pconv fill scan.tif mask.tif --all-pages      every page of a TIFF, every frame of an animation
  pconv fill photo.jpg mask.png --forbid no.png takes no texture from the white of no.png
  pconv fill photo.png mask.png --variants 3    the best is photo_filled.png, others photo_filled-2.png, …

Masks: white = hole, black = keep, gray = blend, transparent = keep; as large as the photo as displayed.
In folders NAME_mask.*, NAME-MASK.* and the like belong to NAME.*; what is left out is listed at the end.
A folder run skips results that are newer than photo and mask, so it can be stopped and started again.
"""
FORMATS = ("png", "jpg", "webp", "avif", "heic", "tif", "gif")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    photos = "a photo (PNG, JPEG, WebP, AVIF, HEIC, TIFF, GIF), a video, or a folder of photos"
    parser.add_argument("input", type=_path, nargs="?", help=photos)
    parser.add_argument("mask", type=_path, nargs="?", help="the mask; for a folder: a folder of masks or one for all")
    parser.add_argument(
        "-o", "--output", type=_path, help="result file or folder; default: NAME_filled.* or INPUT/filled"
    )
    parser.add_argument("--list", type=_path, metavar="CSV", help="photos and masks, in place of INPUT and MASK")
    _add_fill(parser.add_argument_group("fill"))
    _add_photo(parser.add_argument_group("photo"))
    _add_hole(parser.add_argument_group("hole"))
    _add_output(parser.add_argument_group("output"))
    run = parser.add_argument_group("run")
    _add_run(run)
    add_connection(run)


def _add_fill(group: argparse._ArgumentGroup) -> None:
    defaults = FillOptions()
    group.add_argument("--grow", type=int, default=defaults.grow, metavar="PX", help="widen the hole; %(default)s")
    group.add_argument(
        "--feather", type=int, default=defaults.feather, metavar="PX", help="soften its border; %(default)s"
    )
    group.add_argument("--context", type=int, metavar="PX", help="picture around the hole to look at; by its size")
    group.add_argument(
        "--detail",
        type=float,
        default=defaults.detail,
        metavar="0..1",
        help="how much of the photo's own texture goes into the fill; %(default)s",
    )
    group.add_argument(
        "--variants",
        type=int,
        default=defaults.variants,
        metavar="1..4",
        help="results to choose from, the best first; fewer where no more would differ; %(default)s",
    )
    group.add_argument(
        "--seed", type=int, default=defaults.seed, metavar="N", help="another one draws another fill; %(default)s"
    )


def _add_photo(group: argparse._ArgumentGroup) -> None:
    pages = group.add_mutually_exclusive_group()
    pages.add_argument("--page", type=int, metavar="N", help="which page of a TIFF, or frame of an animation, to fill")
    pages.add_argument("--all-pages", action="store_true", help="all of them, into one file; frames without flicker")
    group.add_argument("--strict", action="store_true", help="refuse JPEGs that lack their end, as masks always are")


def _add_hole(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--invert", action="store_true", help="black is the hole, white is kept")
    group.add_argument("--any-nonzero", action="store_true", help="all but 0 is hole: for masks of 0 and 1, or labels")
    group.add_argument("--resize-mask", action="store_true", help="scale masks to their photos")
    group.add_argument("--hole-from-alpha", action="store_true", help="no mask: the photo's transparency is the hole")
    group.add_argument(
        "--hole-color", type=_colour, metavar="'#rrggbb'", help="no mask: what was painted with it is the hole"
    )
    group.add_argument(
        "--forbid", type=_path, metavar="MASK", help="no texture is taken from its white; in folders one for all photos"
    )
    group.add_argument(
        "--find",
        type=_kinds,
        action="extend",
        default=[],
        metavar="KINDS",
        help=f"find damage and fill it: {', '.join(KINDS)} or both, by comma; beside a mask or without",
    )
    group.add_argument(
        "--sensitivity", type=float, default=0.5, metavar="0..1", help="how much --find finds; %(default)s"
    )
    group.add_argument("--save-mask", type=_path, metavar="FILE", help="write the hole; of a folder, into a folder")


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--quality",
        type=int,
        metavar="1..100",
        help="of JPEG, WebP, AVIF, HEIC and videos; default: a JPEG as it was saved, else high",
    )
    group.add_argument("--format", choices=FORMATS, help="of the results of a folder or list")
    group.add_argument("--report", type=_path, metavar="FILE", help="write what became of every photo as JSON")


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--jobs", type=int, default=4, metavar="N", help="photos of a folder at a time; %(default)s")
    group.add_argument("--recursive", action="store_true", help="the folders below too; results are laid out alike")
    group.add_argument("--overwrite", action="store_true", help="fill again what a folder's results already hold")
    group.add_argument(
        "--timeout", type=float, metavar="S", help="most seconds for each photo; default: as long as it takes"
    )


def checked(parser: argparse.ArgumentParser, given: argparse.Namespace) -> FillOptions:
    """Ends the program with a sentence where options do not go together."""
    if given.input is None and given.list is None:
        parser.error("name a photo, a folder or --list CSV")
    if given.list is not None and given.input is not None:
        parser.error("--list names the photos and masks, so name no others")
    if given.quality is not None and not 1 <= given.quality <= 100:
        parser.error(f"--quality must be 1..100, got {given.quality}")
    if given.timeout is not None and not given.timeout > 0:
        parser.error(f"--timeout must be above 0, got {given.timeout}")
    if given.jobs < 1:
        parser.error(f"--jobs must be at least 1, got {given.jobs}")
    if given.page is not None and given.page < 1:
        parser.error(f"--page must be at least 1, got {given.page}")
    if given.variants > 1 and given.all_pages:
        parser.error("--variants is for single pictures, not for --all-pages")
    if not 0 <= given.sensitivity <= 1:
        parser.error(f"--sensitivity must be 0..1, got {given.sensitivity}")
    _check_hole(parser, given)
    if given.recursive and (given.input is None or not given.input.is_dir()):
        parser.error("--recursive is for folders")
    try:
        return FillOptions(given.grow, given.feather, given.context, given.detail, given.seed, given.variants)
    except ValueError as error:
        parser.error(f"--{error}")


def _check_hole(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    alone = {"--hole-from-alpha": given.hole_from_alpha, "--hole-color": given.hole_color is not None}
    chosen = [name for name, wanted in alone.items() if wanted]
    if len(chosen) > 1:
        parser.error(f"{chosen[0]} and {chosen[1]} do not go together")
    for_masks = given.forbid is None and (given.any_nonzero or given.resize_mask)
    if chosen and (given.mask or given.invert or for_masks):
        parser.error(f"{chosen[0]} goes with no mask and none of --invert, --any-nonzero and --resize-mask")
    if chosen or given.mask is not None or given.input is None or given.input.is_dir():
        return
    if not given.find:
        parser.error(f"name a mask after the photo, or use {', '.join(alone)} or --find")
    if given.invert or for_masks:
        parser.error("--invert, --any-nonzero and --resize-mask are for masks; name one after the photo")


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty; name a file or folder")
    return Path(text)


def _kinds(text: str) -> list[str]:
    kinds = [kind.strip() for kind in text.split(",")]
    for kind in kinds:
        if kind not in KINDS:
            raise argparse.ArgumentTypeError(f"{kind!r} is not found; choose {', '.join(KINDS)} or both, by comma")
    return kinds


def _colour(text: str) -> tuple[int, int, int]:
    if not re.fullmatch("#?[0-9a-fA-F]{6}", text):
        raise argparse.ArgumentTypeError(f"{text} is no colour; write it as '#rrggbb', such as '#ff00ff'")
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue
