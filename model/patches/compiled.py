"""Functions compiled to the processor's own code when first called, and kept in a file for the next process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable | None = None, **options: Any) -> Callable:
    """numba's `njit` for code that lets other threads go on; where no folder can keep files it compiles each time."""
    if function is None:
        return lambda function: compiled(function, **options)
    try:
        return njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # no folder that can be written
        return njit(nogil=True, **options)(function)
