"""The project file (.pconv, a zip): picture, mask, fills and their parameters; also what autosave writes.

project.json   what is in it; see `_manifest`
mask.png       the mask
original/NAME  the picture's own file, byte for byte; left out by autosave, which refers to it
fills/…        the candidates' pixels, compressed as in memory

Nothing in a project is trusted: sizes are checked before anything is unpacked.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.errors import PconvError
from daemon.system.files import write_atomically
from desktop_ui.document.document import Document
from desktop_ui.document.fills import Candidate, Fill
from desktop_ui.document.stamp import Stamp
from model.geometry.boxes import Box
from model.options import FillOptions
from pconv.images.files import LARGEST_PIXELS, Picture, read_picture, write_picture

SUFFIX = ".pconv"
VERSION = 1
_LARGEST_MANIFEST = 16 << 20
_LARGEST_FILE = 4 << 30


class ProjectError(PconvError):
    """A project cannot be read or written."""


@dataclass(frozen=True)
class Snapshot:
    """All of a document that a project holds, safe to write in another thread."""

    picture: Picture
    path: Path | None
    stamp: Stamp | None  # of `path` when it was read
    mask: np.ndarray
    fills: tuple[Fill, ...]
    state: int  # the history's, to tell later whether more was done since
    project: Path | None = None  # the document's own

    @classmethod
    def of(cls, document: Document) -> Snapshot:
        return cls(
            document.picture,
            document.source,
            document.source_stamp,
            document.mask.copy(),
            document.fills,
            document.history.state,
            document.project,
        )


def write_project(path: Path, snapshot: Snapshot, *, embed: bool = True) -> None:
    """Write a project, whole or not at all.

    Args:
        embed: put the picture in; False refers to its file where that is still the one that was opened.

    Raises:
        PconvError: `no_space` or `unwritable`; an old file is still whole.
    """
    unchanged = snapshot.path is not None and snapshot.stamp is not None and Stamp.of(snapshot.path) == snapshot.stamp
    refers = unchanged and not embed
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        name = None
        if not refers:
            name, data = _original(snapshot, unchanged)
            archive.writestr(f"original/{name}", data)
        archive.writestr("project.json", json.dumps(_manifest(snapshot, name), indent=1))
        mask = io.BytesIO()
        Image.fromarray(snapshot.mask).save(mask, "PNG", compress_level=1)
        archive.writestr("mask.png", mask.getvalue())
        for number, fill in enumerate(snapshot.fills):
            for index, candidate in enumerate(fill.candidates):
                archive.writestr(f"fills/{number}/{index}.changed", candidate.changed)
                archive.writestr(f"fills/{number}/{index}.values", candidate.values)
    write_atomically(path, buffer.getvalue(), ProjectError)


def _original(snapshot: Snapshot, unchanged: bool) -> tuple[str, bytes]:
    if unchanged:
        return snapshot.path.name, snapshot.path.read_bytes()
    name = "picture.png"
    with tempfile.TemporaryDirectory() as folder:
        write_picture(Path(folder) / name, snapshot.picture)
        return name, (Path(folder) / name).read_bytes()


def _manifest(snapshot: Snapshot, embedded: str | None) -> dict:
    return {
        "format": "pconv-project",
        "version": VERSION,
        "original": embedded,
        "path": str(snapshot.path) if snapshot.path else None,
        "stamp": asdict(snapshot.stamp) if snapshot.stamp else None,
        "size": snapshot.mask.shape,
        "channels": snapshot.picture.pixels.shape[2],
        "fills": [
            {
                "hole": fill.hole,
                "chosen": fill.chosen,
                "candidates": [
                    {"options": asdict(one.options), "rect": one.rect, "dtype": one.dtype} for one in fill.candidates
                ],
            }
            for fill in snapshot.fills
        ],
    }


def read_project(path: Path) -> Document:
    """→ the document as it was written; its `project` is not set.

    Raises:
        PconvError: `damaged_project`, `newer_project`, `picture_missing`, `picture_changed`, or what reading
            the picture raised.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except PconvError:
        raise
    except FileNotFoundError as error:
        raise ProjectError("file_not_found", f"{path} does not exist; check the name.") from error
    except Exception as error:  # zip, json and png readers raise anything on damaged files
        message = f"{path.name} is damaged or no pconv project; take an older copy ({error})."
        raise ProjectError("damaged_project", message) from error


