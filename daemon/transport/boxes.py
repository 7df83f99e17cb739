"""Opening and sealing boxes without the copies of PyNaCl's own functions, which take and give nothing but `bytes`.

The functions of libsodium are the same, and called from PyNaCl's library; other threads run meanwhile.
"""

from __future__ import annotations

from nacl._sodium import ffi, lib

MAC = 16


def opened(box: memoryview, nonce: bytes, shared: bytes) -> memoryview | None:
    """What is in the box, None where it was not sealed with this key and nonce, or changed since.

    A box that may be written to is opened where it lies, else its content is a copy.
    """
    size = len(box) - MAC
    content = memoryview(bytearray(size)) if box.readonly else box[:size]
    failed = lib.crypto_box_open_easy_afternm(ffi.from_buffer(content), ffi.from_buffer(box), len(box), nonce, shared)
    return None if failed else content


def seal_in_place(box: memoryview, nonce: bytes, shared: bytes) -> None:
    """Seal what lies behind the first `MAC` bytes, which the box takes."""
    text = ffi.from_buffer(box[MAC:])
    lib.crypto_box_easy_afternm(ffi.from_buffer(box, require_writable=True), text, len(box) - MAC, nonce, shared)
