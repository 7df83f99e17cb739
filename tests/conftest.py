"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_daemon import daemon_of_our_own


@pytest.fixture(scope="session", autouse=True)
def nothing_configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the person who runs the tests has configured does not count."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PCONV_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))
        patch.setattr("daemon.config.layers.SYSTEM_FILE", Path(os.devnull) / "none")
        yield


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network with random weights: right in form, quick to load and to run."""
    import torch

    from model.network.unet import PConvUNet, UNetConfig
    from model.network.weights import save_weights

    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_weights(path, PConvUNet(UNetConfig(width=4, depth=7)), {"name": "small", "training": "none"})
    return path


@pytest.fixture(scope="module")
def private_daemon(small_weights: Path) -> Iterator[Path]:
    """The runtime directory of a daemon of this module's own: the first client starts it, it is stopped at the end."""
    yield from daemon_of_our_own(small_weights)
