"""Where pconv is: what the installer wrote, looked for anew whenever it is needed."""

from __future__ import annotations

import json
import os
import shutil
import sys

from pconv_link import BridgeError
from pconv_words import _

BESIDE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bridge.json")
FOR_USER = "gimp-bridge.json"  # for a plug-in that came without the one beside it


def read_settings():
    """How to reach pconv: `command`, `environment`, `address`, `token`; all may be missing.

    From the file beside the plug-in, else from the user's, else by a `pconv` on PATH.

    Raises:
        BridgeError: "not_installed".
    """
    for path in (BESIDE, *(os.path.join(folder, FOR_USER) for folder in _user_folders())):
        try:
            with open(path, encoding="utf-8") as file:
                settings = json.load(file)
        except (OSError, ValueError):
            continue
        if isinstance(settings, dict):
            return settings
    if program := shutil.which("pconv"):
        return {"command": [program, "bridge"]}
    raise BridgeError(
        "not_installed", _("The plug-in does not know where pconv is; run `pconv gimp install` in a terminal.")
    )


def _user_folders():
    """Where pconv keeps what is the user's: as pconv itself finds it, and as it is seen from within a sandbox."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        bases = [os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")]
    elif sys.platform == "darwin":
        bases = [os.path.join(home, "Library", "Application Support")]
    else:
        bases = [os.environ.get("XDG_CONFIG_HOME"), os.path.join(home, ".config")]
    return [os.path.join(base, "pconv") for base in bases if base]
