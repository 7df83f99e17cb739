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
from typing import Any, cast

import cv2
import msgspec
import numpy as np
import zmq
from msgspec import UNSET

from daemon import protocol
from daemon.client.call import Call, Progress
from daemon.client.channel import Channel, ChannelLost
from daemon.client.connection import Connection
from daemon.client.default_address import get_default, get_patience
from model.errors import BusyError, DaemonError, InputError
from model.geometry.boxes import Box
from model.geometry.contexts import FillArea, check_forbid, fill_area
from model.options import FillOptions

BUSY_SECONDS = 1.0  # between tries where the daemon names no time
LONGEST_STRETCH = 1.5  # of the time that it names, so that not all come back at once
RELOAD_SECONDS = 600.0


@dataclass(frozen=True)
class Filled:
    """A fill for those who blend it into their picture themselves.

    Attributes:
        box: the rectangle of the picture that changes, the bounding box of the grown and feathered hole.
        pixels: like `image[box.slices]`, the pure fill wherever `alpha` is above 0; opaque there, if the picture has an
            alpha channel. Of several variants the best.
        alpha: (h, w) uint8, how much of the fill is to show.
        others: the further variants, like `pixels`, the better ones first.
    """

    box: Box
    pixels: np.ndarray
    alpha: np.ndarray
    others: tuple[np.ndarray, ...] = ()


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
        forbid: np.ndarray | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        timeout: float | None = None,
    ) -> np.ndarray:
        """Fill the hole of a picture; of several variants the best is returned.

        Args:
            image: H×W or H×W×C, C from 1 to 4 (2 and 4 end with alpha), uint8, uint16 or float32.
            hole: (H, W) bool, or uint8 with 0 = keep, 255 = fill, between = blend.
            forbid: (H, W) bool or uint8, not 0 where no texture may be taken from; the network still looks at it.
            progress: called in this thread.
            cancel: set it from any thread to give up.
            timeout: seconds for everything; None waits as long as it takes.

        Returns:
            A new array like `image`, byte-equal outside the hole.

        Raises:
            PconvError: an InputError, BusyError, CancelledError, DaemonError or DeviceError; "version_mismatch" of a
                daemon that is too old for what is forbidden.
        """
        return self._fill_whole(image, hole, forbid, options, 1, Call(timeout, cancel, progress))[0]

    def fill_variants(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions,
        *,
        forbid: np.ndarray | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        timeout: float | None = None,
    ) -> list[np.ndarray]:
        """Fill the hole of a picture in as many ways as `options.variants` says, to choose from, by one request.

        For arguments and errors see `fill`.

        Returns:
            New arrays like `image`, byte-equal outside the hole, the best first. There are fewer than wanted where no
            more would differ, and one alone from a daemon that is too old for more.
        """
        return self._fill_whole(image, hole, forbid, options, options.variants, Call(timeout, cancel, progress))

    def fill_box(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions = FillOptions(),  # noqa: B008
        *,
        forbid: np.ndarray | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        timeout: float | None = None,
    ) -> Filled | None:
        """Fill the hole of a picture, but leave the blending, and the choice among variants, to the caller.

        Transparent pixels of the hole are filled too, which `fill` leaves alone. For arguments and errors see `fill`.

        Returns:
            The rectangle that changes; None where there is no hole.
        """
        image = np.asarray(image)
        area = _area_of(image, np.asarray(hole), options, forbid)
        if area is None:
            return None
        part, whole = image[area.box.slices], (area.hole() > 0).astype(np.uint8) * 255
        if part.shape[2:] in ((2,), (4,)):
            part = part.copy()
            part[..., -1][whole > 0] = 1 if part.dtype.kind == "f" else np.iinfo(part.dtype).max
        pixels, *others = self._fill(part, whole, forbid, area, options, Call(timeout, cancel, progress))
        return Filled(area.inside, pixels, area.alpha, tuple(others))

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
        """Have one's own daemon serve with this weights file on its machine; None: read the one it has again.

        Returns the model that is served now. Raises PconvError with the reason why the old one stays.
        """
        return self._connection.exchange(protocol.Reload(weights), protocol.Reloaded, RELOAD_SECONDS).model

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fill_whole(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        forbid: np.ndarray | None,
        options: FillOptions,
        most: int,
        call: Call,
    ) -> list[np.ndarray]:
        """The best results, at most so many."""
        image = np.asarray(image)
        area = _area_of(image, np.asarray(hole), options, forbid)
        if area is None:
            return [image.copy()]
        copied = cache(image.copy)  # takes as long as a small fill where the picture is large
        results: list[np.ndarray] = []
        for filled in self._fill(image[area.box.slices], area.hole(), forbid, area, options, call, copied)[:most]:
            results.append(image.copy() if results else copied())
            cv2.copyTo(filled, area.alpha, results[-1][area.inside.slices])
        return results

    def _fill(
        self,
        part: np.ndarray,
        hole: np.ndarray,
        forbid: np.ndarray | None,
        area: FillArea,
        options: FillOptions,
        call: Call,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> list[np.ndarray]:
        """The pixels of `area.inside` after a fill of `part`, the picture within `area.box`; of each variant.

        Args:
            hole: as it is to be filled and blended: it was grown and feathered before.
            forbid: of the whole picture.
        """
        sent = np.ascontiguousarray(part, part.dtype.newbyteorder("<"))
        request = protocol.Fill(
            id=uuid.uuid4().hex,
            height=sent.shape[0],
            width=sent.shape[1],
            channels=1 if sent.ndim == 2 else sent.shape[2],
            dtype=cast("protocol.Dtype", sent.dtype.name),
            context=options.context,
            detail=options.detail,
        )
        later = {"priority": self._priority, "crop": True, "seed": options.seed, "variants": options.variants}
        masks = hole
        if forbid is not None and (avoided := np.asarray(forbid)[area.box.slices]).any():
            request = msgspec.structs.replace(request, forbid=True)
            masks = np.stack([hole, avoided.astype(np.uint8)])
        answer, frame = self._ask(request, (sent, masks), later, call, meanwhile)
        form = (answer.variants, answer.height, answer.width, *sent.shape[2:])
        there = area.inside.moved(-area.box.top - answer.top, -area.box.left - answer.left).slices
        variants = np.frombuffer(frame.buffer, sent.dtype).reshape(form)
        return [filled[there].astype(part.dtype, copy=False) for filled in variants]

    def _ask(
        self,
        request: protocol.Fill,
        payload: tuple[np.ndarray, np.ndarray],
        later: dict[str, Any],
        call: Call,
        meanwhile: Callable[[], object],
    ) -> tuple[protocol.Result, zmq.Frame]:
        """Send the request, again by the same id after every loss or the wait of a `busy`, until its answer comes.

        Of the fields `later` those are sent that this daemon knows. `meanwhile` is called once it is sent.
        """
        image, masks = payload
        while True:
            try:
                channel = self._connection.channel(call)
                if request.masks > 1 and "forbid" not in self._connection.fields:
                    raise _too_old()
                known = {name: later[name] if name in self._connection.fields else UNSET for name in later}
                request = msgspec.structs.replace(request, budget_ms=call.budget_ms(), **known)
                protocol.check_payload(request, image.nbytes, masks.nbytes, self._connection.limits)
                channel.send(request, *payload)
                meanwhile()
                answer = _await(channel, request.id, call)
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
                call.tell(Progress("queued"))
                call.sleep((error.retry_after or BUSY_SECONDS) * random.uniform(1, LONGEST_STRETCH))


def _await(channel: Channel, id: str, call: Call) -> tuple[protocol.Result, zmq.Frame] | protocol.Error:
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
                call.tell(Progress(reply.stage, reply.position, reply.done, reply.total))
            elif isinstance(reply, protocol.Result):
                return reply, frames[0]
            elif isinstance(reply, protocol.Error):
                return reply
    except ChannelLost:
        raise
    except BaseException:
        channel.send(protocol.Cancel(id))
        raise


def _too_old() -> DaemonError:
    return DaemonError(
        "version_mismatch",
        "The daemon that runs is too old to leave out what is forbidden; run `pconv stop` and try again, "
        "or install this pconv where the daemon is on another computer.",
    )


def _area_of(image: np.ndarray, hole: np.ndarray, options: FillOptions, forbid: np.ndarray | None) -> FillArea | None:
    """The rectangle that must travel; None where there is no hole. Raises InputError where the arrays do not fit."""
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
    if forbid is not None:
        check_forbid(np.asarray(forbid), hole.shape)
    return fill_area(hole, options)
