"""What others wrote never steers the terminal of who reads it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon import protocol
from daemon.__main__ import main as daemon_main
from model.printable import printable
from pconv.__main__ import main
from pconv.commands.top import _screen
from tests.daemon.client.test_client import answering
from tests.daemon.conftest import RunningFront

EVIL = "a\x1b[2J\x1b]0;owned\x07\r\nb\x9b31m\u202eß"
SHOWN = r"a\x1b[2J\x1b]0;owned\x07\r\nb\x9b31m\u202eß"


def is_tame(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


def test_printable_keeps_what_is_visible() -> None:
    assert printable(EVIL) == SHOWN
    assert printable("Größe 3×5 → 日本 \U0001f600") == "Größe 3×5 → 日本 \U0001f600"
    assert printable("\udcff") == r"\udcff"


@pytest.fixture
def evil_front(start_front: Callable[..., RunningFront], directory: Path) -> RunningFront:
    """A daemon whose network is called so."""
    (directory / "control").mkdir()
    (directory / "control" / "name").write_text(EVIL, newline="")
    front = start_front()
    front.wait_ready()
    return front


@pytest.mark.parametrize(
    "command", [["status"], ["status", "--json"], ["top", "--count", "1"]], ids=lambda words: " ".join(words)
)
def test_the_name_of_a_network(evil_front: RunningFront, command: list[str], capsys: pytest.CaptureFixture) -> None:
    assert main([*command, "--address", evil_front.address]) == 0
    said = capsys.readouterr().out
    assert is_tame(said) and "owned" in said


def test_the_name_of_a_network_that_is_loaded(evil_front: RunningFront, capsys: pytest.CaptureFixture) -> None:
    assert daemon_main(["reload", "--address", evil_front.address]) == 0
    said = capsys.readouterr().out
    assert is_tame(said) and SHOWN in said
    assert is_tame((evil_front.paths.directory / "requests.log").read_text())


def test_top_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        with _screen() as show:
            show([EVIL])
    raw = b""
    with contextlib.suppress(OSError):  # all was read, and nobody is at the other end
        while part := os.read(leader, 1 << 16):
            raw += part
    os.close(leader)
    shown = raw.decode()
    assert SHOWN in shown and "\x1b[2J" not in shown and "\x9b" not in shown


def test_what_a_daemon_answers(directory: Path, capsys: pytest.CaptureFixture) -> None:
    for run in (main, daemon_main):
        address, thread = answering([part for part in protocol.encode(protocol.Error("device_error", EVIL))])
        command = "status" if run is main else "reload"
        assert run([command, "--address", address]) != 0
        thread.join()
        said = capsys.readouterr().err
        assert is_tame(said) and SHOWN in said


def test_the_name_of_a_key_file(
    directory: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("PCONV_KEYS", str(directory / "keys"))
    assert daemon_main(["keys", "init"]) == 0
    (directory / "keys" / "users" / EVIL).write_text("no key")
    assert daemon_main(["keys", "list"]) == 1
    said = capsys.readouterr().err
    assert is_tame(said) and SHOWN in said


def test_what_the_doctor_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    from pconv.commands import doctor

    found = [doctor.Check("weights", "fault", EVIL, EVIL)]
    monkeypatch.setattr(doctor, "examine", lambda address: found)
    assert main(["doctor"]) == 1
    assert is_tame(capsys.readouterr().out)
    assert main(["doctor", "--json"]) == 1
    said = capsys.readouterr().out
    assert is_tame(said) and json.loads(said)[0]["detail"] == EVIL


def test_what_is_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    from model.network import convert, record

    path = tmp_path / EVIL
    path.write_bytes(b"x")
    monkeypatch.setattr("sys.argv", ["convert", str(path), str(tmp_path / "out")])
    assert convert.main() == 2 and record.main([str(path)]) == 2
    said = capsys.readouterr().err
    assert is_tame(said) and said.count("\n") == 2
