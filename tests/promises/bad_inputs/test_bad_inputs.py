"""Whatever is sent, by ipc, TCP or CURVE, is answered by an error or cut, and the next honest request is served."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from daemon import protocol
from daemon.front.server import Front
from daemon.protocol import MAGIC, Cancel, Error, Limits
from daemon.transport.address import parse
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, make_pair
from tests.daemon.conftest import PATIENCE, Peer, RunningFront, is_filled, small_fill, wait_until

FILL, IMAGE, HOLE = small_fill("bad")
FIELDS = {"type": "fill", **msgspec.to_builtins(FILL)}
LIMITS = Limits(max_pixels=1 << 22, max_frame_bytes=8 << 20)


@pytest.fixture(scope="module", params=["ipc", "tcp", "curve"])
def shared_front(request: pytest.FixtureRequest) -> Iterator[RunningFront]:
    """One front for all that does not end it."""
    directory = Path(tempfile.mkdtemp(prefix="pconv-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
        patch.setenv("PCONV_STUB_DIR", str(directory / "control"))
        front = start(directory, request.param)
        yield front
        front.stop()
    shutil.rmtree(directory)


def start(directory: Path, transport: str) -> RunningFront:
    """A front that is reached by this transport alone."""
    if transport == "ipc":
        return RunningFront(directory, LIMITS)
    ring = KeyRing(directory / "keys")
    if transport == "curve":
        ring.init()
    front = RunningFront(directory, LIMITS, listen=("tcp://127.0.0.1:*",), keys=ring.directory)
    if transport == "curve":
        front.pair = make_pair(directory / "anna")
        ring.add("anna", encode(front.pair.public))
    return front


def raw_connection(front: RunningFront) -> socket.socket:
    """A stream to the front that speaks nothing yet."""
    place = parse(front.address).endpoint
    if place.startswith("ipc://"):
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(place.removeprefix("ipc://"))
    else:
        host, _, port = place.removeprefix("tcp://").rpartition(":")
        stream = socket.create_connection((host, int(port)))
    stream.settimeout(PATIENCE)
    return stream


@pytest.fixture
def peer(shared_front: RunningFront) -> Iterator[Peer]:
    """A peer; at the end an honest request of it and one of another peer are served."""
    peer = shared_front.peer()
    yield peer
    for honest in (peer, shared_front.peer()):
        assert is_filled(*served(honest))


def served(peer: Peer) -> tuple:
    """An honest request's answer, errors that were still under way passed over."""
    fill, image, hole = small_fill(f"honest-{np.random.default_rng().integers(1 << 60)}")
    peer.send(*protocol.encode(fill, image, hole))
    while True:
        reply, payload = peer.receive()
        if getattr(reply, "id", None) == fill.id:
            return reply, payload


def header(**changes: object) -> bytes:
    """The honest header with fields changed, or left out where the value is None."""
    fields = {**FIELDS, **changes}
    return msgspec.msgpack.encode({name: value for name, value in fields.items() if value is not None})


def twice(name: bytes) -> bytes:
    """The honest header with one field more, which repeats another one."""
    honest = header()
    assert honest[0] == 0xDE or honest[0] & 0xF0 == 0x80
    count = int.from_bytes(honest[1:3], "big") if honest[0] == 0xDE else honest[0] & 0x0F
    rest = honest[3:] if honest[0] == 0xDE else honest[1:]
    return b"\xde" + (count + 1).to_bytes(2, "big") + rest + bytes([0xA0 | len(name)]) + name + b"\x28"


