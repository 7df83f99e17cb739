"""Weights are replaced while clients work: each picture is of a network asked for, damaged ones never serve."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from daemon.client.client import Client
from model.engine.engine import Engine
from model.errors import PconvError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import save_weights
from tests.promises.clients import Clients
from tests.promises.pictures import Gallery

pytestmark = pytest.mark.slow
CLIENTS = 4
CORRUPT_EVERY = 4


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three networks that fill differently."""
    folder, paths = tmp_path_factory.mktemp("reloads"), []
    for seed in range(3):
        torch.manual_seed(seed)
        paths.append(folder / f"{seed}.safetensors")
        save_weights(paths[-1], PConvUNet(UNetConfig(width=4, depth=7)), {"name": f"network {seed}"})
    return paths


@pytest.fixture(scope="module")
def galleries(files: list[Path]) -> list[Gallery]:
    return [Gallery(Engine(path, "cpu", "float32"), np.random.default_rng(11)) for path in files]


@pytest.fixture
def served(private_daemon: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the daemon is set to, holding the first network."""
    path = tmp_path / "served.safetensors"
    shutil.copy(files[0], path)
    monkeypatch.setenv("PCONV_WEIGHTS", str(path))
    monkeypatch.setenv("PCONV_DTYPE", "float32")
    Client().stop()
    return path


def corrupt(path: Path, kind: int) -> None:
    """Damage it: cut off, one bit turned, no safetensors at all."""
    content = bytearray(path.read_bytes())
    if kind % 3 == 0:
        content = content[: len(content) // 2]
    elif kind % 3 == 1:
        content[-999] ^= 1
    else:
        content = bytearray(b"not weights")
    path.write_bytes(content)


def reload(served: Path, files: list[Path], clients: Clients, times: int) -> int:
    """Reload so often, each fourth time a damaged file; how many were refused."""
    refused = 0
    with Client(autostart=False) as owner:
        for turn in range(times):
            clients.wait_for(CLIENTS)
            before = owner.status()["model"]
            shutil.copy(files[turn % 2], served)
            if turn % CORRUPT_EVERY == CORRUPT_EVERY - 1:
                corrupt(served, turn // CORRUPT_EVERY)
                with pytest.raises(PconvError) as caught:
                    owner.reload()
                assert caught.value.code == "weights_damaged"
                assert owner.status()["model"] == before
                refused += 1
            else:
                assert owner.reload()["model"] == f"network {turn % 2}"
        clients.wait_for(CLIENTS)
        assert owner.status()["workers"][0]["starts"] == 1
    return refused


def test_pictures_are_of_networks_that_were_asked_for(
    served: Path, files: list[Path], galleries: list[Gallery], size: Callable, found: Callable
) -> None:
    times = size(4, 20)
    seen = [0, 0]

    def is_right(number: int, filled: np.ndarray) -> bool:
        which = [galleries[k].matches(number, filled) for k in range(2)]
        seen[which.index(True) if any(which) else 0] += 1
        return any(which)

    with Clients(galleries[0], CLIENTS, is_right) as clients:
        clients.wait_for(1)
        refused = reload(served, files, clients, times)
    clients.assert_kept()
    assert min(seen) > 0
    found(
        f"{times} reloads of which {refused} of damaged files, under {CLIENTS} clients, {clients.done} fills",
        f"each answered once, {seen[0]} by one network and {seen[1]} by the other; damaged ones refused",
    )


def test_control(served: Path, files: list[Path], galleries: list[Gallery]) -> None:
    """A network that nobody expects is found out."""
    with Clients(galleries[0], CLIENTS) as clients:
        clients.wait_for(CLIENTS)
        with Client(autostart=False) as owner:
            owner.reload(str(files[2]))
        clients.wait_for(2 * CLIENTS)
    with pytest.raises(AssertionError, match="fills are wrong"):
        clients.assert_kept()
