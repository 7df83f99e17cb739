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
from training.data.memory import can_share
from training.loop.checkpoint import Checkpoints
from training.loop.distributed import ProcessGroup

ROOT = Path(__file__).parents[3]
PATIENCE = 600  # seconds, with a process that hangs; nothing here is timed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(config: Path, out: Path, world: int) -> list[dict]:
    for code, errors in finished([["-m", "training", "run", "--config", config, "--out", out]] * world):
        assert code == 0, errors
    return log(out)


def finished(commands: list[list[str | Path]]) -> list[tuple[int, str]]:
    """Exit code and words of Python run with these arguments, each command a process of one group."""
    port, world = str(free_port()), len(commands)
    processes = []
    for rank, arguments in enumerate(commands):
        env = os.environ | {"OMP_NUM_THREADS": "1"}
        if world > 1:
            env |= {"WORLD_SIZE": str(world), "RANK": str(rank)}
            env |= {"LOCAL_WORLD_SIZE": str(world), "LOCAL_RANK": str(rank)}
            env |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        command = [sys.executable, *map(str, arguments)]
        processes.append(
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        )
    try:
        said = [process.communicate(timeout=PATIENCE)[0] for process in processes]
        return [(process.returncode, words) for process, words in zip(processes, said, strict=True)]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def log(out: Path) -> list[dict]:
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


LOOKING = """
import sys
import numpy as np
from model.errors import TrainingError
from training.config import Data, Source
from training.data import photos as module
from training.loop.distributed import ProcessGroup

read, decoded = module.read_rgb, []
module.read_rgb = lambda source: decoded.append(source) or read(source)
group = ProcessGroup("cpu")
try:
    (photos,) = module.open_photos(Data(sources=[Source(paths=[sys.argv[1]])]), group)
except TrainingError as error:
    sys.exit(f"{error.code}: {error}")
seen = sum(int(photos.get(i).astype(int).sum()) for i in range(len(photos)))
maps = [line.split()[1] for line in open("/proc/self/maps") if "pconv-photos" in line]
writable = any("w" in rights for rights in maps)
print(len(decoded), len(photos), seen, writable)
group.meet()
group.close()
"""


@pytest.mark.skipif(not can_share(), reason="memory without a file is Linux's")
def test_one_process_of_a_machine_decodes_and_the_others_look_into_its_memory(photo_folder):
    (one, first), (two, second) = finished([["-c", LOOKING, photo_folder]] * 2)
    assert (one, two) == (0, 0), first + second
    assert first.split()[0] == "6" and second.split()[0] == "0"
    assert first.split()[1:3] == second.split()[1:3]
    assert first.split()[3] == "True" and second.split()[3] == "False"


def test_what_the_first_process_finds_wrong_all_of_them_say(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for code, words in finished([["-c", LOOKING, tmp_path]] * 2):
        assert code == 1 and words.startswith("no_photos: none of the photos in"), words


TIGHT = """
import os, sys
import torch
from training.__main__ import main
from training.loop import passes, trainer

one_pass, run = passes.one_pass, trainer.Trainer.run

def tight_pass(net, terms, photos, *settings):
    if os.environ["RANK"] == "1" and photos > 2:
        raise torch.OutOfMemoryError("full")
    one_pass(net, terms, photos, *settings)

def telling_run(self):
    outcome = run(self)
    print("photos per pass:", outcome.micro_batch)
    return outcome

passes.one_pass, trainer.Trainer.run = tight_pass, telling_run
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_processes_agree_on_what_fits_the_smallest_memory(small, tmp_path):
    """The second process has room for two photos at a time, so that both take two; norms and weights stay their own."""
    small["stages"] = [{"size": 128, "batch": 8, "images": 16, "lr": 1e-3}]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(small))
    for code, words in finished([["-c", TIGHT, "run", "--config", config, "--out", tmp_path / "run"]] * 2):
        assert code == 0 and "photos per pass: 2" in words, words


@pytest.mark.slow
def test_two_nodes_on_one_machine_equal_one_process(small, tmp_path):
    """As documented: torchrun on each machine, which meet at an address; here both are this machine."""
    small["stages"] = [{"size": 128, "batch": 4, "images": 16, "lr": 1e-3}]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(small))
    one = run(config, tmp_path / "one", 1)
    meeting = ["--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d", "--rdzv-id", "pconv"]
    meeting += ["--rdzv-endpoint", f"127.0.0.1:{free_port()}", "--local-addr", "127.0.0.1"]
    train = ["-m", "training", "run", "--config", str(config), "--out", str(tmp_path / "two")]
    command = [sys.executable, "-m", "torch.distributed.run", *meeting, *train]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    nodes = [subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        for node in nodes:
            _, errors = node.communicate(timeout=PATIENCE)
            assert node.returncode == 0, errors
    finally:
        for node in nodes:
            node.kill()
            node.wait()
    two = log(tmp_path / "two")
    assert len(one) == len(two) == 4
    for a, b in zip(one, two, strict=True):
        assert b["total"] == pytest.approx(a["total"], rel=2e-3)
    assert len(Checkpoints(tmp_path / "two").files()) == 1


@pytest.mark.slow
def test_processes_that_do_not_share_the_run_s_folder_are_told_so(small, tmp_path):
    small["stages"] = [{"size": 128, "batch": 4, "images": 8, "lr": 1e-3}]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(small))
    run(config, tmp_path / "mine", 1)
    apart = [["-m", "training", "run", "--config", config, "--out", tmp_path / out] for out in ("mine", "other")]
    for code, words in finished(apart):
        assert code == 1 and "use a folder that all share" in words, words


def test_a_group_of_one_changes_nothing():
    group, net = ProcessGroup("cpu"), nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    group.synchronise_norms(net)
    assert type(net[1]) is nn.BatchNorm2d
    assert group.wrap(net) is net
    assert group.largest(1.5, 2) == [1.5, 2] and group.all_have(7)
    assert torch.equal(group.mean(torch.tensor([3.0])), torch.tensor([3.0]))


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(TrainingError) as error:
        ProcessGroup("cuda:63")
    assert error.value.code == "no_device" and "cuda:63" in str(error.value)
