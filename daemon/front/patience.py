"""For how long a connection may keep the front waiting."""

from __future__ import annotations

from collections.abc import Iterable

from daemon.front.peer import Peer

HANDSHAKE_SECONDS = 3.0
SILENCE_SECONDS = 10.0  # in the middle of a message
PATIENT_SECONDS = 30.0  # for a message that comes slowly while others wait for room
LONGEST_SECONDS = 600.0  # for any message
DEAF_SECONDS = 60.0  # without taking a byte of what is sent


def is_late(peer: Peer, now: float) -> bool:
    """Whether the peer has kept us waiting for too long; notes those for whom the clock does not run."""
    if not peer.is_open:
        return now - peer.accepted > HANDSHAKE_SECONDS
    if peer.waits or peer.is_aside:
        peer.heard = now
    if not peer.is_sending or peer.is_aside:
        peer.took = now
    if now - peer.took > DEAF_SECONDS:
        return True
    is_slow = now - peer.heard > SILENCE_SECONDS or now - peer.began > LONGEST_SECONDS
    return peer.is_unfinished and is_slow


def slowest(peers: Iterable[Peer], now: float) -> Peer | None:
    """Who has held room for an unfinished message for longest, if that is too long while others wait for some."""
    slow = [peer for peer in peers if peer.held and not peer.waits]
    oldest = min(slow, key=lambda peer: peer.began, default=None)
    return oldest if oldest is not None and now - oldest.began > PATIENT_SECONDS else None
