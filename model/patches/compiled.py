"""Functions compiled to the processor's own code when first called, and kept in a file for the next process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit


def compiled(function: Callable | None = None, **options: Any) -> Callable:
    """numba's `njit` for code that lets other threads go on; where no folder can keep files it compiles each time.

    What is kept counts as long as no file of the function's folder changes: numba itself looks at the function's own
    file alone, though it compiles what is called from there along.
    """
    if function is None:
        return lambda function: compiled(function, **options)
    try:
        made = njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # no folder that can be written
        return njit(nogil=True, **options)(function)
    with suppress(AttributeError):  # private to numba
        made._cache._cache_file._source_stamp = _stamp(Path(function.__code__.co_filename).parent)
    return made


@cache
def _stamp(folder: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.glob("*.py")))).hexdigest()
