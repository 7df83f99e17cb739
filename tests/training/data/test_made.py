"""Made pictures: the same by the same seed, really straight, and the share of samples that a recipe asks for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from training.config import Data, Source
from training.data.holes import HoleSampler
from training.data.made import SHAPES, edge, made_picture, ramp
from training.data.photos import open_photos
from training.data.samples import TrainingSamples

SIZE = 128


@pytest.fixture
def photos(photo_folder):
    return open_photos(Data(sources=[Source(paths=[str(photo_folder)])]))


def with_made(photos, share):
    return TrainingSamples(photos, HoleSampler({"box": 1}), SIZE, 0, 0.6, True, share)


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_cover_part_of_the_picture(name):
    shape = SHAPES[name][1]
    covers = [shape(np.random.default_rng(seed), SIZE) for seed in range(30)]
    assert all(c.shape == (SIZE, SIZE) and c.dtype == np.float32 for c in covers)
    assert all(c.min() >= 0 and c.max() <= 1 for c in covers)
    assert np.mean([0.002 < c.mean() < 0.998 for c in covers]) > 0.8
    assert np.array_equal(covers[4], shape(np.random.default_rng(4), SIZE))


def test_edges_are_straight_to_a_fraction_of_a_pixel():
    """The half-covered pixels of each lie on one line."""
    for seed in range(20):
        cover = edge(np.random.default_rng(seed), SIZE)
        points = np.argwhere((cover > 0) & (cover < 1)).astype(float)
        if len(points) > 20:
            spread = np.linalg.svd(points - points.mean(0), compute_uv=False)[1] / np.sqrt(len(points))
            assert spread < 0.5


def test_half_of_the_edges_are_level_or_upright():
    covers = [edge(np.random.default_rng(seed), SIZE) for seed in range(200)]
    slopes = [np.abs(np.array(np.gradient(c)).mean((1, 2))) for c in covers]
    level = [min(s) < 0.1 * max(s) for s in slopes]
    assert 0.4 < np.mean(level) < 0.7


def test_pictures_differ_and_the_same_seed_gives_the_same():
    photo = np.full((SIZE, SIZE, 3), 90, np.uint8)
    made = [made_picture(np.random.default_rng(seed), photo) for seed in range(6)]
    assert all(m.shape == (SIZE, SIZE, 3) and m.dtype == np.uint8 for m in made)
    assert not any(np.array_equal(a, b) for a, b in itertools.pairwise(made))
    assert np.array_equal(made[3], made_picture(np.random.default_rng(3), photo))
    assert (photo == 90).all()


def test_ramps_are_smooth():
    for seed in range(20):
        steps = np.abs(np.diff(ramp(np.random.default_rng(seed), SIZE), axis=1))
        assert steps.max() < 4


def test_some_pictures_are_drawn_over_the_photo():
    photo = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)

    def rough(picture):
        return np.abs(np.diff(picture.astype(float), axis=1)).mean() > 15

    over = np.mean([rough(made_picture(np.random.default_rng(seed), photo)) for seed in range(100)])
    assert 0.1 < over < 0.6


def test_the_share_of_made_samples_is_the_recipe_s(photos):
    plain, mixed = with_made(photos, 0.0), with_made(photos, 0.3)
    differ = [not np.array_equal(plain[k][0], mixed[k][0]) for k in range(80)]
    assert 0.18 < np.mean(differ) < 0.42
    assert np.array_equal(plain[7][0], TrainingSamples(photos, HoleSampler({"box": 1}), SIZE, 0, 0.6, True)[7][0])


def test_a_made_sample_is_as_any_other(photos):
    image, hole, skipped = with_made(photos, 1.0)[3]
    assert image.shape == (3, SIZE, SIZE) and image.is_contiguous() and str(image.dtype) == "torch.uint8"
    assert hole.any() and not skipped
    assert np.array_equal(image, with_made(photos, 1.0)[3][0])
