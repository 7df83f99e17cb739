"""A front in a thread with a stub worker, and a raw peer that can send it anything."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq

from daemon import protocol
from daemon.front.server import Front
from daemon.front.settings import FrontSettings
from daemon.front.worker_settings import WorkerSettings
from daemon.protocol import Fill, Limits
from daemon.system.directories import RuntimePaths
from daemon.transport.address import parse
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import KeyPair
from pconv.images.faults import ImageFileError
from tests.daemon.sniffer import Sniffer

STUB = Path(__file__).with_name("stub_worker.py")
PATIENCE = 30.0


def wait_until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Fails after half a minute, or so many seconds; for what other processes do."""
    limit = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.01)


def image_fault(function: Callable[..., object], *arguments: object) -> str:
    """The code of the error by which a picture is refused, in one sentence."""
    with pytest.raises(ImageFileError) as caught:
        function(*arguments)
    assert caught.value.kind == "input"
    assert "\n" not in caught.value.message and caught.value.message.endswith((".", ")"))
    return caught.value.code


class Peer:
    """A DEALER without any of the client's good manners; `pair` is its key where the address has one."""

    def __init__(self, address: str, takes: int = 1000, pair: KeyPair | None = None) -> None:
        place = parse(address)
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, takes)
        if pair is not None:
            self.socket.setsockopt(zmq.CURVE_SERVERKEY, place.key)
            self.socket.setsockopt(zmq.CURVE_PUBLICKEY, pair.public)
            self.socket.setsockopt(zmq.CURVE_SECRETKEY, pair.secret)
        self.socket.connect(place.endpoint)

    def send(self, *frames: bytes) -> None:
        self.socket.send_multipart(frames)

    def ask(self, message: protocol.Request, *payload: bytes) -> protocol.AnyReply:
        self.socket.send_multipart(protocol.encode(message, *payload))
        return self.receive()[0]

    def receive(self) -> tuple[protocol.AnyReply, list[bytes]]:
        """The next reply that is no progress."""
        while True:
            assert self.socket.poll(PATIENCE * 1000), "no reply"
            frames = self.socket.recv_multipart()
            reply = protocol.decode_reply(frames)
            if not isinstance(reply, protocol.ProgressEvent):
                return reply, frames[2:]

    def wait_for_stage(self, stage: str) -> None:
        """Read until progress is at `stage`."""
        limit = time.monotonic() + PATIENCE
        while True:
            assert self.socket.poll(max(0, limit - time.monotonic()) * 1000), "no progress"
            event = protocol.decode_reply(self.socket.recv_multipart())
            if event.stage == stage:
                return

    def is_silent(self, seconds: float = 0.3) -> bool:
        return not self.socket.poll(seconds * 1000)

    def close(self) -> None:
        self.socket.close(linger=0)


