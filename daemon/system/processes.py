"""How another process of this very installation is started."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def python_command(module: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment that run a module of this very installation, whatever the current directory holds."""
    root = str(Path(__file__).resolve().parents[2])
    environment = dict(os.environ)
    if Path(root).name not in ("site-packages", "dist-packages"):
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
    return [sys.executable, "-P", "-m", module], environment


def lasting_command(module: str) -> tuple[list[str], dict[str, str]]:
    """The same for what starts it later for this user, with an environment of its own: the command, and what else it
    must find there.

    That is where the modules are, if pconv runs from its folder, and where the user chose to keep settings and keys.
    """
    command, environment = python_command(module)
    wanted = {}
    if environment.get("PYTHONPATH") != os.environ.get("PYTHONPATH"):
        wanted["PYTHONPATH"] = environment["PYTHONPATH"]
    if chosen := os.environ.get("PCONV_CONFIG_DIR"):
        wanted["PCONV_CONFIG_DIR"] = str(Path(chosen).absolute())
    return command, wanted


def with_environment(command: list[str], wanted: dict[str, str]) -> list[str]:
    """One command that needs no such environment; on Windows, which has no `env`, without it."""
    if not wanted or os.name != "posix":
        return command
    return ["/usr/bin/env", *(f"{name}={value}" for name, value in wanted.items()), *command]
