"""The engine against a UNet on multi-channel masks, same weights, same machine, turn by turn.

bfloat16 takes part only where the engine itself, left to choose, finds it the faster.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.multichannel import MultiChannelUNet
from benchmarks.report import add_json_option, show
from model.engine.engine import Engine
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import load_weights, save_weights

ENGINE_RUNS = 5  # a turn, their mean counts: what else the machine does must have time to disturb both sides alike


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--weights", type=Path, help="weights file; default: random weights of the paper's width")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--side", type=int, default=512, choices=(256, 512))
    parser.add_argument("--runs", type=int, default=5)
    add_json_option(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        weights = arguments.weights or random_weights(Path(directory))
        rows = measure(weights, arguments.device, arguments.side, arguments.runs)
    title = f"One fill at {arguments.side}² on {arguments.device}, medians of {arguments.runs} turns"
    show(title, rows, arguments.json)
    print(f"\nPeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def measure(weights: Path, device: str, side: int, runs: int) -> list[dict]:
    """Rows: contestant, seconds, times faster than the float32 rival (median of the turns' ratios), difference."""
    rival = MultiChannelUNet(load_weights(weights).build()).to(device).eval()
    image, hole = _example(side)
    picture = torch.from_numpy(image).to(device).permute(0, 3, 1, 2)
    valid = torch.from_numpy(~hole)[:, None].float().to(device)

    def rival_run(dtype: torch.dtype | None) -> np.ndarray:
        with torch.inference_mode(), torch.autocast(device.split(":")[0], dtype, enabled=dtype is not None):
            out = rival(picture * valid, valid).float().clamp(0, 1)
            return torch.where(valid > 0, picture, out).permute(0, 2, 3, 1).cpu().numpy()

    chosen = Engine(weights, device)
    engines = {chosen.dtype: chosen}
    contestants: dict[str, tuple[Callable[[], np.ndarray], int]] = {
        "multi-channel masks, float32": (lambda: rival_run(None), 1)
    }
    if chosen.dtype == "bfloat16":
        contestants["multi-channel masks, bfloat16 autocast"] = (lambda: rival_run(torch.bfloat16), 1)
        engines = {"float32": Engine(weights, device, "float32"), **engines}
    for dtype, engine in engines.items():
        contestants[f"engine, {dtype}"] = (partial(engine.run, image, hole), ENGINE_RUNS)
    outputs = {name: run() for name, (run, _) in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, (run, times) in contestants.items():
            start = time.perf_counter()
            for _ in range(times):
                run()
            seconds[name].append((time.perf_counter() - start) / times)
    names = list(contestants)
    return [
        {
            "contestant": name,
            "seconds": statistics.median(seconds[name]),
            "× faster": statistics.median(a / b for a, b in zip(seconds[names[0]], seconds[name], strict=True)),
            "largest difference": float(np.abs(outputs[name] - outputs[names[0]]).max()),
        }
        for name in names
    ]


def random_weights(directory: Path) -> Path:
    """A new file of weights of the paper's size, for measuring speed only."""
    torch.manual_seed(0)
    path = directory / "random.safetensors"
    net = PConvUNet(UNetConfig())
    net.decoder[-1].conv.weight.data *= 0.1
    save_weights(path, net, {"name": "random"})
    return path


def _example(side: int) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(0).random((1, side, side, 3), np.float32)
    hole = np.zeros((1, side, side), bool)
    hole[:, side // 5 : side // 2, side // 3 : side // 3 * 2] = True
    return image, hole


if __name__ == "__main__":
    main()
