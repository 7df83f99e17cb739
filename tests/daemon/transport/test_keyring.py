"""Files of keys: for their owner alone, made once, never half read."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import msgspec
import pytest
import zmq
from zmq.utils import z85

from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity, make_pair
from model.errors import PconvError
from tests.daemon.conftest import RunningFront
from tests.daemon.guarded import mine, new_pair


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


def test_a_key_is_added_to_a_file_without_a_last_newline(ring: KeyRing) -> None:
    first, second = (encode(new_pair().public) for _ in range(2))
    (ring.directory / "users" / "anna").write_text(first)
    ring.add("anna", second)
    assert sorted(map(encode, ring.users().names)) == sorted([first, second])


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
