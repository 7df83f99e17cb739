"""Kinds of files that people take for pictures, named by what they hold and not by their suffix."""

from __future__ import annotations

HEIC = "a HEIC picture"
BRANDS = {  # of the first that fits: AVIF may name HEIC's general ones too
    "an AVIF picture": {b"avif", b"avis"},
    HEIC: {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"},
    "a Canon raw picture": {b"crx "},
    "a video": {b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"M4V ", b"3gp4", b"3gp5", b"avc1"},
}
STARTS = {
    b"%PDF": "a PDF document",
    b"8BPS": "a Photoshop document",
    b"gimp xcf": "a GIMP image",
    b"<svg": "an SVG drawing",
    b"\xff\x0a": "a JPEG XL picture",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL picture",
    b"FUJIFILMCCD-RAW": "a Fujifilm raw picture",
    b"IIRO": "an Olympus raw picture",
    b"IIU\x00": "a Panasonic raw picture",
    b"version https://git-lfs": "a Git LFS pointer",
    b"<!DOCTYPE html": "a web page",
}


def kind_of(data: bytes) -> str | None:
    """In words, with an article; None where it is none of these."""
    if data[4:8] == b"ftyp":
        brands = [data[8:12], *(data[at : at + 4] for at in range(16, min(len(data), 64), 4))]
        return next((words for words, known in BRANDS.items() if known & {*brands}), None)
    return next((words for start, words in STARTS.items() if data.startswith(start)), None)
