"""ICC profiles made by code: screens of any primaries."""

from __future__ import annotations

import struct

SRGB = {"red": (0.4361, 0.2225, 0.0139), "green": (0.3851, 0.7169, 0.0971), "blue": (0.1431, 0.0606, 0.7139)}
_WHITE = (0.9642, 1.0, 0.8249)  # D50


def matrix_profile(name: str, red=SRGB["red"], green=SRGB["green"], blue=SRGB["blue"], gamma: float = 2.2) -> bytes:
    """A screen whose primaries have these XYZ colours (of D50); they make white together."""
    text = name.encode("ascii")
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(1 + 4 + 4 + 2 + 1 + 67),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": _xyz(_WHITE),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        **dict.fromkeys(
            (b"rTRC", b"gTRC", b"bTRC"), b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + bytes(2)
        ),
    }
    at, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        content += bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(data), len(content))
        data += content
    length = at + len(data)
    head = struct.pack(">I4sI4s4s4s", length, b"none", 0x02200000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + b"".join(_fixed(value) for value in _WHITE)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + data


def swapped_screen() -> bytes:
    """What is red is green on it, and the other way around."""
    return matrix_profile("Swapped", red=SRGB["green"], green=SRGB["red"])


def narrow_screen() -> bytes:
    """A screen of pale colours."""
    pale = {
        name: tuple(0.35 * value + 0.65 * white / 3 for value, white in zip(xyz, _WHITE, strict=True))
        for name, xyz in SRGB.items()
    }
    return matrix_profile("Pale", **pale)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(_fixed(value) for value in values)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))
