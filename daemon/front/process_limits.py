"""What the front may take of the system: memory, which goes back when pictures leave, and connections."""

from __future__ import annotations

import ctypes
import os
import sys

M_MMAP_THRESHOLD = -3  # glibc's number for it
PICTURE_BYTES = 128 << 10
LARGEST_SELECT = 400  # of the 512 sockets that Windows looks at together
LEAST_CONNECTIONS = 8
KEPT_DESCRIPTORS = 12
WORKER_DESCRIPTORS = 8


def limit_memory(mib: int) -> None:
    """Should all bounds together not be enough, a peer is cut for want of memory, and the machine does not suffer."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def allow_many_connections() -> None:
    """As many descriptors as the system lets this process have: each connection takes one."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):  # macOS names a hard limit that it does not grant
            return


def most_connections(workers: int) -> int:
    """For how many there are descriptors beside what is open now and what workers will need."""
    if sys.platform == "win32":
        return LARGEST_SELECT
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = sys.maxsize if soft < 0 else soft
    return max(LEAST_CONNECTIONS, soft - len(os.listdir("/dev/fd")) - KEPT_DESCRIPTORS - workers * WORKER_DESCRIPTORS)


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
