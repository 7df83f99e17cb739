"""Batches on their way to a device and back; on CUDA copies go on while another batch is computed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

NetOfTensors = Callable[..., Tensor]  # of a device
NetOfArrays = Callable[..., np.ndarray]  # of the host's memory, contiguous


def direct(net: NetOfTensors, device: torch.device) -> NetOfArrays:
    """Copies, computes and copies back in turn."""
    return lambda *arrays: net(*(torch.from_numpy(array).to(device) for array in arrays)).cpu().numpy()


class StagedNet:
    """A network on a CUDA device that may be called by several threads at once.

    Each thread copies through page-locked memory on a stream of its own. What is computed shares one stream, since
    CUDA graphs share their memory.
    """

    def __init__(self, net: NetOfTensors, device: torch.device) -> None:
        self._net = net
        self._device = device
        self._computing = torch.cuda.Stream(device)
        self._one_at_a_time = threading.Lock()
        self._of_thread = threading.local()

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        copying = self._copying()
        with torch.cuda.stream(copying):
            inputs = [torch.from_numpy(a).pin_memory().to(self._device, non_blocking=True) for a in arrays]
            arrived = copying.record_event()
        with self._one_at_a_time, torch.cuda.stream(self._computing):
            self._computing.wait_event(arrived)
            result = self._net(*inputs)
            computed = self._computing.record_event()
        with torch.cuda.stream(copying):
            copying.wait_event(computed)
            host = torch.empty(result.shape, dtype=result.dtype, pin_memory=True)
            host.copy_(result, non_blocking=True)
        copying.synchronize()  # until then nothing is let go that another stream uses
        return host.numpy()

    def _copying(self) -> torch.cuda.Stream:
        if not hasattr(self._of_thread, "stream"):
            self._of_thread.stream = torch.cuda.Stream(self._device)
        return self._of_thread.stream
