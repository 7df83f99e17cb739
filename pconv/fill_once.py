"""One fill, for programs that need no client of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from daemon.client.client import Client, Progress
from model.options import FillOptions


def fill(
    image: np.ndarray,
    hole: np.ndarray,
    options: FillOptions = FillOptions(),  # noqa: B008
    *,
    forbid: np.ndarray | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    timeout: float | None = None,
) -> np.ndarray:
    """Fill the hole of a picture by the daemon that `pconv` itself would use, which is started where none runs.

    Arguments, answer and errors are those of `Client.fill`. For many fills keep a `Client`: it stays connected.
    """
    with Client() as client:
        return client.fill(image, hole, options, forbid=forbid, progress=progress, cancel=cancel, timeout=timeout)


def fill_variants(
    image: np.ndarray,
    hole: np.ndarray,
    options: FillOptions,
    *,
    forbid: np.ndarray | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    timeout: float | None = None,
) -> list[np.ndarray]:
    """Fill the hole of a picture in as many ways as `options.variants` says, to choose from; the best comes first.

    Arguments, answer and errors are those of `Client.fill_variants`.
    """
    with Client() as client:
        return client.fill_variants(
            image, hole, options, forbid=forbid, progress=progress, cancel=cancel, timeout=timeout
        )
