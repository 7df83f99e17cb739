"""A stand-in for the daemon's client, to see what `pconv fill` asks of it and what it makes of the answer."""

from __future__ import annotations

import numpy as np
import pytest

from model.options import FillOptions
from pconv.__main__ import main


class Painter:
    """Fills with white, further variants darker, and keeps what it was given."""

    asked: list[tuple[np.ndarray, np.ndarray]]
    options: FillOptions
    forbid: np.ndarray | None
    most = 4  # variants

    def __init__(self, *_: object, **__: object) -> None: ...

    def fill_variants(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions,
        forbid: np.ndarray | None = None,
        **_: object,
    ) -> list[np.ndarray]:
        Painter.asked.append((image, hole))
        Painter.options, Painter.forbid = options, forbid
        white = 1 if image.dtype == np.float32 else np.iinfo(image.dtype).max
        values = [white / (1 + number) for number in range(min(options.variants, Painter.most))]
        return [np.where((hole > 0)[..., None], value, image).astype(image.dtype) for value in values]

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> type[Painter]:
    Painter.asked = []
    monkeypatch.setattr("pconv.files.fill_file.Client", Painter)
    return Painter


def run(*arguments: object) -> int:
    """The exit code of `pconv`."""
    return main([str(argument) for argument in arguments])
