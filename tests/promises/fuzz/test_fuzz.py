"""Mutated headers are refused by one kind of error; mutated streams end their own connection and nothing else."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from daemon import protocol
from daemon.protocol import MAGIC, BadRequest, codec
from tests.daemon.conftest import RunningFront, is_filled, send, small_fill

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
HONEST_EVERY = 100
MOST_GROWTH = 64 << 20

Decode = Callable[[Sequence[bytes]], object]


def headers() -> list[bytes]:
    """Honest ones of every kind, to be mutated."""
    messages = [
        small_fill("fuzz", grow=3, budget_ms=5000)[0],
        protocol.Hello([1, 2, 3], "python"),
        protocol.Cancel("fuzz"),
        protocol.Ping(),
        protocol.StatusRequest(),
        protocol.Reload("/tmp/weights"),
    ]
    nested = msgspec.msgpack.encode({"type": "hello", "versions": [[{"a": [1.5, None, b"x", "ä"]}]]})
    return [msgspec.msgpack.encode(message) for message in messages] + [nested, b"\x81\xa4type\xa4ping"]


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Turn bits, put in, take out, double, cut, or splice rubbish; one to four times."""
    mutant = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(mutant) + 1)
        match rng.randrange(6):
            case 0 if at < len(mutant):
                mutant[at] ^= 1 << rng.randrange(8)
            case 1:
                mutant[at:at] = rng.randbytes(rng.randint(1, 9))
            case 2:
                del mutant[at : at + rng.randint(1, 9)]
            case 3:
                mutant[at:at] = mutant[: rng.randint(0, 40)]
            case 4:
                del mutant[at:]
            case _ if at < len(mutant):
                mutant[at] = rng.choice(b"\x00\x7f\x80\x90\xa0\xc0\xc1\xc4\xd9\xdb\xdd\xde\xdf\xff")
    return bytes(mutant)


def fuzz_headers(count: int, decode: Decode) -> tuple[int, int]:
    """Decode so many mutants; how many were read, and how many refused."""
    rng, seeds, read, refused = random.Random(20180420), headers(), 0, 0
    for _ in range(count):
        mutant = mutate(rng, rng.choice(seeds))
        try:
            decode([MAGIC, mutant])
            read += 1
        except BadRequest as error:
            assert error.code in ("bad_message", "bad_field", "version_mismatch")
            refused += 1
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} escaped at {mutant!r}") from error
    return read, refused


def test_headers(size: Callable, found: Callable) -> None:
    count = size(20_000, 1_000_000)
    read, refused = fuzz_headers(count, protocol.decode_request)
    assert read and refused > count // 2
    found(f"{count} mutated headers in one process", f"{refused} refused, {read} still valid, nothing escaped")


def test_control_headers() -> None:
    """A decoder that only expects what its library documents lets others escape."""

    def trusting(frames: Sequence[bytes]) -> object:
        try:
            return codec._requests.decode(frames[1])
        except msgspec.ValidationError as error:
            raise BadRequest("bad_field", str(error)) from error

    with pytest.raises(AssertionError, match="escaped"):
        fuzz_headers(20_000, trusting)


def stream(rng: random.Random) -> bytes:
    """A ZMTP connection as honest clients make it, then mutated anywhere."""
    fill, image, hole = small_fill("fuzz")
    frames = protocol.encode(fill, image[:600], hole[:200])
    body = b"".join(_frame(bytes(frame), last=i == len(frames) - 1) for i, frame in enumerate(frames))
    whole = GREETING + READY + body * rng.randint(1, 3)
    return mutate(rng, whole) if rng.random() < 0.7 else whole[:64] + mutate(rng, whole[64:])


def _frame(data: bytes, last: bool) -> bytes:
    flags = 0 if last else 1
    if len(data) < 256:
        return bytes([flags, len(data)]) + data
    return bytes([flags | 2]) + len(data).to_bytes(8, "big") + data


def fuzz_streams(front: RunningFront, count: int) -> None:
    """Open so many connections; after every hundredth an honest request must be served."""
    rng, place = random.Random(7), front.address.removeprefix("ipc://")
    honest = front.peer()
    for number in range(count):
        with socket.socket(socket.AF_UNIX) as rude:
            rude.settimeout(5)
            try:
                rude.connect(place)
                rude.sendall(stream(rng))
                if rng.random() < 0.3:
                    rude.recv(64)
            except (BrokenPipeError, ConnectionError, TimeoutError):
                pass  # it was cut
        if number % HONEST_EVERY == 0:
            send(honest, f"honest{number}", progress=False, detail=0.0)
            assert is_filled(*honest.receive())


def resident() -> int:
    """Bytes of this process, in which the front is a thread."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


def test_streams(start_front: Callable[..., RunningFront], size: Callable, found: Callable) -> None:
    count = size(300, 10_000)
    front = start_front()
    front.wait_ready()
    fuzz_streams(front, HONEST_EVERY)
    before = resident()
    fuzz_streams(front, count)
    growth = resident() - before
    assert growth < MOST_GROWTH
    found(
        f"{count} mutated ZMTP streams by ipc, an honest request after every {HONEST_EVERY}th",
        f"all honest ones served; the front's process grew by {growth / 1e6:.1f} MB",
    )


def test_control_streams(start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch) -> None:
    """A front that answers nobody is noticed."""
    monkeypatch.setattr("tests.daemon.conftest.PATIENCE", 3.0)
    front = start_front()
    front.wait_ready()
    monkeypatch.setattr("daemon.front.server.Replies.deliver", lambda *_: None)
    with pytest.raises(AssertionError, match="no reply"):
        fuzz_streams(front, 10)
