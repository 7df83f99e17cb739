"""`pconv-daemon keys`: who may use the daemon by TCP."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from daemon.config.layers import add_flags, resolve
from daemon.transport.address import Address, parse
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode
from model.errors import DaemonError
from model.printable import printable

PORT = 7766


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "make the daemon's key and say whose keys are let in by TCP"
    parser = subparsers.add_parser("keys", help=text, description=text + "; a running daemon follows within a second")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _action(actions, "init", _init, "make the daemon's own key, once; nothing is replaced")
    add = _action(actions, "add", _add, "let a user in, by the line that the user's `pconv key` prints")
    add.add_argument("name", help="of the user; the same name again adds a second computer's key")
    add.add_argument("key", help="52 characters")
    _action(actions, "list", _list, "show who is let in, and files that are no keys")
    _action(actions, "revoke", _revoke, "let a user in no more, open connections included").add_argument("name")
    _action(actions, "show", _show, "print the address to give to the users")


def _action(
    actions: argparse._SubParsersAction, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
    add_flags(parser)
    parser.set_defaults(run=run)
    return parser


def _ring(given: argparse.Namespace) -> KeyRing:
    folder = resolve(given).config.keys
    return KeyRing(Path(folder) if folder else None)


def _init(given: argparse.Namespace) -> int:
    ring = _ring(given)
    _, fresh = ring.init()
    print(f"The daemon's key {'is new' if fresh else 'was there already'}; it stays in {ring.directory}.")
    print("Next: pconv-daemon keys add NAME KEY, with the KEY that the user's `pconv key` prints.")
    return 0


def _add(given: argparse.Namespace) -> int:
    _ring(given).add(given.name, given.key)
    print(f"{given.name} is let in. The address for {given.name}:")
    return _show(given)


def _list(given: argparse.Namespace) -> int:
    users = _ring(given).users()
    for key, name in sorted(users.names.items(), key=lambda item: item[1]):
        print(f"{name:<20} {encode(key)}")
    for fault in users.faults:
        print(f"pconv-daemon: {printable(fault)}", file=sys.stderr)
    return 1 if users.faults else 0


def _revoke(given: argparse.Namespace) -> int:
    _ring(given).revoke(given.name)
    print(f"{given.name} is let in no more.")
    return 0


def _show(given: argparse.Namespace) -> int:
    pair = _ring(given).pair()
    if pair is None:
        raise DaemonError("no_keys", "The daemon has no key yet; run `pconv-daemon keys init` first.")
    listen = [parse(text).endpoint for text in resolve(given).config.listen if text.startswith("tcp://")]
    for endpoint in listen or [f"tcp://*:{PORT}"]:
        print(Address(_as_seen_from_elsewhere(endpoint), pair.public))
    if not listen:
        print(
            f'The daemon does not listen by TCP yet: start it with --listen local --listen "tcp://*:{PORT}", '
            f'or put listen = ["local", "tcp://*:{PORT}"] into its file.',
            file=sys.stderr,
        )
    return 0


def _as_seen_from_elsewhere(endpoint: str) -> str:
    """All interfaces are reached by the name of this computer."""
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return f"tcp://{socket.gethostname() if host in ('*', '0.0.0.0', '[::]') else host}:{port}"
