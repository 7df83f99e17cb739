"""A first drawing of a small hole, from the outside in (after Criminisi 2004)."""

from __future__ import annotations

import numpy as np

from model.patches.compiled import compiled
from model.patches.patch import AFTER, BEFORE

LAID = 1  # pixels around the middle of a patch that are laid at a time


@compiled
def peel(
    picture: np.ndarray,
    hole: np.ndarray,
    places: np.ndarray,
    expected: np.ndarray,
    trust: np.ndarray,
) -> None:
    """Draw the hole (H, W) bool of a picture (H, W, 3) float32, in place; both are changed until no hole is left.

    Again and again the patch of which most is known is completed from the one among `places`, (n, 2) int32, that
    resembles it most in colours and in what the network expects there: `expected`, (H, W, 3), as far as it has `trust`.
    """
    height, width = hole.shape
    while True:
        most, y, x = 0, -1, -1
        for row in range(BEFORE, height - BEFORE):
            for column in range(BEFORE, width - AFTER):
                if hole[row, column]:
                    count = 0
                    for down in range(-BEFORE, BEFORE + 1):
                        for right in range(-BEFORE, BEFORE + 1):
                            count += not hole[row + down, column + right]
                    if count > most:
                        most, y, x = count, row, column
        if y < 0:
            return
        best, least = 0, np.float32(np.inf)
        for n in range(len(places)):
            row, column = places[n]
            apart = np.float32(0)
            for channel in range(3):
                off = expected[y, x, channel] - expected[row, column, channel]
                apart += trust[y, x] * off * off
            for down in range(-BEFORE, BEFORE + 1):
                if apart >= least:
                    break
                for right in range(-BEFORE, BEFORE + 1):
                    if not hole[y + down, x + right]:
                        for channel in range(3):
                            off = picture[y + down, x + right, channel] - picture[row + down, column + right, channel]
                            apart += 3 * off * off
            if apart < least:
                best, least = n, apart
        for down in range(-LAID, LAID + 1):
            for right in range(-LAID, LAID + 1):
                if hole[y + down, x + right]:
                    hole[y + down, x + right] = False
                    for channel in range(3):
                        row, column = places[best]
                        picture[y + down, x + right, channel] = picture[row + down, column + right, channel]
