"""Holes: binary, seeded, of the bucket and place that were asked for; mask files with their traps."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from PIL import Image
from skimage import data

from model.errors import TrainingError
from training.data import flow_masks
from training.data.holes import DRAWN, RATIO_BUCKETS, HoleSampler, bucket_of, hole_ratio, touches_border
from training.data.mask_files import MaskFolder

SIZE = 128


def photo(seed=0, size=128):
    noise = np.random.default_rng(seed).integers(0, 255, (size // 4, size // 4, 3), np.uint8)
    return np.asarray(Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def raws():
    return flow_masks.raw_masks([photo(i) for i in range(4)], np.random.default_rng(0), SIZE)


@pytest.mark.parametrize("kind", [*DRAWN, "flow"])
@pytest.mark.parametrize("border", [True, False])
def test_bucket_and_place_are_kept_at_every_size(kind, border, raws):
    rng = np.random.default_rng(5)
    for bucket in range(len(RATIO_BUCKETS)):
        sampler = HoleSampler({kind: 1}, buckets=(bucket,), border=border, raws=raws)
        hole = sampler.draw(rng, SIZE)
        assert hole.dtype == bool and hole.shape == (SIZE, SIZE)
        assert bucket_of(hole_ratio(hole)) == bucket
        assert touches_border(hole) == border
        if not border:
            margin = int(np.ceil(SIZE * 50 / 512))
            inner = hole[margin:-margin, margin:-margin]
            assert inner.sum() == hole.sum()


def test_the_seed_decides(raws):
    sampler = HoleSampler({"flow": 1, "stroke": 1, "lasso": 1}, raws=raws)
    first = [sampler.draw(np.random.default_rng(i), SIZE) for i in range(4)]
    again = [sampler.draw(np.random.default_rng(i), SIZE) for i in range(4)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[1])


def test_buckets_are_half_open():
    assert bucket_of(0.01) is None
    assert bucket_of(0.1) == 0
    assert bucket_of(0.1001) == 1
    assert bucket_of(0.6) == 5
    assert bucket_of(0.61) is None


def test_occlusion_finds_what_an_object_covers():
    background, thing = data.astronaut()[:256, :256], data.coffee()[100:356, 100:356]
    first, second = background.copy(), background.copy()
    first[96:160, 60:124] = thing[:64, :64]
    second[96:160, 76:140] = thing[:64, :64]  # the thing moved 16 pixels to the right
    hidden = flow_masks.occlusion(first, second) > flow_masks.THRESHOLD
    covered, far = hidden[100:156, 126:138].mean(), hidden[:64].mean()
    assert covered > 0.5 and far < 0.05, (covered, far)
    assert (flow_masks.occlusion(first, first) < 0.05).all()


def test_augment_binarises_at_the_paper_s_threshold_before_dilating():
    below, above = np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
    below[60:68, 60:68], above[60:68, 60:68] = 152, 154
    rng = np.random.default_rng(0)
    assert not any(flow_masks.augment(below, rng, SIZE).any() for _ in range(20))
    assert any(flow_masks.augment(above, rng, SIZE).sum() > 64 for _ in range(20))


def test_video_pairs(tmp_path):
    import cv2

    path = str(tmp_path / "moving.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 10, (SIZE, SIZE))
    for shift in range(8):
        writer.write(np.roll(photo(), 3 * shift, 1))
    writer.release()
    raws = flow_masks.video_masks(path, every=2, size=SIZE)
    assert raws.shape[1:] == (SIZE, SIZE) and len(raws) >= 2
    with pytest.raises(ValueError, match="no two frames"):
        flow_masks.video_masks(str(tmp_path / "none.avi"))


def save_masks(folder, hole_value=255, suffix=".png", count=6):
    folder.mkdir()
    for index in range(count):
        canvas = np.full((64, 64), 255 - hole_value, np.uint8)
        canvas[8:32, 8 : 24 + 4 * index] = hole_value
        image = Image.fromarray(canvas)
        if suffix == ".jpg":
            image = image.resize((96, 96), Image.Resampling.BILINEAR)
        image.save(folder / f"{index}{suffix}")
    return folder


@pytest.mark.parametrize("hole_value", [255, 0])
def test_folder_polarity_is_recognised(tmp_path, hole_value):
    folder = MaskFolder(save_masks(tmp_path / "masks", hole_value))
    hole = folder.read(0, 64)
    assert hole[16, 16] and not hole[60, 60]


def test_wrong_polarity_warns_with_the_ratio(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        MaskFolder(save_masks(tmp_path / "masks", 255), polarity="black")
    assert "85 %" in caplog.text and "say white" in caplog.text


def test_gray_jpegs_are_binarised_and_named(tmp_path, caplog):
    """Trap: masks stored as JPEG or resized bilinearly leave grey rims."""
    with caplog.at_level(logging.WARNING):
        folder = MaskFolder(save_masks(tmp_path / "masks", suffix=".jpg"))
    assert "gray" in caplog.text and "masks" in caplog.text
    assert folder.read(0, 50).dtype == bool


def test_folder_masks_are_used_whole(tmp_path):
    folder = MaskFolder(save_masks(tmp_path / "masks"))
    sampler = HoleSampler({"folder": 1}, buckets=(1,), border=False, folder=folder)
    hole = sampler.draw(np.random.default_rng(0), 64)
    assert bucket_of(hole_ratio(hole)) == 1
    with pytest.raises(TrainingError) as error:
        HoleSampler({"folder": 1}, buckets=(5,), folder=folder).draw(np.random.default_rng(0), 64)
    assert error.value.code == "bad_masks" and "masks" in str(error.value)


def test_raw_masks_of_a_folder_are_made_holes_as_in_the_paper(tmp_path, monkeypatch, caplog):
    """Binarised at 0.6, dilated, of the ratio asked for; NVIDIA's training set is known by its files."""
    folder = save_masks(tmp_path / "raw", hole_value=0)
    Image.fromarray(np.full((64, 64), 255 - 150, np.uint8)).save(folder / "faint.png")  # 0.59: no hole
    holes = MaskFolder(folder, polarity="black", augment="always")
    assert not flow_masks.augment(
        255 - np.asarray(Image.open(folder / "faint.png")), np.random.default_rng(0), 64
    ).any()
    drawn = [
        HoleSampler({"folder": 1}, buckets=(b,), folder=holes).draw(np.random.default_rng(b), 64) for b in range(6)
    ]
    assert [bucket_of(hole_ratio(hole)) for hole in drawn] == list(range(6))
    monkeypatch.setattr("training.data.mask_files.NVIDIA_TRAINING_SET", 7)
    with caplog.at_level("INFO"):
        assert MaskFolder(folder, "black").is_raw and not MaskFolder(folder, "black", augment="never").is_raw
    assert caplog.text.count("raw masks, binarised at 0.6") == 1
    (folder / "faint.png").unlink()
    assert not MaskFolder(folder, "black").is_raw


