"""Two gloo processes see the same losses as one with the same global batch."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from model.errors import TrainingError
from training.loop.distributed import ProcessGroup

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(config: Path, out: Path, world: int) -> list[dict]:
    port = str(free_port())
    command = [sys.executable, "-m", "training", "run", "--config", str(config), "--out", str(out)]
    processes = []
    for rank in range(world):
        env = os.environ | {"OMP_NUM_THREADS": "1"}
        if world > 1:
            env |= {"WORLD_SIZE": str(world), "RANK": str(rank), "LOCAL_RANK": str(rank)}
            env |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        processes.append(subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True))
    try:
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            process.kill()
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_two_processes_equal_one(small, tmp_path):
    """Batch norm statistics, gradients and reported losses are those of the global batch, in both stages."""
    small["stages"] = [
        {"size": 128, "batch": 4, "images": 16, "lr": 1e-3},
        {"size": 128, "batch": 4, "images": 8, "lr": 1e-3, "freeze_encoder_norm": True},
    ]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(small))
    one, two = run(config, tmp_path / "one", 1), run(config, tmp_path / "two", 2)
    assert len(one) == len(two) == 6
    for a, b in zip(one, two, strict=True):
        for term in ("valid", "hole", "tv", "total"):
            assert b[term] == pytest.approx(a[term], rel=2e-3), term


def test_a_group_of_one_changes_nothing():
    group, net = ProcessGroup("cpu"), nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    group.synchronise_norms(net)
    assert type(net[1]) is nn.BatchNorm2d
    assert group.wrap(net) is net
    assert group.largest(1.5, 2) == [1.5, 2]
    assert torch.equal(group.mean(torch.tensor([3.0])), torch.tensor([3.0]))


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(TrainingError) as error:
        ProcessGroup("cuda:63")
    assert error.value.code == "no_device" and "cuda:63" in str(error.value)
