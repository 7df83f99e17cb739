"""The box around what is set in a mask, which may be nothing."""

from __future__ import annotations

import numpy as np

from model.geometry.boxes import EMPTY, Box
from model.geometry.contexts import holds_any, hole_box


def mask_extent(mask: np.ndarray) -> Box:
    """The smallest rectangle around all pixels above 0 of an H×W mask of uint8 or bool; EMPTY for none."""
    return hole_box(mask) if holds_any(mask) else EMPTY
