"""Which number format a step computes in, where the configuration leaves that open."""

from __future__ import annotations

import logging
import time
from typing import Literal

import torch

from model.network.unet import PConvUNet
from training.loop.passes import Terms, one_pass

log = logging.getLogger(__name__)
Precision = Literal["bfloat16", "float32"]
BATCH = 2
RUNS = 2


def choose_precision(net: PConvUNet, terms: Terms, device: torch.device, channels_last: bool) -> Precision:
    """bfloat16 where this device computes it faster than float32.

    A GPU says so itself. On a CPU a forward and backward pass of this network and this loss are timed: processors
    without AVX512-BF16 or AMX take 8 to 16 times as long in bfloat16. The network is left as it was.

    Args:
        net, terms: as a stage trains them; terms(out, truth, valid).
    """
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    if device.type != "cpu":
        return "float32"
    before = {key: value.clone() for key, value in net.state_dict().items()}
    random = torch.random.get_rng_state()
    try:
        seconds = {half: _seconds(net, terms, half, channels_last) for half in (False, True)}
    finally:
        net.load_state_dict(before)
        net.zero_grad(set_to_none=True)
        torch.random.set_rng_state(random)
    chosen: Precision = "bfloat16" if seconds[True] < seconds[False] else "float32"
    log.info("precision: %s (bfloat16 takes %.2f of float32's time here)", chosen, seconds[True] / seconds[False])
    return chosen


def _seconds(net: PConvUNet, terms: Terms, half: bool, channels_last: bool) -> float:
    """Of the fastest of a few passes, after one that makes what is made once."""
    side = max(128, net.config.multiple)
    best = float("inf")
    for run in range(1 + RUNS):
        started = time.perf_counter()
        one_pass(net, terms, BATCH, side, half, channels_last)
        if run:
            best = min(best, time.perf_counter() - started)
    return best
