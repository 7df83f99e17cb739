"""Plain copies of what cannot be read by number: compressed tars and parquet files, made once, in the user's cache."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import logging
import lzma
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

from model.errors import TrainingError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)
_OPENERS: dict[str, Callable] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
COMPRESSED_TARS = (".tgz", *(f".tar.{suffix}" for suffix in _OPENERS))


def plain_tar(path: Path) -> Path:
    """The tar that a compressed tar holds.

    Raises:
        TrainingError: code "no_room".
        OSError, EOFError, ValueError: it cannot be unpacked.
    """
    opener = _OPENERS.get(path.suffix.lower()[1:], gzip.open)

    def unpack(target: Path) -> None:
        with opener(path) as packed, open(target, "wb") as plain:
            try:
                shutil.copyfileobj(packed, plain, 2**20)
            except (zlib.error, lzma.LZMAError) as error:
                raise ValueError(str(error)) from error

    return copy_of(path, ".tar", unpack)


def copy_of(path: Path, suffix: str, make: Callable[[Path], None]) -> Path:
    """The copy of a file that `make` writes; made where there is none of this file as it is now.

    Raises:
        TrainingError: code "no_room".
    """
    found = path.stat()
    digest = hashlib.sha256(f"{path.resolve()} {found.st_size} {found.st_mtime_ns}".encode()).hexdigest()[:16]
    copy = user_cache_path("pconv") / "unpacked" / f"{path.name.split('.')[0]}-{digest}{suffix}"
    if copy.is_file():
        return copy
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with open(copy.with_name(copy.name + ".lock"), "w") as lock:
            if fcntl is not None:  # one of a run's processes unpacks, the others wait
                fcntl.flock(lock, fcntl.LOCK_EX)
            if not copy.is_file():
                log.info("%s cannot be read by number: unpacked once, to %s", path, copy)
                _write(copy, make)
    except OSError as error:
        if error.errno is None:  # of the file, not of the disk
            raise
        raise TrainingError(
            "no_room", f"{path} cannot be unpacked into {copy.parent} ({error}); make room, or unpack it yourself"
        ) from error
    return copy


def _write(copy: Path, make: Callable[[Path], None]) -> None:
    partial = copy.with_name(copy.name + ".part")
    try:
        make(partial)
        os.replace(partial, copy)
    finally:
        partial.unlink(missing_ok=True)