@pytest.fixture
def nvidia_test_set(tmp_path, monkeypatch):
    """In small: two files for each cell, at the border first, then inside."""
    folder = tmp_path / "test_set"
    folder.mkdir()
    monkeypatch.setattr("training.data.mask_files.NVIDIA_TEST_SET", 24)
    number = 0
    for _low, high in RATIO_BUCKETS:
        for first in (0, 13):  # the inside ones keep 13 px off the border of 128
            for _ in range(2):
                canvas = np.zeros((128, 128), np.uint8)
                side = round(128 * np.sqrt(high - 0.03))
                canvas[first : first + side, first : first + side] = 255
                Image.fromarray(canvas).save(folder / f"{number:05d}.png")
                number += 1
    return folder


def test_nvidia_s_test_set_gives_each_cell_its_own_files(nvidia_test_set):
    masks = MaskFolder(nvidia_test_set)
    assert masks.has_nvidia_layout and not masks.is_raw
    for bucket in range(6):
        for border in (True, False):
            for seed in range(3):
                hole = masks.draw(np.random.default_rng(seed), 128, bucket, border)
                assert (bucket_of(hole_ratio(hole)), touches_border(hole)) == (bucket, border)


@pytest.mark.parametrize(
    "make, code",
    [
        (lambda tmp: MaskFolder(tmp), "no_masks"),
        (lambda tmp: MaskFolder(tmp, polarity="grey"), "bad_polarity"),
        (lambda tmp: HoleSampler({"circle": 1}), "bad_masks"),
        (lambda tmp: HoleSampler({}), "bad_masks"),
        (lambda tmp: HoleSampler({"flow": 1}), "bad_masks"),
        (lambda tmp: HoleSampler({"folder": 1}), "bad_masks"),
    ],
)
def test_faults_are_named(tmp_path, make, code):
    with pytest.raises(TrainingError) as error:
        make(tmp_path)
    assert error.value.code == code


def test_an_unreadable_mask_is_named(tmp_path):
    folder = save_masks(tmp_path / "masks")
    (folder / "0.png").write_text("not an image")
    with pytest.raises(TrainingError, match="replace it"):
        MaskFolder(folder)
