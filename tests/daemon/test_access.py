"""By TCP only whom the administrator let in, unread by others, and out at once when revoked."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import zmq
from zmq.utils import z85

from daemon import protocol
from daemon.access import Access
from daemon.address import Address, parse
from daemon.client import Client
from daemon.errors import PconvError
from daemon.keys import KeyPair, KeyRing, encode, identity, make_pair
from model.options import FillOptions
from tests.daemon.conftest import PATIENCE, Peer, RunningFront, is_filled, small_fill, wait_until

SOON = 10.0  # seconds in which a refusal must be told


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


def tcp(front: RunningFront) -> str:
    """The front's address by TCP, with its key where it has one."""
    (found,) = [address for address in front.status()["addresses"] if address.startswith("tcp")]
    return found


def mine() -> str:
    return encode(identity().public)


def let_in(ring: KeyRing, name: str = "anna", key: str | None = None) -> None:
    ring.add(name, key or mine())


def noted(front: RunningFront, event: str, **fields: object) -> list[dict]:
    """Lines of the log that say this."""
    lines = map(json.loads, (front.paths.directory / "requests.log").read_text().splitlines())
    return [line for line in lines if {"event": event, **fields}.items() <= line.items()]


def curve_peer(front: RunningFront, pair: KeyPair) -> Peer:
    """A raw peer with this key pair."""
    front.peers.append(Peer(tcp(front), pair=pair))
    return front.peers[-1]


def new_pair() -> KeyPair:
    public, secret = zmq.curve_keypair()
    return KeyPair(z85.decode(public), z85.decode(secret))


def refusal(address: str) -> PconvError:
    """What a client is told, and that it is told soon."""
    begin = time.monotonic()
    with Client(address, connect_timeout=60) as client, pytest.raises(PconvError) as caught:
        client.status()
    assert time.monotonic() - begin < SOON
    return caught.value


def picture() -> tuple[np.ndarray, np.ndarray]:
    image = np.full((40, 50, 3), 200, np.uint8)
    hole = np.zeros((40, 50), bool)
    hole[10:20, 10:20] = True
    return image, hole


# --- who comes in -------------------------------------------------------------------------------------------------


