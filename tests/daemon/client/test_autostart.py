"""Real daemon processes: started once however many want them, private, idle ones leave, hostile peers are cut."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon import protocol
from daemon.client import autostart
from daemon.client.client import Client
from daemon.client.connection import Connection
from daemon.protocol import codec
from daemon.system.directories import RuntimePaths, runtime_paths
from daemon.system.locks import FileLock, is_held
from daemon.system.processes import python_command
from model.errors import PconvError
from tests.daemon.conftest import PATIENCE, wait_until


@pytest.fixture
def paths(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimePaths]:
    """A runtime directory whose daemon, if one was started, is stopped at the end; its worker never loads."""
    monkeypatch.setenv("PCONV_WEIGHTS", str(directory / "none.safetensors"))
    monkeypatch.setenv("PCONV_DEVICE", "cpu")
    yield runtime_paths()
    Client().stop()


@pytest.fixture
def run_daemon(paths: RuntimePaths) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start `pconv-daemon` with arguments as a user would, and wait until it listens."""
    processes: list[subprocess.Popen] = []

    def run(*arguments: str, listens: Path = paths.address_file) -> subprocess.Popen:
        command, environment = python_command("daemon")
        process = subprocess.Popen([*command, *arguments], env=environment, stderr=subprocess.DEVNULL)
        processes.append(process)
        wait_until(lambda: listens.exists() or process.poll() is not None)
        return process

    yield run
    for process in processes:
        process.kill()
        process.wait()


def starts(paths: RuntimePaths) -> list[dict]:
    lines = [json.loads(line) for line in paths.log.read_text().splitlines()]
    return [line for line in lines if line["event"] == "start"]


