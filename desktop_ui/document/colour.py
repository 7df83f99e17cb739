"""Colour-managed display: a picture's ICC profile → the screen's, by Pillow's ImageCms; sRGB where none is known."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

Convert = Callable[[np.ndarray], np.ndarray]
Profile = ImageCms.ImageCmsProfile | ImageCms.core.CmsProfile
_RELATIVE, _PERCEPTUAL = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Intent.PERCEPTUAL
_MOST_CONVERTERS = 16


@dataclass(frozen=True)
class Display:
    """How pictures are shown.

    Args:
        monitor: the ICC profile of the screen; None = sRGB.
        proof: the ICC profile of a device whose colours are imitated; None = none is.
        limit: the ICC profile of a device whose colours are enough; others are shown gray. None = all are shown.
    """

    monitor: bytes | None = None
    proof: bytes | None = None
    limit: bytes | None = None


def to_srgb(icc: bytes | None, channels: int) -> Convert:
    """→ a function from H×W×C pixels to H×W×3 sRGB bytes.

    A missing, damaged or unsuitable profile (and sRGB itself) means that the values are shown as they are.
    """
    return to_display(icc, channels, Display())


@lru_cache(_MOST_CONVERTERS)
def to_display(icc: bytes | None, channels: int, display: Display) -> Convert:
    """→ a function from H×W×C pixels, whose profile is `icc`, to the H×W×3 bytes that look so on a display.

    A missing, damaged or unsuitable profile counts as sRGB.
    """
    source = opened_profile(icc, "RGB") if channels == 3 else None
    monitor = opened_profile(display.monitor, "RGB")
    device = opened_profile(display.limit if display.limit is not None else display.proof)
    if source is None and monitor is None and device is None:
        return plain_srgb
    srgb = ImageCms.createProfile("sRGB")
    try:
        transform = _transform(source or srgb, monitor or srgb, device, display)
    except ImageCms.PyCMSError:
        return plain_srgb

    def convert(values: np.ndarray) -> np.ndarray:
        picture = Image.fromarray(np.ascontiguousarray(plain_srgb(values)))
        return np.asarray(ImageCms.applyTransform(picture, transform))

    return convert


def _transform(
    source: Profile, monitor: Profile, device: Profile | None, display: Display
) -> ImageCms.ImageCmsTransform:
    if device is None:
        return ImageCms.buildTransform(source, monitor, "RGB", "RGB", _PERCEPTUAL)
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if display.proof is not None:
        flags |= ImageCms.Flags.SOFTPROOFING
    if display.limit is not None:
        flags |= ImageCms.Flags.GAMUTCHECK
    return ImageCms.buildProofTransform(source, monitor, device, "RGB", "RGB", _RELATIVE, _RELATIVE, flags)


def can_be_imitated(icc: bytes) -> bool:
    """Whether colours can be converted to this profile, and so be shown as its device would show them."""
    device, srgb = opened_profile(icc), ImageCms.createProfile("sRGB")
    try:
        return device is not None and bool(_transform(srgb, srgb, device, Display(proof=icc, limit=icc)))
    except ImageCms.PyCMSError:
        return False


def srgb_profile() -> bytes:
    """sRGB as an ICC profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def opened_profile(icc: bytes | None, space: str = "") -> Profile | None:
    """A profile that colours can be converted with.

    Args:
        space: of its colours, "RGB" or another of ICC's names; "" = any.

    Returns:
        None where there is none, it is damaged or of another space, or it is sRGB, which needs no conversion if a
        space is asked for.
    """
    if not icc:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if space and profile.profile.xcolor_space.strip() != space:
            return None
        if space and "srgb" in ImageCms.getProfileDescription(profile).lower():
            return None
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return profile


def profile_name(icc: bytes | None) -> str:
    """What a profile calls itself; "" where there is none."""
    profile = opened_profile(icc)
    if profile is None:
        return ""
    try:
        return ImageCms.getProfileDescription(profile).strip()
    except (ImageCms.PyCMSError, UnicodeError):
        return ""


def as_bytes(values: np.ndarray) -> np.ndarray:
    """8 bits of display-encoded values; floats are cut to 0..1."""
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    return np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)


def plain_srgb(values: np.ndarray) -> np.ndarray:
    """H×W×(1|3) of any dtype, already display-encoded → H×W×3 bytes."""
    shown = as_bytes(values)
    return np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
