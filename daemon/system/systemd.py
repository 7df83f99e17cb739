"""What systemd wants of a service: to be told its state and that it lives, and to hand it listening sockets.

Without systemd nothing here does anything.
"""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import MutableMapping

FIRST_DESCRIPTOR = 3


def exec_line(command: list[str]) -> str:
    """A command as a unit's ExecStart has it: in what stands there, % and $ begin something of systemd's."""
    return shlex.join(command).replace("%", "%%").replace("$", "$$")


def notify(state: str) -> None:
    """Tell systemd, in the form of sd_notify(3), such as "READY=1"; a systemd that does not listen is no error."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
            there.setblocking(False)
            there.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)
    except OSError:  # a service must not fail for want of a listener
        return


def inherited_sockets(environment: MutableMapping[str, str] = os.environ) -> dict[str, int]:
    """The listening sockets that systemd made for this process, by ZeroMQ endpoint; children will not see them."""
    pid, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit():
        return {}
    found = {}
    for descriptor in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count)):
        os.set_inheritable(descriptor, False)
        with socket.socket(fileno=os.dup(descriptor)) as there:
            family, name = there.family, there.getsockname()
        if family == socket.AF_UNIX:
            found[f"ipc://{name}"] = descriptor
        else:
            host = f"[{name[0]}]" if family == socket.AF_INET6 else name[0]
            found[f"tcp://{host}:{name[1]}"] = descriptor
    return found


class Watchdog:
    """Tells systemd that the loop that calls `tick` still turns, often enough for WatchdogSec."""

    def __init__(self) -> None:
        own = os.environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
        self._interval = int(os.environ.get("WATCHDOG_USEC", 0) if own else 0) / 1e6 / 3
        self._last = float("-inf")

    def tick(self, now: float) -> None:
        if self._interval and now - self._last >= self._interval:
            self._last = now
            notify("WATCHDOG=1")