class RunningFront:
    """A front and what tests need to know of it."""

    def __init__(
        self, directory: Path, limits: Limits, workers: int = 1, worker: dict | None = None, **settings: object
    ) -> None:
        self.paths = RuntimePaths(directory)
        self.control = directory / "control"
        self.control.mkdir(exist_ok=True)
        os.environ["PCONV_STUB_DIR"] = str(self.control)
        each = WorkerSettings(**{"command": (sys.executable, str(STUB)), **(worker or {})})
        log = directory / "requests.log"
        self.front = Front(FrontSettings(self.paths, workers=(each,) * workers, limits=limits, log=log, **settings))
        self.thread = threading.Thread(target=self.front.run)
        self.peers: list[Peer] = []
        self.thread.start()
        wait_until(self.paths.address_file.exists)
        self.address = self.paths.address_file.read_text()
        self.pair: KeyPair | None = None

    def peer(self, takes: int = 1000) -> Peer:
        """A new peer, with `pair` as its key, whose socket `takes` so many replies unread."""
        self.peers.append(Peer(self.address, takes, self.pair))
        return self.peers[-1]

    def status(self) -> dict:
        peer = self.peer()
        try:
            return peer.ask(protocol.StatusRequest()).status
        finally:
            peer.close()

    def wait_ready(self) -> None:
        wait_until(lambda: self.status()["workers"][0]["state"] == "ready")

    @property
    def runs(self) -> list[int]:
        """Batch sizes of the engine runs begun so far."""
        path = self.control / "runs"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def order(self, what: str) -> None:
        (self.control / what).touch()

    def relieve(self, what: str) -> None:
        (self.control / what).unlink(missing_ok=True)

    def stop(self) -> None:
        self.relieve("hold")
        for peer in self.peers:
            peer.close()
        self.front.drain()
        self.front.drain()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A private runtime directory whose path is short enough for sockets."""
    path = Path(tempfile.mkdtemp(prefix="pconv-"))
    monkeypatch.setenv("PCONV_RUNTIME_DIR", str(path))
    monkeypatch.delenv("PCONV_ADDRESS", raising=False)
    monkeypatch.setenv("PCONV_STUB_DIR", str(path / "control"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def start_front(directory: Path) -> Iterator[Callable[..., RunningFront]]:
    fronts: list[RunningFront] = []

    def start(limits: Limits | None = None, **settings: object) -> RunningFront:
        fronts.append(RunningFront(directory, limits or Limits(), **settings))
        return fronts[-1]

    yield start
    for front in fronts:
        front.stop()


@pytest.fixture
def front(start_front: Callable[..., RunningFront]) -> RunningFront:
    return start_front()


@pytest.fixture
def ring(directory: Path, monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    """A daemon's keys, initialised, and in another folder those of the user who asks, who is not let in yet."""
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "mine"))
    ring = KeyRing(directory / "keys")
    ring.init()
    return ring


@pytest.fixture
def guarded(ring: KeyRing, start_front: Callable[..., RunningFront]) -> RunningFront:
    """A front on its local socket and on TCP, where it knows nobody yet."""
    return start_front(listen=("local", "tcp://127.0.0.1:*"), keys=ring.directory)


@pytest.fixture
def sniffed() -> Iterator[Callable[[str], Sniffer]]:
    sniffers: list[Sniffer] = []

    def make(endpoint: str) -> Sniffer:
        sniffers.append(Sniffer(endpoint))
        return sniffers[-1]

    yield make
    for sniffer in sniffers:
        sniffer.close()


def small_fill(id: str = "a", colour: tuple[int, int, int] = (200, 200, 200), **fields: object) -> tuple:
    """A Fill and its payload: 40×50 of one colour with a hole in the middle."""
    image = np.empty((40, 50, 3), np.uint8)
    image[:] = colour
    hole = np.zeros((40, 50), np.uint8)
    hole[10:20, 10:20] = 255
    values = {"id": id, "height": 40, "width": 50, "channels": 3, "dtype": "uint8", **fields}
    return Fill(**values), image.tobytes(), hole.tobytes()


def is_filled(reply: protocol.AnyReply, payload: list[bytes]) -> bool:
    """Whether this is the right answer to a `small_fill`."""
    if not isinstance(reply, protocol.Result):
        return False
    image = np.frombuffer(payload[0], np.uint8).reshape(reply.variants, reply.height, reply.width, reply.channels)[0]
    return bool((image[13:17, 13:17] == 64).all() and (image[:10] == image[0, 0]).all())


def send(peer: Peer, id: str, **fields: object) -> None:
    fill, image, hole = small_fill(id, **fields)
    peer.send(*protocol.encode(fill, image, hole))


def answers(peer: Peer, count: int) -> dict[str, str]:
    """Outcome by id of the next `count` answers, each given once."""
    seen: dict[str, str] = {}
    for _ in range(count):
        reply, payload = peer.receive()
        assert reply.id not in seen
        seen[reply.id] = "ok" if is_filled(reply, payload) else reply.code
    return seen
