"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from model.errors import InputError, PconvError

BINARY = getattr(os, "O_BINARY", 0)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_atomically(
    path: Path, data: bytes, error_type: type[PconvError] = InputError, mode: int | None = None
) -> None:
    """Write `data` to a file beside `path`, sync it, then rename it over `path` (symbolic links are followed).

    An existing file keeps its permissions; on an error it keeps its contents and nothing else is left.

    Args:
        mode: of the file, old or new; None leaves that of a new one to the umask, as is right for a user's pictures.

    Raises:
        error_type: `no_space` or `unwritable`.
    """
    with replacing(path, error_type, mode) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, error_type: type[PconvError] = InputError, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to write and seek in; as `write_atomically`, it takes the place of `path` at the end, if all went well."""
    target = Path(os.path.realpath(path))
    if os.path.isdir(target):  # False for a name too long, which writing then explains
        raise error_type("unwritable", f"{path} is a folder; name a file to write.")
    temporary = target.with_name(f".pconv-{secrets.token_hex(8)}.part")
    try:
        with open(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, mode or 0o666), "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        elif target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        os.replace(temporary, target)
    except OSError as error:
        raise _explained(path, error, error_type) from error
    finally:
        with contextlib.suppress(OSError):  # gone after the rename, or its folder never was
            temporary.unlink()


def create_private(path: Path, text: str) -> bool:
    """Write a file that its owner alone can read. False, and nothing done, where it exists: whoever is first wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(draft, path)  # nobody sees half of it
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _explained(path: Path, error: OSError, error_type: type[PconvError]) -> PconvError:
    if error.errno in FULL:
        return error_type("no_space", f"{path} cannot be written: the disk is full; free some space and try again.")
    if error.errno == errno.ENOENT and not path.parent.is_dir():
        return error_type("unwritable", f"{path} cannot be written: the folder {path.parent} does not exist.")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return error_type("unwritable", f"{path} cannot be written: {reason}; choose another place.")
