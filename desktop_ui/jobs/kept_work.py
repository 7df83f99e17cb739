"""What was done on pictures that were left: kept for as long as the picture's file stays the same.

NAME.png            a mask
NAME.forbidden.png  a mask of what is forbidden
NAME.pconv          both with fills that are in no picture file yet
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from desktop_ui.document.document import Document
from desktop_ui.document.extent import mask_extent
from desktop_ui.document.project import SUFFIX, Snapshot, read_project, write_project
from desktop_ui.document.stamp import Stamp
from desktop_ui.jobs import files
from model.errors import PconvError
from model.geometry.boxes import Box

MOST_MASKS, MOST_FILLS = 500, 2000  # the oldest go
_FORBIDDEN = ".forbidden.png"
_SAME_ASPECT = 0.01  # how far two pictures' proportions may differ for one mask


class Work(Enum):
    """What is kept of a picture."""

    NOTHING = "nothing"
    MASK = "mask"
    FILLS = "fills"


@dataclass
class Spread:
    """Which pictures were given a mask, and which were not: they have work of their own, another shape, or no pixels
    that can be read."""

    marked: list[Path] = field(default_factory=list)
    own: list[Path] = field(default_factory=list)
    other_shape: list[Path] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)


class KeptWork:
    """Small files, named by the picture's path, size and time of writing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, path: Path) -> Document:
        """A picture with what was kept of it, or a project.

        Raises:
            PconvError: it cannot be read.
        """
        kept = self._file(path, Stamp.of(path), SUFFIX)
        if kept is not None and kept.is_file():
            try:
                document = read_project(kept)
            except PconvError as error:
                if error.code == "damaged_project":
                    kept.unlink(missing_ok=True)
            else:
                document.mark_kept()
                return document
        document = files.load(path)
        self._give_back_masks(document)
        return document

    def keep(self, document: Document) -> None:
        """Keep what is drawn on a picture that is being left, in place of what was kept before.

        Nothing is kept of a pasted picture, of a project, which holds its own mask, of a mask whose fill
        is in the file, and of one on a picture that was turned or cropped since its file was written.
        Fills that were kept before, and are still in no file, stay as they were kept.

        Raises:
            PconvError: it cannot be written.
        """
        history = document.history
        nothing_done = not (history.depth or history.next_redo() or document.editing)
        if document.project is not None or nothing_done or document.frames != document.exported_frames:
            return
        fills = self._file(document.source, document.source_stamp, SUFFIX)
        masks = [
            self._file(document.source, document.source_stamp, ".png"),
            self._file(document.path, document.stamp, ".png"),
        ]
        if document.unexported and fills is not None and fills.is_file():
            return
        done = document.filled and not document.unexported
        try:
            for path in (fills, masks[1], masks[0] if done else None):
                if path is not None:
                    path.unlink(missing_ok=True)
                    path.with_suffix(_FORBIDDEN).unlink(missing_ok=True)
            if masks[1] is not None and not done:
                for path, mask in ((masks[1], document.mask), (masks[1].with_suffix(_FORBIDDEN), document.forbidden)):
                    extent = mask_extent(mask)
                    if not extent.empty:
                        self._write_mask(path, mask, extent)
        except OSError as error:
            raise _not_kept(error) from error

    def keep_fills(self, document: Document) -> None:
        """Keep a picture's fills beside its mask, until they are saved.

        Raises:
            PconvError: they cannot be written.
        """
        path = self._file(document.source, document.source_stamp, SUFFIX)
        if path is None:
            return
        try:
            self._make_root()
            write_project(path, Snapshot.of(document), embed=False)
            for suffix in (".png", _FORBIDDEN):
                path.with_suffix(suffix).unlink(missing_ok=True)
            self._clear_away(SUFFIX, MOST_FILLS)
        except OSError as error:
            raise _not_kept(error) from error

    def forget_fills(self, path: Path) -> None:
        """They are saved."""
        kept = self._file(path, Stamp.of(path), SUFFIX)
        if kept is not None:
            kept.unlink(missing_ok=True)

    def on(self, path: Path) -> Work:
        """What is kept of this picture as its file is now."""
        kept = self._file(path, Stamp.of(path), ".png")
        if kept is None:
            return Work.NOTHING
        if kept.with_suffix(SUFFIX).is_file():
            return Work.FILLS
        return Work.MASK if kept.is_file() else Work.NOTHING

    def spread(self, mask: np.ndarray, paths: Iterable[Path]) -> Spread:
        """Put a mask on all of these pictures that have the mask's shape, at their own size.

        Pictures with a mask or fills of their own are left alone; a mask that was spread before is no mask of their
        own.

        Raises:
            PconvError: it cannot be kept.
        """
        result = Spread()
        for path in paths:
            kept = self._file(path, Stamp.of(path), ".png")
            if kept is None:
                result.unreadable.append(path)
            elif kept.with_suffix(SUFFIX).is_file() or (kept.is_file() and not _was_spread(kept)):
                result.own.append(path)
            else:
                try:
                    height, width = files.size_of(path)
                except PconvError:
                    result.unreadable.append(path)
                    continue
                if abs(mask.shape[1] * height / (mask.shape[0] * width) - 1) > _SAME_ASPECT:
                    result.other_shape.append(path)
                    continue
                fitted = mask
                if mask.shape != (height, width):
                    fitted = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
                try:
                    self._write_mask(kept, fitted, mask_extent(fitted), spread=True)
                except OSError as error:
                    raise _not_kept(error) from error
                result.marked.append(path)
        return result

    def _give_back_masks(self, document: Document) -> None:
        """Put what was kept on a picture that was opened just now."""
        path = None if document.project is not None else self._file(document.path, document.stamp, ".png")
        if path is None:
            return
        shape = document.bounds.shape
        mask, forbidden = _read_mask(path, shape), _read_mask(path.with_suffix(_FORBIDDEN), shape)
        if mask is not None or forbidden is not None:
            document.restore((), document.mask if mask is None else mask, forbidden=forbidden)

    def _file(self, path: Path | None, stamp: Stamp | None, suffix: str) -> Path | None:
        if path is None or stamp is None or path.suffix.lower() == SUFFIX:
            return None
        name = f"{path.absolute()}\0{stamp.size}\0{stamp.modified_ns}"
        return self._root / f"{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}{suffix}"

    def _make_root(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _write_mask(self, path: Path, mask: np.ndarray, extent: Box, spread: bool = False) -> None:
        self._make_root()
        where = PngInfo()
        where.add_text("box", json.dumps(extent))
        if spread:
            where.add_text("spread", "yes")
        fresh = path.with_suffix(".part")
        Image.fromarray(mask[extent.slices]).save(fresh, "PNG", compress_level=1, pnginfo=where)
        fresh.replace(path)
        self._clear_away(".png", MOST_MASKS)

    def _clear_away(self, suffix: str, most: int) -> None:
        kept = list(self._root.glob(f"*{suffix}"))
        if len(kept) > most:
            for path in sorted(kept, key=lambda one: one.stat().st_mtime)[:-most]:
                path.unlink(missing_ok=True)


def _read_mask(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """None where there is none; a damaged file counts as none."""
    try:
        with Image.open(path) as image:
            box = Box(*json.loads(image.info["box"]))
            part = np.asarray(image.convert("L"))
        mask = np.zeros(shape, np.uint8)
        mask[box.slices] = part
    except (OSError, ValueError, KeyError, TypeError, SyntaxError, AttributeError):
        return None
    return mask


def _was_spread(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            return "spread" in image.info
    except (OSError, ValueError, SyntaxError):
        return True  # a damaged file is nobody's mask


def _not_kept(error: OSError) -> PconvError:
    return PconvError("unwritable", f"The mask could not be kept ({error.strerror or error}).")
