"""The way in: `Client.fill(image, hole)` through a daemon that is found, or started, by itself.

Only the context of the holes travels, and only hole pixels of the answer are used. Calls block; a GUI makes them in
a thread of its own.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import msgspec
import numpy as np
import zmq
from msgspec import UNSET

from daemon import protocol
from daemon.client.call import Call
from daemon.client.channel import Channel, ChannelLost
from daemon.client.connection import Connection
from daemon.client.default_address import get_default, get_patience
from model.errors import BusyError, InputError
from model.geometry.boxes import Box, union
from model.geometry.contexts import (
    check_hole,
    context_boxes,
    farthest_seen,
    holds_any,
    hole_box,
    prepare_hole,
)
from model.options import FillOptions

BUSY_SECONDS = 1.0  # between tries where the daemon names no time
LONGEST_STRETCH = 1.5  # of the time that it names, so that not all come back at once
RELOAD_SECONDS = 600.0


@dataclass(frozen=True)
class Progress:
    """`stage`: "starting" (a daemon), "loading" (its network), "queued" (at `position`), "filling" (done of total)."""

    stage: str
    position: int = 0
    done: int = 0
    total: int = 0


class Client:
    """A program's way to a daemon.

    Args:
        address: of the daemon; None takes $PCONV_ADDRESS, else what `pconv use` chose, else the user's local daemon.
        autostart: start the local daemon when none runs. One at another address is never started.
        connect_timeout: seconds to find, or start, a daemon; None takes $PCONV_CONNECT_TIMEOUT, else 30 for one's own,
            which may have to be started, and 4 for one at another address.
        background: these fills are of a folder or the like; the same user's other fills go before them.

    Nothing is connected before the first call. One client for each thread.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        autostart: bool = True,
        connect_timeout: float | None = None,
        background: bool = False,
    ) -> None:
        self._priority = "background" if background else UNSET
        patience = get_patience() if connect_timeout is None else connect_timeout
        self._connection = Connection(address or get_default(), autostart, patience)

    def fill(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions = FillOptions(),  # noqa: B008
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        timeout: float | None = None,
    ) -> np.ndarray:
        """Fill the hole of a picture; of several variants the best is returned.

        Args:
            image: H×W or H×W×C, C from 1 to 4 (2 and 4 end with alpha), uint8, uint16 or float32.
            hole: (H, W) bool, or uint8 with 0 = keep, 255 = fill, between = blend.
            progress: called in this thread.
            cancel: set it from any thread to give up.
            timeout: seconds for everything; None waits as long as it takes.

        Returns:
            A new array like `image`, byte-equal outside the hole.

        Raises:
            InputError, BusyError, CancelledError, DaemonError, DeviceError: see `model.errors`.
        """
        return self.fill_variants(image, hole, options, progress=progress, cancel=cancel, timeout=timeout)[0]

    def fill_variants(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions,
        *,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        timeout: float | None = None,
    ) -> list[np.ndarray]:
        """Fill the hole of a picture in several ways to choose from, in one request.

        Arguments and errors are those of `fill`; `options.variants` says how many are wanted.

        Returns:
            New arrays like `image`, byte-equal outside the hole, the best first. There are fewer than wanted where no
            more would differ, and a single one from a daemon that is too old for more.
        """
        image, hole = np.asarray(image), np.asarray(hole)
        plan = _plan(image, hole, options)
        if plan is None:
            return [image.copy()]
        box, inside, alpha = plan
        tell = progress or (lambda event: None)
        call = Call(timeout, cancel, lambda: tell(Progress("starting")))
        part = np.ascontiguousarray(image[box.slices], image.dtype.newbyteorder("<"))
        part_hole = np.ascontiguousarray(hole[box.slices])
        if part_hole.dtype == np.bool_:
            part_hole = part_hole.astype(np.uint8) * 255
        request = protocol.Fill(
            id=uuid.uuid4().hex,
            height=part.shape[0],
            width=part.shape[1],
            channels=1 if part.ndim == 2 else part.shape[2],
            dtype=image.dtype.name,
            grow=options.grow,
            feather=options.feather,
            context=options.context,
            detail=options.detail,
        )
        copied = cache(image.copy)  # takes as long as a small fill where the picture is large
        answer, picture = self._ask(request, (part, part_hole), options, call, tell, copied)
        form = (answer.variants, answer.height, answer.width, *part.shape[2:])
        there = inside.moved(-box.top - answer.top, -box.left - answer.left).slices
        results = []
        for filled in np.frombuffer(picture.buffer, part.dtype).reshape(form):
            results.append(image.copy() if results else copied())
            cv2.copyTo(filled[there].astype(image.dtype, copy=False), alpha, results[-1][inside.slices])
        return results

    def status(self) -> dict[str, Any]:
        """What the daemon is and does, as plain data."""
        return self._connection.exchange(protocol.StatusRequest(), protocol.Status).status

    def ping(self) -> float:
        """Seconds to the daemon and back, once connected."""
        self._connection.exchange(protocol.Ping(), protocol.Pong)
        begin = time.monotonic()
        self._connection.exchange(protocol.Ping(), protocol.Pong)
        return time.monotonic() - begin

    def stop(self) -> None:
        """Let the daemon finish its work and leave; returns when it has left, at once when none runs."""
        self._connection.stop()

    def reload(self, weights: str | None = None) -> dict[str, Any]:
        """Let the daemon, if it is one's own, serve with this file on its machine (None: its own, read again).

        Returns the model that is served now. Raises PconvError with the reason why the old one stays.
        """
        return self._connection.exchange(protocol.Reload(weights), protocol.Reloaded, RELOAD_SECONDS).model

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(
        self,
        request: protocol.Fill,
        payload: tuple[np.ndarray, ...],
        options: FillOptions,
        call: Call,
        tell: Callable[[Progress], None],
        meanwhile: Callable[[], object],
    ) -> tuple[protocol.Result, zmq.Frame]:
        """Send the request, again by the same id after every loss or the wait of a `busy`, until its answer comes.

        `meanwhile` is called once it is sent.
        """
        while True:
            try:
                channel = self._connection.channel(call)
                later = {"priority": self._priority, "crop": True, "seed": options.seed, "variants": options.variants}
                later = {name: later[name] if name in self._connection.fields else UNSET for name in later}
                request = msgspec.structs.replace(request, budget_ms=call.budget_ms(), **later)
                protocol.check_payload(request, *(array.nbytes for array in payload), self._connection.limits)
                channel.send(request, *payload)
                meanwhile()
                answer = _await(channel, request.id, call, tell)
                if not isinstance(answer, protocol.Error):
                    return answer
                raise protocol.error_of(answer)
            except ChannelLost:
                self._connection.lost(call)
            except BusyError as error:
                if error.code == "deadline":
                    raise
                if error.code == "shutting_down":
                    self._connection.close()
                tell(Progress("queued"))
                call.sleep((error.retry_after or BUSY_SECONDS) * random.uniform(1, LONGEST_STRETCH))


