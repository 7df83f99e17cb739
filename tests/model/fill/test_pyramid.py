from __future__ import annotations

import numpy as np

from model.fill.pyramid import Level


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


def test_where_four_tiles_overlap_each_counts():
    hole = np.zeros((430, 430), bool)
    hole[205:225, 100:330] = hole[100:330, 205:225] = True
    level = Level(lambda part: np.zeros((*hole[part].shape, 3), np.float32), hole, (256,))
    list(level.open(None))
    assert len(level.tiles) == 4
    for value, tile in enumerate(level.tiles):
        level.lay(tile, np.full((256, 256, 3), value / 3, np.float32))
    middle = level.pixels[214 - level.box.top : 216 - level.box.top, 214 - level.box.left : 216 - level.box.left]
    assert np.abs(middle - 0.5).max() < 0.02
