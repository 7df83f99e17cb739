"""What the front may take of the system: memory, which goes back when pictures leave, and connections."""

from __future__ import annotations

import ctypes
import sys

M_MMAP_THRESHOLD = -3  # glibc's number for it
PICTURE_BYTES = 128 << 10


def limit_memory(mib: int) -> None:
    """A peer that sends without end cannot make the machine suffer: what it sends fails to be stored, and it is cut.

    A message of countless empty frames ends the front instead; it is started again, and clients repeat their requests.
    """
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def allow_many_connections() -> None:
    """As many descriptors as the system lets this process have: each connection takes one, and ZeroMQ ends without."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS names a hard limit that it does not grant
            return


def give_pictures_back() -> None:
    """Memory of pictures returns to the system when they are freed.

    Left to itself, glibc keeps freed blocks of the sizes that it has seen, and a front after a busy hour holds twice
    what it needs. Other C libraries have no such setting.
    """
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)
        except AttributeError:
            return
