"""Passes that train nothing: what a step takes of memory, and which number format it is faster in."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from model.errors import TrainingError
from model.network.unet import PConvUNet
from training.loop.distributed import ProcessGroup

SMALLEST_MICRO_BATCH = 2  # batch norm needs more than one value per channel
LATER = 3  # times the size of the weights: Adam's two moments and the gradients on their way between processes
Terms = Callable[[Tensor, Tensor, Tensor], dict[str, Tensor]]


def one_pass(net: PConvUNet, terms: Terms, photos: int, side: int, half: bool, channels_last: bool) -> None:
    """Forward and backward of one loss on random photos, on the network's device; leaves gradients behind.

    Args:
        net, terms: as a stage trains them; terms(out, truth, valid).
    """
    device = next(net.parameters()).device
    layout = torch.channels_last if channels_last else torch.contiguous_format
    truth = torch.rand(photos, 3, side, side, device=device).contiguous(memory_format=layout)
    valid = torch.ones(photos, 1, side, side, device=device)
    valid[:, :, side // 4 : side // 2, side // 4 : side // 2] = 0
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        loss = terms(net(truth, valid), truth, valid)["total"]
    loss.backward()


def fitting_micro_batch(
    net: PConvUNet, terms: Terms, group: ProcessGroup, photos: int, side: int, half: bool, channels_last: bool
) -> int:
    """How many photos per pass fit into the memory of every process: `photos`, halved as often as one of them needs.

    Asked before the first step of a stage: in a step no process could leave a pass in which others wait for its norms.
    The network is left in evaluation mode, in which norms wait for nobody.

    Raises:
        TrainingError: code "no_memory".
    """
    net.eval()
    fits = photos
    with torch.random.fork_rng(devices=[group.device] if group.device.type == "cuda" else []):
        while fits and not _fits(net, lambda photos: one_pass(net, terms, photos, side, half, channels_last), fits):
            fits = fits // 2 if fits > SMALLEST_MICRO_BATCH else 0
    fits = -int(group.largest(-fits)[0])
    if not fits:
        raise no_memory(SMALLEST_MICRO_BATCH)
    return fits


def no_memory(photos: int) -> TrainingError:
    return TrainingError(
        "no_memory",
        f"the device's memory is too small for {photos} photos per pass; lower the stage's micro_batch or size",
    )


def _fits(net: PConvUNet, run: Callable[[int], None], photos: int) -> bool:
    try:
        later = [torch.empty_like(parameter) for parameter in net.parameters() for _ in range(LATER)]
        run(photos)
        del later
        return True
    except torch.OutOfMemoryError:
        return False
    finally:
        net.zero_grad(set_to_none=True)
        torch.cuda.empty_cache()
