"""The front's memory: bounded, and given back to the system when pictures leave.

May know: the system's allocator and limits. Must not know: messages.
"""

from __future__ import annotations

import ctypes
import sys

M_MMAP_THRESHOLD = -3  # glibc's number for it
PICTURE_BYTES = 128 << 10


def limit_memory(mib: int) -> None:
    """A peer that sends without end then fails to be stored, and is cut, before the machine suffers."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


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
