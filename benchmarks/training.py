"""Our training step against a straightforward loop over a multi-channel-mask UNet with float32 losses.

Same weights, same batch, same losses (the paper's, random VGG-16), same machine, turn by turn. "auto" marks what
`precision = "auto"` chooses here. On a machine that does other things too, the processor time of all threads says more
than the clock.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from benchmarks.plainloop import plain_step
from benchmarks.report import add_json_option, show
from model.network.unet import PConvUNet, UNetConfig
from training.loop.precision import choose_precision
from training.losses.losses import InpaintingLoss, LossWeights
from training.losses.vgg import Vgg16Features

Step = Callable[[], Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--compile", action="store_true", help="ours through torch.compile too, as `compile = true`")
    add_json_option(parser)
    options = parser.parse_args()
    title = f"One training step, width {options.width}, batch {options.batch} at {options.side}², {options.device}"
    rows = measure(options.device, options.width, options.side, options.batch, options.runs, options.compile)
    show(title, rows, options.json)


def measure(device: str, width: int, side: int, batch: int, runs: int, compiled: bool = False) -> list[dict]:
    """Rows: contestant, its first step (loss, and seconds with all that is made once), seconds per later step (median),
    photos per second, times faster (median of the turns' ratios), the same of the processor's time."""
    torch.manual_seed(0)
    net = PConvUNet(UNetConfig(width=width)).to(device)
    extractor = Vgg16Features("random").to(device)
    truth = torch.rand(batch, 3, side, side, device=device)
    valid = torch.ones(batch, 1, side, side, device=device)
    valid[..., side // 4 : side // 2, side // 4 : side // 4 * 3] = 0
    shared = net, extractor, truth, valid
    timed, seen, *_ = copy.deepcopy(shared)
    auto = choose_precision(timed, InpaintingLoss(LossWeights(), seen), truth.device, channels_last=True)
    steps = {"straightforward, float32": plain_step(*copy.deepcopy(shared))}
    for precision in ("float32", "bfloat16"):
        name = f"ours, {precision}{' (auto)' if precision == auto else ''}"
        steps[name] = ours(*copy.deepcopy(shared), half=precision == "bfloat16")
    if compiled:
        steps["ours, bfloat16, compiled"] = ours(*copy.deepcopy(shared), half=True, compiled=True)
    taken, worked = ({name: [] for name in steps} for _ in range(2))
    losses: dict[str, float] = {}
    for _ in range(runs + 1):
        for name, step in steps.items():
            started, before = time.perf_counter(), time.process_time()
            loss = step().item()
            taken[name].append(time.perf_counter() - started)
            worked[name].append(time.process_time() - before)
            losses.setdefault(name, loss)
    rival = next(iter(steps))
    return [
        {
            "contestant": name,
            "first loss": losses[name],
            "first s": first,
            "seconds": statistics.median(later),
            "photos/s": batch / statistics.median(later),
            "× faster": _ratio(taken[rival][1:], later),
            "processor s": statistics.median(worked[name][1:]),
            "× less": _ratio(worked[rival][1:], worked[name][1:]),
        }
        for name, (first, *later) in taken.items()
    ]


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def ours(
    net: PConvUNet, extractor: Vgg16Features, truth: Tensor, valid: Tensor, half: bool, compiled: bool = False
) -> Step:
    """The step of training.loop."""
    net.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]  # torch's gap
    extractor.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-4, fused=True)
    model, features = (torch.compile(net), torch.compile(extractor)) if compiled else (net, extractor)
    compute = InpaintingLoss(LossWeights(), features)
    picture = truth.to(memory_format=torch.channels_last)

    def step() -> Tensor:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(truth.device.type, torch.bfloat16, enabled=half):
            loss = compute(model(picture, valid), picture, valid)["total"]
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


if __name__ == "__main__":
    main()
