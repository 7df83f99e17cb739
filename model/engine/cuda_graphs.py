"""CUDA graphs around the network: one per (side, batch, dtype), replayed without launching kernel by kernel."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)


class GraphedNet:
    """Replays `net(images, holes, wanted)` from graphs captured on first use; runs it eagerly where capture fails.

    Batches are padded up to a power of two, so that few graphs serve all sizes.
    """

    def __init__(self, net: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
        self._net = net
        self._graphs: dict[tuple, _Graph | None] = {}
        self._pool: Any = None  # memory that the graphs share

    def __call__(self, images: Tensor, holes: Tensor, wanted: Tensor) -> Tensor:
        batch = 1 << (len(images) - 1).bit_length()
        key = (batch, images.shape[1], images.dtype)
        if key not in self._graphs:
            self._graphs[key] = self._capture(batch, images, holes, wanted)
        graph = self._graphs[key]
        return self._net(images, holes, wanted) if graph is None else graph.replay(images, holes, wanted)

    def _capture(self, batch: int, *inputs: Tensor) -> _Graph | None:
        static = [tensor.new_zeros(batch, *tensor.shape[1:]) for tensor in inputs]
        device = static[0].device
        try:
            side_stream = torch.cuda.Stream(device)
            side_stream.wait_stream(torch.cuda.current_stream(device))
            with torch.cuda.stream(side_stream):
                for _ in range(2):
                    self._net(*static)
            torch.cuda.current_stream(device).wait_stream(side_stream)
            graph = torch.cuda.CUDAGraph()
            other_threads_may_copy = "thread_local"
            with (
                torch.cuda.device(device),
                torch.cuda.graph(graph, pool=self._pool, capture_error_mode=other_threads_may_copy),
            ):
                output = self._net(*static)
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("no CUDA graph for %s, running eagerly: %s", tuple(static[0].shape), error)
            return None
        self._pool = graph.pool()
        return _Graph(graph, static, output)


class _Graph:
    def __init__(self, graph: torch.cuda.CUDAGraph, inputs: list[Tensor], output: Tensor) -> None:
        self._graph, self._inputs, self._output = graph, inputs, output

    def replay(self, *inputs: Tensor) -> Tensor:
        count = len(inputs[0])
        for static, given in zip(self._inputs, inputs, strict=True):
            static[:count].copy_(given, non_blocking=True)
        self._graph.replay()
        return self._output[:count].clone()