MALFORMED = {
    "no frames": [b""],
    "magic only": [MAGIC],
    "an extra frame": [MAGIC, header(), IMAGE, HOLE, b""],
    "a frame too few": [MAGIC, header(), IMAGE],
    "payload of a ping": [MAGIC, msgspec.msgpack.encode({"type": "ping"}), b"x"],
    "wrong magic": [b"HTTP", header(), IMAGE, HOLE],
    "empty header": [MAGIC, b"", IMAGE, HOLE],
    "header over its limit": [MAGIC, msgspec.msgpack.encode({"type": "ping", "x": "x" * 5000})],
    "truncated msgpack": [MAGIC, header()[:-3], IMAGE, HOLE],
    "bytes after the header": [MAGIC, header() + b"\x00", IMAGE, HOLE],
    "100k-deep nest": [MAGIC, b"\x91" * 100_000],
    "deep nest within the limit": [MAGIC, b"\x91" * 4000],
    "array32 that claims 4 G": [MAGIC, b"\xdd\xff\xff\xff\xff"],
    "map32 that claims 4 G": [MAGIC, b"\xdf\xff\xff\xff\xff"],
    "bad UTF-8": [MAGIC, header().replace(b"uint8", b"uin\xff8"), IMAGE, HOLE],
    "bad UTF-8 in the id": [MAGIC, header().replace(b"\xa3bad", b"\xa3b\xffd"), IMAGE, HOLE],
    "duplicate key": [MAGIC, twice(b"height"), IMAGE, HOLE],
    "not a map": [MAGIC, b"\x01"],
}


@pytest.mark.parametrize("frames", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_messages(peer: Peer, frames: list[bytes]) -> None:
    peer.send(*frames)
    reply, _ = peer.receive()
    assert isinstance(reply, Error)
    assert reply.code in ("bad_message", "bad_field")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "teleport"}, "bad_field"),
        ({"colour": "red"}, "bad_field"),
        ({"type": None}, "bad_field"),
        ({"height": None}, "bad_field"),
        ({"height": True}, "bad_field"),
        ({"height": 40.0}, "bad_field"),
        ({"height": "40"}, "bad_field"),
        ({"height": 0}, "bad_field"),
        ({"width": 0}, "bad_field"),
        ({"height": -40}, "bad_field"),
        ({"height": 1 << 31}, "bad_field"),
        ({"height": 1 << 62, "width": 4}, "bad_field"),
        ({"channels": 0}, "bad_field"),
        ({"channels": 5}, "bad_field"),
        ({"dtype": "float16"}, "bad_field"),
        ({"dtype": "O"}, "bad_field"),
        ({"grow": -1}, "bad_field"),
        ({"grow": 5000}, "bad_field"),
        ({"detail": 2.0}, "bad_field"),
        ({"detail": float("nan")}, "bad_field"),
        ({"budget_ms": -1}, "bad_field"),
        ({"id": ""}, "bad_field"),
        ({"id": "x" * 65}, "bad_field"),
        ({"id": "../../x"}, "bad_field"),
        ({"id": 7}, "bad_field"),
        ({"forbid": 1}, "bad_field"),
        ({"forbid": True}, "bad_size"),
        ({"height": 41}, "bad_size"),
        ({"dtype": "uint16"}, "bad_size"),
        ({"channels": 4}, "bad_size"),
        ({"height": 1 << 20, "width": 1 << 20}, "too_large"),
        ({"budget_ms": 0}, "deadline"),
    ],
    ids=str,
)
def test_bad_headers(peer: Peer, changes: dict, code: str) -> None:
    peer.send(MAGIC, header(**changes), IMAGE, HOLE)
    reply, _ = peer.receive()
    assert isinstance(reply, Error) and reply.code == code
    if isinstance(changes.get("id", "bad"), str) and len(changes.get("id", "bad")) <= 64:
        assert reply.id == changes.get("id", "bad")


def test_a_future_version_is_told_ours(peer: Peer) -> None:
    peer.send(b"PCV9", b"something new", b"x")
    assert peer.receive()[0].code == "version_mismatch"
    assert peer.ask(protocol.Hello([9, 10], "future")).code == "version_mismatch"


def test_hole_of_another_size(peer: Peer) -> None:
    assert peer.ask(FILL, IMAGE, HOLE + b"\x00").code == "bad_size"
    assert peer.ask(FILL, IMAGE, b"").code == "bad_size"


