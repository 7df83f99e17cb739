"""Keys of CURVE: as text, and as private files.

A key is 52 characters of base32, so that it can be selected, mailed and put into an address as one word.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from zmq.utils import z85

from daemon.system.directories import config_directory, make_folder
from daemon.system.files import create_private
from model.errors import DaemonError, PconvError

KEY_BYTES = 32


def encode(key: bytes) -> str:
    return base64.b32encode(key).decode().rstrip("=").lower()


def decode(text: str) -> bytes:
    """Read a key from its text.

    Raises:
        PconvError: "bad_key".
    """
    try:
        key = base64.b32decode(text.strip().upper() + "====")
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or encode(key) != text.strip().lower():
        raise DaemonError(
            "bad_key", f"{text.strip()[:60]!r} is no key; copy all 52 characters that `pconv key` prints."
        )
    return key


@dataclass(frozen=True)
class KeyPair:
    public: bytes
    secret: bytes = field(repr=False)


def read_pair(path: Path) -> KeyPair:
    """The pair whose secret half is in this file.

    Raises:
        FileNotFoundError: there is none.
        PconvError: "bad_key", it is damaged, or others can read it.
    """
    try:
        is_open = os.name == "posix" and path.stat().st_mode & 0o077
        secret = decode(path.read_text("ascii"))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DaemonError(
            "bad_key", f"The key {path} cannot be read: {error.strerror}; mend its permissions."
        ) from error
    except (PconvError, UnicodeDecodeError) as error:
        raise DaemonError(
            "bad_key", f"The key {path} is damaged; restore it, or remove it and make a new one."
        ) from error
    if is_open:
        raise DaemonError("bad_key", f"Others can read the secret key {path}; run `chmod 600 {path}`.")
    return KeyPair(z85.decode(zmq.curve_public(z85.encode(secret))), secret)


def make_pair(path: Path) -> KeyPair:
    """A new pair, or the one that another process made at this path a moment before."""
    make_private_directory(path.parent)
    if create_private(path, encode(z85.decode(zmq.curve_keypair()[1])) + "\n"):
        give_to_owner_of(path.parent, path)
    return read_pair(path)


def identity() -> KeyPair:
    """This user's own pair, made at the first call. Raises as `read_pair`."""
    path = identity_path()
    try:
        return read_pair(path)
    except FileNotFoundError:
        return make_pair(path)


def identity_path() -> Path:
    return config_directory() / "identity"


def make_private_directory(path: Path) -> None:
    if not path.exists():
        make_folder(path)
        give_to_owner_of(path.parent, path)


def give_to_owner_of(directory: Path, path: Path) -> None:
    """What root makes in the folder of a service's user is that user's."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        owner = directory.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
