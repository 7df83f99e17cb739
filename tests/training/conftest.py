"""Photos and cases made by code, and a configuration small enough for seconds."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.evaluation.cases import Case

SMALL = {
    "network": {"width": 4, "depth": 7},
    "data": {"workers": 0},
    "masks": {"kinds": {"stroke": 0.5, "box": 0.5}},
    "loss": {"perceptual": 0.0, "style": 0.0},
    "stages": [{"size": 128, "batch": 2, "images": 12, "lr": 1e-3}],
    "device": "cpu",
    "precision": "float32",
    "log_steps": 1,
    "ema": 0.9,
}


def make_photo(seed: int, height: int = 150, width: int = 180) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 255, (6, 7, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Networks this small only lose by threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for index in range(6):
        group = folder / ("scene" if index < 4 else "flowers")
        group.mkdir(exist_ok=True)
        make_photo(index).save(group / f"{index}.png")
    return folder


def make_case(name: str = "a", size: int = 128, hole: slice = slice(40, 80), border: bool = False) -> Case:
    canvas = np.zeros((size, size), bool)
    canvas[hole, hole] = True
    return Case(name, np.asarray(make_photo(1, size, size)), canvas, border)


@pytest.fixture
def case_folder(tmp_path) -> Path:
    """Two cases at 128²: 00 with a hole inside, 01 with one that touches the border."""
    folder = tmp_path / "cases"
    folder.mkdir()
    for index, hole in enumerate((slice(40, 80), slice(0, 70))):
        case = make_case(hole=hole)
        Image.fromarray(case.photo).save(folder / f"{index:02d}.photo.png")
        Image.fromarray(255 * case.hole.astype(np.uint8)).save(folder / f"{index:02d}.mask.png")
    return folder


@pytest.fixture
def small(photo_folder) -> dict:
    """Plain values of a tiny run on the CPU, to be changed and built."""
    values = copy.deepcopy(SMALL)
    values["data"]["sources"] = [{"paths": [str(photo_folder)]}]
    return values
