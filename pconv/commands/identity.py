"""`pconv key` and `pconv use`: this user's key, and the daemon that this user's programs go to."""

from __future__ import annotations

import argparse

from daemon.client.default_address import get_default, set_default
from daemon.transport.address import LOCAL
from daemon.transport.keys import encode, identity, identity_path
from pconv.commands.terminal import note


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "print your public key, for the administrator of a daemon that many share; made at the first call"
    key = subparsers.add_parser("key", help=text, description=text, allow_abbrev=False)
    key.set_defaults(run=_key)
    text = "say which daemon your programs use: the command, the editor, GIMP"
    use = subparsers.add_parser("use", help=text, description=text, allow_abbrev=False)
    use.add_argument("address", nargs="?", help=f"as its administrator gave it, or {LOCAL}; without: show it")
    use.set_defaults(run=_use)


def _key(given: argparse.Namespace) -> int:
    print(encode(identity().public))
    note(f"Send this line to the daemon's administrator. It is no secret; what is stays in {identity_path()}.")
    return 0


def _use(given: argparse.Namespace) -> int:
    if given.address:
        set_default(None if given.address == LOCAL else given.address)
    print(get_default() or LOCAL)
    return 0
