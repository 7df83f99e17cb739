"""Photos in LMDB (LSUN's and its like): each value is a picture file, its key is the name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from model.errors import TrainingError


def is_lmdb(place: Path) -> bool:
    """Whether it is an LMDB: a folder with data.mdb, or one file NAME.lmdb or NAME.mdb."""
    return (place / "data.mdb").is_file() or (place.suffix.lower() in (".lmdb", ".mdb") and place.is_file())


def pictures(place: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name and reader of each value, by key; keys that begin with two underscores are notes on the file.

    Raises:
        TrainingError: code "no_lmdb".
        OSError: it is no LMDB.
    """
    with _environment(str(place)).begin() as transaction:
        keys = [key for key in transaction.cursor().iternext(values=False) if not key.startswith(b"__")]
    for key in keys:
        name = key.decode("utf-8", "backslashreplace")
        yield f"{place.stem}/{name}", partial(_value, str(place), key)


def _value(path: str, key: bytes) -> bytes:
    with _environment(path).begin() as transaction:
        return transaction.get(key) or b""


@lru_cache(maxsize=64)
def _environment(path: str) -> Any:
    try:
        import lmdb
    except ImportError as error:
        raise TrainingError("no_lmdb", f"{path} is an LMDB: pip install 'pconv[datasets]' (lmdb) to read it") from error
    try:
        return lmdb.open(path, subdir=Path(path).is_dir(), readonly=True, lock=False, readahead=False)
    except lmdb.Error as error:
        raise OSError(str(error)) from error


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_environment.cache_clear)  # an open LMDB is of one process; each opens its own again
