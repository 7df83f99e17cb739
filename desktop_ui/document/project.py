"""The project file (.pconv, a zip): picture, masks, fills and their parameters; also what autosave writes.

project.json   what is in it; see `_manifest`
mask.png       the mask
forbidden.png  the mask of what is forbidden, where anything is
original/NAME  the picture's own file, byte for byte; left out by autosave, which refers to it
fills/…        the candidates' pixels, compressed as in memory
history/…      what can be undone; see `stored_history`

Nothing in a project is trusted: what it claims to hold is measured against its picture's size before anything is
unpacked.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.system.files import write_atomically
from desktop_ui.document.archive import Archive, open_archive
from desktop_ui.document.document import Document, Work
from desktop_ui.document.fills import Fill
from desktop_ui.document.frames import Frame, shape_after
from desktop_ui.document.history import Step
from desktop_ui.document.packed import largest_packed
from desktop_ui.document.reframing import seen_through
from desktop_ui.document.stamp import Stamp
from desktop_ui.document.stored_candidates import (
    LEAST_PIXELS,
    Room,
    bits_length,
    entry_of,
    read_candidate,
    rect_of,
    write_candidate,
)
from desktop_ui.document.stored_frames import entries_of, frames_of
from desktop_ui.document.stored_history import read_history, write_history
from desktop_ui.document.strokes import merged
from model.errors import PconvError
from model.geometry.boxes import EMPTY, Box
from model.geometry.contexts import holds_any
from pconv.images.files import LARGEST_PIXELS, Picture, read_picture, write_picture

SUFFIX = ".pconv"
VERSION = 2  # of projects with frames; the others are written as 1
_LARGEST_MANIFEST = 4 << 20
_LARGEST_EXTRAS = 64 << 20  # of a picture's file, beside its pixels
_LARGEST_MASK_HEADER = 1 << 16
_LARGEST_PIXEL = 16  # bytes in a picture's file: RGB and alpha as floats
_PIXEL_BYTES = {"uint8": 3, "uint16": 6, "float32": 12}  # of a fill, at most
_MOST_CANDIDATES = 4096
_MOST_RECTANGLES = 512  # as large as the picture, that all fills together may lie in
_MANY_FILLS, _MANY_PICTURES = 1024, 32  # of these on, strokes are written together, to stay far below all bounds


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
    steps: tuple[Step, ...] = ()  # what can be undone, the last one last
    forbidden: np.ndarray | None = None  # None = nothing is
    opened: Picture | None = None  # `picture` before its frames; None = the same
    frames: tuple[Frame, ...] = ()

    @property
    def work(self) -> Work:
        return Work(self.frames, self.fills)

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
            document.history.undo_steps,
            document.forbidden.copy() if holds_any(document.forbidden) else None,
            document.opened,
            document.frames,
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
    snapshot = _with_few_strokes(snapshot)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        name = None
        if not refers:
            name, data = _original(snapshot, unchanged)
            archive.writestr(f"original/{name}", data)
        archive.writestr("project.json", json.dumps(_manifest(snapshot, name), indent=1))
        _write_mask(archive, "mask.png", snapshot.mask)
        if snapshot.forbidden is not None:
            _write_mask(archive, "forbidden.png", snapshot.forbidden)
        for number, fill in enumerate(snapshot.fills):
            for index, candidate in enumerate(fill.candidates):
                write_candidate(archive, f"fills/{number}/{index}", candidate)
        write_history(archive, snapshot.steps, snapshot.fills, snapshot.mask.size)
    write_atomically(path, buffer.getvalue(), ProjectError)


def _with_few_strokes(snapshot: Snapshot) -> Snapshot:
    fills = snapshot.fills
    room = _MANY_PICTURES * max(snapshot.mask.size, LEAST_PIXELS)
    if len(fills) <= _MANY_FILLS and sum(fill.rect.area for fill in fills) <= room:
        return snapshot
    return replace(snapshot, fills=merged(fills, snapshot.picture.pixels))


def _write_mask(archive: zipfile.ZipFile, name: str, mask: np.ndarray) -> None:
    encoded = io.BytesIO()
    Image.fromarray(mask).save(encoded, "PNG", compress_level=1)
    archive.writestr(name, encoded.getvalue())


def _original(snapshot: Snapshot, unchanged: bool) -> tuple[str, bytes]:
    if unchanged and snapshot.path is not None:
        return snapshot.path.name, snapshot.path.read_bytes()
    picture = snapshot.opened or snapshot.picture
    name = "picture.tif" if picture.pixels.dtype == np.float32 else "picture.png"
    with tempfile.TemporaryDirectory() as folder:
        write_picture(Path(folder) / name, picture)
        return name, (Path(folder) / name).read_bytes()


def _manifest(snapshot: Snapshot, embedded: str | None) -> dict:
    framed = bool(snapshot.frames) or any(step.frames is not None for step in snapshot.steps)
    return {
        "format": "pconv-project",
        "version": VERSION if framed else 1,
        "original": embedded,
        "path": str(snapshot.path) if snapshot.path else None,
        "stamp": asdict(snapshot.stamp) if snapshot.stamp else None,
        "size": snapshot.mask.shape,
        "opened_size": (snapshot.opened or snapshot.picture).pixels.shape[:2],
        "frames": entries_of(snapshot.frames),
        "channels": snapshot.picture.pixels.shape[2],
        "fills": [
            {
                "hole": fill.hole,
                "chosen": fill.chosen,
                "candidates": [entry_of(one) for one in fill.candidates],
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
        with open_archive(path) as archive:
            return _read(path, archive)
    except PconvError:
        raise
    except FileNotFoundError as error:
        raise ProjectError("file_not_found", f"{path} does not exist; check the name.") from error
    except Exception as error:  # zip, json and png readers raise anything on damaged files
        message = f"{path.name} is damaged or no pconv project; take an older copy ({error})."
        raise ProjectError("damaged_project", message) from error


def _read(path: Path, archive: Archive) -> Document:
    manifest = json.loads(archive.read("project.json", _LARGEST_MANIFEST))
    if manifest["format"] != "pconv-project":
        raise ValueError("another kind of file")
    if manifest["version"] > VERSION:
        raise ProjectError("newer_project", f"{path.name} was written by a newer pconv; update this one to open it.")
    height, width = _checked_size(archive, manifest)
    frames = frames_of(manifest.get("frames", []), _opened_size(manifest))
    if shape_after(_opened_size(manifest), frames) != (height, width):
        raise ValueError("its frames make another size")
    opened, source, stamp = _read_picture(path, archive, manifest)
    document = Document(opened, source, stamp)
    if document.mask.shape != _opened_size(manifest):
        raise _another_size(path)
    picture = seen_through(opened, frames)
    room = Room(height * width)
    fills = tuple(
        _read_fill(archive, number, entry, picture.pixels, room) for number, entry in enumerate(manifest["fills"])
    )
    mask = _read_mask(archive, "mask.png", height, width)
    forbidden = _read_mask(archive, "forbidden.png", height, width) if "forbidden.png" in archive else None
    steps = read_history(archive, fills, picture.pixels, room, opened.pixels.shape[:2])
    document.restore(fills, mask, steps, forbidden, frames, picture)
    return document


def _read_mask(archive: Archive, name: str, height: int, width: int) -> np.ndarray:
    mask = Image.open(io.BytesIO(archive.read(name, 2 * height * width + _LARGEST_MASK_HEADER)))
    if mask.size != (width, height) or mask.mode != "L":
        raise ValueError("the mask has another size")
    return np.asarray(mask)


def _opened_size(manifest: dict) -> tuple[int, int]:
    """Height and width that the picture is said to have before its frames."""
    return _possible(manifest.get("opened_size", manifest["size"]))


def _possible(size: list[int]) -> tuple[int, int]:
    height, width = size
    if not (type(height) is type(width) is int and height > 0 < width and height * width <= LARGEST_PIXELS):
        raise ValueError("the picture has no possible size")
    return height, width


def _checked_size(archive: Archive, manifest: dict) -> tuple[int, int]:
    """Height and width that the picture is said to have, where all members agree with them by what they claim."""
    height, width = _possible(manifest["size"])
    area = count = 0
    for number, fill in enumerate(manifest["fills"]):
        for index, entry in enumerate(fill["candidates"]):
            rect = rect_of(entry)
            if rect.clipped(Box(0, 0, height, width)) != rect or (rect.empty and rect != EMPTY):
                raise ValueError("a fill does not fit the picture")
            name = f"fills/{number}/{index}"
            archive.check(f"{name}.changed", largest_packed(bits_length(rect)))
            archive.check(f"{name}.values", largest_packed(rect.area * _PIXEL_BYTES[entry["dtype"]]))
            area, count = area + rect.area, count + 1
    if count > _MOST_CANDIDATES or area > _MOST_RECTANGLES * max(height * width, LEAST_PIXELS):
        raise ValueError("it has more fills than its picture can need")
    return height, width


def _read_picture(path: Path, archive: Archive, manifest: dict) -> tuple[Picture, Path | None, Stamp | None]:
    source = Path(manifest["path"]) if manifest["path"] else None
    if manifest["original"] is not None:
        name = Path(manifest["original"]).name
        member = f"original/{name}"
        height, width = _opened_size(manifest)
        limit = max(archive.size_in_file(member), _LARGEST_PIXEL * height * width + _LARGEST_EXTRAS)
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / name
            copy.write_bytes(archive.read(member, limit))
            if _is_larger(copy, height * width):
                raise _another_size(path)
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


def _is_larger(picture: Path, pixels: int) -> bool:
    """Whether a picture's file says that it has more pixels; False where it says nothing that can be read."""
    try:
        with Image.open(picture) as header:
            return header.width * header.height > pixels
    except Exception:  # reading the picture tells what is wrong with it
        return False


def _another_size(path: Path) -> ProjectError:
    text = f"The picture of {path.name} has another size now; put the old picture back to open it."
    return ProjectError("picture_changed", text)


def _narrowed(picture: Picture, channels: int | None) -> Picture:
    """Gray again where only the file that was put in had to be RGB."""
    if channels == 1 and picture.pixels.shape[2] == 3:
        return picture.with_pixels(np.ascontiguousarray(picture.pixels[..., :1]))
    return picture


def _read_fill(archive: Archive, number: int, entry: dict, original: np.ndarray, room: Room) -> Fill:
    candidates = tuple(
        read_candidate(archive, f"fills/{number}/{index}", one, original, room)
        for index, one in enumerate(entry["candidates"])
    )
    return Fill(str(entry["hole"]), candidates).choosing(int(entry["chosen"]))
