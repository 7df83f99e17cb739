"""The loop: exact resume, stages, signals, faults that stop a run with one sentence."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from model.errors import TrainingError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import load_weights
from training.config import Stage, build_config
from training.loop import precision, trainer
from training.loop.build import build_network, set_mode
from training.loop.checkpoint import Checkpoints, Progress
from training.loop.schedule import learning_rate
from training.loop.trainer import Trainer

ROOT = Path(__file__).parents[3]


def train(values, folder):
    return Trainer(build_config(values), folder).run()


def losses(folder, term="total"):
    return [json.loads(line)[term] for line in (folder / "log.jsonl").read_text().splitlines()]


def test_ten_steps_equal_five_and_resume_and_five(small, tmp_path):
    small["stages"] = [
        {"size": 128, "batch": 2, "images": 12, "lr": 1e-3, "lr_end": 1e-4, "warmup": 3},
        {"size": 128, "batch": 2, "images": 8, "lr": 1e-3, "freeze_encoder_norm": True},
    ]
    whole = train(small, tmp_path / "whole")

    config = build_config(small)
    first = Trainer(config, tmp_path / "parts")
    step = first._step

    def stop_after_five(images, holes):
        result = step(images, holes)
        if first.progress.steps == 4:
            os.kill(os.getpid(), signal.SIGTERM)
        return result

    first._step = stop_after_five
    outcome = first.run()
    assert not outcome.finished and outcome.progress.steps == 5
    second = train(small, tmp_path / "parts")
    assert second.finished and second.progress.steps == 10
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    for key, value in whole.net.state_dict().items():
        assert torch.equal(value, second.net.state_dict()[key]), key


def test_it_learns_and_workers_change_nothing(small, tmp_path):
    small["stages"] = [{"size": 128, "batch": 2, "images": 40, "lr": 5e-3}]
    train(small, tmp_path / "none")
    values = losses(tmp_path / "none")
    valid = losses(tmp_path / "none", "valid")
    assert sum(valid[-5:]) < 0.5 * sum(valid[:5])
    small["data"]["workers"] = 2
    small["stages"][0]["images"] = 8
    train(small, tmp_path / "two")
    assert losses(tmp_path / "two") == values[:4]


def test_micro_batches_give_the_whole_batch_s_loss(small, tmp_path):
    """With the norms frozen a batch is the mean of its parts."""
    small["stages"] = [{"size": 128, "batch": 4, "images": 8, "freeze_encoder_norm": True}]

    def run(micro, folder):
        small["stages"][0]["micro_batch"] = micro
        trainer = Trainer(build_config(small), folder)
        trainer.net.apply(_frozen_norm)
        trainer.run()
        return losses(folder)

    assert run(4, tmp_path / "a") == pytest.approx(run(2, tmp_path / "b"), rel=1e-4)


def _frozen_norm(module):
    if isinstance(module, torch.nn.BatchNorm2d):
        module.eval()
        module.train = lambda mode=True: module


def test_full_memory_halves_the_micro_batch(small, tmp_path):
    small["stages"][0] |= {"batch": 4, "images": 8}
    trainer = Trainer(build_config(small), tmp_path)
    gradients = trainer._gradients

    def hungry(images, holes):
        if trainer.micro_batch > 2:
            raise torch.OutOfMemoryError("full")
        return gradients(images, holes)

    trainer._gradients = hungry
    outcome = trainer.run()
    assert outcome.micro_batch == 2 and outcome.progress.images == 8
    trainer = Trainer(build_config(small), tmp_path / "tiny")
    trainer._gradients = lambda images, holes: (_ for _ in ()).throw(torch.OutOfMemoryError("full"))
    with pytest.raises(TrainingError) as error:
        trainer.run()
    assert error.value.code == "no_memory"


def test_what_a_run_waited_for_is_told(small, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(trainer, "LONG_WAIT", 2)
    with caplog.at_level("INFO"):
        train(small, tmp_path / "a")
        assert re.search(r"\d photos/s; \d+ % of the time was spent waiting for photos", caplog.text)
        monkeypatch.setattr(trainer, "LONG_WAIT", -1)
        train(small, tmp_path / "b")
    assert caplog.text.count("data.workers") == 1


def test_second_stage_freezes_statistics_and_affine_of_the_encoder_only():
    net = PConvUNet(UNetConfig(width=4, depth=7))
    set_mode(net, True)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
    net(torch.rand(2, 3, 128, 128), torch.ones(2, 1, 128, 128)).mean().backward()
    optimiser.step()
    changed = {k for k, v in net.state_dict().items() if not torch.equal(v, before[k])}
    assert not [k for k in changed if k.startswith("encoder") and ".norm." in k]
    assert "encoder.1.conv.weight" in changed
    assert {"decoder.0.norm.weight", "decoder.0.norm.running_mean"} <= changed
    set_mode(net, False)
    assert net.encoder[1].norm.training and net.encoder[1].norm.weight.requires_grad


def test_nan_stops_with_the_term_and_keeps_the_checkpoint(small, tmp_path):
    trainer = Trainer(build_config(small), tmp_path)
    compute = trainer.loss

    def poisoned(out, truth, valid):
        terms = compute(out, truth, valid)
        if trainer.progress.steps == 3:
            terms["tv"] = terms["tv"] * float("nan")
            terms["total"] = terms["total"] + terms["tv"]
        return terms

    trainer.loss = poisoned
    trainer._save()
    kept = trainer.checkpoints.files()
    with pytest.raises(TrainingError) as error:
        trainer.run()
    assert error.value.code == "not_finite"
    assert "loss tv is not finite" in str(error.value)
    assert trainer.checkpoints.files() == kept


@pytest.mark.parametrize(
    ("send", "number"),
    [
        (os.killpg, signal.SIGTERM),  # Slurm, systemd and `timeout`: the data workers get it too
        (os.kill, signal.SIGTERM),  # `kill` and `docker stop`: the training process alone
        pytest.param(os.killpg, signal.SIGINT, marks=pytest.mark.slow),  # a terminal
        pytest.param(os.kill, signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_a_stopped_process_leaves_a_checkpoint_and_no_worker(small, tmp_path, send, number):
    small["data"]["workers"] = 2
    small["stages"][0] |= {"images": 0, "minutes": 30.0}
    (tmp_path / "config.json").write_text(json.dumps(small))
    command = [sys.executable, "-m", "training", "run", "--config", tmp_path / "config.json", "--out", tmp_path / "run"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    reached = threading.Event()

    def read():
        for line in process.stderr:
            if "total" in line:
                reached.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert reached.wait(300)
    send(process.pid, number)
    assert process.wait(300) == 128 + number
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # nobody of its group is left
    reader.join(10)
    process.stderr.close()
    assert len(Checkpoints(tmp_path / "run").files()) == 1


SLOW_STEPS = """
import sys, time
from training.loop.trainer import Trainer
from training.__main__ import main

