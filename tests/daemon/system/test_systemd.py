"""What systemd is told, what it hands over, and the units that it is given."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.__main__ import main
from daemon.client.client import Client
from daemon.commands.systemd import units
from daemon.system.processes import python_command
from daemon.system.systemd import Watchdog, inherited_sockets, notify
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity
from tests.daemon.conftest import PATIENCE

HEARD = 256
HAND_OVER = """
import os, sys
count = int(sys.argv[1])
for number, descriptor in enumerate(sys.argv[2 : 2 + count], 3):
    os.dup2(int(descriptor), number)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(count)}
os.execv(sys.argv[2 + count], sys.argv[2 + count :])
"""


@pytest.fixture
def systemd(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The end at which systemd hears."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there:
        there.settimeout(PATIENCE)
        there.bind(str(directory / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(directory / "notify"))
        yield there


@pytest.fixture
def start(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start a daemon whose worker never loads, with these sockets handed over as systemd does it."""
    monkeypatch.setenv("PCONV_WEIGHTS", str(directory / "none.safetensors"))
    monkeypatch.setenv("PCONV_DEVICE", "cpu")
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "mine"))
    processes: list[subprocess.Popen] = []

    def run(*arguments: str, sockets: tuple[socket.socket, ...] = (), **more: str) -> subprocess.Popen:
        command, environment = python_command("daemon")
        given = [str(each.fileno()) for each in sockets]
        process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, str(len(given)), *given, *command, "--log", os.devnull, *arguments],
            env={**environment, **more},
            pass_fds=[each.fileno() for each in sockets],
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def test_the_daemon_tells_that_it_listens_lives_and_leaves(
    systemd: socket.socket, start: Callable[..., subprocess.Popen]
) -> None:
    process = start(WATCHDOG_USEC="300000")
    assert systemd.recv(HEARD) == b"READY=1"
    with Client(autostart=False) as client:
        client.ping()
    assert [systemd.recv(HEARD) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    process.send_signal(signal.SIGSTOP)
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:  # what was under way
            systemd.recv(HEARD)
    systemd.settimeout(1.0)
    with pytest.raises(TimeoutError):  # a front that hangs says nothing
        systemd.recv(HEARD)
    systemd.settimeout(PATIENCE)
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGTERM)
    while systemd.recv(HEARD) != b"STOPPING=1":
        pass
    assert process.wait(PATIENCE) == 0


def test_sockets_that_are_handed_over_are_served_and_outlive_the_daemon(
    directory: Path, start: Callable[..., subprocess.Popen]
) -> None:
    path = directory / "shared.sock"
    with socket.socket(socket.AF_UNIX) as shared:
        shared.bind(str(path))
        shared.listen()
        for _ in range(2):
            process = start(sockets=(shared,))
            with Client(f"ipc://{path}") as client:
                status = client.status()
                assert status["pid"] == process.pid and f"ipc://{path}" in status["addresses"]
                client.stop()
            assert process.wait(PATIENCE) == 0
            assert path.exists()
    assert not (directory / "daemon.sock").exists()


def test_tcp_that_is_handed_over_is_guarded_too(directory: Path, start: Callable[..., subprocess.Popen]) -> None:
    ring = KeyRing(directory / "keys")
    ring.init()
    with socket.create_server(("127.0.0.1", 0)) as shared:
        endpoint = f"tcp://127.0.0.1:{shared.getsockname()[1]}"
        process = start("--keys", str(ring.directory), sockets=(shared,))
        ring.add("anna", encode(identity().public))
        with Client(f"{endpoint}?key={encode(ring.pair().public)}") as client:
            assert client.status()["pid"] == process.pid


def test_tcp_beyond_loopback_is_refused_without_keys_however_it_came(start: Callable[..., subprocess.Popen]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as shared:
        process = start(sockets=(shared,))
        assert process.wait(PATIENCE) == 2
        assert "unencrypted" in process.stderr.read()


def test_what_is_meant_for_another_process_is_left_alone() -> None:
    environment = {"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x", "A": "b"}
    assert inherited_sockets(environment) == {}
    assert environment == {"A": "b"}  # nor do children see it


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    notify("READY=1")
    Watchdog().tick(0.0)
    monkeypatch.setenv("NOTIFY_SOCKET", str(directory / "nobody"))
    notify("READY=1")


@pytest.mark.parametrize("kind", ["system", "user"])
def test_units_start_this_installation(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["systemd", kind, "--to", str(tmp_path)]) == 0
    service = (tmp_path / "pconv.service").read_text()
    assert "@" not in next(line for line in service.splitlines() if line.startswith("ExecStart="))
    assert "Type=notify" in service and "WatchdogSec=" in service
    assert (tmp_path / "pconv.socket").exists() == (kind == "system")
    assert "systemctl" in capsys.readouterr().out


def test_the_users_unit_finds_their_settings_and_the_systems_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", "/home/anna/50% of $5")
    lines = {
        kind: next(line for line in units(kind)["pconv.service"].splitlines() if line.startswith("ExecStart="))
        for kind in ("user", "system")
    }
    assert "'PCONV_CONFIG_DIR=/home/anna/50%% of $$5'" in lines["user"] and "PCONV_CONFIG_DIR" not in lines["system"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_accepts_the_system_units(tmp_path: Path) -> None:
    for name, text in units("system").items():
        (tmp_path / name).write_text(text)
    paths = [str(tmp_path / name) for name in units("system")]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
    assert done.returncode == 0 and "pconv" not in done.stderr, done.stderr
    (tmp_path / "pconv.service").write_text(units("system")["pconv.service"].replace("WatchdogSec=", "WatchDogSec="))
    assert "WatchDogSec" in subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True).stderr