def test_masks_that_are_half_there_or_too_many(peer: Peer) -> None:
    forbidding = msgspec.structs.replace(FILL, forbid=True)
    for masks in (HOLE + HOLE[1:], HOLE + HOLE + b"\x00", b""):
        refused = peer.ask(forbidding, IMAGE, masks)
        assert refused.code == "bad_size" and "forbid" in refused.message
    assert peer.ask(FILL, IMAGE, HOLE + HOLE).code == "bad_size"


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 3), (1, 200, 3), (200, 1, 1), (30, 40, 2), (30, 40, 4)])
def test_odd_shapes_are_filled_or_named(peer: Peer, shape: tuple[int, int, int]) -> None:
    height, width, channels = shape
    image = np.full(shape, 90, np.uint8)
    hole = np.zeros(shape[:2], np.uint8)
    hole[0, 0] = 255
    fill = msgspec.structs.replace(
        FILL, id=f"s{height}-{width}-{channels}", height=height, width=width, channels=channels
    )
    reply = peer.ask(fill, image.tobytes(), hole.tobytes())
    if hole.all():
        assert reply.code == "no_context"
    else:
        assert isinstance(reply, protocol.Result) and (reply.height, reply.width, reply.channels) == shape


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers(peer: Peer, value: float) -> None:
    image = np.full((40, 50, 3), 0.5, np.float32)
    image[0, 0, 0] = value
    fill = msgspec.structs.replace(FILL, id=f"nan{value}", dtype="float32")
    assert peer.ask(fill, image.tobytes(), HOLE).code == "not_finite"


def test_all_hole_and_no_hole(peer: Peer) -> None:
    assert peer.ask(msgspec.structs.replace(FILL, id="all"), IMAGE, b"\xff" * len(HOLE)).code == "no_context"
    peer.send(*protocol.encode(msgspec.structs.replace(FILL, id="none"), IMAGE, bytes(len(HOLE))))
    reply, payload = peer.receive()
    assert isinstance(reply, protocol.Result) and payload == [IMAGE]


def test_cancel_of_an_unknown_id_is_fine(peer: Peer) -> None:
    assert peer.ask(Cancel("nobody")) == protocol.Cancelled("nobody", False)


def test_repeats_by_id(peer: Peer) -> None:
    fill, image, hole = small_fill("again")
    peer.send(*protocol.encode(fill, image, hole))
    first = peer.receive()
    peer.send(*protocol.encode(msgspec.structs.replace(fill, budget_ms=9000), image, hole))
    assert is_filled(*first) and peer.receive() == first
    assert peer.ask(fill, bytes(len(image)), hole).code == "conflict"
    assert peer.ask(msgspec.structs.replace(fill, grow=1), image, hole).code == "conflict"


def test_a_frame_over_the_limit_is_cut(shared_front: RunningFront, peer: Peer) -> None:
    rude = shared_front.peer()
    rude.send(MAGIC, header(), bytes(LIMITS.max_frame_bytes + 1), HOLE)
    assert rude.is_silent()


def test_a_handshake_that_never_comes_is_cut(shared_front: RunningFront, peer: Peer) -> None:
    with raw_connection(shared_front) as silent:
        while silent.recv(64):  # our greeting is not answered; the front closes
            pass


def test_rubbish_instead_of_a_handshake(shared_front: RunningFront, peer: Peer) -> None:
    with raw_connection(shared_front) as rude:
        rude.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)


def test_a_peer_that_never_reads_is_dropped_in_the_end(
    start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.outbox.MAX_WAITING_BYTES", 100_000)
    front = start_front()
    deaf = front.peer(takes=1)
    fill, image, hole = small_fill("asked-often")
    assert isinstance(front.peer().ask(fill, image, hole), protocol.Result)  # repeats are answered at once now
    for _ in range(1000):
        deaf.send(*protocol.encode(fill, image, hole))
    wait_until(lambda: front.status()["replies_dropped"])
    assert is_filled(*served(front.peer()))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_control(start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch) -> None:
    """A front that lets a bad message end it serves nobody any more."""

    monkeypatch.setattr(Front, "_read", Front._answer)
    monkeypatch.setattr("tests.daemon.conftest.PATIENCE", 2.0)
    front = start_front()
    front.wait_ready()
    front.peer().send(*MALFORMED["truncated msgpack"])
    with pytest.raises(AssertionError, match="no reply"):
        served(front.peer())