step = Trainer._step
def slow_step(self, images, holes):
    if self.progress.steps == int(sys.argv[2]):
        print("gate", flush=True)
        sys.stdin.readline()
    time.sleep(float(sys.argv[1]))
    return step(self, images, holes)
Trainer._step = slow_step
sys.exit(main(sys.argv[3:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "images"), [(0.001, 20), (1, 6), (10, 4)])
def test_a_run_that_its_group_is_asked_to_leave_ends_with_the_same_weights(small, tmp_path, seconds, images):
    """Stopped in a step of a millisecond, a second, ten seconds, and gone on with: not a bit differs.

    The first step waits at a gate until the signal was sent, so that it falls into the run, however short a step is.
    """
    small["data"]["workers"] = 1
    small["stages"][0]["images"] = images
    (tmp_path / "config.json").write_text(json.dumps(small))
    run = ["run", "--config", str(tmp_path / "config.json"), "--out"]

    def start(folder: str, pause: float, gate: int) -> subprocess.Popen:
        command = [sys.executable, "-c", SLOW_STEPS, str(pause), str(gate), *run, str(tmp_path / folder)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True)

    with start("parts", seconds, gate=0) as stopped:
        assert stopped.stdout.readline() == "gate\n"
        os.killpg(stopped.pid, signal.SIGTERM)
        stopped.stdin.write("\n")
        stopped.stdin.flush()
        assert stopped.wait(300) == 128 + signal.SIGTERM
    assert [path.stem for path in Checkpoints(tmp_path / "parts").files()] == ["checkpoint-0000000002"]
    for folder in ("parts", "whole"):
        with start(folder, 0, gate=-1) as going_on:
            assert going_on.wait(300) == 0
    digests = {load_weights(tmp_path / folder / "pconv.safetensors").sha256 for folder in ("parts", "whole")}
    assert len(digests) == 1


def test_checkpoints_rotate_and_a_full_disk_leaves_the_old_one_whole(tmp_path, monkeypatch):
    net = PConvUNet(UNetConfig(width=4, depth=7))
    optimiser = torch.optim.Adam(net.parameters())
    checkpoints = Checkpoints(tmp_path, keep=2)
    for images in (2, 4, 1000):
        checkpoints.save(net, {}, optimiser, Progress(images=images))
    assert [int(p.stem.split("-")[1]) for p in checkpoints.files()] == [4, 1000]

    def full(*args, **kwargs):
        Path(args[1]).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.loop.checkpoint.save_file", full)
    with pytest.raises(TrainingError) as error:
        checkpoints.save(net, {}, optimiser, Progress(images=2000))
    assert error.value.code == "checkpoint_failed" and "No space left" in str(error.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == [p.name for p in checkpoints.files()]
    assert checkpoints.restore(net, {}, optimiser).images == 1000


def test_training_goes_on_when_a_periodic_checkpoint_fails(small, tmp_path, monkeypatch, caplog):
    small["checkpoint_minutes"] = 1e-6
    trainer = Trainer(build_config(small), tmp_path)
    save, failures = trainer.checkpoints.save, iter([True, True])

    def full_at_first(*state):
        if next(failures, False):
            raise TrainingError("checkpoint_failed", "no room")
        return save(*state)

    trainer.checkpoints.save = full_at_first
    assert trainer.run().finished
    assert caplog.text.count("no room") == 2
    assert len(trainer.checkpoints.files()) == 2


def test_checkpoint_of_another_network_is_refused(small, tmp_path):
    train(small, tmp_path)
    small["network"]["width"] = 8
    with pytest.raises(TrainingError) as error:
        train(small, tmp_path)
    assert error.value.code == "other_architecture"
    assert "width 4 (now 8)" in str(error.value)


def test_damaged_checkpoint_is_named(small, tmp_path):
    train(small, tmp_path)
    path = Checkpoints(tmp_path).files()[-1]
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(TrainingError) as error:
        train(small, tmp_path)
    assert error.value.code == "bad_checkpoint" and path.name in str(error.value)


def test_training_starts_from_weights(small, tmp_path, small_weights):
    from model.network.weights import load_weights

    small["init"] = str(small_weights)
    trainer = Trainer(build_config(small), tmp_path)
    state = load_weights(small_weights).state
    assert all(torch.equal(value, state[key]) for key, value in trainer.net.state_dict().items())
    assert load_weights(small_weights).sha256 in trainer.progress.origin
    small["network"]["width"] = 8
    with pytest.raises(TrainingError) as error:
        Trainer(build_config(small), tmp_path)
    assert error.value.code == "other_architecture"


def test_training_starts_from_the_shipped_weights_whatever_the_engine_runs(small, small_weights, monkeypatch):
    from model.network.weights import SHIPPED, load_weights

    monkeypatch.setenv("PCONV_WEIGHTS", str(small_weights))
    shipped = load_weights(SHIPPED)
    small |= {"init": "shipped", "network": {"width": shipped.config.width, "depth": shipped.config.depth}}
    net, origin = build_network(build_config(small))
    assert all(torch.equal(value, shipped.state[key]) for key, value in net.state_dict().items())
    assert shipped.sha256 in origin


def test_a_stage_of_pixel_losses_is_followed_by_one_of_all_terms(small, tmp_path):
    small["loss"] = {"features": "random", "perceptual": 0.05, "style": 20}
    small["stages"] = [
        {"size": 128, "batch": 2, "images": 4, "pixels_only": True},
        {"size": 128, "batch": 2, "images": 4},
    ]
    train(small, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert ["style" in line for line in lines] == [False, False, True, True]


def test_what_this_machine_computes_faster_is_chosen_once_and_kept(small, tmp_path, monkeypatch):
    small |= {"precision": "auto", "stages": [{"size": 128, "batch": 2, "images": 4}]}
    times = {True: 1.0, False: 2.0}
    monkeypatch.setattr(precision, "_seconds", lambda net, terms, half, channels_last: times[half])
    first = Trainer(build_config(small), tmp_path)
    assert first.half and first.run().progress.precision == "bfloat16"
    times[True] = 16.0
    assert Trainer(build_config(small), tmp_path).half, "a run goes on as it began"
    assert not Trainer(build_config(small), tmp_path / "other").half


def test_choosing_a_precision_changes_nothing_of_the_run(small, tmp_path):
    plain = train(small | {"precision": "float32"}, tmp_path / "plain").net.state_dict()
    chosen = Trainer(build_config(small | {"precision": "auto"}), tmp_path / "auto")
    chosen.half = False
    for key, value in chosen.run().net.state_dict().items():
        assert torch.equal(value, plain[key]), key


def test_a_run_that_is_refused_leaves_no_folder(small, tmp_path):
    small["data"]["sources"] = [{"paths": [str(tmp_path / "none")]}]
    with pytest.raises(TrainingError):
        Trainer(build_config(small), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_learning_rate():
    stage = Stage(lr=1.0, lr_end=0.1, warmup=4)
    assert learning_rate(stage, 0.0, 0) == pytest.approx(0.25)
    assert learning_rate(stage, 0.5, 50) == pytest.approx(0.55)
    assert learning_rate(stage, 1.0, 99) == pytest.approx(0.1)
    assert learning_rate(Stage(lr=2e-4), 0.7, 9) == 2e-4


def test_warm_restarts_are_those_of_torch():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([parameter], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, T_0=5, eta_min=0.1)
    stage = Stage(lr=1.0, lr_end=0.1, decays=3)
    for step in range(15):
        assert learning_rate(stage, step / 15, step) == pytest.approx(theirs.get_last_lr()[0])
        optimiser.step()
        theirs.step()
    assert learning_rate(stage, 1.0, 15) == pytest.approx(0.1)


def test_bfloat16_full_loss_and_grid(small, tmp_path, monkeypatch):
    small |= {"precision": "bfloat16", "grid_minutes": 1e-6, "stages": [{"size": 128, "batch": 2, "images": 4}]}
    small["loss"] = {"features": "random"}
    outcome = train(small, tmp_path)
    record = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert {"valid", "hole", "perceptual", "style", "tv", "total", "images_per_second", "waiting"} <= set(record)
    assert outcome.progress.features == "VGG-16 with random He weights, seed 0"
    assert len(list((tmp_path / "grids").iterdir())) == 2
    assert json.loads((tmp_path / "config.json").read_text())["loss"]["features"] == "random"


@pytest.mark.slow
def test_weights_and_biases_keeps_the_record_offline(small, tmp_path):
    pytest.importorskip("wandb")
    small |= {"wandb": True, "grid_minutes": 1e-6, "stages": [{"size": 128, "batch": 2, "images": 4}]}
    (tmp_path / "config.json").write_text(json.dumps(small))
    command = [sys.executable, "-m", "training", "run", "--config", tmp_path / "config.json", "--out", tmp_path / "run"]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.PIPE)
    (record,) = (tmp_path / "run" / "wandb").glob("offline-run-*")
    (written,) = record.glob("*.wandb")
    assert b"images_per_second" in written.read_bytes()
    assert len(list((record / "files" / "media" / "images").rglob("*.png"))) == 2


def test_a_board_that_is_not_installed_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(TrainingError, match=r"pip install 'pconv\[wandb\]'"):
        train(small | {"wandb": True}, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
# torch's compiler looks at gradients that are not there
@pytest.mark.filterwarnings("default:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_compiled_network_and_features_train_the_same_weights(small, tmp_path, monkeypatch):
    compiled = []

    def compile_eagerly(module):
        compiled.append(type(module).__name__)
        return original(module, backend="eager")

    original = torch.compile
    small["loss"] = {"features": "random"}
    small["stages"][0]["images"] = 4
    plain = train(small, tmp_path / "plain")
    monkeypatch.setattr(torch, "compile", compile_eagerly)
    small["compile"] = True
    outcome = train(small, tmp_path / "compiled")
    assert sorted(compiled) == ["PConvUNet", "Vgg16Features"]
    assert losses(tmp_path / "compiled") == pytest.approx(losses(tmp_path / "plain"), rel=1e-4)
    assert outcome.net.state_dict().keys() == plain.net.state_dict().keys()


def test_best_weights_need_something_to_be_measured_on(small, tmp_path, caplog):
    with pytest.raises(TrainingError, match='best = "l1" keeps what measured best: give --cases'):
        Trainer(build_config(small | {"best": "l1", "evaluate_minutes": 1.0}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    Trainer(build_config(small | {"evaluate_minutes": 1.0}), tmp_path / "run")
    assert "nothing is measured during the run without --cases" in caplog.text


def test_periodic_evaluation_is_logged(small, tmp_path):
    small["evaluate_minutes"] = 1e-6
    trainer.Trainer(build_config(small), tmp_path, lambda net: {"l1": 5.0}).run()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert sum("l1" in line for line in lines) == 6
