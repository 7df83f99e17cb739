"""Which pconv this is."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def software() -> str:
    try:
        return f"pconv {metadata.version('pconv')}"
    except metadata.PackageNotFoundError:
        return "pconv (not installed)"
