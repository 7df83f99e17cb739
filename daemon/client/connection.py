"""A client's way to a front: finds or starts it, greets it, and finds it again after a loss."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import zmq

from daemon import protocol
from daemon.client.autostart import ensure_running
from daemon.client.call import TURN_SECONDS, Call
from daemon.client.channel import Link, LinkLost, NotLetIn
from daemon.errors import PconvError
from daemon.system.directories import RuntimePaths, runtime_paths
from daemon.system.locks import is_held
from daemon.transport.address import Address, parse

GREETING_SECONDS = 2.0  # a front that just left never greets; then it is looked for again
NOT_LET_IN_SECONDS = 3.0  # as long as a front may take to restart behind a tunnel, which ends connections meanwhile
MOST_LOSSES = 8  # of the connection during one call


class Session:
    """
    Args:
        address: of the daemon; None is the user's local daemon.
        autostart: start the local daemon when none runs.
        connect_timeout: seconds to find, or start, a daemon.
    """

    def __init__(self, address: str | None, autostart: bool, connect_timeout: float) -> None:
        self.limits = protocol.Limits()
        self.fields: list[str] = []
        self._address = address
        self._autostart = autostart
        self._timeout = connect_timeout
        self._link: Link | None = None
        self._turned_away: float | None = None

    def link(self, call: Call) -> Link:
        """A greeted connection.

        Raises:
            PconvError: "no_daemon", "start_failed", "version_mismatch", "cancelled", "deadline", ….
        """
        limit = time.monotonic() + self._timeout
        while self._link is None:
            if time.monotonic() > limit:
                raise PconvError("no_daemon", self._nobody())
            call.check()
            address = self._find(call)
            if address is not None:
                self._link = self._greet(address, call)
            elif call.losses or self._autostart:  # a daemon comes, or comes back
                call.sleep(TURN_SECONDS)
            else:
                raise PconvError("no_daemon", self._nobody())
        return self._link

    def exchange(self, request: protocol.Request, wanted: type, within: float | None = None) -> Any:
        """Ask one question and return the answer of type `wanted`, within so many seconds. Raises as `link`."""
        call = Call(within or self._timeout)
        while True:
            try:
                link = self.link(call)
                link.send(request)
                return _expect(link, wanted, call)
            except LinkLost:
                self.lost(call)
            except PconvError as error:
                if error.code != "deadline":
                    raise
                raise PconvError("no_daemon", self._nobody()) from error

    def lost(self, call: Call) -> None:
        """The link broke under this call; a front that breaks again and again is given up."""
        self.close()
        call.losses += 1
        if call.losses > MOST_LOSSES:
            raise PconvError("no_daemon", "The daemon ends again and again; run `pconv doctor`.")
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
        if self._link is not None:
            self._link.close()
            self._link = None

    def _find(self, call: Call) -> Address | None:
        """Where the daemon listens; None where no local daemon runs and none may be started."""
        if self._address:
            return parse(self._address)
        paths = runtime_paths()
        if self._autostart:
            ensure_running(paths, self._timeout, call.starting, call.check)
        return _read_address(paths)

    def _greet(self, address: Address, call: Call) -> Link | None:
        """A link that was answered with `welcome`, or None when nobody did in time."""
        try:
            link = Link(address)
        except zmq.ZMQError as error:
            raise PconvError(
                "bad_address", f"{address} cannot be connected to ({error.strerror}); correct the address."
            ) from error
        try:
            link.send(protocol.Hello([protocol.VERSION], f"python {os.getpid()}"))
            welcome = _expect(link, protocol.Welcome, call, GREETING_SECONDS)
            if welcome.version != protocol.VERSION:
                raise PconvError(
                    "version_mismatch",
                    f"The daemon that runs is {welcome.software} and speaks PCV{welcome.version}, this pconv "
                    f"PCV{protocol.VERSION}; run `pconv stop` and try again, or install the same pconv on both sides "
                    "where the daemon is on another computer.",
                )
            self.limits, self.fields = welcome.limits, welcome.fields
            self._turned_away = None
            return link
        except LinkLost as loss:
            link.close()
            self._note_refusal(isinstance(loss, NotLetIn) and address.is_tcp, address)
            call.sleep(TURN_SECONDS)
            return None
        except BaseException:
            link.close()
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
            raise PconvError(
                "access_denied",
                f"What listens at {address.endpoint} ends every connection: it wants an address with a key, "
                "tcp://HOST:PORT?key=KEY, which its administrator has, or is a tunnel to a daemon that does not run."
                if address.key is None
                else f"What listens at {address.endpoint} has another key than the address says, or is no daemon; "
                "ask its administrator for the address (`pconv-daemon keys show`).",
            )

    def _still_there(self) -> bool:
        try:
            _expect(self._link, protocol.Pong, Call(GREETING_SECONDS))
        except LinkLost:
            return False
        except PconvError:
            return True
        return True

    def _nobody(self) -> str:
        if self._address:
            return f"No daemon answers at {self._address}; start `pconv-daemon --listen` there or correct the address."
        return "No daemon is running; start `pconv-daemon`, or run `pconv doctor` if it should be there."


def _expect(link: Link, wanted: type, call: Call, within: float | None = None) -> Any:
    """The next reply of a type, others are passed over.

    Raises:
        LinkLost: the front left, or nothing came `within` so many seconds.
        PconvError: the front answered with an error.
    """
    limit = None if within is None else time.monotonic() + within
    while True:
        call.check()
        if limit is not None and time.monotonic() > limit:
            raise LinkLost
        received = link.receive(TURN_SECONDS)
        if received is None:
            continue
        reply = received[0]
        if isinstance(reply, wanted):
            return reply
        if isinstance(reply, protocol.Error) and reply.id is None:
            raise PconvError(reply.code, reply.message, reply.retry_after)


def _read_address(paths: RuntimePaths) -> Address | None:
    try:
        return parse(paths.address_file.read_text(errors="replace"))
    except FileNotFoundError:
        return None
