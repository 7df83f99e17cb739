"""Boxes are PyNaCl's own, without its copies."""

from __future__ import annotations

import os

import pytest
from nacl import bindings as sodium

from daemon.transport import boxes

NONCE, SHARED = bytes(range(24)), bytes(range(32))


@pytest.mark.parametrize("size", [0, 1, 63, 64, 4097, 1 << 20])
def test_they_open_what_the_other_sealed(size: int) -> None:
    text = os.urandom(size)
    box = sodium.crypto_box_easy_afternm(text, NONCE, SHARED)
    copied = boxes.opened(memoryview(box), NONCE, SHARED)
    in_place = boxes.opened(memoryview(bytearray(box)), NONCE, SHARED)
    assert copied == text and in_place == text
    sealed = bytearray(boxes.MAC) + text
    boxes.seal_in_place(memoryview(sealed), NONCE, SHARED)
    assert sealed == box


@pytest.mark.parametrize("at", [0, 15, 16, -1])
def test_a_changed_one_does_not_open(at: int) -> None:
    box = bytearray(sodium.crypto_box_easy_afternm(b"some text", NONCE, SHARED))
    box[at] ^= 1
    assert boxes.opened(memoryview(bytes(box)), NONCE, SHARED) is None
    assert boxes.opened(memoryview(box), NONCE, SHARED) is None