def test_many_clients_at_once_start_one_daemon(paths: RuntimePaths) -> None:
    pids: list[int] = []

    def connect() -> None:
        with Client() as client:
            pids.append(client.status()["pid"])

    threads = [threading.Thread(target=connect) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(pids) == 6 and len(set(pids)) == 1
    assert [line["pid"] for line in starts(paths)] == pids[:1]


def test_after_a_kill_the_next_call_starts_another(paths: RuntimePaths) -> None:
    with Client() as client:
        first = client.status()["pid"]
        os.kill(first, signal.SIGKILL)
        assert client.status()["pid"] != first
    assert len(starts(paths)) == 2


def test_worker_leaves_with_a_killed_front(paths: RuntimePaths) -> None:
    with Client() as client:
        client.ping()
        wait_until(lambda: client.status()["workers"][0]["pid"])
        status = client.status()
    os.kill(status["pid"], signal.SIGKILL)
    worker = Path(f"/proc/{status['workers'][0]['pid']}")
    wait_until(lambda: not worker.exists() or "State:\tZ" in (worker / "status").read_text())


def test_idle_daemon_leaves_and_the_next_call_starts_another(
    paths: RuntimePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PCONV_IDLE_SECONDS", "0.2")
    with Client() as client:
        client.ping()
        wait_until(lambda: not is_held(paths.daemon_lock))
        assert client.ping() > 0


def test_missing_weights_are_named_to_the_client(paths: RuntimePaths) -> None:
    import numpy as np

    hole = np.zeros((9, 9), bool)
    hole[4, 4] = True
    with Client() as client, pytest.raises(PconvError) as caught:
        client.fill(np.zeros((9, 9), np.uint8), hole)
    assert (caught.value.code, caught.value.kind) == ("weights_missing", "device")


def test_daemon_that_cannot_start_says_why(paths: RuntimePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    (paths.directory / "daemon.sock").mkdir()
    with Client() as client, pytest.raises(PconvError) as caught:
        client.ping()
    assert caught.value.code == "start_failed" and "Cannot listen" in caught.value.message


def test_no_space_for_a_start_is_said(paths: RuntimePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that cannot write its files cannot write why it ended either."""
    _, environment = python_command("daemon")
    monkeypatch.setattr(autostart, "python_command", lambda module: ([sys.executable, "-c", "exit(1)"], environment))
    for free, words in ((1000, f"no space is left in {paths.directory}"), (10**9, "ended without a word")):
        usage = SimpleNamespace(total=10**9, used=0, free=free)
        with monkeypatch.context() as patch, Client() as client, pytest.raises(PconvError) as caught:
            patch.setattr("shutil.disk_usage", lambda path, usage=usage: usage)
            client.ping()
        assert caught.value.code == "start_failed" and words in caught.value.message


def test_full_disk_for_the_log_does_not_stop_the_service(run_daemon: Callable[..., subprocess.Popen]) -> None:
    run_daemon("--log", "/dev/full")
    with Client(autostart=False) as client:
        assert client.status()["log_failures"] > 0
        client.stop()


def test_terminate_drains_and_leaves_by_zero(paths: RuntimePaths, run_daemon: Callable[..., subprocess.Popen]) -> None:
    process = run_daemon("--log", os.devnull)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert not is_held(paths.daemon_lock)


def greeting(identity: bytes = b"") -> bytes:
    """How a ZMTP peer opens a connection."""
    properties = ((b"Socket-Type", b"DEALER"), (b"Identity", identity))
    ready = b"\x05READY" + b"".join(
        bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value for name, value in properties
    )
    first = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    return first + b"\x04" + bytes([len(ready)]) + ready


def raw_socket(paths: RuntimePaths) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    raw.settimeout(PATIENCE)
    raw.connect(paths.address_file.read_text().removeprefix("ipc://"))
    return raw


def test_stolen_routing_ids_do_not_end_the_service(paths: RuntimePaths) -> None:
    """Ids that begin with a zero byte are ZeroMQ's own; what answers here gives none, and takes no notice of any."""
    with Client() as client:
        client.ping()
        for number in range(1, 40):
            try:
                with raw_socket(paths) as rude:
                    rude.sendall(greeting(b"\0" + number.to_bytes(4, "big")) + b"\x00\x04PCV1")
            except OSError:
                break
        assert client.ping() > 0
    with Client() as other:
        assert other.status()["queued"] == 0


def test_endless_multipart_is_cut_and_others_are_served(
    paths: RuntimePaths, run_daemon: Callable[..., subprocess.Popen]
) -> None:
    process = run_daemon("--log", os.devnull, "--memory-mib", "600")
    part = b"\x03" + (4 << 20).to_bytes(8, "big") + bytes(4 << 20)  # long frame, more to come
    sent = 0
    with raw_socket(paths) as rude:
        rude.sendall(greeting())
        heard = b""
        while b"READY" not in heard:  # who speaks before is cut for that
            heard += rude.recv(256)
        with pytest.raises(ConnectionError):
            while sent < 2 << 30:
                rude.sendall(part)
                sent += len(part)
    assert sent < 100 << 20
    with Client(autostart=False) as client:
        assert client.status()["pid"] == process.pid
    assert process.poll() is None


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tcp://0.0.0.0:5999", "unencrypted"),
        ("tcp://*:5999", "unencrypted"),
        ("ipc://@open-to-all", "no address"),
        ("localhost:5999", "no address"),
    ],
)
def test_addresses_that_are_refused(paths: RuntimePaths, address: str, reason: str) -> None:
    command, environment = python_command("daemon")
    done = subprocess.run([*command, "--listen", address], env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and reason in done.stderr and "Traceback" not in done.stderr


def test_loopback_tcp_serves_without_taking_the_local_place(
    paths: RuntimePaths, run_daemon: Callable[..., subprocess.Popen]
) -> None:
    place = RuntimePaths(paths.directory / "tcp---127-0-0-1--")
    process = run_daemon("--listen", "tcp://127.0.0.1:*", "--log", os.devnull, listens=place.address_file)
    with Client(place.address_file.read_text()) as client:
        assert client.status()["pid"] == process.pid
        assert not is_held(paths.daemon_lock)
        with pytest.raises(PconvError, match="Only who runs this daemon"):  # who comes by TCP without a key is anybody
            client.stop()
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_relative_places_are_those_of_who_starts_the_daemon(
    directory: Path, monkeypatch: pytest.MonkeyPatch, small_weights: Path
) -> None:
    monkeypatch.chdir(directory)
    monkeypatch.setenv("PCONV_RUNTIME_DIR", "run")
    monkeypatch.setenv("PCONV_WEIGHTS", os.path.relpath(small_weights))
    monkeypatch.setenv("PCONV_DEVICE", "cpu")
    with Client() as client:
        try:
            wait_until(lambda: client.status()["workers"][0]["state"] == "ready")
            assert runtime_paths().directory == directory / "run"
        finally:
            client.stop()


def test_a_daemon_that_its_programs_could_not_reach_is_not_started(
    paths: RuntimePaths, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "settings"))
    (directory / "settings").mkdir()
    (directory / "settings" / "daemon.toml").write_text('listen = ["tcp://127.0.0.1:*"]')
    with Client() as client, pytest.raises(PconvError, match="must hold `local` too"):
        client.status()


def test_what_is_there_already_is_neither_replaced_nor_removed(
    paths: RuntimePaths, run_daemon: Callable[..., subprocess.Popen], tmp_path: Path
) -> None:
    command, environment = python_command("daemon")
    notes, taken = tmp_path / "notes.txt", paths.directory / "taken.sock"
    notes.write_text("precious")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(taken))
        other.listen()
        for path, reason in ((notes, "a file is there"), (taken, "somebody does already")):
            options = ["--listen", "local", "--listen", f"ipc://{path}"]
            done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True)
            assert done.returncode == 2 and reason in done.stderr and "Traceback" not in done.stderr
    assert notes.read_text() == "precious" and taken.is_socket()
    process = run_daemon("--listen", "local", "--listen", f"ipc://{taken}", "--log", os.devnull)
    taken.unlink()
    taken.write_text("of somebody else")
    process.terminate()
    assert process.wait(PATIENCE) == 0 and taken.read_text() == "of somebody else"


