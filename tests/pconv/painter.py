"""A stand-in for the daemon's client, to see what `pconv fill` asks of it and what it makes of the answer."""

from __future__ import annotations

import numpy as np
import pytest

from pconv.__main__ import main


class Painter:
    """Fills with white, and keeps what it was given."""

    asked: list[tuple[np.ndarray, np.ndarray]]

    def __init__(self, *_: object, **__: object) -> None: ...

    def fill(self, image: np.ndarray, hole: np.ndarray, *_: object, **__: object) -> np.ndarray:
        Painter.asked.append((image, hole))
        most = 1 if image.dtype == np.float32 else np.iinfo(image.dtype).max
        return np.where((hole > 0)[..., None], most, image).astype(image.dtype)

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> type[Painter]:
    Painter.asked = []
    monkeypatch.setattr("pconv.files.fill_file.Client", Painter)
    return Painter


def run(*arguments: object) -> int:
    """The exit code of `pconv`."""
    return main([str(argument) for argument in arguments])
