"""How much of a file is read, and what the libraries that read it may say.

Limits are there for files made to harm, far above what real ones hold.
"""

from __future__ import annotations

import logging
import warnings

from PIL import Image, PngImagePlugin

from pconv.images.pixels import PixelError

LARGEST_PIXELS = 2**28  # 268 megapixels; a file that claims more is refused before anything is decoded
LARGEST_FLAT = 2**26  # pixels that a file of any size may claim
PIXELS_PER_BYTE = 2**14  # at most, of larger ones; a PNG's black and white come to half of that
AVIF_PIXELS_PER_BYTE = 2**11  # its decoder scales a picture of any size up to what the file claims
LARGEST_TEXT = 2**26  # bytes of one ICC profile, XMP packet or text in a PNG, decompressed
LARGEST_TEXTS = 2**28  # of all of them

Image.MAX_IMAGE_PIXELS = 4 * LARGEST_PIXELS  # Pillow's own guard stays, behind ours
PngImagePlugin.MAX_TEXT_CHUNK = LARGEST_TEXT
PngImagePlugin.MAX_TEXT_MEMORY = LARGEST_TEXTS

# What the libraries say of odd tags names their own files and helps nobody who fills a photo.
warnings.filterwarnings("ignore", module=r"(PIL|tifffile|imagecodecs)\b")
for library in ("PIL", "tifffile", "imagecodecs"):
    logging.getLogger(library).setLevel(logging.CRITICAL)


def refuse_empty_claim(pixels: int, bytes: int, most_per_byte: int = PIXELS_PER_BYTE) -> None:
    """Refuse a file that claims a picture of gigabytes in memory and is far too small to hold one.

    Some formats hold a picture of one colour in next to nothing, so only large claims are looked at.

    Raises:
        PixelError: the claim is beyond `LARGEST_FLAT` and what so many bytes hold of any photo or mask.
    """
    if pixels > LARGEST_FLAT and pixels > bytes * most_per_byte:
        raise PixelError(
            f"it claims {pixels // 10**6} megapixels in {bytes} bytes, which hold no photo; save it as PNG."
        )


def is_text_limit(error: Exception) -> bool:
    """True when a PNG's profile or texts are longer than is read."""
    return isinstance(error, ValueError) and ("MAX_TEXT_CHUNK" in str(error) or "MAX_TEXT_MEMORY" in str(error))
