"""Where photos lie: folders, lists, tars, zips, LMDB, Arrow and parquet files, each known by its name."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from model.errors import TrainingError
from training.data import arrow, lmdb_files
from training.data.unpacked import COMPRESSED_TARS, plain_tar

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm"}
LOCAL_HEADER = struct.Struct("<26xHH")  # of a zip's member: the lengths of its name and of its extra field


@dataclass(frozen=True)
class PhotoEntry:
    """One photo.

    Args:
        name: what people are told, folders inside archives included; decides what is held out.
        read: gives the bytes of its file; raises OSError or ValueError where it cannot. It travels to other processes.
    """

    name: str
    read: Callable[[], bytes]


@lru_cache(maxsize=64)
def entries(path: str) -> tuple[PhotoEntry, ...]:
    """The photos at a path, always in the same order.

    Raises:
        TrainingError: code "bad_photos": it is of no kind that is known, cannot be read, or lacks its library.
    """
    place = Path(path)
    try:
        return tuple(_found(place))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise TrainingError("bad_photos", f"{path} cannot be read ({error}); fetch it again") from error


def _found(place: Path) -> Iterator[PhotoEntry]:
    suffix = place.suffix.lower()
    if lmdb_files.is_lmdb(place):
        return (PhotoEntry(name, read) for name, read in lmdb_files.pictures(place))
    if place.is_dir():
        return _folder(place)
    if suffix in SUFFIXES:
        return iter([_file(place.name, place)])
    if place.name.lower().endswith(COMPRESSED_TARS):
        return _tar(plain_tar(place))
    if suffix in _KINDS:
        return _KINDS[suffix](place)
    known = ", ".join([*_KINDS, *COMPRESSED_TARS, ".lmdb"])
    raise TrainingError("bad_photos", f"{place} is neither a folder nor an image nor one of {known}")


def _folder(place: Path) -> Iterator[PhotoEntry]:
    """Its images; of a folder that holds a data set in place of images, those of its Arrow and parquet files."""
    files = sorted(place.rglob("*"))
    images = [p for p in files if p.suffix.lower() in SUFFIXES]
    if images:
        return (_file(str(p.relative_to(place.parent)), p) for p in images)
    return (entry for p in files if arrow.is_part(p) for entry in _KINDS[p.suffix](p))


def _list(place: Path) -> Iterator[PhotoEntry]:
    lines = [line.strip() for line in place.read_text().splitlines()]
    return (_file(line, place.parent / line) for line in lines if line and not line.startswith("#"))


def _tar(place: Path) -> Iterator[PhotoEntry]:
    with tarfile.open(place, "r:") as tar:
        for m in tar:
            if m.isfile() and Path(m.name).suffix.lower() in SUFFIXES:
                yield PhotoEntry(m.name, partial(_bytes, str(place), m.offset_data, m.size))


def _zip(place: Path) -> Iterator[PhotoEntry]:
    with zipfile.ZipFile(place) as archive:
        for m in archive.infolist():
            if m.is_dir() or Path(m.filename).suffix.lower() not in SUFFIXES:
                continue
            if m.flag_bits & 1 or m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise TrainingError(
                    "bad_photos", f"{place} is encrypted or compressed in a rare way; zip it again, without a password"
                )
            packed = m.compress_type == zipfile.ZIP_DEFLATED
            yield PhotoEntry(m.filename, partial(_member, str(place), m.header_offset, m.compress_size, packed))


def _arrow(place: Path) -> Iterator[PhotoEntry]:
    return (PhotoEntry(name, read) for name, read in arrow.pictures(place))


_KINDS = {".txt": _list, ".tar": _tar, ".zip": _zip, ".arrow": _arrow, ".parquet": _arrow}


def _file(name: str, path: Path) -> PhotoEntry:
    return PhotoEntry(name, partial(_bytes, str(path), 0, -1))


def _bytes(path: str, offset: int, size: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(size)


def _member(path: str, offset: int, size: int, packed: bool) -> bytes:
    """A zip's member whose own header lies at `offset`, read without the archive's list: any process may."""
    with open(path, "rb") as file:
        file.seek(offset)
        file.seek(sum(LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))), 1)
        content = file.read(size)
    try:
        return zlib.decompress(content, -zlib.MAX_WBITS) if packed else content
    except zlib.error as error:
        raise ValueError(str(error)) from error
