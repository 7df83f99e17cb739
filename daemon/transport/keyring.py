"""The folder of the daemon's own key and of those of the users whom it lets in."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from daemon.system.directories import config_directory
from daemon.system.files import create_private
from daemon.transport.keys import (
    KeyPair,
    decode,
    encode,
    give_to_owner_of,
    make_pair,
    make_private_directory,
    read_pair,
)
from model.errors import DaemonError, InputError, PconvError

NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class Users:
    """Who may come in: name by public key; and what in the folder is no key, as sentences."""

    names: dict[bytes, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


class KeyRing:
    """A folder with the daemon's own pair, `daemon`, and a file for each user, `users/NAME`, of a key a line."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or config_directory() / "keys"
        self._users = self.directory / "users"

    def init(self) -> tuple[KeyPair, bool]:
        """The daemon's pair and whether it is new."""
        make_private_directory(self.directory)
        make_private_directory(self._users)
        with contextlib.suppress(FileNotFoundError):
            return read_pair(self.directory / "daemon"), False
        return make_pair(self.directory / "daemon"), True

    def pair(self) -> KeyPair | None:
        """The daemon's pair, None before `init`.

        Raises:
            PconvError: "bad_key", "unsafe_directory".
        """
        try:
            found = read_pair(self.directory / "daemon")
        except FileNotFoundError:
            return None
        for path in (self.directory, self._users):
            if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
                raise DaemonError("unsafe_directory", f"Others can enter {path}; run `chmod 700 {path}`.")
        return found

    def add(self, name: str, key: str) -> None:
        """Let a user in; a name may have several keys, one for each computer.

        Raises:
            PconvError: "bad_key", "bad_name", "conflict" (the key has another name, or this one already), "no_keys".
        """
        public = decode(key)
        if not NAME.fullmatch(name):
            raise DaemonError(
                "bad_name", f"{name!r} is no name; use up to 32 of a-z, 0-9, dot, - and _, a letter first."
            )
        pair = self._initialised()
        if public == pair.public:
            raise DaemonError(
                "bad_key", "That is the daemon's own key; add the one that the user's `pconv key` prints."
            )
        if (holder := self.users().names.get(public)) is not None:
            raise InputError("conflict", f"This key is {holder}'s already; run `pconv-daemon keys list`.")
        path = self._users / name
        before = path.read_text("ascii").splitlines() if path.exists() else []
        self._replace(path, "".join(f"{line}\n" for line in [*before, encode(public)]))

    def revoke(self, name: str) -> None:
        """Let a user in no more.

        Raises:
            PconvError: "bad_name", there is no such user.
        """
        if not NAME.fullmatch(name) or not (self._users / name).exists():
            raise DaemonError("bad_name", f"There is no key of {name!r}; run `pconv-daemon keys list`.")
        (self._users / name).unlink()

    def users(self) -> Users:
        """Every user; a file that is not as it should be is named and counts for nothing.

        Raises:
            OSError: the folder is there but cannot be listed.
        """
        names: dict[bytes, str] = {}
        faults = []
        try:
            paths = sorted(path for path in self._users.iterdir() if not path.name.startswith("."))
        except FileNotFoundError:
            paths = []
        for path in paths:
            try:
                keys = _keys_in(path)
            except PconvError as error:
                faults.append(error.message)
                continue
            for key in keys:
                if names.setdefault(key, path.name) != path.name:
                    faults.append(f"A key in {path} is {names[key]}'s too; it counts as {names[key]}'s.")
        return Users(names, tuple(faults))

    def signature(self) -> tuple[tuple[str, int, int, int], ...]:
        """Changes when any user's file does."""
        try:
            with os.scandir(self._users) as entries:
                found = [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        except OSError:
            return ()
        return tuple(sorted((name, info.st_mtime_ns, info.st_size, info.st_ino) for name, info in found))

    def _initialised(self) -> KeyPair:
        pair = self.pair()
        if pair is None:
            raise DaemonError("no_keys", f"There are no keys in {self.directory}; run `pconv-daemon keys init` first.")
        return pair

    def _replace(self, path: Path, text: str) -> None:
        draft = path.with_name(f".{path.name}.new")
        draft.unlink(missing_ok=True)
        create_private(draft, text)
        give_to_owner_of(path.parent, draft)
        draft.replace(path)


def _keys_in(path: Path) -> list[bytes]:
    fault = DaemonError("bad_key", f"{path} is not a user's key and is ignored; remove it, or add the user again.")
    if not NAME.fullmatch(path.name):
        raise fault
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise fault
        lines = path.read_text("ascii").splitlines()
        keys = [decode(line) for line in lines if line.strip() and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, PconvError) as error:
        raise fault from error
    if not keys:
        raise fault
    return keys
