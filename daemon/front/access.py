"""Who may come in by TCP, and which user a message is from, as the transport or the system vouches for it.

Connections are encrypted and their keys proven by CURVE; whether a key is let in is decided here. The key that its
connection came in by is looked up anew for every message: a revoked key is out at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair, encode
from model.errors import DaemonError

if TYPE_CHECKING:
    from daemon.front.peer import Peer

RELOAD_SECONDS = 1.0
MOST_NOTED = 100  # unknown keys that are logged from one change of the keys to the next


def user_of(peer: Peer) -> str:
    """The user id of an ipc peer (the system says so), "" where that is not known."""
    return peer.uid or ""


def own_user() -> str:
    """The user id of this process, as `user_of` gives it; "" on a system without."""
    return str(os.getuid()) if hasattr(os, "getuid") else ""


class Access:
    """The keys that are let in by TCP, read again when they change.

    Args:
        note: tells the log what happened: (event, fields).
        own: public key of the user who runs the daemon, let in without being in the folder.

    Raises:
        PconvError: "bad_key", "unsafe_directory".
    """

    def __init__(
        self,
        ring: KeyRing,
        pair: KeyPair,
        note: Callable[..., None],
        own: bytes | None = None,
    ) -> None:
        self._ring = ring
        self.pair = pair
        self._note = note
        self._own = {} if own is None else {own: own_user()}
        self._names: dict[bytes, str] = {}  # by the key
        self._signature: object = None
        self._checked = float("-inf")
        self._strangers: set[str] = set()
        self._gone: set[str] = set()
        self.reload_if_changed()

    def name_of(self, key: bytes, host: str) -> str | None:
        """Who may come in with this key; None is nobody, which is noted with the address that it came from."""
        if key not in self._names:
            self.reload_if_changed()  # a key that was added a moment ago counts already
        if key not in self._names:
            self._note_stranger(host, encode(key))
        return self._names.get(key)

    def user_of(self, peer: Peer) -> str:
        """The name of the key that a TCP message came by, the user id of an ipc peer, "" where that is not known.

        Raises:
            PconvError: "access_denied", the key was revoked.
        """
        if peer.key is None:
            return user_of(peer)
        try:
            return self._names[peer.key]
        except KeyError as error:
            raise DaemonError(
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
        self._names = users.names | self._own
        self._gone = (self._gone | gone) - names
        self._strangers.clear()

    def _note_stranger(self, host: str, key: str) -> None:
        if key not in self._strangers and len(self._strangers) < MOST_NOTED:
            self._strangers.add(key)
            self._note("access_denied", peer=host, key=key)


def may_control(user: str) -> bool:
    """Whether this user may stop or reload the daemon: the one who runs it, and root.

    Where the system does not tell who an ipc peer is, so may anybody who came in without a name.
    """
    if user == "":
        return sys.platform != "linux"
    return user in (own_user(), "0")
