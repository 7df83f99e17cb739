"""What all promises share: their size, and the table of what was found.

Each folder holds one promise: a test of it, in a short form for every run of the suite and a long form for
`python -m tests.promises --long`, and a control, which breaks the thing promised and expects the test to notice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.engine.engine import Engine
from tests.daemon.conftest import directory, start_front  # noqa: F401  fixtures
from tests.promises.pictures import Gallery

SCALE = float(os.environ.get("PCONV_PROMISES_SCALE", "0"))


@pytest.fixture
def size() -> Callable[[int, int], int]:
    """The number for the form that runs, of (short, long)."""
    return lambda short, long: max(short, round(long * SCALE))


@pytest.fixture
def found(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Note for the table what was done and what came of it."""

    def note(done: str, result: str) -> None:
        row = {"promise": request.path.parent.name, "test": request.node.name, "done": done, "result": result}
        print(f"\n{row['promise']}: {done}: {result}")
        if path := os.environ.get("PCONV_PROMISES_TABLE"):
            with Path(path).open("a") as table:
                table.write(json.dumps(row, ensure_ascii=False) + "\n")

    return note


@pytest.fixture(scope="session")
def gallery(small_weights: Path) -> Gallery:
    """Pictures and what the engine itself makes of them."""
    return Gallery(Engine(small_weights, "cpu", "float32"), np.random.default_rng(11))
