"""A client's way to a front: finds or starts it, greets it, and finds it again after a loss."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import zmq

from daemon import protocol
from daemon.client.autostart import ensure_running
from daemon.client.call import TURN_SECONDS, Call, Progress
from daemon.client.channel import Channel, ChannelLost, NotLetIn
from daemon.system.directories import RuntimePaths, runtime_paths
from daemon.system.locks import is_held
from daemon.transport.address import Address, parse
from model.errors import DaemonError, PconvError

START_SECONDS = 30.0  # to find a daemon that is starting, or starting anew
REACH_SECONDS = 4.0  # to find one at another address, which never answered before
ANSWER_SECONDS = 20.0  # to a question, from a daemon that was found
GREETING_SECONDS = 2.0  # a front that just left never greets; then it is looked for again
NOT_LET_IN_SECONDS = 3.0  # as long as a front may take to restart behind a tunnel, which ends connections meanwhile
MOST_LOSSES = 8  # of the connection during one call


class Connection:
    """A way to one daemon that is found again after a loss.

    Args:
        address: of the daemon; None is the user's local daemon.
        autostart: start the local daemon when none runs.
        patience: seconds to find, or start, a daemon; None is START_SECONDS, or REACH_SECONDS at an address where none
            was found yet.
    """

    def __init__(self, address: str | None, autostart: bool, patience: float | None = None) -> None:
        self.limits = protocol.Limits()
        self.fields: list[str] = []
        self._address = address
        self._autostart = autostart
        self._patience = patience
        self._was_there = False
        self._channel: Channel | None = None
        self._turned_away: float | None = None

    def channel(self, call: Call) -> Channel:
        """A greeted connection of this very process.

        Raises:
            PconvError: "no_daemon", "start_failed", "version_mismatch", "cancelled", "deadline", ….
        """
        limit = time.monotonic() + self._seconds_to_find()
        if self._channel is not None and not self._channel.is_ours:
            self.close()
        while self._channel is None:
            if (left := limit - time.monotonic()) <= 0:
                self._was_there = False
                raise DaemonError("no_daemon", self._nobody())
            call.check()
            address = self._find(call)
            if address is not None:
                self._channel = self._greet(address, call, min(left, GREETING_SECONDS))
            elif call.losses or self._autostart:  # a daemon comes, or comes back
                call.sleep(TURN_SECONDS)
            else:
                raise DaemonError("no_daemon", self._nobody())
        return self._channel

    def exchange(self, request: protocol.Request, wanted: type, within: float | None = None) -> Any:
        """Ask one question and return the answer of type `wanted`, within so many seconds. Raises as `channel`."""
        call = Call(within or self._patience or ANSWER_SECONDS)
        while True:
            try:
                channel = self.channel(call)
                channel.send(request)
                return _expect(channel, wanted, call)
            except ChannelLost:
                self.lost(call)
            except PconvError as error:
                if error.code != "deadline":
                    raise
                raise DaemonError("no_daemon", self._nobody()) from error

    def lost(self, call: Call) -> None:
        """The channel broke under this call; a front that breaks again and again is given up."""
        self.close()
        call.losses += 1
        if call.losses > MOST_LOSSES:
            raise DaemonError("no_daemon", "The daemon ends again and again; run `pconv doctor`.")
        call.sleep(TURN_SECONDS)

    def stop(self) -> None:
        """Let the daemon finish its work and leave; returns when it has left, at once when none runs."""
        paths = None if self._address else runtime_paths()
        if paths is not None and not is_held(paths.daemon_lock):
            return
        self._autostart, autostart = False, self._autostart
        try:
            self.exchange(protocol.Shutdown(), protocol.Bye)
        except PconvError as error:
            if paths is None or error.code not in ("version_mismatch", "bad_reply"):
                raise
            os.kill(int(paths.daemon_lock.read_text()), signal.SIGTERM)
        finally:
            self._autostart = autostart
        while is_held(paths.daemon_lock) if paths else self._still_there():
            time.sleep(TURN_SECONDS)
        self.close()

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _find(self, call: Call) -> Address | None:
        """Where the daemon listens; None where no local daemon runs and none may be started."""
        if self._address:
            return parse(self._address)
        paths = runtime_paths()
        if self._autostart:
            ensure_running(paths, self._seconds_to_find(), lambda: call.tell(Progress("starting")), call.check)
        return _read_address(paths)

    def _seconds_to_find(self) -> float:
        if self._patience is not None:
            return self._patience
        return START_SECONDS if self._address is None or self._was_there else REACH_SECONDS

    def _greet(self, address: Address, call: Call, seconds: float) -> Channel | None:
        """A channel that was answered with `welcome`, or None when nobody did in so many seconds."""
        try:
            channel = Channel(address)
        except zmq.ZMQError as error:
            raise DaemonError(
                "bad_address", f"{address} cannot be connected to ({error.strerror}); correct the address."
            ) from error
        try:
            channel.send(protocol.Hello([protocol.VERSION], f"python {os.getpid()}"))
            welcome = _expect(channel, protocol.Welcome, call, seconds)
            if welcome.version != protocol.VERSION:
                raise DaemonError(
                    "version_mismatch",
                    f"The daemon that runs is {welcome.software} and speaks PCV{welcome.version}, this pconv "
                    f"PCV{protocol.VERSION}; run `pconv stop` and try again, or install the same pconv on both sides "
                    "where the daemon is on another computer.",
                )
            self.limits, self.fields = welcome.limits, welcome.fields
            self._turned_away, self._was_there = None, True
            return channel
        except ChannelLost as loss:
            channel.close()
            self._note_refusal(isinstance(loss, NotLetIn) and address.is_tcp, address)
            call.sleep(TURN_SECONDS)
            return None
        except BaseException:
            channel.close()
            raise

    def _note_refusal(self, refused: bool, address: Address) -> None:
        """Somebody who goes on ending connections before the greeting is not the daemon of this address."""
        now = time.monotonic()
        if not refused:
            self._turned_away = None
        elif self._turned_away is None:
            self._turned_away = now
        elif now - self._turned_away > NOT_LET_IN_SECONDS:
            self._turned_away = None
            raise DaemonError(
                "access_denied",
                f"What listens at {address.endpoint} ends every connection: it wants an address with a key, "
                "tcp://HOST:PORT?key=KEY, which its administrator has, or is a tunnel to a daemon that does not run."
                if address.key is None
                else f"What listens at {address.endpoint} has another key than the address says, or is no daemon; "
                "ask its administrator for the address (`pconv-daemon keys show`).",
            )

    def _still_there(self) -> bool:
        if self._channel is None:
            return False
        try:
            _expect(self._channel, protocol.Pong, Call(GREETING_SECONDS))
        except ChannelLost:
            return False
        except PconvError:
            return True
        return True

    def _nobody(self) -> str:
        if self._address:
            return f"No daemon answers at {self._address}; start `pconv-daemon --listen` there or correct the address."
        return "No daemon is running; start `pconv-daemon`, or run `pconv doctor` if it should be there."


def _expect(channel: Channel, wanted: type, call: Call, within: float | None = None) -> Any:
    """The next reply of a type, others are passed over.

    Raises:
        ChannelLost: the front left, or nothing came `within` so many seconds.
        PconvError: the front answered with an error.
    """
    limit = None if within is None else time.monotonic() + within
    while True:
        call.check()
        if limit is not None and time.monotonic() > limit:
            raise ChannelLost
        received = channel.receive(TURN_SECONDS)
        if received is None:
            continue
        reply = received[0]
        if isinstance(reply, wanted):
            return reply
        if isinstance(reply, protocol.Error) and reply.id is None:
            raise protocol.error_of(reply)


def _read_address(paths: RuntimePaths) -> Address | None:
    try:
        return parse(paths.address_file.read_text(errors="replace"))
    except FileNotFoundError:
        return None