def _await(
    channel: Channel, id: str, call: Call, tell: Callable[[Progress], None]
) -> tuple[protocol.Result, zmq.Frame] | protocol.Error:
    """The answer. Whatever ends the wait otherwise, the daemon is told to stop working on it."""
    try:
        while True:
            call.check()
            received = channel.receive(call.wait_seconds)
            if received is None:
                continue
            reply, frames = received
            if getattr(reply, "id", None) not in (id, None):
                continue
            if isinstance(reply, protocol.ProgressEvent):
                tell(Progress(reply.stage, reply.position, reply.done, reply.total))
            elif isinstance(reply, protocol.Result):
                return reply, frames[0]
            elif isinstance(reply, protocol.Error):
                return reply
    except ChannelLost:
        raise
    except BaseException:
        channel.send(protocol.Cancel(id))
        raise


def _plan(image: np.ndarray, hole: np.ndarray, options: FillOptions) -> tuple[Box, Box, np.ndarray] | None:
    """The rectangle that must travel, that of the holes, their blend alpha there. None where there is no hole."""
    if (
        image.dtype.name not in protocol.ITEM_BYTES
        or image.ndim not in (2, 3)
        or 0 in image.shape
        or image.shape[2:] > (4,)
    ):
        raise InputError(
            "bad_image",
            f"Pictures are H×W or H×W×(1 to 4) of uint8, uint16 or float32, got {image.dtype} {image.shape}.",
        )
    if hole.shape != image.shape[:2]:
        raise InputError(
            "bad_hole", f"The hole is {hole.shape}, the picture {image.shape[:2]} (height, width); make them one size."
        )
    check_hole(hole)
    if not holds_any(hole):
        return None
    near = farthest_seen(hole_box(hole), options, hole.shape)
    alpha = prepare_hole(hole[near.slices], options)
    inside, box = hole_box(alpha), union(context_boxes(alpha, options))
    whole = alpha[box.slices].all()  # no context was wanted, so that only the whole picture has any
    box = Box(0, 0, *hole.shape) if whole else box.moved(near.top, near.left)
    return box, inside.moved(near.top, near.left), alpha[inside.slices]
