"""`python -m tests.promises.strangers.siege ATTACK ADDRESS SECONDS [KEY]`: one attack, over and over, then its count.

For `metrics` the address is a port's number. KEY is a file with the attacker's secret key.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from daemon.transport.keys import KeyPair, read_pair
from tests.promises.strangers.raw import MORE, Raw

HELD = 400  # connections at a time


def ids(address: str, pair: KeyPair | None) -> None:
    """Claim ids that a counter would give, and let it give some."""
    first = int.from_bytes(os.urandom(4), "big")
    peers = []
    with suppress(OSError):
        for number in range(20):
            peers.append(Raw(address, b"\0" + ((first + number) % (1 << 32)).to_bytes(4, "big"), pair))
        peers += [Raw(address, b"", pair) for _ in range(5)]
    for peer in peers:
        peer.close()


def endless(address: str, pair: KeyPair | None) -> None:
    """Empty frames, always one more to come."""
    peer = Raw(address, b"", pair)
    with suppress(OSError):
        for _ in range(100):
            peer.stream.sendall(b"".join(peer.wrap(MORE, b"") for _ in range(500)))
    peer.close()


def connections(address: str, pair: KeyPair | None) -> None:
    """As many as there are, for a moment."""
    peers = []
    for _ in range(HELD):
        with suppress(OSError):
            peers.append(Raw(address, b"", pair))
    for peer in peers:
        peer.close()


def unfinished(address: str, pair: KeyPair | None) -> None:
    """Frames of half a gigabyte of which only the beginning comes."""
    peers = []
    for _ in range(7):
        with suppress(OSError):
            peers.append(Raw(address, b"", pair))
            peers[-1].stream.settimeout(0.2)  # the front takes no more than there is room for
            peers[-1].stream.sendall(peers[-1].begin(500 << 20) + bytes(1 << 20))
    time.sleep(1.0)
    for peer in peers:
        peer.close()


def metrics(port: str, pair: KeyPair | None) -> None:
    """Requests that come byte by byte."""
    streams = []
    with suppress(OSError):
        for _ in range(HELD):
            streams.append(socket.create_connection(("127.0.0.1", int(port)), 5))
    for _ in range(4):
        for stream in streams:
            with suppress(OSError):
                stream.sendall(b"G")
        time.sleep(0.5)
    for stream in streams:
        stream.close()


ATTACKS: dict[str, Callable[[str, KeyPair | None], None]] = {
    attack.__name__: attack for attack in (ids, endless, connections, unfinished, metrics)
}


def main() -> None:
    attack, address, seconds = ATTACKS[sys.argv[1]], sys.argv[2], float(sys.argv[3])
    pair = read_pair(Path(sys.argv[4])) if len(sys.argv) > 4 else None
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            attack(address, pair)
        count += 1
    print(count)


if __name__ == "__main__":
    main()
