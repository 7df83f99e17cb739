"""Puts the plug-in into GIMP 3 profiles and runs its self-test there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from daemon.system.directories import make_folder, usual_config_directory
from daemon.system.files import write_atomically
from daemon.system.processes import lasting_command
from model.errors import InputError, PconvError
from plugin_gimp.bridge import server
from plugin_gimp.environment import gimp_environment, has_python_with_gi
from plugin_gimp.profiles import Profile

NAME = "pconv_fill"
SETTINGS = "bridge.json"
FOR_USER = "gimp-bridge.json"  # as pconv_settings.py looks for it
SOURCE = Path(__file__).resolve().parent / NAME
SELFTEST = Path(__file__).resolve().parent / "selftest.py"
SELFTEST_SECONDS = 120
KINDS = ("*.py", "*.html", "*.xml", "*.mo", "*.png")
SAID = "pconv-selftest: "
NO_GI = "no python3 on PATH has gi, which GIMP's Python plug-ins need"


def install(profile: Profile) -> Path:
    """Put the plug-in into a profile, in place of one that is there; returns its folder.

    Raises:
        PconvError: "cannot_write".
    """
    folder = profile.plug_ins / NAME
    draft = profile.plug_ins / f".{NAME}.new"
    try:
        _remove(draft)
        draft.mkdir(parents=True)
        for name in plug_in_files():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(SOURCE / name, draft / name)  # new times, or GIMP would keep what it knew of an old plug-in
        (draft / f"{NAME}.py").chmod(0o755)
        with open(os.open(draft / SETTINGS, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            json.dump(settings(profile), file, indent=1)
        _remove(folder)
        draft.rename(folder)
    except OSError as error:
        raise InputError(
            "cannot_write", f"The plug-in cannot be put into {folder}: {error.strerror}; close GIMP and try again."
        ) from error
    return folder


def uninstall(profile: Profile) -> bool:
    """Remove the plug-in from a profile, and the folder of plug-ins where it was the only one. False when it was not
    there.

    Raises:
        PconvError: "cannot_write".
    """
    folder = profile.plug_ins / NAME
    try:
        removed = _remove(folder)
        if removed and not any(profile.plug_ins.iterdir()):
            profile.plug_ins.rmdir()
        return removed
    except OSError as error:
        raise InputError(
            "cannot_write", f"The plug-in cannot be removed from {folder}: {error.strerror}; close GIMP and try again."
        ) from error


def connect() -> Path:
    """Write the user's file, by which a plug-in that came as an archive finds pconv; returns its path.

    Raises:
        PconvError: "cannot_write".
    """
    path = usual_config_directory() / FOR_USER
    try:
        make_folder(path.parent)
        write_atomically(path, json.dumps(settings(Profile(path, "native")), indent=1).encode(), mode=0o600)
    except OSError as error:
        raise InputError("cannot_write", f"{path} cannot be written: {error.strerror}.") from error
    return path


def disconnect() -> None:
    """Remove the user's file."""
    (usual_config_directory() / FOR_USER).unlink(missing_ok=True)


def plug_in_files() -> list[Path]:
    """What a plug-in's folder holds beside its settings, as paths within it."""
    return sorted(path.relative_to(SOURCE) for kind in KINDS for path in SOURCE.rglob(kind))


def _remove(folder: Path) -> bool:
    """Of a link only itself. False when nothing was there."""
    if folder.is_symlink():
        folder.unlink()
        return True
    if not folder.exists():
        return False
    shutil.rmtree(folder)
    return True


def settings(profile: Profile) -> dict[str, object]:
    """How a plug-in in this profile reaches pconv: by starting the bridge, or by its port where it is sandboxed."""
    reach: dict[str, object] = {"address": f"127.0.0.1:{server.bridge_port()}", "token": server.bridge_token()}
    if profile.kind != "snap":
        command, environment = lasting_command("plugin_gimp.bridge")
        reach.update(command=command, environment=environment)
    return reach


def run_selftest(gimp: Sequence[str]) -> str:
    """Let GIMP, without a window, fill a small picture by the plug-in; returns what it said.

    Raises:
        PconvError: "proof_failed", with GIMP's or the plug-in's own sentence.
    """
    command = [*gimp, "-idf", "--batch-interpreter", "python-fu-eval", "-b", SELFTEST.read_text(), "--quit"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SELFTEST_SECONDS,
            stdin=subprocess.DEVNULL,
            env=gimp_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PconvError("proof_failed", f"GIMP could not be run to try the plug-in: {error}.") from error
    said = [line.split(SAID, 1)[1] for line in done.stdout.splitlines() if SAID in line]
    if not said:
        tail = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if len(gimp) == 1 and not has_python_with_gi():
            tail = f"{NO_GI}: install python3-gi, then try again (GIMP's last words: {tail})"
        raise PconvError("proof_failed", f"GIMP did not run the plug-in: {tail}.")
    if not said[0].startswith("ok"):
        raise PconvError("proof_failed", f"The plug-in was installed but its fill failed: {said[0]}")
    return said[0]


def state(profile: Profile) -> str:
    """ "absent", "current", or "outdated": not the plug-in, or not the way to pconv, that `install` would put there."""
    folder = profile.plug_ins / NAME
    if not folder.is_dir():
        return "absent"
    for name in plug_in_files():
        copy = folder / name
        if not copy.is_file() or copy.read_bytes() != (SOURCE / name).read_bytes():
            return "outdated"
    try:
        known = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "outdated"
    return "current" if known == settings(profile) else "outdated"
