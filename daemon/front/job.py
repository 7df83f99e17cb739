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
    """One request. `image`, `hole` and `picture` (the answer) are opaque buffers that nobody here looks into."""

    number: int
    user: str
    fill: Fill
    image: Any
    hole: Any
    accepted: float
    deadline: float | None
    routes: dict[int, None] = field(default_factory=dict)
    deaths: int = 0
    abandoned_since: float | None = None
    last_progress: tuple[str, int] | None = None
    last_progress_at: float = 0.0
    started: float | None = None
    ended: float = math.nan  # until it is answered
    tile_side: int | None = None
    reply: Result | Error | None = None
    picture: Any = None

    @property
    def key(self) -> tuple[str, str]:
        return self.user, self.fill.id

    @property
    def turn(self) -> tuple[str, bool]:
        """Whose it is; what a user does by hand and what they do beside that are two."""
        return self.user, self.fill.is_background

    @property
    def size(self) -> int:
        """Bytes held; of a job that is not answered also those that its further variants will take."""
        if self.reply is None:
            return self.fill.held_bytes
        return self.fill.image_bytes + self.fill.hole_bytes + (0 if self.picture is None else len(self.picture))

    @property
    def outcome(self) -> str:
        """Of an answered request: "ok" or an error's code."""
        return self.reply.code if isinstance(self.reply, Error) else "ok"

    @property
    def queue_seconds(self) -> float:
        """Of an answered request, until a worker had it or, had none, its answer."""
        return (self.ended if self.started is None else self.started) - self.accepted

    @property
    def run_seconds(self) -> float | None:
        return self.reply.run_ms / 1000 if isinstance(self.reply, Result) else None

    @property
    def cost(self) -> int:
        """Pixels that count for fairness; of further variants half, as the network's run is the same for all."""
        return max(self.fill.hole_bytes, LEAST_COST) * (self.fill.wanted + 1) // 2

    def add_route(self, route: int) -> None:
        self.abandoned_since = None
        self.routes.pop(route, None)
        self.routes[route] = None
        while len(self.routes) > MAX_ROUTES:
            del self.routes[next(iter(self.routes))]
