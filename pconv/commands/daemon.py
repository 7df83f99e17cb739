"""`pconv status` and `pconv stop`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from daemon.client.flags import add_connection
from model.errors import PconvError
from pconv.commands.tables import show, table
from pconv.commands.terminal import EXIT_HELP


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    status = _parser(subparsers, "status", "show what the daemon is and does")
    status.add_argument("--json", action="store_true", help="print it as JSON")
    status.set_defaults(run=_status)
    stop = _parser(subparsers, "stop", "let the daemon finish its work and leave")
    stop.set_defaults(run=_stop)


def _parser(subparsers: argparse._SubParsersAction, name: str, text: str) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        name, help=text, description=text, epilog=EXIT_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_connection(parser)
    return parser


def _status(given: argparse.Namespace) -> int:
    from daemon.client.client import Client

    with Client(given.address, autostart=False) as client:
        status = client.status()
    if given.json:
        print(json.dumps(status, indent=1))
    else:
        show(table(_rows(status), least=(12,)))
    return 0


def _stop(given: argparse.Namespace) -> int:
    from daemon.client.client import Client

    with Client(given.address, autostart=False) as client:
        try:
            client.ping()
        except PconvError as error:
            if error.code == "no_daemon":
                print("No daemon is running.")
                return 0
            if error.code != "version_mismatch":  # that one can be stopped all the same
                raise
        client.stop()
    print("The daemon has left.")
    return 0


def _rows(status: dict[str, Any]) -> list[tuple[str, str]]:
    model = status["model"]
    return [
        ("daemon", f"{status['software']}, pid {status['pid']}, up {status['uptime_seconds']:.0f} s"),
        *(("address", address) for address in status["addresses"]),
        ("model", f"{model['model']} ({model['sha256'][:12]}), {model['dtype']}" if model else "not loaded yet"),
        *((f"worker {w['name']}", _worker(w)) for w in status["workers"]),
        ("requests", f"{status['queued']} queued, {status['open']} open of {_users(status['users'])}"),
        *_log(status["log_failures"]),
        ("since start", ", ".join(f"{n} {what}" for what, n in status["outcomes"].items()) or "none"),
    ]


def _log(failures: int) -> list[tuple[str, str]]:
    if not failures:
        return []
    return [("log", f"{failures} lines could not be written; make room on its disk, or name another file")]


def _users(users: dict[str, dict[str, int]]) -> str:
    active = sum(1 for user in users.values() if user["open"])
    return "1 user" if active == 1 else f"{active} users"


def _worker(worker: dict[str, Any]) -> str:
    parts = [str(worker["state"]), str(worker.get("device") or "")]
    if worker.get("error"):
        parts.append(str(worker["error"]))
    return ", ".join(filter(None, parts))
