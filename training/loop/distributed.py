"""One process or many (torchrun): who am I, what do we agree on, batch norm over all of us."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

from model.errors import TrainingError

PATIENCE = timedelta(days=1)  # with the process that works for the others of its machine
Made = TypeVar("Made")


class ProcessGroup:
    """The processes of a run; outside torchrun a group of one.

    Args:
        device: "auto", "cpu", "cuda", "cuda:1", "mps".

    Raises:
        TrainingError: code "no_device".
    """

    def __init__(self, device: str = "auto") -> None:
        self.world = int(os.environ.get("WORLD_SIZE", 1))
        self.rank = int(os.environ.get("RANK", 0))
        self.here = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
        self._number_here = int(os.environ.get("LOCAL_RANK", 0)) if self.here > 1 else 0
        self.device = _device(device, int(os.environ.get("LOCAL_RANK", 0)))
        self._owner = self.world > 1 and not dist.is_initialized()
        if self._owner:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def largest(self, *values: float) -> list[float]:
        """The largest of each value over all processes."""
        if self.world == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(tensor, dist.ReduceOp.MAX)
        return tensor.tolist()

    def all_have(self, value: float) -> bool:
        """Whether this value is that of every process."""
        highest, lowest = self.largest(value, -value)
        return highest == -lowest

    def mean(self, values: Tensor) -> Tensor:
        """The mean over all processes."""
        if self.world > 1:
            dist.all_reduce(values)
            values /= self.world
        return values

    def wrap(self, net: nn.Module) -> nn.Module:
        """The network for training: gradients averaged over all processes."""
        if self.world == 1:
            return net
        ids = [self.device.index] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(net, device_ids=ids, broadcast_buffers=False)

    def synchronise_norms(self, net: nn.Module) -> None:
        """Let every batch norm take its statistics over all processes; names and values stay."""
        if self.world == 1:
            return
        kind = nn.SyncBatchNorm if self.device.type == "cuda" else SyncNorm
        for module in list(net.modules()):
            for name, child in module.named_children():
                if type(child) is nn.BatchNorm2d:
                    norm = kind(child.num_features, child.eps, child.momentum)
                    norm.load_state_dict(child.state_dict())
                    setattr(module, name, norm.to(child.weight.device))

    def once(self, make: Callable[[], Made]) -> Made:
        """What `make` gives in the first process of this machine, in all of its processes; all of the group ask.

        Raises:
            TrainingError: what `make` raises.
        """
        if self.world == 1:
            return make()
        made, failed, first = None, None, self._number_here == 0
        if first:
            try:
                made = make()
            except TrainingError as error:
                failed = error.code, error.message
        told: list[bytes] = [b""] * self.world
        waiting = dist.new_group(backend="gloo", timeout=PATIENCE)
        dist.all_gather_object(told, pickle.dumps((made, failed)) if first else b"", group=waiting)
        dist.destroy_process_group(waiting)
        if not first:
            made, failed = pickle.loads(told[self.rank - self._number_here])
        if failed is not None:
            raise TrainingError(*failed)
        return cast(Made, made)

    def meet(self) -> None:
        """Wait for all processes, so that none leaves while another still needs it."""
        if self.world > 1:
            dist.barrier()

    def close(self) -> None:
        if self._owner:
            dist.destroy_process_group()


class SyncNorm(nn.BatchNorm2d):
    """Batch norm over all processes where torch's own SyncBatchNorm knows only GPUs."""

    def forward(self, features: Tensor) -> Tensor:
        if not self.training:
            return super().forward(features)
        values = features.float()
        own = torch.stack([values.mean((0, 2, 3)), values.square().mean((0, 2, 3))])
        mean, square = all_reduce(own) / dist.get_world_size()
        variance = (square - mean.square()).clamp(min=0)
        with torch.no_grad():
            count = features.numel() / features.shape[1] * dist.get_world_size()
            assert self.num_batches_tracked is not None and self.momentum is not None
            assert self.running_mean is not None and self.running_var is not None
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / max(count - 1, 1), self.momentum)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shift = self.bias - mean * scale
        return (values * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1)).to(features.dtype)


def _device(name: str, local_rank: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type == "cuda" and device.index is None:
            device = torch.device("cuda", local_rank)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise TrainingError(
            "no_device", f'device "{name}" cannot be used here ({error}); try "cpu" or "auto"'
        ) from error
    if device.type == "cuda":
        torch.cuda.set_device(device)
    return device
