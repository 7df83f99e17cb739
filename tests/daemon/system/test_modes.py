"""What is created is for its owner alone, however careless the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.__main__ import main
from daemon.client.default_address import set_default
from plugin_gimp.bridge import server as bridge
from tests.daemon.conftest import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions are other things there")
OWN = stat.S_IRWXU
SCRIPT = """
import os, sys
from pathlib import Path
from daemon.client.client import Client
with Client() as client:
    client.status()
    for path in Path(sys.argv[1]).rglob("*"):
        print(path.name, oct(path.lstat().st_mode & 0o777))
    client.stop()
"""


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(root: Path) -> dict[str, str]:
    """What others may reach below a folder, and how."""
    found = {path: path.lstat().st_mode & 0o777 for path in root.rglob("*")}
    return {str(path.relative_to(root)): oct(mode) for path, mode in found.items() if mode & ~OWN}


def test_a_daemon_that_a_client_starts(directory: Path) -> None:
    """Its folders, locks, socket, address file, log and errors."""
    environment = {**os.environ, "PCONV_RUNTIME_DIR": str(directory / "made" / "here"), "PCONV_WEIGHTS": "/none"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(directory)], env=environment, capture_output=True, text=True, umask=0
    )
    modes = dict(line.split() for line in done.stdout.splitlines())
    assert {"made", "here", "daemon.sock", "daemon.lock", "start.lock", "daemon.log", "daemon.err"} <= set(modes), done
    assert {name: mode for name, mode in modes.items() if int(mode, 8) & ~OWN} == {}


def test_a_daemon_at_another_socket_and_log(directory: Path) -> None:
    command = ["--listen", f"ipc://{directory}/other.sock", "--log", str(directory / "other.log")]
    daemon = subprocess.Popen([sys.executable, "-m", "daemon", *command, "--device", "none"], umask=0)
    try:
        wait_until(lambda: list(directory.rglob("address")))
        assert (directory / "other.log").exists()
        assert open_to_others(directory) == {}
    finally:
        daemon.terminate()
        assert daemon.wait(30) == 0


def test_what_a_user_chose(directory: Path, monkeypatch: pytest.MonkeyPatch, open_umask: None) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(directory / "a" / "b"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(directory / "usual"))
    (directory / "usual" / "pconv").mkdir(parents=True, mode=0o700)
    (directory / "usual").chmod(0o700)
    (directory / "usual" / "pconv" / "bridge-token").write_text("of old")
    (directory / "usual" / "pconv" / "bridge-token").chmod(0o600)
    set_default("tcp://127.0.0.1:7766")
    bridge.bridge_token()
    assert open_to_others(directory) == {}


def test_units_can_be_read_by_all_and_written_by_root_alone(directory: Path, open_umask: None) -> None:
    assert main(["systemd", "system", "--to", str(directory / "etc" / "system")]) == 0
    assert set(open_to_others(directory).values()) == {"0o755", "0o644"}


def test_the_editors_log_and_recovery(directory: Path, monkeypatch: pytest.MonkeyPatch, open_umask: None) -> None:
    pytest.importorskip("PyQt6")
    import numpy as np

    from desktop_ui.document.document import Document
    from desktop_ui.document.project import Snapshot
    from desktop_ui.jobs.recovery import Recovery
    from desktop_ui.ui import crash
    from pconv.images.files import Picture

    monkeypatch.setattr(crash.platformdirs, "user_state_path", lambda *_, **__: directory / "state")
    monkeypatch.setattr(crash.faulthandler, "enable", lambda stream: None)
    streams = []
    monkeypatch.setattr(crash.logging, "basicConfig", lambda stream, **_: streams.append(stream))
    assert crash.start_log()
    recovery = Recovery(directory / "state" / "recovery")
    recovery.save(Snapshot.of(Document(Picture(np.zeros((9, 9, 3), np.uint8)))))
    assert {path.name for path in (directory / "state").iterdir()} == {"editor.log", "recovery"}
    folders = {path for path in directory.rglob("*") if path.is_dir()}
    assert all(path.stat().st_mode & 0o777 == OWN for path in folders) and len(folders) == 3
    assert (directory / "state" / "editor.log").stat().st_mode & 0o777 == 0o600
    recovery.close()
    streams[0].close()
