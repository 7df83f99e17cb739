"""Fill holes in pictures: `pconv.fill(image, hole)`.

What is named in `__all__` is what programs may import; everything else may change. Names are loaded when they are
first used, so that `import pconv` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.client.client import Client, Progress
    from model.errors import PconvError
    from model.options import FillOptions
    from pconv.damage.find import find_damage
    from pconv.fill_once import fill, fill_variants
    from pconv.images.files import read_picture, write_picture
    from pconv.images.masks import read_hole

__all__ = [
    "Client",
    "FillOptions",
    "PconvError",
    "Progress",
    "fill",
    "fill_variants",
    "find_damage",
    "read_hole",
    "read_picture",
    "write_picture",
]

_HOMES = {
    "Client": "daemon.client.client",
    "FillOptions": "model.options",
    "PconvError": "model.errors",
    "Progress": "daemon.client.client",
    "fill": "pconv.fill_once",
    "fill_variants": "pconv.fill_once",
    "find_damage": "pconv.damage.find",
    "read_hole": "pconv.images.masks",
    "read_picture": "pconv.images.files",
    "write_picture": "pconv.images.files",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
