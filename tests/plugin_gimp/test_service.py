"""`pconv gimp install --service`: what keeps a bridge for a GIMP that may start no programs."""

from __future__ import annotations

import json
import plistlib
import shlex
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from model.errors import DaemonError
from plugin_gimp import service
from plugin_gimp.install import state
from plugin_gimp.pconv_fill.pconv_wire import PROTOCOL, read_frame, write_frame
from plugin_gimp.profiles import find_profiles
from tests.plugin_gimp.test_install import command

TASK = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}


def unit(home: Path) -> Path:
    return home / "config" / "systemd" / "user" / "pconv-bridge.service"


def test_install_writes_the_unit_starts_it_and_uninstall_leaves_no_trace(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    programs = home / "programs"
    programs.mkdir()
    (programs / "systemctl").write_text(f'#!/bin/sh\necho "$*" >> {home}/said\n')
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    before = sorted(home.rglob("*"))
    assert command("install", "--no-proof", "--service") == 0
    said = capsys.readouterr().out
    assert str(unit(home)) in said and "--listen" not in said
    assert unit(home).is_file()
    assert (home / "said").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now pconv-bridge.service",
    ]
    (home / "said").unlink()
    assert command("uninstall") == 0
    assert (home / "said").read_text().splitlines()[0] == "--user disable --now pconv-bridge.service"
    (home / "said").unlink()
    left = [path for path in sorted(home.rglob("*")) if path not in before]
    assert [path for path in left if path.is_file()] == []


def test_without_a_running_systemd_the_next_commands_are_said(home: Path, capsys: pytest.CaptureFixture) -> None:
    assert command("install", "--no-proof", "--service") == 0
    assert "next: systemctl --user daemon-reload, then systemctl --user enable" in capsys.readouterr().out
    assert command("install", "--no-proof") == 0
    assert "pconv gimp install --service" in capsys.readouterr().out  # Snap's hint


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_finds_no_fault_in_the_unit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service.keep(service.service("linux"))
    monkeypatch.undo()
    wanted = unit(home)
    verify = ["systemd-analyze", "verify", "--user", str(wanted)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    done = subprocess.run(verify, capture_output=True, text=True, env=environment)
    assert wanted.name not in done.stderr and done.returncode == 0, done.stderr
    wanted.write_text(wanted.read_text().replace("Restart=on-failure", "Restart=oh-failure"))
    assert wanted.name in subprocess.run(verify, capture_output=True, text=True, env=environment).stderr


def started(home: Path, **environment: str) -> subprocess.Popen:
    """What the unit starts, as systemd does it: with hardly an environment."""
    line = next(line for line in unit(home).read_text().splitlines() if line.startswith("ExecStart="))
    words = shlex.split(line.removeprefix("ExecStart=").replace("%%", "%").replace("$$", "$"))
    environment = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **environment}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)


def test_the_units_bridge_is_the_one_that_the_plug_in_looks_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the user keeps settings in a place of their own, and after an update that says nothing of a port."""
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(home / "my own $HOME 100%"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert command("install", "--no-proof", "--service", "--port", str(port)) == 0
    for _ in range(2):
        known = json.loads((home / "snap/gimp/current/.config/GIMP/3.0/plug-ins/pconv_fill/bridge.json").read_text())
        assert known["address"] == f"127.0.0.1:{port}"
        with started(home) as process:
            try:
                assert process.stdout.readline() == f"Listening on {known['address']}.\n"
                with socket.create_connection(("127.0.0.1", port), 10) as stream:
                    source, sink = stream.makefile("rb"), stream.makefile("wb")
                    write_frame(sink, {"type": "hello", "protocol": PROTOCOL, "token": known["token"]})
                    assert read_frame(source)[0]["type"] == "hello"
            finally:
                process.terminate()
        assert command("install", "--no-proof") == 0
    assert all(state(profile) == "current" for profile in find_profiles())
    assert command("uninstall") == 0 and not (home / "my own $HOME 100%").exists()


def test_a_port_that_is_none_is_refused(home: Path, capsys: pytest.CaptureFixture) -> None:
    for wrong in ("0", "70000", "-1", "x"):
        with pytest.raises(SystemExit):
            command("install", f"--port={wrong}")
        assert "1 to 65535" in capsys.readouterr().err
    (home / "config" / "pconv").mkdir(parents=True)
    (home / "config" / "pconv" / "bridge-port").write_text("many")
    with pytest.raises(DaemonError, match="holds no port"):
        command("install", "--no-proof")
    assert command("install", "--no-proof", "--port", "5000") == 0


def test_launchd_and_windows_start_the_same_command(home: Path) -> None:
    """Their files alone: neither system runs them here."""
    agent = service.service("darwin")
    arguments = plistlib.loads(agent.text.encode())["ProgramArguments"]
    assert arguments[-3:] == ["-m", "plugin_gimp.bridge", "--listen"]
    task = ElementTree.fromstring(service.service("win32").text.encode())
    words = [task.find(f"t:Actions/t:Exec/t:{name}", TASK).text for name in ("Command", "Arguments")]
    assert f"{words[0]} {words[1]}".endswith(f"{sys.executable} -P -m plugin_gimp.bridge --listen")
