"""Pictures to send, and what the engine makes of each when no daemon is between."""

from __future__ import annotations

import numpy as np

from daemon.protocol import Fill, Result
from model.engine.engine import Engine
from model.fill.plan import fill
from model.options import FillOptions

COUNT = 24
HEIGHT, WIDTH = 72, 90
ROUNDING = 2  # of 255: engine runs of other batches round otherwise
NETWORK_ALONE = FillOptions(detail=0.0)


class Gallery:
    """Every picture differs from the others in most pixels, so that an answer to another request is found out."""

    def __init__(self, engine: Engine, rng: np.random.Generator) -> None:
        self.pictures = list(rng.integers(0, 256, (COUNT, HEIGHT, WIDTH, 3), np.uint8))
        self.hole = np.zeros((HEIGHT, WIDTH), np.uint8)
        self.hole[20:50, 25:60] = 255
        self.answers = [fill(picture, self.hole, engine, NETWORK_ALONE) for picture in self.pictures]

    def request(self, index: int) -> tuple[Fill, bytes, bytes]:
        """The message of request number `index`, and its payload."""
        picture = self.pictures[index % COUNT]
        header = Fill(f"q{index}", HEIGHT, WIDTH, 3, "uint8", detail=0.0, progress=False)
        return header, picture.tobytes(), self.hole.tobytes()

    def is_right(self, index: int, reply: Result, payload: bytes) -> bool:
        """Whether this is what the engine gives for request number `index`."""
        if reply.id != f"q{index}" or (reply.height, reply.width, reply.channels) != (HEIGHT, WIDTH, 3):
            return False
        return self.matches(index, np.frombuffer(payload, np.uint8).reshape(HEIGHT, WIDTH, 3))

    def matches(self, index: int, filled: np.ndarray) -> bool:
        """The same as the engine's own; outside the hole byte by byte."""
        picture, expected = self.pictures[index % COUNT], self.answers[index % COUNT]
        kept = self.hole == 0
        near = np.abs(filled.astype(int) - expected).max() <= ROUNDING
        return bool(near and np.array_equal(filled[kept], picture[kept]))
