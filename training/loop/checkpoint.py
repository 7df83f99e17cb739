"""Checkpoints: everything a run needs to go on exactly, as safetensors with a JSON header, rotated."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import msgspec
import torch
from msgspec import Struct
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim import Optimizer

from model.errors import TrainingError
from model.network.unet import PConvUNet

FORMAT = "pconv-training-1"


class Progress(Struct):
    """How far a run has come."""

    images: int = 0  # samples seen; the number of the next sample
    steps: int = 0
    stage: int = 0
    stage_images: int = 0
    stage_steps: int = 0
    stage_seconds: float = 0.0
    seconds: float = 0.0
    skipped: int = 0  # samples redrawn because a photo could not be read
    features: str = "none"  # what the loss looked through, for the model card
    best: float | None = None  # of the measure that `config.best` names, larger is better
    precision: str = ""  # chosen at the start where the configuration says "auto"
    origin: str = "random weights"  # what the run started from, for the model card
    data: str = "not recorded"  # the photos that were found, for the model card
    environment: str = "not recorded"  # what it was computed with last, for the model card


class Checkpoints:
    """The checkpoints of one run's folder; the newest `keep` stay."""

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def files(self) -> list[Path]:
        """Oldest first."""
        found = [p for p in self.folder.glob("checkpoint-*.safetensors") if re.search(r"-\d+\.safetensors$", p.name)]
        return sorted(found, key=lambda p: int(p.stem.split("-")[1]))

    def save(self, net: PConvUNet, average: dict[str, Tensor], optimiser: Optimizer, progress: Progress) -> Path:
        """Write, then rotate. A failure leaves the older checkpoints as they are.

        Raises:
            TrainingError: code "checkpoint_failed".
        """
        tensors = {f"net.{k}": v for k, v in net.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in average.items()}
        state = optimiser.state_dict()
        for index, moments in state["state"].items():
            tensors |= {f"optimiser.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
        header = {
            "format": FORMAT,
            "config": json.dumps(net.config.to_dict()),
            "progress": msgspec.json.encode(progress).decode(),
            "groups": json.dumps(state["param_groups"]),
        }
        path = self.folder / f"checkpoint-{progress.images:010d}.safetensors"
        partial = path.with_suffix(".part")
        try:
            save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, partial, metadata=header)
            with open(partial, "r+b") as file:
                os.fsync(file.fileno())
            os.replace(partial, path)
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                "checkpoint_failed",
                f"the checkpoint {path.name} could not be written ({error}); the one before is whole: make room",
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        for old in self.files()[: -self.keep]:
            old.unlink()
        return path

    def restore(self, net: PConvUNet, average: dict[str, Tensor], optimiser: Optimizer) -> Progress | None:
        """Load the newest checkpoint into the given objects; None where there is none.

        Raises:
            TrainingError: code "other_architecture", "bad_checkpoint".
        """
        files = self.files()
        if not files:
            return None
        path = files[-1]
        try:
            with safe_open(path, framework="pt") as file:
                header = dict(file.metadata() or {})
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                "bad_checkpoint", f"{path} cannot be read ({error}); delete it to go on from the one before"
            ) from error
        if header.get("format") != FORMAT:
            raise TrainingError("bad_checkpoint", f"{path} is no checkpoint of this program; give another folder")
        found, wanted = json.loads(header["config"]), json.loads(json.dumps(net.config.to_dict()))
        if found != wanted:
            names = ", ".join(f"{k} {found[k]} (now {wanted[k]})" for k in wanted if found.get(k) != wanted[k])
            raise TrainingError(
                "other_architecture", f"{path} is of another network: {names}; use its settings or another folder"
            )
        net.load_state_dict(_part(tensors, "net."))
        for key, value in _part(tensors, "average.").items():
            if key in average:
                average[key].copy_(value)
        optimiser.load_state_dict(
            {"state": _moments(_part(tensors, "optimiser.")), "param_groups": json.loads(header["groups"])}
        )
        _match_layouts(optimiser)
        return msgspec.json.decode(header["progress"], type=Progress)


def _match_layouts(optimiser: Optimizer) -> None:
    """Fused Adam walks through memory: its moments must lie as their parameters do (channels_last)."""
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            moments = optimiser.state[parameter]
            for name, value in moments.items():
                if value.shape == parameter.shape:
                    moments[name] = torch.empty_like(parameter, requires_grad=False).copy_(value)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _moments(flat: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in flat.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    return state