def test_directories_others_can_enter_are_refused(directory: Path) -> None:
    directory.chmod(0o755)
    with pytest.raises(PconvError) as caught:
        runtime_paths()
    assert caught.value.code == "unsafe_directory" and "chmod 700" in caught.value.message
    directory.chmod(0o700)
    assert runtime_paths().directory == directory


def test_a_parent_where_anyone_may_write_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "open").mkdir()
    (directory / "open").chmod(0o777)
    monkeypatch.setenv("PCONV_RUNTIME_DIR", str(directory / "open" / "mine"))
    with pytest.raises(PconvError) as caught:
        runtime_paths()
    assert caught.value.code == "unsafe_directory"
    (directory / "open").chmod(0o1777)
    assert runtime_paths().directory.parent == directory / "open"


def test_links_and_files_are_no_runtime_directory(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (directory / "file").touch()
    (directory / "link").symlink_to(directory)
    for name in ("file", "link"):
        monkeypatch.setenv("PCONV_RUNTIME_DIR", str(directory / name))
        with pytest.raises(PconvError) as caught:
            runtime_paths()
        assert caught.value.code == "unsafe_directory"


def test_a_new_runtime_directory_is_private(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCONV_RUNTIME_DIR", str(directory / "new"))
    assert runtime_paths().directory.stat().st_mode & 0o777 == 0o700


def test_too_long_a_path_is_named(directory: Path) -> None:
    with pytest.raises(PconvError) as caught:
        RuntimePaths(directory / ("x" * 100)).endpoint("daemon")
    assert caught.value.code == "bad_address"


def test_a_lock_is_had_once(directory: Path) -> None:
    first, second = FileLock(directory / "lock"), FileLock(directory / "lock")
    assert first.acquire() and is_held(directory / "lock") and not second.acquire(0.05)
    first.release()
    assert second.acquire() and not is_held(directory / "none")
    second.release()


def test_who_looks_at_a_lock_is_not_taken_for_its_holder(directory: Path) -> None:
    (directory / "lock").touch()
    with ThreadPoolExecutor(4) as pool:
        seen = [pool.submit(lambda: any(is_held(directory / "lock") for _ in range(2000))) for _ in range(4)]
    assert not any(future.result() for future in seen)


def test_a_daemon_that_is_about_to_leave_is_followed_by_another(paths: RuntimePaths) -> None:
    """It holds the lock still, but answers nobody; who waits for a daemon starts one once it is gone."""
    leaving = FileLock(paths.daemon_lock)
    assert leaving.acquire()
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(autostart.ensure_running, paths)
        with pytest.raises(TimeoutError):
            waits.result(0.3)
        leaving.release()
        waits.result(PATIENCE)
    with Client(autostart=False) as client:
        client.ping()
        client.stop()


def test_a_new_daemon_that_has_just_removed_the_address_of_a_killed_one_is_waited_for(
    paths: RuntimePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the lock and the old address was there a moment ago, so that it seemed to serve."""
    looks = iter([lambda *_: None])
    monkeypatch.setattr(
        "daemon.client.connection.ensure_running", lambda *given: next(looks, autostart.ensure_running)(*given)
    )
    with Client() as client:
        assert client.ping() >= 0


def test_idle_seconds_must_be_a_number(paths: RuntimePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, Client() as client:
        patch.setenv("PCONV_IDLE_SECONDS", "soon")
        with pytest.raises(PconvError) as caught:
            client.ping()
    assert caught.value.code == "start_failed" and "PCONV_IDLE_SECONDS" in caught.value.message


def test_command_runs_this_installation_whatever_the_directory_holds(directory: Path) -> None:
    (directory / "daemon").mkdir()
    (directory / "daemon" / "__init__.py").write_text("raise SystemExit('the wrong daemon')")
    command, environment = python_command("daemon")
    done = subprocess.run([*command, "--help"], env=environment, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0 and "pconv-daemon" in done.stdout and command[0] == sys.executable


def test_stop_of_a_daemon_of_another_version(paths: RuntimePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client() as client:
        client.ping()
    monkeypatch.setattr(codec, "MAGIC", b"PCV9")
    connection = Connection(None, True, 5.0)
    with pytest.raises(PconvError) as caught:
        connection.exchange(protocol.Ping(), protocol.Pong)
    assert caught.value.code == "version_mismatch"
    connection.stop()
    assert not is_held(paths.daemon_lock)
