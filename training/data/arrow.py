"""Photos in data sets of Hugging Face: parquet files as they are published, Arrow files as their library saves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from model.errors import TrainingError
from training.data.unpacked import copy_of

ROWS = 64  # of a parquet file, in memory at a time


def is_part(path: Path) -> bool:
    """Whether a file of a folder is a part of a data set; their library leaves other Arrow files beside those."""
    return path.suffix == ".parquet" or (path.suffix == ".arrow" and not path.name.startswith(("cache-", "indices")))


def pictures(place: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name and reader of each row's picture, in order. Parquet, which is read by hundreds of rows, is copied once.

    Raises:
        TrainingError: code "no_arrow" (the library is missing), "no_room", "bad_photos" (no column of pictures).
        ValueError, OSError: the file cannot be read.
    """
    _library(str(place))
    plain = copy_of(place, ".arrow", partial(_copy, place)) if place.suffix == ".parquet" else place
    for row in range(len(_pictures_of(str(plain)))):
        yield f"{place.stem}/{row:06d}", partial(_picture, str(plain), row)


def _picture(path: str, row: int) -> bytes:
    value = _pictures_of(path)[row].as_py()
    if isinstance(value, dict):  # their library's: the file's bytes, or where it lies
        value = value["bytes"] or Path(value.get("path") or "").read_bytes()
    return value or b""


@lru_cache(maxsize=64)
def _pictures_of(path: str) -> Any:
    """The column of pictures; its file is mapped, not read."""
    arrow = _library(path)
    mapped = arrow.memory_map(path)
    try:
        table = arrow.ipc.open_stream(mapped).read_all()
    except arrow.ArrowInvalid:
        table = arrow.ipc.open_file(mapped).read_all()
    return table[_column(table.schema, path)]


def _column(schema: Any, path: str) -> str:
    """The first column whose values are those of their library's images, else the first of plain bytes."""
    types = _library(path).types
    for column in schema:
        if types.is_struct(column.type) and column.type.get_field_index("bytes") >= 0:
            return column.name
    for column in schema:
        if types.is_binary(column.type) or types.is_large_binary(column.type):
            return column.name
    raise TrainingError("bad_photos", f"{path} has no column of pictures, only {', '.join(schema.names)}")


def _copy(path: Path, target: Path) -> None:
    arrow = _library(str(path))
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        column = _column(file.schema_arrow, str(path))
        parts = file.iter_batches(ROWS, columns=[column])
        schema = arrow.schema([file.schema_arrow.field(column)])
        with arrow.OSFile(str(target), "wb") as sink, arrow.ipc.new_stream(sink, schema) as writer:
            for part in parts:
                writer.write_batch(part.cast(schema) if part.schema != schema else part)


def _library(path: str) -> Any:
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        raise TrainingError(
            "no_arrow", f"{path} is of a data set: pip install 'pconv[datasets]' (pyarrow) to read it"
        ) from error
    return pyarrow
