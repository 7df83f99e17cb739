"""Who may come in by TCP, and which user a message is from, as the transport or the system vouches for it.

Connections are encrypted and their keys checked by ZeroMQ's CURVE, which asks here (ZAP) about each new one. Every
message carries the key that its connection came in by, and is looked up anew: a revoked key is out at once.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Callable

import zmq

from daemon.errors import PconvError
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair, encode

ZAP = "inproc://zeromq.zap.01"
DOMAIN = "pconv"
RELOAD_SECONDS = 1.0
MOST_NOTED = 100  # unknown keys that are logged from one change of the keys to the next


def user_of(frame: zmq.Frame) -> str:
    """The user id of an ipc peer (the system says so), "" where that is not known."""
    try:
        parts = str(frame.get("Peer-Address")).rsplit(":", 3)
    except zmq.ZMQError:
        return ""
    return parts[1] if sys.platform == "linux" and parts[0] == "localhost" and len(parts) == 4 else ""


def own_user() -> str:
    """The user id of this process, as `user_of` gives it; "" on a system without."""
    return str(os.getuid()) if hasattr(os, "getuid") else ""


class Access:
    """
    Args:
        note: tells the log what happened: (event, fields).
        own: public key of the user who runs the daemon, let in without being in the folder.

    Raises:
        PconvError: "bad_key", "unsafe_directory".
    """

    def __init__(
        self,
        context: zmq.Context,
        ring: KeyRing,
        pair: KeyPair,
        note: Callable[..., None],
        own: bytes | None = None,
    ) -> None:
        self._ring = ring
        self._pair = pair
        self._note = note
        self._own = {} if own is None else {encode(own): own_user()}
        self._names: dict[str, str] = {}  # by the text of the key, as messages carry it
        self._signature: object = None
        self._checked = float("-inf")
        self._strangers: set[str] = set()
        self._gone: set[str] = set()
        self.reload_if_changed()
        self.socket = context.socket(zmq.REP)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(ZAP)

    @property
    def public_key(self) -> bytes:
        return self._pair.public

    def protect(self, socket: zmq.Socket) -> None:
        """What this socket binds from now on takes CURVE connections of known keys only."""
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self._pair.secret)
        socket.setsockopt_string(zmq.ZAP_DOMAIN, DOMAIN)
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)

    def answer(self) -> None:
        """Decide about every connection that waits for it."""
        while True:
            try:
                version, number, domain, peer, _, mechanism, *credentials = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            asked = domain == DOMAIN.encode() and mechanism == b"CURVE" and len(credentials) == 1
            key = encode(credentials[0]) if asked else ""
            if self._knows(key):
                verdict = [b"200", b"", key.encode(), b""]
            else:
                verdict = [b"400", b"unknown key", b"", b""]
                self._refuse(peer, key)
            self.socket.send_multipart([version, number, *verdict])

    def user_of(self, frame: zmq.Frame) -> str:
        """The name of the key that a TCP message came by, the user id of an ipc peer, "" where that is not known.

        Raises:
            PconvError: "access_denied", the key was revoked.
        """
        if local := user_of(frame):
            return local
        if not _is_tcp(frame):
            return ""
        try:
            return self._names[str(frame.get("User-Id"))]
        except (KeyError, zmq.ZMQError) as error:
            raise PconvError(
                "access_denied", "This daemon does not take your key any more; ask its administrator."
            ) from error

    def refresh(self, now: float) -> set[str]:
        """Read the keys again where they changed, looking once a second. The names that went since the last call."""
        if now - self._checked >= RELOAD_SECONDS:
            self._checked = now
            self.reload_if_changed()
        gone, self._gone = self._gone, set()
        return gone

    def reload_if_changed(self) -> None:
        """Where the keys cannot be read the old ones stay."""
        signature = self._ring.signature()
        if signature == self._signature:
            return
        try:
            users = self._ring.users()
        except OSError as error:
            self._note("keys_unreadable", reason=f"{error}; the keys known before still count")
            return
        finally:
            self._signature = signature
        names = set(users.names.values())
        gone = set(self._names.values()) - names
        self._note("keys", users=len(names), gone=sorted(gone))
        for fault in users.faults:
            self._note("bad_key", reason=fault)
        self._names = {encode(key): name for key, name in users.names.items()} | self._own
        self._gone = (self._gone | gone) - names
        self._strangers.clear()

    def _knows(self, key: str) -> bool:
        """A key that was added a moment ago counts already."""
        if key not in self._names:
            self.reload_if_changed()
        return key in self._names

    def _refuse(self, peer: bytes, key: str) -> None:
        if key not in self._strangers and len(self._strangers) < MOST_NOTED:
            self._strangers.add(key)
            self._note("access_denied", peer=peer.decode("ascii", "replace"), key=key)


def may_control(user: str) -> bool:
    """Whether this user may stop or reload the daemon: the one who runs it, and root.

    Where the system does not tell who an ipc peer is, so may anybody who came in without a name.
    """
    if user == "":
        return sys.platform != "linux"
    return user in (own_user(), "0")


def _is_tcp(frame: zmq.Frame) -> bool:
    """An ipc peer's address is no IP address; and what has none at all is not let through as ipc."""
    try:
        ipaddress.ip_address(str(frame.get("Peer-Address")))
    except ValueError:
        return False
    except zmq.ZMQError:
        return True
    return True
