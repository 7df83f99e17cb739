"""Masks of pictures that were left: kept for as long as the picture's file stays the same, and given back with it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from desktop_ui.document.document import Document
from desktop_ui.document.extent import mask_extent
from model.errors import PconvError
from model.geometry.boxes import Box

MOST = 500  # the oldest go


class KeptMasks:
    """One small PNG for each picture, named by its path, size and time of writing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, document: Document) -> None:
        """Keep what is drawn on a picture that is being left, in place of what was kept before.

        Nothing is kept of a pasted picture, of a project, which holds its own mask, and of a mask whose fill
        is in the file.

        Raises:
            PconvError: it cannot be written.
        """
        path = self._path(document)
        if path is None:
            return
        done = document.filled and not document.unexported
        extent = mask_extent(document.mask)
        try:
            if extent.empty or done:
                path.unlink(missing_ok=True)
                return
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(path, document.mask, extent)
            self._clear_away()
        except OSError as error:
            raise PconvError("unwritable", f"The mask could not be kept ({error.strerror or error}).") from error

    def give_back(self, document: Document) -> None:
        """Put what was kept on a picture that was opened just now; a damaged file counts as none."""
        path = self._path(document)
        if path is None or not path.is_file():
            return
        try:
            with Image.open(path) as image:
                box = Box(*json.loads(image.info["box"]))
                part = np.asarray(image.convert("L"))
            mask = np.zeros_like(document.mask)
            mask[box.slices] = part
        except (OSError, ValueError, KeyError, TypeError, SyntaxError, AttributeError):
            return
        document.restore((), mask)

    def _path(self, document: Document) -> Path | None:
        if document.project is not None or document.path is None or document.stamp is None:
            return None
        stamp = document.stamp
        name = f"{document.path.absolute()}\0{stamp.size}\0{stamp.modified_ns}"
        return self._root / f"{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.png"

    def _write(self, path: Path, mask: np.ndarray, extent: Box) -> None:
        where = PngInfo()
        where.add_text("box", json.dumps(extent))
        fresh = path.with_suffix(".part")
        Image.fromarray(mask[extent.slices]).save(fresh, "PNG", compress_level=1, pnginfo=where)
        fresh.replace(path)

    def _clear_away(self) -> None:
        kept = sorted(self._root.glob("*.png"), key=lambda one: one.stat().st_mtime)
        for path in kept[:-MOST]:
            path.unlink(missing_ok=True)
