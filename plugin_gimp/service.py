"""Keeps a bridge running for a GIMP that may start no programs: a systemd user unit, a launchd agent, a Windows task.

Only the systemd unit has been tried.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import platformdirs

from daemon.system.directories import make_folder
from daemon.system.files import write_atomically
from daemon.system.processes import lasting_command, with_environment
from daemon.system.systemd import exec_line

TEMPLATES = Path(__file__).resolve().parent / "services"
PATIENCE = 20  # seconds


@dataclass(frozen=True)
class Service:
    """A file that makes a system keep the bridge, and the commands that let it know. Paths are this user's."""

    path: Path
    text: str
    start: list[list[str]]
    stop: list[list[str]]


def service(system: str = sys.platform) -> Service:
    """The one for a system, by Python's name for it."""
    command = _command()
    if system == "darwin":
        path = Path.home() / "Library" / "LaunchAgents" / "org.pconv.bridge.plist"
        arguments = "\n".join(f"    <string>{escape(word)}</string>" for word in command)
        text = _template(path.name).replace("@ARGUMENTS@", arguments)
        return Service(path, text, [["launchctl", "load", "-w", str(path)]], [["launchctl", "unload", "-w", str(path)]])
    if system == "win32":
        path = platformdirs.user_config_path("pconv", appauthor=False) / "pconv-bridge.xml"
        text = _template(path.name).replace("@PROGRAM@", escape(command[0]))
        text = text.replace("@REST@", escape(subprocess.list2cmdline(command[1:])))
        task = ["schtasks", "/TN", "pconv bridge"]
        return Service(
            path,
            text,
            [[*task, "/Create", "/F", "/XML", str(path)], [*task, "/Run"]],
            [[*task, "/End"], [*task, "/Delete", "/F"]],
        )
    path = platformdirs.user_config_path("systemd", appauthor=False) / "user" / "pconv-bridge.service"
    text = _template(path.name).replace("@COMMAND@", exec_line(command))
    control = ["systemctl", "--user"]
    return Service(
        path,
        text,
        [[*control, "daemon-reload"], [*control, "enable", "--now", path.name]],
        [[*control, "disable", "--now", path.name], [*control, "daemon-reload"]],
    )


def keep(wanted: Service) -> list[str]:
    """Write the file and start the service. Returns the command lines that are left to the user."""
    make_folder(wanted.path.parent, 0o755)
    write_atomically(wanted.path, wanted.text.encode(), mode=0o644)
    return _run(wanted.start)


def give_up(known: Service) -> bool:
    """Stop the service and remove its file. False when it was not there."""
    if not known.path.is_file():
        return False
    _run(known.stop[:1])
    known.path.unlink()
    _run(known.stop[1:])
    return True


def _run(commands: list[list[str]]) -> list[str]:
    """Run commands until one fails; returns that and those after it as command lines."""
    for at, command in enumerate(commands):
        program = shutil.which(command[0])
        try:
            done = program and subprocess.run([program, *command[1:]], capture_output=True, timeout=PATIENCE)
        except (OSError, subprocess.SubprocessError):
            done = None
        if not done or done.returncode != 0:
            return [shlex.join(words) for words in commands[at:]]
    return []


def _command() -> list[str]:
    """What starts the bridge, as one command without an environment of its own."""
    return [*with_environment(*lasting_command("plugin_gimp.bridge")), "--listen"]


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")
