"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


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
    from daemon.client.client import Client

    directory = Path(tempfile.mkdtemp(prefix="pconv-"))  # pytest's own are too long for a socket's path
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PCONV_ADDRESS", raising=False)
        patch.setenv("PCONV_RUNTIME_DIR", str(directory))
        patch.setenv("PCONV_WEIGHTS", str(small_weights))
        patch.setenv("PCONV_DEVICE", "cpu")
        patch.setenv("PCONV_IDLE_SECONDS", "300")
        patch.setenv("OMP_NUM_THREADS", "1")  # many small processes share the test machine
        try:
            yield directory
        finally:
            Client().stop()
            shutil.rmtree(directory)
