"""A bridge that stays for the later calls of the GIMP that started it; here another process stands for GIMP."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from plugin_gimp.bridge import session
from plugin_gimp.pconv_fill.pconv_wire import PROTOCOL, read_frame, write_frame
from tests.plugin_gimp.test_bridge import bridge


@pytest.fixture
def gimp() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"]) as process:
        yield process
        process.kill()


def hello(address: str, token: str) -> dict[str, Any]:
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        source, sink = connection.makefile("rb", 0), connection.makefile("wb")
        write_frame(sink, {"type": "hello", "protocol": PROTOCOL, "token": token})
        return read_frame(source)[0]


def test_it_serves_later_calls_lets_no_stranger_in_and_ends_with_gimp(gimp: subprocess.Popen) -> None:
    process = bridge()
    write_frame(process.stdin, {"type": "hello", "protocol": PROTOCOL, "session": gimp.pid})
    answer, _ = read_frame(process.stdout)
    process.stdin.close()  # the first call is over
    for _ in range(2):
        assert hello(answer["address"], answer["session_token"]) == {"type": "hello", "protocol": PROTOCOL}
    assert hello(answer["address"], "guess")["code"] == "bad_token"
    assert process.poll() is None
    gimp.kill()
    gimp.wait()  # or it would still be a process, though a dead one
    assert process.wait(10) == 0
    process.stdout.close()


def test_it_ends_when_nobody_has_asked_for_a_while(gimp: subprocess.Popen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(session, "IDLE_SECONDS", 0.3)
    kept = session.Session(gimp.pid)
    told = kept.greeting()
    host, port = told["address"].split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        write_frame(connection.makefile("wb"), {"type": "hello", "protocol": PROTOCOL, "token": told["session_token"]})
        assert read_frame(connection.makefile("rb", 0))[0]["type"] == "hello"
        begin = time.monotonic()
        end = []
        waiting = threading.Thread(target=lambda: (kept.wait(), end.append(time.monotonic())))
        waiting.start()
        time.sleep(0.6)
        assert not end, "it left although a call was open"
        left = time.monotonic()
    waiting.join(10)
    assert end and end[0] - left >= 0.3 and end[0] > begin


def test_a_call_without_a_session_ends_its_bridge() -> None:
    process = bridge()
    write_frame(process.stdin, {"type": "hello", "protocol": PROTOCOL})
    assert read_frame(process.stdout)[0] == {"type": "hello", "protocol": PROTOCOL}
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()
