"""CUDA graphs around the network: one per (side, batch, dtype), replayed without launching kernel by kernel.

May know: torch. Must not know: what the network computes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

log = logging.getLogger(__name__)


class GraphedNet:
    """Replays `net(images, holes)` from graphs captured on first use; runs it eagerly where capture fails.

    Batches are padded up to a power of two, so that few graphs serve all sizes.
    """

    def __init__(self, net: Callable[[Tensor, Tensor], Tensor]) -> None:
        self._net = net
        self._graphs: dict[tuple, _Graph | None] = {}
        self._pool: object | None = None

    def __call__(self, images: Tensor, holes: Tensor) -> Tensor:
        batch = 1 << (len(images) - 1).bit_length()
        key = (batch, images.shape[1], images.dtype)
        if key not in self._graphs:
            self._graphs[key] = self._capture(batch, images, holes)
        graph = self._graphs[key]
        return self._net(images, holes) if graph is None else graph.replay(images, holes)

    def _capture(self, batch: int, images: Tensor, holes: Tensor) -> _Graph | None:
        static_images = images.new_zeros(batch, *images.shape[1:])
        static_holes = holes.new_zeros(batch, *holes.shape[1:])
        try:
            side_stream = torch.cuda.Stream(images.device)
            side_stream.wait_stream(torch.cuda.current_stream(images.device))
            with torch.cuda.stream(side_stream):
                for _ in range(2):
                    self._net(static_images, static_holes)
            torch.cuda.current_stream(images.device).wait_stream(side_stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.device(images.device), torch.cuda.graph(graph, pool=self._pool):
                output = self._net(static_images, static_holes)
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("no CUDA graph for %s, running eagerly: %s", tuple(static_images.shape), error)
            return None
        self._pool = graph.pool()
        return _Graph(graph, static_images, static_holes, output)


class _Graph:
    def __init__(self, graph: torch.cuda.CUDAGraph, images: Tensor, holes: Tensor, output: Tensor) -> None:
        self._graph, self._images, self._holes, self._output = graph, images, holes, output

    def replay(self, images: Tensor, holes: Tensor) -> Tensor:
        count = len(images)
        self._images[:count].copy_(images, non_blocking=True)
        self._holes[:count].copy_(holes, non_blocking=True)
        self._graph.replay()
        return self._output[:count].clone()