def _read(path: Path, archive: zipfile.ZipFile) -> Document:
    manifest = json.loads(_member(archive, "project.json", _LARGEST_MANIFEST))
    if manifest["format"] != "pconv-project":
        raise ValueError("another kind of file")
    if manifest["version"] > VERSION:
        raise ProjectError("newer_project", f"{path.name} was written by a newer pconv; update this one to open it.")
    picture, source, stamp = _read_picture(archive, manifest)
    document = Document(picture, source, stamp)
    if list(document.mask.shape) != manifest["size"]:
        raise ProjectError(
            "picture_changed", f"The picture of {path.name} has another size now; put the old picture back to open it."
        )
    fills = tuple(_read_fill(archive, number, entry, picture.pixels) for number, entry in enumerate(manifest["fills"]))
    mask = Image.open(io.BytesIO(_member(archive, "mask.png", 2 * LARGEST_PIXELS)))
    if mask.size != document.mask.shape[::-1] or mask.mode != "L":
        raise ValueError("the mask has another size")
    document.restore(fills, np.asarray(mask))
    return document


def _read_picture(archive: zipfile.ZipFile, manifest: dict) -> tuple[Picture, Path | None, Stamp | None]:
    source = Path(manifest["path"]) if manifest["path"] else None
    if manifest["original"] is not None:
        name = Path(manifest["original"]).name
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / name
            copy.write_bytes(_member(archive, f"original/{name}", _LARGEST_FILE))
            stamp = Stamp(**manifest["stamp"]) if manifest["stamp"] else None
            return _narrowed(read_picture(copy), manifest.get("channels")), source, stamp
    if source is None or not source.is_file():
        raise ProjectError("picture_missing", f"The picture {source} is gone; put it back to go on with this work.")
    stamp = Stamp.of(source)
    if stamp != Stamp(**manifest["stamp"]):
        raise ProjectError(
            "picture_changed", f"{source.name} was changed by another program since; put the old picture back to go on."
        )
    return read_picture(source), source, stamp


def _narrowed(picture: Picture, channels: int | None) -> Picture:
    """Gray again where only the file that was put in had to be RGB."""
    if channels == 1 and picture.pixels.shape[2] == 3:
        return picture.with_pixels(np.ascontiguousarray(picture.pixels[..., :1]))
    return picture


def _read_fill(archive: zipfile.ZipFile, number: int, entry: dict, original: np.ndarray) -> Fill:
    candidates = tuple(
        _read_candidate(archive, f"fills/{number}/{index}", one, original)
        for index, one in enumerate(entry["candidates"])
    )
    return Fill(str(entry["hole"]), candidates).choosing(entry["chosen"])


def _read_candidate(archive: zipfile.ZipFile, name: str, entry: dict, original: np.ndarray) -> Candidate:
    rect = Box(*(int(side) for side in entry["rect"]))
    if rect.clipped(Box.of(original.shape)) != rect or entry["dtype"] != str(original.dtype):
        raise ValueError("a fill does not fit the picture")
    changed = _member(archive, f"{name}.changed", _LARGEST_FILE)
    values = _member(archive, f"{name}.values", _LARGEST_FILE)
    if not rect.empty:
        bits = _unpacked(changed, -(-rect.area // 8))
        count = int(np.unpackbits(np.frombuffer(bits, np.uint8), count=rect.area).sum())
        _unpacked(values, count * original.shape[2] * original.dtype.itemsize)
    return Candidate(FillOptions(**entry["options"]), rect, changed, values, entry["dtype"])


def _unpacked(packed: bytes, length: int) -> bytes:
    """zlib's output, which must have exactly this length."""
    opened = zlib.decompressobj()
    data = opened.decompress(packed, length + 1)
    if len(data) != length or not opened.eof:
        raise ValueError("a fill has another length")
    return data


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if archive.getinfo(name).file_size > limit:
        raise ValueError(f"{name} is too large")
    return archive.read(name)
