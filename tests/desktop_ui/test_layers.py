"""The fills alone: laid over what was opened they give the result, in files and on the clipboard."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFileDialog

from desktop_ui.document.document import Document
from desktop_ui.document.layers import fills_alone, layers
from desktop_ui.jobs.layered_tiff import write_layers
from model.errors import PconvError
from model.geometry.boxes import Box
from pconv.images.files import Picture, read_picture, write_picture
from pconv.images.metadata import Extras
from tests.desktop_ui.hands import ALT, CTRL, SHIFT, key
from tests.desktop_ui.test_document import fill_with, mark


def worked(dtype=np.uint8, channels: int = 3, alpha: bool = False, icc: bytes | None = None) -> Document:
    """Two fills that overlap."""
    rng = np.random.default_rng(2)
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (rng.random((90, 120, channels)) * full).astype(dtype)
    clear = (rng.random((90, 120)) * full).astype(dtype) if alpha else None
    document = Document(Picture(pixels, clear, Extras(icc=icc, dpi=(300.0, 300.0))))
    for box, value in ((Box(20, 20, 50, 60), 0.25), (Box(40, 50, 70, 100), 0.5)):
        document.replace_mask("clear", np.zeros_like(document.mask))
        mark(document, box)
        fill_with(document, value * full)
    return document


def over(below: np.ndarray, layer: Picture) -> np.ndarray:
    """Exact, since every pixel of a layer is whole or nothing."""
    return np.where((layer.alpha > 0)[..., None], layer.pixels, below)


KINDS = [(np.uint8, 3), (np.uint8, 1), (np.uint16, 3), (np.uint16, 1), (np.float32, 3)]


@pytest.mark.parametrize("dtype, channels", KINDS)
def test_the_fills_laid_over_the_picture_are_the_result(dtype, channels) -> None:
    document = worked(dtype, channels)
    assert np.array_equal(over(document.original, fills_alone(document.picture, document.fills)), document.image)
    below = document.original
    for layer in layers(document.picture, document.fills):
        below = over(below, layer)
    assert np.array_equal(below, document.image)


def test_what_was_transparent_is_so_in_its_layer() -> None:
    document = worked(alpha=True)
    layer = fills_alone(document.picture, document.fills)
    changed = (document.image != document.original).any(axis=2)
    assert np.array_equal(layer.alpha[changed], document.picture.alpha[changed]) and not layer.alpha[~changed].any()


@pytest.mark.parametrize("dtype, channels", KINDS)
@pytest.mark.parametrize("alpha", [False, True])
def test_a_layered_tiff_has_the_photo_and_each_fill(tmp_path, dtype, channels, alpha) -> None:
    document, path = worked(dtype, channels, alpha, icc=b"a profile"), tmp_path / "layers.tif"
    assert write_layers(path, document.picture, document.fills, ["Photo", "Fill 1", "Fill 2"]).note == ""
    with tifffile.TiffFile(path) as file:
        assert [page.tags[285].value for page in file.pages] == ["Photo", "Fill 1", "Fill 2"]
        assert all(page.tags[34675].value == b"a profile" for page in file.pages)
    photo, *fills = (read_picture(path, page) for page in (1, 2, 3))
    assert np.array_equal(photo.pixels, document.original) and (photo.alpha is not None) == alpha
    assert photo.extras.dpi == (300, 300)
    below = photo.pixels
    for layer in fills:
        assert layer.pixels.dtype == dtype
        below = over(below, layer)
    expected = document.image
    if alpha:  # where nothing shows there is nothing to be seen
        seen = (document.picture.alpha > 0)[..., None]
        below, expected = below * seen, expected * seen
    assert np.array_equal(below, expected)


def test_a_layered_tiff_says_what_it_leaves_out_and_spares_an_old_file(tmp_path) -> None:
    document, path = worked(), tmp_path / "layers.tif"
    exif = Image.Exif()
    exif[271] = "Maker"
    document.picture.extras = Extras(exif=exif.tobytes())
    assert "EXIF" in write_layers(path, document.picture, document.fills, ["a", "b", "c"]).note
    old = path.read_bytes()
    with pytest.raises(PconvError):
        write_layers(path, Picture(document.original.astype(np.complex64)), (), ["a"])
    assert path.read_bytes() == old and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(PconvError):
        write_layers(tmp_path, document.picture, (), ["a"])


# by hand


@pytest.fixture
def filled(opened):
    mark(opened.workspace.document, Box(100, 100, 140, 160))
    fill_with(opened.workspace.document, 90)
    return opened


@pytest.mark.gui
def test_without_a_fill_there_is_nothing_to_export(opened) -> None:
    for name in ("file.export_fill", "file.export_layers", "edit.copy_fill"):
        assert not opened.actions_by_name[name].isEnabled()


@pytest.mark.gui
def test_the_fill_alone_becomes_a_png(filled, tmp_path, qtbot, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *of: asked.append(of[2]) or (str(tmp_path / "out"), "PNG (*.png)")
    )
    key(filled.canvas, Qt.Key.Key_E, CTRL | ALT)
    qtbot.waitUntil(lambda: "Saved as out.png" in filled.banner.text, timeout=20_000)
    assert asked[0].endswith("photo-fill.png")
    document = filled.workspace.document
    layer = read_picture(tmp_path / "out.png")
    assert layer.pixels.shape == document.original.shape
    assert np.array_equal(over(document.original, layer), document.image)
    assert document.unexported, "the picture itself is in no file"


@pytest.mark.gui
def test_layers_become_a_tiff_whatever_is_typed(filled, tmp_path, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.jpg"), "TIFF (*.tif *.tiff)"))
    key(filled.canvas, Qt.Key.Key_L, CTRL | SHIFT)
    qtbot.waitUntil(lambda: "Saved as out.jpg.tif" in filled.banner.text, timeout=20_000)
    assert np.array_equal(read_picture(tmp_path / "out.jpg.tif", 1).pixels, filled.workspace.document.original)


@pytest.mark.gui
def test_the_fill_is_copied_with_its_transparency(filled) -> None:
    key(filled.canvas, Qt.Key.Key_C, CTRL | SHIFT)
    image = QGuiApplication.clipboard().image()
    assert image.hasAlphaChannel() and (image.width(), image.height()) == (60, 40)
    assert image.pixelColor(30, 20).getRgb() == (90, 90, 90, 255)


def test_a_layer_can_be_written_as_every_format_that_has_transparency(tmp_path) -> None:
    for dtype in (np.uint8, np.uint16):
        document = worked(dtype)
        layer = fills_alone(document.picture, document.fills)
        write_picture(tmp_path / "one.png", layer)
        again = read_picture(tmp_path / "one.png")
        assert np.array_equal(over(document.original, again), document.image)
