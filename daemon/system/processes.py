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
