"""Fills that were made before, by an older version or another program: a folder of PNG files named as the cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import TrainingError
from training.data.images import UNREADABLE, read_rgb


@dataclass(frozen=True)
class MadeFills:
    """A contestant whose fills lie in `folder` as CASE.png."""

    name: str
    folder: Path

    def read(self, case: str, photo: np.ndarray, hole: np.ndarray) -> np.ndarray:
        """The fill of a case, H×W×3 uint8. `photo` H×W×3 uint8, `hole` H×W bool: what was to be filled.

        Raises:
            TrainingError: code "no_fill" (the file is missing or no picture), "bad_fill" (not of this photo).
        """
        path = self.folder / f"{case}.png"
        try:
            fill = read_rgb(path)
        except UNREADABLE as error:
            raise TrainingError("no_fill", f"no fill of case {case} at {path} ({error}); fill that case too") from error
        if fill.shape != photo.shape:
            raise TrainingError("bad_fill", f"{path} has not the size of case {case}; fill the case as it is")
        if not np.array_equal(fill[~hole], photo[~hole]):
            raise TrainingError("bad_fill", f"{path} differs from case {case} outside its hole; fill the hole alone")
        return fill


def parse_fills(text: str) -> MadeFills:
    """From "NAME=FOLDER".

    Raises:
        TrainingError: code "bad_fills".
    """
    name, _, folder = text.partition("=")
    if not name or not folder or not Path(folder).is_dir():
        raise TrainingError("bad_fills", f'fills are given as NAME=FOLDER with a folder that exists, got "{text}"')
    return MadeFills(name, Path(folder))
