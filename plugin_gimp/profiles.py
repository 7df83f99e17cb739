"""Where GIMP 3 keeps plug-ins on this machine, and which programs could run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

VERSION = re.compile(r"3\.\d+$")
FLATPAK = "org.gimp.GIMP"
CONSOLES = ("gimp-console", "gimp-console-3.0", "gimp-console-3.2", "gimp-console-3")
LOOK_SECONDS = 20


@dataclass(frozen=True)
class Profile:
    """A folder of one GIMP version's settings. `kind` is "native" (Flatpak shares it on Linux), "snap" or "given"."""

    folder: Path
    kind: str

    @property
    def plug_ins(self) -> Path:
        return self.folder / "plug-ins"


def find_profiles(home: Path | None = None) -> list[Profile]:
    """The GIMP 3 profiles of this user, newest version last; GIMP3_DIRECTORY alone where it is set."""
    given = os.environ.get("GIMP3_DIRECTORY")
    if given:
        return [Profile(Path(given), "given")]
    home = home or Path.home()
    found = []
    for base, kind in _bases(home):
        if base.is_dir():
            found += [Profile(path, kind) for path in sorted(base.iterdir()) if VERSION.match(path.name)]
    return found


def _bases(home: Path) -> list[tuple[Path, str]]:
    if sys.platform == "win32":
        return [(Path(os.environ.get("APPDATA", home / "AppData" / "Roaming")) / "GIMP", "native")]
    if sys.platform == "darwin":
        return [(home / "Library" / "Application Support" / "GIMP", "native")]
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [
        (config / "GIMP", "native"),
        (home / ".var" / "app" / FLATPAK / "config" / "GIMP", "native"),
        (home / "snap" / "gimp" / "current" / "GIMP", "snap"),
        (home / "snap" / "gimp" / "current" / ".config" / "GIMP", "snap"),
    ]


def has_native_gimp() -> bool:
    """Whether a terminal's user could start a GIMP that is neither Flatpak nor Snap."""
    return any(shutil.which(name) for name in CONSOLES)


def find_gimps() -> list[list[str]]:
    """Commands of GIMP 3 without windows: native ones on PATH, the Flatpak and the Snap."""
    commands = [[path] for name in CONSOLES if (path := shutil.which(name))]
    if shutil.which("flatpak") and _answer(["flatpak", "info", FLATPAK]) is not None:
        commands.append(["flatpak", "run", "--command=gimp-console", FLATPAK])
    if shutil.which("snap") and _answer(["snap", "list", "gimp"]) is not None:
        commands.append(["snap", "run", "gimp.gimp-console"])
    unique = {os.path.realpath(command[0]) if len(command) == 1 else " ".join(command): command for command in commands}
    return [command for command in unique.values() if gimp_version(command)]


def gimp_version(command: list[str]) -> str | None:
    """ "3.0" or another 3.x; None where the command is no GIMP 3."""
    found = re.search(r"\b(3\.\d+)\.\d+", _answer([*command, "--version"]) or "")
    return found[1] if found else None


def _answer(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOOK_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
