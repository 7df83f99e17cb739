"""Fixtures that every folder of tests may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network with random weights: right in form, quick to load and to run."""
    import torch

    from model.unet import PConvUNet, UNetConfig
    from model.weights import save_weights

    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_weights(path, PConvUNet(UNetConfig(width=4, depth=7)), {"name": "small", "training": "none"})
    return path
