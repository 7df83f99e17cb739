from __future__ import annotations

import numpy as np

from model.pyramid import Level


def test_where_tiles_overlap_one_fades_into_the_other():
    hole = np.zeros((256, 430), bool)
    hole[100:160, 100:330] = True
    picture = np.full((256, 430, 3), 0.5, np.float32) * ~hole[..., None]
    level = Level(lambda part: picture[part], hole, (256,))
    list(level.open(None))
    first, second = sorted(level.tiles, key=lambda tile: tile.left)
    for value, tile in enumerate((first, second)):
        level.lay(tile, np.full((256, 256, 3), value, np.float32))
    row = level.pixels[130 - level.box.top, :, 0]
    fading = row[max(second.left, 100) : min(first.right, 330)]
    assert len(fading) > 64 and (np.diff(fading) >= 0).all() and np.diff(fading).max() < 0.05
    assert fading[0] < 0.05 and fading[-1] > 0.95
    assert np.array_equal(level.pixels[~level.hole], np.full(((~level.hole).sum(), 3), 0.5, np.float32))
