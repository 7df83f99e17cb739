"""Functions compiled to the processor's own code when first called, and kept in a file for the next process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba import njit

SOURCES = b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
STAMP = hashlib.sha256(SOURCES).hexdigest()


def compiled(function: Callable | None = None, **options: Any) -> Callable:
    """numba's `njit` for code that lets other threads go on; where no folder can keep files it compiles each time.

    What is kept counts as long as no file of this folder changes: numba itself looks at the function's own file alone,
    though it compiles what is called from there along.
    """
    if function is None:
        return lambda function: compiled(function, **options)
    try:
        made = njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # no folder that can be written
        return njit(nogil=True, **options)(function)
    with suppress(AttributeError):  # private to numba
        made._cache._cache_file._source_stamp = STAMP
    return made
