"""`pconv-daemon`: reads its arguments, bounds its own memory, and runs the front until it is told to leave.

May know: the front's settings. Must not know: torch, messages.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from daemon.errors import PconvError
from daemon.paths import RuntimePaths, runtime_paths
from daemon.server import Front
from daemon.settings import FrontSettings
from daemon.supervisor import WorkerSettings

MEMORY_MIB = 4096
LOOPBACK = ("tcp://127.0.0.1:", "tcp://localhost:", "tcp://[::1]:")
EXIT_CODES = {"already_running": 3, "bad_address": 2}


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 left as told, 1 failed, 2 bad arguments, 3 another daemon is running."""
    given = _parser().parse_args(arguments)
    try:
        front = Front(_settings(given))
        _limit_memory(given.memory_mib)
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: front.drain())
        front.run()
    except PconvError as error:
        print(f"pconv-daemon: {error.message}", file=sys.stderr)
        return EXIT_CODES.get(error.code, 1)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pconv-daemon",
        description="Keeps the network loaded and fills pictures for all pconv programs of this user. "
        "They start it by themselves; SIGTERM or `pconv stop` lets it finish its work and leave.",
    )
    parser.add_argument("--address", help="listen at ipc:///PATH or tcp://127.0.0.1:PORT instead of the user's socket")
    parser.add_argument(
        "--device", action="append", help="cpu, cuda:N or mps; repeat for several; default: $PCONV_DEVICE or the best"
    )
    parser.add_argument("--weights", help="weights file; default: $PCONV_WEIGHTS or the one that came with pconv")
    parser.add_argument("--dtype", default="auto", choices=("auto", "float32", "bfloat16"), help="arithmetic")
    parser.add_argument("--threads", type=int, help="CPU threads of each worker")
    parser.add_argument("--idle-seconds", type=float, help="leave after so long without requests; default: stay")
    parser.add_argument("--log", type=Path, help="append one JSON line a request to this file; default: standard error")
    parser.add_argument(
        "--memory-mib", type=int, default=MEMORY_MIB, help="most address space of the front, default %(default)s"
    )
    return parser


def _settings(given: argparse.Namespace) -> FrontSettings:
    return FrontSettings(
        paths=_paths(given.address),
        address=given.address,
        idle_seconds=given.idle_seconds,
        workers=tuple(
            WorkerSettings(device, given.weights, given.dtype, given.threads) for device in given.device or [None]
        ),
        log=given.log,
    )


def _paths(address: str | None) -> RuntimePaths:
    """The user's directory, or one of its own below it for a daemon at another address."""
    paths = runtime_paths()
    if address is None:
        return paths
    if address.startswith("tcp://") and not address.startswith(LOOPBACK):
        raise PconvError(
            "bad_address",
            f"{address} can be reached by others and would carry pictures unencrypted; use tcp://127.0.0.1:PORT "
            "and, from other machines, an ssh tunnel to it.",
        )
    if not address.startswith(("tcp://", "ipc:///")):
        raise PconvError("bad_address", f"{address} is no address; use ipc:///PATH or tcp://127.0.0.1:PORT.")
    directory = paths.directory / "".join(c if c.isalnum() else "-" for c in address)
    directory.mkdir(mode=0o700, exist_ok=True)
    return RuntimePaths(directory)


def _limit_memory(mib: int) -> None:
    """A peer that sends without end then fails to be stored, and is cut, before the machine suffers."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
