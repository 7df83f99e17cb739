"""What of a picture's extras a format has a place for; the rest is left out and said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pconv.images.metadata import Extras, exif_has
from pconv.images.pixels import NAMES
from pconv.images.xmp import without_extension

TEXT = {b"tEXt", b"zTXt", b"iTXt"}
HDR = {b"cICP", b"mDCV", b"cLLI"}
RESOLUTION = 282
LONGEST = {"exif": 65527, "xmp": 65502, "icc": 255 * 65519}  # bytes that a JPEG's segments hold


def fit(extras: Extras, format: str) -> tuple[Extras, list[str]]:
    """Leave out what a format has no place for.

    Returns:
        The extras that a file of `format` holds, and words for those that it does not.
    """
    kinds = {kind for kind, _ in extras.png_chunks}
    lost = list(extras.left_out)
    if format not in {"JPEG", "TIFF"}:
        lost += ["IPTC"] if extras.iptc else ["Photoshop's data"] if extras.photoshop else []
    if format != "PNG":
        lost += ["text"] if kinds & TEXT else []
        lost += ["HDR colour description"] if kinds & HDR else []
    if format != "JPEG" and (extras.jpeg or {}).get("comment"):
        lost.append("comment")
    if format != "TIFF" and extras.samples:
        lost.append(f"{len(extras.samples)} extra channel{'s' * (len(extras.samples) > 1)}")
    if format == "GIF":
        lost += [
            word for word, there in (("EXIF", extras.exif), ("ICC profile", extras.icc), ("XMP", extras.xmp)) if there
        ]
    if format in {"WEBP", "AVIF", "HEIF", "GIF"} and extras.dpi and not exif_has(extras.exif, RESOLUTION):
        lost.append("resolution")
    if format != "JPEG" and extras.xmp_extension:
        lost.append("extended XMP")
        extras = replace(extras, xmp=without_extension(extras.xmp), xmp_extension=())
    if format == "JPEG":
        words = {"exif": "EXIF", "xmp": "XMP", "icc": "ICC profile"}
        long = [name for name, most in LONGEST.items() if len(getattr(extras, name) or b"") > most]
        lost += [f"{words[name]} (over {LONGEST[name] >> 10} KiB)" for name in long]
        nothing: dict[str, Any] = dict.fromkeys(long)
        extras = replace(extras, **nothing)
    return extras, lost


def told(lost: list[str], format: str) -> str:
    """A sentence, without its full stop, on what was left out; or nothing."""
    if not lost:
        return ""
    items = lost[0] if len(lost) == 1 else f"{', '.join(lost[:-1])} and {lost[-1]}"
    return f"left out of this {NAMES[format]}: {items}"
