"""`pconv-daemon`: without a subcommand it bounds its own memory and runs the front until it is told to leave."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import warnings

from daemon.commands import config, keys, reload, systemd
from daemon.config.layers import add_flags, resolve
from daemon.front.process_limits import allow_many_connections, give_pictures_back, limit_memory
from daemon.front.server import Front
from daemon.front.settings import FrontSettings
from daemon.system.directories import runtime_paths
from daemon.transport.address import LOCAL
from model.errors import DaemonError, PconvError
from model.printable import printable

EXIT_CODES = {"already_running": 3, "bad_address": 2, "bad_config": 2}
PRIVATE_UMASK = 0o077  # of sockets, the address file, the log: what others may reach is made by systemd
ON_DEMAND_IDLE_SECONDS = 900.0


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 left as told, 1 failed, 2 bad arguments or configuration, 3 another daemon is running."""
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")  # the directory made instead is as private
    given = _parser().parse_args(arguments)
    try:
        return given.run(given)
    except PconvError as error:
        print(f"pconv-daemon: {printable(error.message)}", file=sys.stderr)
        return EXIT_CODES.get(error.code, 1)
    except BrokenPipeError:  # the reader of a pipe left, as `head` does
        sys.stderr.close()
        return 0
    except OSError as error:
        where = printable(error.filename or "The system refuses")
        print(f"pconv-daemon: {where}: {error.strerror}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pconv-daemon",
        usage="%(prog)s [options] [COMMAND ...]",
        description="Keeps the network loaded and fills pictures for all pconv programs. "
        "They start one of their user's own by themselves; one that many share is described in docs/workstation.md. "
        "SIGTERM or `pconv stop` lets it finish its work and leave.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--on-demand", action="store_true", help="as clients start it: logs to its own directory, leaves when idle"
    )
    add_flags(parser)
    parser.set_defaults(run=_serve)
    subparsers = parser.add_subparsers(metavar="COMMAND", title="commands")
    for module in (config, keys, reload, systemd):
        module.add_parser(subparsers)
    return parser


def _serve(given: argparse.Namespace) -> int:
    paths = runtime_paths()
    on_demand = {"idle_seconds": ON_DEMAND_IDLE_SECONDS, "log": str(paths.log)} if given.on_demand else {}
    config = resolve(given, defaults=on_demand).config
    if given.on_demand and LOCAL not in config.listen:
        text = "`listen` must hold `local` too, or programs cannot reach the daemon that they start; add it."
        raise DaemonError("bad_config", text)
    os.umask(PRIVATE_UMASK)
    front = Front(FrontSettings.of(config, paths))
    give_pictures_back()
    allow_many_connections()
    limit_memory(config.memory_mib)
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: front.drain())
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: front.reload())
    front.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
