"""Pictures on the clipboard, as displayed, with their transparency."""

from __future__ import annotations

import numpy as np
from PyQt6.QtGui import QGuiApplication, QImage

from desktop_ui.document.colour import plain_srgb, to_srgb
from pconv.images.files import Picture


def put_on_clipboard(picture: Picture) -> None:
    """In sRGB, 8 bits a channel."""
    pixels = to_srgb(picture.extras.icc, picture.pixels.shape[2])(picture.pixels)
    form = QImage.Format.Format_RGB888
    if picture.alpha is not None:
        pixels = np.dstack([pixels, plain_srgb(picture.alpha[..., None])[..., 0]])
        form = QImage.Format.Format_RGBA8888
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    image = QImage(pixels.data, width, height, channels * width, form)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    clipboard.setImage(image.copy())
