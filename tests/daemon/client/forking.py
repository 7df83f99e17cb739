"""A client that is used, then taken along by `os.fork` in the way named first; prints what every process got.

The second argument is the daemon's address.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time

from daemon.client.client import Client
from model.errors import PconvError
from tests.daemon.picture import HOLE, IMAGE, MIDDLE

client = Client(sys.argv[2], autostart=False, connect_timeout=5.0)


def fill(timeout: float = 20.0) -> str:
    """What came of a fill, in one word."""
    try:
        filled = client.fill(IMAGE, HOLE, timeout=timeout)
    except PconvError as error:
        return error.code
    return "filled" if (filled[MIDDLE] == 64).all() else "wrong"


def in_child(work) -> None:
    """Do it in a forked child that ends as programs do, and tell how that went."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        work()
        sys.exit(0)
    print("ended", os.waitpid(child, 0)[1])


def fork() -> None:
    in_child(lambda: print("child", fill(), fill()))
    print("parent", fill())


def close() -> None:
    in_child(client.close)
    print("parent", fill())


def grandchild() -> None:
    in_child(lambda: (print("child", fill()), in_child(lambda: print("grandchild", fill()))))


def pool() -> None:
    with multiprocessing.get_context("fork").Pool(2) as workers:
        print("pool", *workers.map(fill, [20.0] * 4))


def timeout() -> None:
    """Told by `hold` on standard input that nothing is answered now."""
    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.monotonic()
    in_child(lambda: print("child", fill(1.0)))
    print("soon" if time.monotonic() - begin < 10 else "late")


print("first", fill())
{"fork": fork, "close": close, "grandchild": grandchild, "pool": pool, "timeout": timeout}[sys.argv[1]]()
