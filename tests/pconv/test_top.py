"""`pconv top` and `pconv status`: what they show of a front at work, to whom, with and without a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon import protocol
from daemon.client.client import Client
from model.errors import DaemonError, PconvError
from pconv.commands.top import watch
from pconv.commands.top_view import lines, span
from tests.daemon.conftest import Peer, RunningFront, small_fill, wait_until

ROOT = Path(__file__).parents[2]


def fill(front: RunningFront, count: int) -> None:
    peer = front.peer()
    for i in range(count):
        request, image, hole = small_fill(f"r{os.urandom(4).hex()}{i}")
        peer.send(*protocol.encode(request, image, hole))
    for _ in range(count):
        assert isinstance(peer.receive()[0], protocol.Result)


def top(front: RunningFront, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pconv", "top", "--address", front.address, *arguments]


def test_plain_text_without_a_terminal(front: RunningFront) -> None:
    front.wait_ready()
    fill(front, 6)
    done = subprocess.run(top(front, "--count", "2", "--interval", "0.1"), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "\x1b" not in done.stdout
    first, second = done.stdout.strip().split(f"{protocol_line(front)}")[1:]
    assert "6 ok" in first and "worker0" in first and str(os.getuid()) in first
    assert "0.0/s filled" in second


def protocol_line(front: RunningFront) -> str:
    return f"{front.status()['software']} at {front.address}"


def test_a_terminal_gets_one_screen_and_its_own_back(front: RunningFront) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(top(front, "--count", "2", "--interval", "0.1"), cwd=ROOT, stdout=follower)
    assert process.wait(30) == 0
    os.close(follower)
    shown = os.read(leader, 1 << 16).decode()
    assert shown.startswith("\x1b[?1049h") and shown.rstrip().endswith("\x1b[?1049l")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1 and "\x1b[2J" not in shown  # it would flicker
    software = front.status()["software"]
    assert len(re.findall(rf"\x1b\[H(\x1b\[[0-9;]*m)*{software} at ", shown)) == shown.count(software) == 2


def test_no_daemon_is_said_and_one_that_comes_back_is_met(front: RunningFront) -> None:
    status, shown = front.status(), []
    looks = iter([status, DaemonError("no_daemon", "No daemon."), {**status, "pid": 0}])

    def look() -> dict:
        following = next(looks)
        if isinstance(following, Exception):
            raise following
        return following

    watch(look, shown.append, 0.0, 3)
    assert shown[1] == ["No daemon."] and shown[2] == shown[0]
    with pytest.raises(PconvError):
        watch(lambda: Client("tcp://127.0.0.1:1", connect_timeout=0.1).status(), shown.append, 0.0, 1)


def test_rates_are_of_the_time_between_two_looks(front: RunningFront) -> None:
    front.wait_ready()
    fill(front, 3)
    before = front.status()
    fill(front, 4)
    after = {**front.status(), "uptime_seconds": before["uptime_seconds"] + 2.0}
    text = "\n".join(lines(after, before))
    assert "2.0/s filled, 0.0/s not" in text and "7 ok" in text and "at 256²" in text


def test_lines_of_a_fresh_daemon(front: RunningFront) -> None:
    text = "\n".join(lines(front.status()))
    assert "none yet" in text and "0 queued, 0 open" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.4, "4 s"), (190, "3 min"), (7300, "2 h 1 min"), (90_000 + 86_400, "2 d 1 h")]
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_users_see_themselves_and_who_runs_the_daemon_sees_all(
    start_front: Callable[..., RunningFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.front.server.user_of", lambda peer: peer.host)
    front = start_front(listen=("tcp://127.0.0.1:*",))
    peers = [Peer(front.address.replace("tcp://", f"tcp://127.0.1.{i}:0;")) for i in (1, 2)]
    front.peers += peers
    for peer in peers:
        request, image, hole = small_fill()
        peer.send(*protocol.encode(request, image, hole))
        assert isinstance(peer.receive()[0], protocol.Result)
    assert set(peers[0].ask(protocol.StatusRequest()).status["users"]) == {"127.0.1.1"}
    monkeypatch.setattr("daemon.front.status.may_control", lambda user: user == "127.0.1.2")
    assert set(peers[0].ask(protocol.StatusRequest()).status["users"]) == {"127.0.1.1"}
    assert set(peers[1].ask(protocol.StatusRequest()).status["users"]) == {"127.0.1.1", "127.0.1.2"}


def test_the_log_tells_the_bucket_and_the_stages(front: RunningFront) -> None:
    import json

    fill(front, 1)
    wait_until((front.paths.directory / "requests.log").exists)
    lines = map(json.loads, (front.paths.directory / "requests.log").read_text().splitlines())
    (line,) = (line for line in lines if line["event"] == "request")
    assert line["bucket"] == 256 and line["queue_ms"] + line["run_ms"] <= line["total_ms"] + 0.2
