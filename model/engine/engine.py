"""The engine: weights resident on one device, `run(images, holes) -> images` at fixed sizes, the tile sides."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.engine.cuda_graphs import GraphedNet
from model.engine.device_memory import DeviceMemory, fitting_batch
from model.engine.folded_unet import FoldedUNet
from model.engine.host_transfer import NetOfArrays, StagedNet, direct
from model.engine.regions import around
from model.errors import EngineError, WeightsError
from model.network.unet import PConvUNet
from model.network.weights import Weights, load_weights

TILE_SIDES = (256, 512)
LARGEST_BATCH = {"cpu": 4, "cuda": 16, "mps": 4}
RUNS_AHEAD = {"cpu": 0, "cuda": 1, "mps": 0}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
BF16_GAIN = 0.9  # bfloat16 must take less than this share of float32's time to be worth its rounding


@dataclass(frozen=True)
class EngineInfo:
    """What is resident where."""

    device: str
    dtype: str
    model: str
    sha256: str
    width: int
    depth: int
    tile_sides: tuple[int, ...]  # tile sides, by their name on the wire
    largest_batch: int

    def to_dict(self) -> dict:
        return asdict(self)


class Engine:
    """A folded partial-conv UNet, resident on a device and ready to run.

    Args:
        weights: a weights file, or loaded `Weights`; None takes the default file.
        device: "cpu", "cuda", "cuda:N" or "mps". On "cpu" CUDA is never initialised.
        dtype: "float32", "bfloat16", or "auto" to measure both and keep the faster.
        threads: CPU threads; None leaves torch's setting.

    Raises:
        WeightsError: see `model.network.weights.load_weights`.
        EngineError: `device_missing`, there is no such device.
    """

    def __init__(
        self,
        weights: Weights | Path | str | None = None,
        device: str = "cpu",
        dtype: str = "auto",
        threads: int | None = None,
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.device = _find_device(device)
        self.threads = torch.get_num_threads() if self.device.type == "cpu" else None
        self.memory = DeviceMemory(self.device)
        loaded = weights if isinstance(weights, Weights) else load_weights(weights)
        self.tile_sides = tuple(b for b in TILE_SIDES if b % loaded.config.multiple == 0)
        if not self.tile_sides:
            text = (
                f"The network {loaded.name} has depth {loaded.config.depth}, which is too deep for {max(TILE_SIDES)}²."
            )
            raise WeightsError("weights_mismatch", f"{text} Use another weights file.")
        self.largest_batch = LARGEST_BATCH[self.device.type]
        self._net, self.dtype = self._choose(loaded.build(), dtype)
        self.runs_ahead = RUNS_AHEAD[self.device.type]
        self.info = EngineInfo(
            device=str(self.device),
            dtype=self.dtype,
            model=loaded.name,
            sha256=loaded.sha256,
            width=loaded.config.width,
            depth=loaded.config.depth,
            tile_sides=self.tile_sides,
            largest_batch=self.largest_batch,
        )

    def run(
        self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray | None = None, threads: int | None = None
    ) -> np.ndarray:
        """Fill holes of pictures of one tile side.

        Args:
            images: (B, S, S, 3) RGB, uint8 or float32 in 0..1; S is one of `tile_sides`. What stands in a hole
                has no effect.
            holes: (B, S, S) bool, True = to be filled.
            wanted: (B, S, S) bool, the part of the holes that is needed; None is all of them. The less it spans,
                the faster the run; what it leaves out, such as padding, is still hole for the network.
            threads: CPU threads of this and later runs by the calling thread; None leaves them. Runs may be made side
                by side, which takes less time than one after the other where each has fewer threads.

        Returns:
            Like `images`: in wanted pixels of the holes the network's prediction in 0..1, elsewhere as given.

        Raises:
            ValueError: shapes or dtypes are not as said.
        """
        wanted = holes if wanted is None else wanted
        self._check(images, holes=holes, wanted=wanted)
        if threads is not None and threads != torch.get_num_threads():
            torch.set_num_threads(threads)
        filled = holes & wanted
        batches = [slice(i, i + self.largest_batch) for i in range(0, len(images), self.largest_batch)]
        parts = [self._run_batch(images[batch], holes[batch], filled[batch]) for batch in batches]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def warm_up(self) -> None:
        """Run every tile side once, the largest first, so that no request pays for it; bound the batches by memory.

        What the very first run takes is at least what each row of a batch will take.
        """
        largest, *others = sorted(self.tile_sides, reverse=True)
        row = self.memory.taken_by(lambda: self.run(*_probe(largest)))
        for side in others:
            self.run(*_probe(side))
        self.largest_batch = fitting_batch(self.largest_batch, row, self.memory.free())
        self.info = replace(self.info, largest_batch=self.largest_batch)

    def _run_batch(self, *arrays: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self._net(*map(np.ascontiguousarray, arrays))

    def _check(self, images: np.ndarray, **masks: np.ndarray) -> None:
        side = images.shape[1] if images.ndim == 4 else 0
        if images.shape != (len(images), side, side, 3) or side not in self.tile_sides or not len(images):
            raise ValueError(f"images must be (B, S, S, 3) with S one of {self.tile_sides}, got {images.shape}")
        if images.dtype not in (np.uint8, np.float32):
            raise ValueError(f"images must be uint8 or float32, got {images.dtype}")
        for name, mask in masks.items():
            if mask.shape != images.shape[:3] or mask.dtype != np.bool_:
                raise ValueError(f"{name} must be bool of shape {images.shape[:3]}, got {mask.dtype} of {mask.shape}")

    def _choose(self, net: PConvUNet, dtype: str) -> tuple[NetOfArrays, str]:
        if dtype != "auto":
            if dtype not in DTYPES:
                raise EngineError("bad_dtype", f"dtype must be auto, float32 or bfloat16, got {dtype}.")
            return self._place(net, dtype), dtype
        single = self._place(net, "float32")
        try:
            half = self._place(net, "bfloat16")
            faster = _seconds(half, self.tile_sides[0]) < BF16_GAIN * _seconds(single, self.tile_sides[0])
        except (RuntimeError, TypeError):  # this device knows no bfloat16
            return single, "float32"
        return (half, "bfloat16") if faster else (single, "float32")

    def _place(self, net: PConvUNet, dtype: str) -> NetOfArrays:
        folded = FoldedUNet(net)
        for parameter in folded.parameters():
            parameter.data = parameter.data.to(DTYPES[dtype])
        folded.to(device=self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's gap
        folded.pack()
        composite = Net(folded)
        if self.device.type == "cuda":
            return StagedNet(GraphedNet(composite), self.device)
        return direct(composite, self.device)


class Net:
    """Pixels to pixels around the folded network: scaling, masking and compositing on the device."""

    def __init__(self, folded: FoldedUNet) -> None:
        self.folded = folded
        self.eager = next(folded.parameters()).device.type != "cuda"  # a CUDA graph has one shape and no branches

    def __call__(self, images: Tensor, holes: Tensor, wanted: Tensor) -> Tensor:
        """images (B, S, S, 3) uint8 or float32 in 0..1, holes and their wanted part (B, S, S) bool → like images."""
        integers = images.dtype == torch.uint8
        picture = (images / 255.0 if integers else images).permute(0, 3, 1, 2)
        known = needed = None
        if self.eager:
            known, needed = around(~holes), around(wanted)
            if needed is None:
                return images.clone()
        out = self.folded(picture, ~holes[:, None], self.eager, known, needed)
        out = out.clamp(0.0, 1.0).permute(0, 2, 3, 1)
        if integers:
            out = (out * 255.0).round().to(torch.uint8)
        if needed is None:
            return torch.where(wanted[..., None], out, images)
        result = images.clone()
        rows, columns = needed.slices
        result[:, rows, columns] = torch.where(wanted[:, rows, columns, None], out, images[:, rows, columns])
        return result


def _find_device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise EngineError("device_missing", f"There is no device called {name}. Use cpu, cuda:N or mps.") from error
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise EngineError("device_missing", "No CUDA device can be used here. Choose --device cpu.")
        count = torch.cuda.device_count()
        if (device.index or 0) >= count:
            raise EngineError("device_missing", f"{name} does not exist, there are {count} CUDA devices.")
        return torch.device("cuda", device.index or 0)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise EngineError("device_missing", "No MPS device can be used here. Choose --device cpu.")
    if device.type not in LARGEST_BATCH:
        raise EngineError("device_missing", f"{name} is not supported. Use cpu, cuda:N or mps.")
    return device


def find_device() -> str:
    """$PCONV_DEVICE, else the best device of this machine."""
    if name := os.environ.get("PCONV_DEVICE"):
        return name
    if torch.cuda.is_available():
        return "cuda:0"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _probe(side: int) -> tuple[np.ndarray, np.ndarray]:
    image = np.full((1, side, side, 3), 128, np.uint8)
    hole = np.zeros((1, side, side), bool)
    hole[:, side // 4 : side // 2, side // 4 : side // 2] = True
    return image, hole


def _seconds(net: NetOfArrays, side: int) -> float:
    """The shortest of three runs after a first one."""
    image, hole = _probe(side)
    times = []
    with torch.inference_mode():
        for _ in range(4):
            start = time.perf_counter()
            net(image, hole, hole)
            times.append(time.perf_counter() - start)
    return min(times[1:])
