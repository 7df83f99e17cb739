"""A gray picture with a hole, for the stub worker."""

from __future__ import annotations

import numpy as np

IMAGE = np.full((60, 80, 3), 200, np.uint8)
HOLE = np.zeros((60, 80), bool)
HOLE[20:30, 30:45] = True
MIDDLE = np.s_[23:27, 33:42]  # the stub paints the rest of the hole like what is around it