def test_a_known_key_is_served_and_named(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    with Client(tcp(guarded)) as client:
        assert (client.fill(*picture())[13:17, 13:17] == 64).all()
    assert noted(guarded, "request", user="anna", outcome="ok")


def test_every_way_in_takes_the_address(guarded: RunningFront, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    from daemon import bridgejob
    from daemon.place import choose
    from desktop_ui.jobs.connection import connect

    let_in(ring)
    choose(tcp(guarded))
    for client in (Client(), connect(None), connect(tcp(guarded)), bridgejob.connect()):
        with client:
            client.fill(*picture())
    choose("tcp://127.0.0.1:1")
    monkeypatch.setenv("PCONV_ADDRESS", tcp(guarded))
    with bridgejob.connect() as client:
        client.fill(*picture())
    assert len(noted(guarded, "request", user="anna", outcome="ok")) == 5


def test_an_unknown_key_is_told_what_to_do_and_named_in_the_log(guarded: RunningFront) -> None:
    error = refusal(tcp(guarded))
    assert (error.code, error.kind) == ("access_denied", "daemon")
    assert "does not know your key" in error.message and mine() in error.message
    assert noted(guarded, "access_denied", key=mine(), peer="127.0.0.1")


def test_the_line_from_the_log_lets_the_user_in(guarded: RunningFront, ring: KeyRing) -> None:
    refusal(tcp(guarded))
    let_in(ring, key=noted(guarded, "access_denied")[0]["key"])
    with Client(tcp(guarded)) as client:
        client.status()


def test_no_key_at_all_is_refused(guarded: RunningFront) -> None:
    error = refusal(parse(tcp(guarded)).endpoint)
    assert error.code == "access_denied" and "wants an address with a key" in error.message
    assert is_served_locally(guarded)


def test_another_daemons_key_is_refused(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    error = refusal(f"{parse(tcp(guarded)).endpoint}?key={encode(new_pair().public)}")
    assert error.code == "access_denied" and "another key" in error.message


def test_a_daemon_without_keys_is_no_daemon_with_one(ring: KeyRing, start_front: Callable[..., RunningFront]) -> None:
    front = start_front(listen=("tcp://127.0.0.1:*",), keys=ring.directory / "none")
    assert "?key=" not in tcp(front)
    error = refusal(f"{tcp(front)}?key={encode(new_pair().public)}")
    assert error.code == "access_denied" and "another key than the address says" in error.message


def test_local_users_need_no_key(guarded: RunningFront) -> None:
    assert is_served_locally(guarded)
    assert {line["user"] for line in noted(guarded, "request")} == {str(os.getuid())}


def test_what_a_peer_claims_to_be_does_not_count(
    ring: KeyRing, start_front: Callable[..., RunningFront], directory: Path
) -> None:
    let_in(ring)
    plain = start_front(listen=("local", "tcp://127.0.0.1:*"), keys=directory / "none")
    host, _, port = parse(tcp(plain)).endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as raw:
        impostor(raw, "by-tcp")
        wait_until(lambda: noted(plain, "request", id="by-tcp"))
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(plain.address.removeprefix("ipc://"))
        impostor(raw, "by-ipc")
        wait_until(lambda: noted(plain, "request", id="by-ipc"))
    assert noted(plain, "request", id="by-tcp", user="")
    assert noted(plain, "request", id="by-ipc", user=str(os.getuid()))


def impostor(raw: socket.socket, id: str) -> None:
    """Ask for a fill by hand-made ZMTP, with a handshake that claims to be somebody."""
    claims = {b"Socket-Type": b"DEALER", b"User-Id": mine().encode(), b"Peer-Address": b"localhost:7:7:7"}
    ready = b"\x05READY" + b"".join(
        bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value for name, value in claims.items()
    )
    raw.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
    raw.settimeout(PATIENCE)
    raw.recv(64, socket.MSG_WAITALL)
    raw.sendall(b"\x04" + bytes([len(ready)]) + ready)
    _, size = raw.recv(2, socket.MSG_WAITALL)
    raw.recv(size, socket.MSG_WAITALL)
    frames = protocol.encode(*small_fill(id))
    for number, frame in enumerate(frames, 1):
        raw.sendall(bytes([0x02 | (number < len(frames))]) + len(frame).to_bytes(8, "big") + frame)


def is_served_locally(front: RunningFront) -> bool:
    peer = front.peer()
    fill, image, hole = small_fill(f"local-{time.monotonic_ns()}")
    peer.send(*protocol.encode(fill, image, hole))
    return is_filled(*peer.receive())


def test_bad_input_by_curve_is_answered_and_the_next_request_served(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    peer = curve_peer(guarded, identity())
    for frames in ([b""], [protocol.MAGIC], [b"HTTP", b"x"], [protocol.MAGIC, b"\x91" * 4000]):
        peer.send(*frames)
        assert peer.receive()[0].code in ("bad_message", "bad_field")
    fill, image, hole = small_fill()
    peer.send(*protocol.encode(fill, image, hole))
    assert is_filled(*peer.receive())


def test_users_cannot_see_each_others_requests(guarded: RunningFront, ring: KeyRing) -> None:
    bob = new_pair()
    let_in(ring, "anna")
    let_in(ring, "bob", encode(bob.public))
    guarded.wait_ready()
    guarded.order("hold")
    anna, bobs = curve_peer(guarded, identity()), curve_peer(guarded, bob)
    fill, image, hole = small_fill("same-id")
    anna.send(*protocol.encode(fill, image, hole))
    wait_until(lambda: guarded.runs)
    assert bobs.ask(protocol.Cancel("same-id")) == protocol.Cancelled("same-id", False)
    other = small_fill("same-id", colour=(9, 9, 9))
    bobs.send(*protocol.encode(*other))
    guarded.relieve("hold")
    assert is_filled(*anna.receive()) and is_filled(*bobs.receive())


def test_only_who_runs_the_daemon_may_stop_it(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    with Client(tcp(guarded)) as client, pytest.raises(PconvError) as caught:
        client.stop()
    assert caught.value.code == "access_denied" and is_served_locally(guarded)
    assert guarded.peer().ask(protocol.Shutdown()) == protocol.Bye()


def test_where_ipc_is_missing_the_users_own_daemon_is_for_that_user_alone(
    directory: Path, start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zmq.has", lambda feature: False)
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "mine"))
    front = start_front()
    assert front.address.startswith("tcp://127.0.0.1:")
    with Client() as client:
        client.fill(*picture())
    with monkeypatch.context() as other:
        other.setenv("PCONV_CONFIG_DIR", str(directory / "other"))
        assert "does not know your key" in refusal(front.address).message
    with Client() as client:
        client.stop()
    front.thread.join(PATIENCE)
    assert not front.thread.is_alive()


# --- changes of the keys ------------------------------------------------------------------------------------------


def test_a_revoked_key_is_out_on_open_connections_too(guarded: RunningFront, ring: KeyRing) -> None:
    bob = new_pair()
    let_in(ring)
    let_in(ring, "bob", encode(bob.public))
    stays = curve_peer(guarded, bob)
    assert stays.ask(protocol.Ping()) == protocol.Pong()
    with Client(tcp(guarded)) as client:
        client.status()
        ring.revoke("anna")
        wait_until(lambda: noted(guarded, "keys", gone=["anna"]))
        with pytest.raises(PconvError) as caught:
            client.fill(*picture())
    assert caught.value.code == "access_denied" and "ask its administrator" in caught.value.message
    assert not noted(guarded, "request", user="anna")
    assert stays.ask(protocol.Ping()) == protocol.Pong()
    assert "does not know your key" in refusal(tcp(guarded)).message


def test_what_a_revoked_user_had_asked_for_is_not_done(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    guarded.wait_ready()
    guarded.order("hold")
    peer = curve_peer(guarded, identity())
    for number in range(12):
        fill, image, hole = small_fill(f"r{number}")
        peer.send(*protocol.encode(fill, image, hole))
    wait_until(lambda: guarded.status()["open"] == 12)
    ring.revoke("anna")
    assert {peer.receive()[0].code for _ in range(12)} == {"access_denied"}
    guarded.relieve("hold")
    assert is_served_locally(guarded)


def test_a_name_with_a_new_key_does_not_let_the_old_one_in(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    old = curve_peer(guarded, identity())
    assert old.ask(protocol.Ping()) == protocol.Pong()
    ring.revoke("anna")
    new = new_pair()
    ring.add("anna", encode(new.public))
    fresh = curve_peer(guarded, new)
    assert fresh.ask(protocol.Ping()) == protocol.Pong()
    assert old.ask(protocol.Ping()).code == "access_denied"


def test_a_damaged_file_is_named_and_harms_nobody(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    users = ring.directory / "users"
    (users / "broken").write_bytes(b"\xff\xfe no key")
    (users / "Not-A-Name").write_text(mine())
    (users / "empty").touch()
    (users / "folder").mkdir()
    os.mkfifo(users / "pipe")
    ring.add("bob", encode(new_pair().public))
    wait_until(lambda: noted(guarded, "keys", users=2))
    said = " ".join(line["reason"] for line in noted(guarded, "bad_key"))
    assert all(str(users / name) in said for name in ("broken", "Not-A-Name", "empty", "folder", "pipe"))
    with Client(tcp(guarded)) as client:
        client.status()


def test_a_folder_that_is_gone_lets_nobody_in(guarded: RunningFront, ring: KeyRing) -> None:
    let_in(ring)
    with Client(tcp(guarded)) as client:
        client.status()
    shutil.rmtree(ring.directory / "users")
    wait_until(lambda: noted(guarded, "keys", gone=["anna"]))
    assert "does not know your key" in refusal(tcp(guarded)).message


# --- the wire -----------------------------------------------------------------------------------------------------


class Sniffer:
    """A relay in front of an endpoint that keeps all it sees."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
        self._target = (host, int(port))
        self._server = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self.seen = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(self._target)
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.seen += data
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def sniffed() -> Iterator[Callable[[str], Sniffer]]:
    sniffers: list[Sniffer] = []

    def make(endpoint: str) -> Sniffer:
        sniffers.append(Sniffer(endpoint))
        return sniffers[-1]

    yield make
    for sniffer in sniffers:
        sniffer.close()


def secret_picture() -> tuple[np.ndarray, np.ndarray, bytes]:
    """A picture, its hole, and bytes of it that cannot be on the wire by chance."""
    image = np.random.default_rng(3).integers(0, 255, (40, 50, 3), np.uint8)
    return image, picture()[1], image[0, :40].tobytes()


def test_without_curve_the_picture_can_be_read_on_the_wire(
    ring: KeyRing, start_front: Callable[..., RunningFront], sniffed: Callable[[str], Sniffer]
) -> None:
    """The control of the next test."""
    front = start_front(listen=("tcp://127.0.0.1:*",), keys=ring.directory / "none")
    sniffer = sniffed(tcp(front))
    image, hole, secret = secret_picture()
    with Client(sniffer.endpoint) as client:
        client.fill(image, hole)
    assert secret in sniffer.seen and b"PCV1" in sniffer.seen


def test_with_curve_nothing_can_be_read(
    guarded: RunningFront, ring: KeyRing, sniffed: Callable[[str], Sniffer]
) -> None:
    let_in(ring)
    address = parse(tcp(guarded))
    sniffer = sniffed(address.endpoint)
    image, hole, secret = secret_picture()
    with Client(f"{sniffer.endpoint}?key={encode(address.key)}") as client:
        filled = client.fill(image, hole, FillOptions(detail=0))
    assert (filled != image).any(axis=2)[10:20, 10:20].all()
    assert len(sniffer.seen) > image.nbytes  # it did see all that was said
    assert secret not in sniffer.seen and b"PCV1" not in sniffer.seen and identity().public not in sniffer.seen


@pytest.mark.parametrize("enforced", [True, False])
def test_without_an_answer_of_the_guard_nobody_comes_in(ring: KeyRing, enforced: bool) -> None:
    """The control shows what ZeroMQ does by itself: it lets any key in."""
    context = zmq.Context()
    access = Access(context, ring, ring.pair(), lambda *_, **__: None)
    router = context.socket(zmq.ROUTER)
    access.protect(router)
    access.socket.close()
    if not enforced:
        router.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 0)
    router.bind("tcp://127.0.0.1:*")
    stranger = Peer(str(Address(router.getsockopt_string(zmq.LAST_ENDPOINT), access.public_key)), pair=new_pair())
    stranger.send(b"x")
    assert bool(router.poll(500 if enforced else PATIENCE * 1000)) != enforced
    stranger.close()
    context.destroy(linger=0)


@pytest.mark.parametrize("sent", [b"", b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47)], ids=["mute", "greeting"])
def test_a_handshake_that_never_ends_is_cut(guarded: RunningFront, sent: bytes) -> None:
    host, _, port = parse(tcp(guarded)).endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.settimeout(PATIENCE)
        slow.sendall(sent)
        while slow.recv(256):
            pass
    assert is_served_locally(guarded)


def test_a_large_message_before_the_handshake_is_cut(guarded: RunningFront) -> None:
    host, _, port = parse(tcp(guarded)).endpoint.removeprefix("tcp://").rpartition(":")
    with socket.create_connection((host, int(port))) as rude:
        rude.settimeout(PATIENCE)
        with contextlib.suppress(ConnectionError):
            rude.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47))
            rude.sendall(b"\x06" + (1 << 40).to_bytes(8, "big") + bytes(1 << 20))
            while rude.recv(256):
                pass
    assert is_served_locally(guarded)


# --- files --------------------------------------------------------------------------------------------------------


def test_keys_are_for_their_owner_alone_whatever_the_umask(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "mine"))
    before = os.umask(0)
    try:
        ring = KeyRing(directory / "keys")
        ring.init()
        ring.add("anna", mine())
        ring.add("anna", encode(new_pair().public))
    finally:
        os.umask(before)
    folders = [ring.directory, ring.directory / "users", directory / "mine"]
    files = [ring.directory / "daemon", ring.directory / "users" / "anna", directory / "mine" / "identity"]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_secrets_that_others_can_read_are_refused(ring: KeyRing) -> None:
    (ring.directory / "daemon").chmod(0o644)
    with pytest.raises(PconvError, match="chmod 600"):
        ring.pair()
    (ring.directory / "daemon").chmod(0o600)
    (ring.directory / "users").chmod(0o770)
    with pytest.raises(PconvError, match="chmod 700"):
        ring.pair()
    mine()
    os.chmod(os.path.join(os.environ["PCONV_CONFIG_DIR"], "identity"), 0o640)
    with pytest.raises(PconvError, match="chmod 600"):
        identity()


def test_many_first_uses_make_one_identity(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "mine"))
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(mine())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_a_second_init_keeps_the_key(ring: KeyRing) -> None:
    before = ring.pair()
    assert ring.init() == (before, False)


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("Anna", None, "bad_name"),
        ("../anna", None, "bad_name"),
        ("1000", None, "bad_name"),
        ("", None, "bad_name"),
        ("a" * 33, None, "bad_name"),
        ("anna", "short", "bad_key"),
        ("anna", "b" * 52, "bad_key"),
        ("anna", "é" * 52, "bad_key"),
    ],
)
def test_what_cannot_be_added(ring: KeyRing, name: str, key: str | None, code: str) -> None:
    with pytest.raises(PconvError) as caught:
        ring.add(name, mine() if key is None else key)
    assert caught.value.code == code and not ring.users().names


def test_one_key_has_one_name(ring: KeyRing) -> None:
    ring.add("anna", mine())
    for name in ("anna", "bob"):
        with pytest.raises(PconvError, match="anna's already"):
            ring.add(name, mine())
    with pytest.raises(PconvError, match="daemon's own"):
        ring.add("daemon", encode(ring.pair().public))
    (ring.directory / "users" / "bob").write_text(mine())
    users = ring.users()
    assert list(users.names.values()) == ["anna"] and "bob" in users.faults[0]


def test_keys_before_init(directory: Path) -> None:
    ring = KeyRing(directory / "none")
    assert ring.pair() is None and not ring.users().names
    with pytest.raises(PconvError, match="keys init"):
        ring.add("anna", encode(new_pair().public))
    with pytest.raises(PconvError, match="no key of"):
        ring.revoke("anna")


def test_a_damaged_secret_is_named(ring: KeyRing) -> None:
    for content in (b"", b"\xff", b"abc"):
        (ring.directory / "daemon").write_bytes(content)
        with pytest.raises(PconvError, match="damaged"):
            ring.pair()


def test_a_pair_fits_together(directory: Path) -> None:
    pair = make_pair(directory / "pair")
    assert z85.decode(zmq.curve_public(z85.encode(pair.secret))) == pair.public and "secret" not in repr(pair)


def test_status_tells_no_secret(guarded: RunningFront, ring: KeyRing) -> None:
    assert encode(ring.pair().secret) not in json.dumps(msgspec.to_builtins(guarded.status()))
