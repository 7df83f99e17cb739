"""The environment in which GIMP starts Python plug-ins: it takes the first `python3` on PATH, and that one needs gi.

An activated virtual environment, conda or pyenv puts a `python3` without gi before the system's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

LOOK_SECONDS = 20


def gimp_environment() -> dict[str, str]:
    """This process's environment, cleaned for a GIMP: of Python's own variables, and with a PATH that begins with the
    first folder whose `python3` has gi. Where none has, and where GIMP brings a Python, PATH stays as it is."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    folder = _folder_with_gi()
    if folder is not None:
        clean["PATH"] = os.pathsep.join([folder, *(other for other in _folders() if other != folder)])
    return clean


def python_without_gi() -> str | None:
    """The `python3` that a GIMP started from this terminal would take, where it has no gi; None where all is well."""
    python = shutil.which("python3") if _takes_path() else None
    return python if python and not _has_gi(python) else None


def has_python_with_gi() -> bool:
    """False where GIMP could run no Python plug-in, however it is started."""
    return not _takes_path() or _folder_with_gi() is not None


def _takes_path() -> bool:
    return sys.platform not in ("win32", "darwin")  # there GIMP brings its own Python


def _folders() -> list[str]:
    return [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder]


def _folder_with_gi() -> str | None:
    if not _takes_path():
        return None
    for folder in _folders():
        python = shutil.which("python3", path=folder)
        if python and _has_gi(python):
            return folder
    return None


def _has_gi(python: str) -> bool:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run([python, "-c", "import gi"], env=clean, capture_output=True, timeout=LOOK_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
