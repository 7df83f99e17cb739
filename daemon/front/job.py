"""One accepted request, from its admission to its answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from daemon.protocol import Error, Fill, Result

MAX_ROUTES = 4
LEAST_COST = 256 * 256  # the network's smallest picture


@dataclass(eq=False)
class Job:
    """One request. `image`, `hole` and `picture` (the answer) are opaque buffers that nobody here looks into; what is
    forbidden comes with the hole.

    Attributes:
        key: user and id.
        turn: whose it is; what a user does by hand and what they do beside that are two.
        background: whether it is of the second kind.
        pixels: of the picture.
        payload_bytes: of picture and hole.
        cost: pixels that count for fairness; of further variants half.
        size: bytes held; before the answer also those that its further variants will take.
        queue_seconds: until a worker had it or, had none, its answer.
        run_seconds: of a fill that succeeded, with the worker.
        outcome: of an answered request: "ok" or an error's code.
    """

    number: int
    user: str
    fill: Fill
    image: Any
    hole: Any
    accepted: float
    deadline: float | None
    id: str = field(init=False)
    key: tuple[str, str] = field(init=False)
    turn: tuple[str, bool] = field(init=False)
    background: bool = field(init=False)
    pixels: int = field(init=False)
    payload_bytes: int = field(init=False)
    cost: int = field(init=False)
    size: int = field(init=False)
    wants_progress: bool = field(init=False)
    routes: dict[int, None] = field(default_factory=dict)
    deaths: int = 0
    abandoned_since: float | None = None
    last_progress: tuple[str, int] | None = None
    last_progress_at: float = 0.0
    started: float | None = None
    ended: float = math.nan  # until it is answered
    queue_seconds: float = 0.0
    run_seconds: float | None = None
    tile_side: int | None = None
    reply: Result | Error | None = None
    picture: Any = None
    outcome: str = ""

    def __post_init__(self) -> None:
        fill = self.fill
        self.id, self.wants_progress = fill.id, fill.progress
        self.key = (self.user, fill.id)
        self.background = fill.is_background
        self.turn = (self.user, self.background)
        image_bytes, wanted = fill.image_bytes, fill.wanted
        self.pixels = fill.pixels
        self.payload_bytes = image_bytes + fill.hole_bytes
        self.size = image_bytes * wanted + fill.hole_bytes
        self.cost = max(self.pixels, LEAST_COST) * (wanted + 1) // 2  # the network's run is the same for all

    def add_route(self, route: int) -> None:
        self.abandoned_since = None
        self.routes.pop(route, None)
        self.routes[route] = None
        while len(self.routes) > MAX_ROUTES:
            del self.routes[next(iter(self.routes))]

    def start(self, now: float) -> None:
        """Note that a worker has it from now on."""
        self.started, self.queue_seconds = now, now - self.accepted

    def end(self, reply: Result | Error, picture: Any, now: float) -> None:
        """Note the one answer, with its picture or None."""
        self.reply, self.picture, self.ended = reply, picture, now
        if self.started is None:
            self.queue_seconds = now - self.accepted
        if isinstance(reply, Result):
            self.outcome, self.run_seconds = "ok", reply.run_ms / 1000
        else:
            self.outcome = reply.code
        self.size = self.payload_bytes + (0 if picture is None else len(picture))
