"""TIFF files, written with all that a picture carries."""

from __future__ import annotations

import struct
import zlib

import imagecodecs
import numpy as np
from PIL import Image, TiffImagePlugin

from pconv.images.metadata import SUB_IFDS, Extras
from pconv.images.pixels import PixelError

TIFF_STRIP_BYTES = 2**20
BYTE, UNDEFINED = 1, 7  # types of tags
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2  # kinds of samples beyond the colours
DIFFERENCES, FLOAT_PREDICTOR = 2, 3  # what is deflated
FLOAT = 3  # kind of numbers
MOST_BYTES = 2**32 - 1


def encode_tiff(array: np.ndarray, extras: Extras) -> bytes:
    """Deflated strips and one directory; Pillow lays out the directory and the EXIF below it.

    Args:
        array: (H, W, 1..4) uint8, uint16 or float32: gray or RGB, with or without alpha.
    """
    file = TiffPages()
    file.add(array, extras)
    return file.data()


class TiffPages:
    """A file that grows by a page at a time."""

    def __init__(self) -> None:
        self._data = bytearray(b"II*\x00" + bytes(4))
        self._link = 4  # place of the offset of the page that comes next

    def add(self, array: np.ndarray, extras: Extras) -> None:
        """As for `encode_tiff`.

        Raises:
            PixelError: the file would be larger than its offsets can tell.
        """
        directory, strips = _page(array, extras)
        start = len(self._data)
        head = directory.tobytes(start)
        if start + len(head) + sum(map(len, strips)) > MOST_BYTES:
            raise PixelError("its pages do not go into one TIFF, which holds 4 GiB; fill fewer of them by --page.")
        struct.pack_into("<I", self._data, self._link, start)
        self._link = start + 2 + 12 * len(directory)
        self._data += b"".join([head, *strips])
        self._data += bytes(len(self._data) % 2)

    def data(self) -> bytes:
        return bytes(self._data)


def _page(array: np.ndarray, extras: Extras) -> tuple[TiffImagePlugin.ImageFileDirectory_v2, list[bytes]]:
    kinds = [] if array.shape[2] % 2 else [ASSOCIATED if extras.associated_alpha else UNASSOCIATED]
    kinds += [UNSPECIFIED] * len(extras.samples)
    colours = 3 if array.shape[2] >= 3 else 1
    array = np.dstack([array, *extras.samples])
    height, width, channels = array.shape
    is_float = array.dtype == np.float32
    rows = max(1, TIFF_STRIP_BYTES // (width * channels * array.itemsize))
    strips = [_strip(array[top : top + rows]) for top in range(0, height, rows)]
    offsets = np.concatenate([[0], np.cumsum([len(s) for s in strips])[:-1]])

    directory = TiffImagePlugin.ImageFileDirectory_v2()
    _add_exif(directory, extras)
    directory[256], directory[257] = width, height
    directory[258] = (array.itemsize * 8,) * channels
    directory[259] = 8
    directory[262] = 2 if colours == 3 else 1
    directory[273] = tuple(int(o) for o in offsets)
    directory.tagtype[273] = 4
    directory[277] = channels
    directory[278] = rows
    directory[279] = tuple(len(s) for s in strips)
    directory[284] = 1
    directory[317] = FLOAT_PREDICTOR if is_float else DIFFERENCES
    if is_float:
        directory[339] = (FLOAT,) * channels
    if kinds:
        directory[338] = kinds
    if extras.icc:
        directory[34675] = extras.icc
    for tag, kind, content in ((33723, UNDEFINED, extras.iptc), (34377, BYTE, extras.photoshop)):
        if content:
            directory.tagtype[tag] = kind
            directory[tag] = content
    if extras.xmp:
        directory.tagtype[700] = 1
        directory[700] = extras.xmp
    return directory, strips


def _add_exif(directory: TiffImagePlugin.ImageFileDirectory_v2, extras: Extras) -> None:
    if extras.exif:
        exif = Image.Exif()
        exif.load(b"Exif\x00\x00" + extras.exif)
        sub_ifds = {ifd: dict(exif.get_ifd(ifd)) for ifd in SUB_IFDS}
        for tag, value in exif.items():
            if tag not in SUB_IFDS:
                directory[tag] = value
        for ifd, values in sub_ifds.items():
            if values:
                directory.tagtype[ifd] = 4
                directory[ifd] = values
    if extras.dpi:
        directory[282], directory[283], directory[296] = extras.dpi[0], extras.dpi[1], 2


def _strip(rows: np.ndarray) -> bytes:
    if rows.dtype == np.float32:
        return zlib.compress(imagecodecs.floatpred_encode(np.ascontiguousarray(rows), axis=-2).tobytes(), 6)
    differences = np.concatenate([rows[:, :1], np.diff(rows, axis=1)], axis=1)
    return zlib.compress(differences.astype(rows.dtype.newbyteorder("<")).tobytes(), 6)
