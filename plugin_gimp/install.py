"""`pconv gimp install | uninstall`: puts the plug-in into every GIMP 3 profile and lets it prove itself there."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from daemon import bridge, bridgewire
from daemon.errors import PconvError
from daemon.system.processes import python_command
from plugin_gimp.profiles import Profile, find_gimps, find_profiles, gimp_version

NAME = "pconv_fill"
SETTINGS = "bridge.json"
SOURCE = Path(__file__).resolve().parent / NAME
PROOF = Path(__file__).resolve().parent / "proof.py"
PROOF_SECONDS = 120
SANDBOXES = ("flatpak", "snap")  # programs that run a GIMP which cannot start others
PROVED = "pconv-proof: "


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "install the GIMP 3 plug-in, or remove it"
    gimp = subparsers.add_parser("gimp", help=text, description=text, allow_abbrev=False)
    actions = gimp.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text, run in (
        ("install", "put the plug-in into every GIMP 3 profile of this user and try it", _install),
        ("uninstall", "remove the plug-in and all that install left", _uninstall),
    ):
        action = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        action.add_argument("--profile", type=Path, metavar="FOLDER", help="this GIMP profile alone")
        action.set_defaults(run=run)
        if name == "install":
            action.add_argument("--no-proof", action="store_true", help="do not run GIMP to try the plug-in")


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
        for source in [*sorted(SOURCE.glob("*.py")), Path(bridgewire.__file__)]:
            shutil.copyfile(source, draft / source.name)  # new times, or GIMP would keep what it knew of an old plug-in
        (draft / f"{NAME}.py").chmod(0o755)
        with open(os.open(draft / SETTINGS, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            json.dump(settings(profile), file, indent=1)
        _remove(folder)
        draft.rename(folder)
    except OSError as error:
        raise PconvError(
            "cannot_write", f"The plug-in cannot be put into {folder}: {error.strerror}; close GIMP and try again."
        ) from error
    return folder


def uninstall(profile: Profile) -> bool:
    """Remove the plug-in from a profile. False when it was not there.

    Raises:
        PconvError: "cannot_write".
    """
    folder = profile.plug_ins / NAME
    try:
        return _remove(folder)
    except OSError as error:
        raise PconvError(
            "cannot_write", f"The plug-in cannot be removed from {folder}: {error.strerror}; close GIMP and try again."
        ) from error


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
    command, environment = python_command("daemon.bridge")
    reach: dict[str, object] = {"address": f"127.0.0.1:{bridge.DEFAULT_PORT}", "token": bridge.bridge_token()}
    if profile.kind != "snap":
        wanted = {name: environment[name] for name in ("PYTHONPATH",) if environment.get(name) != os.environ.get(name)}
        reach.update(command=command, environment=wanted)
    return reach


def prove(gimp: Sequence[str]) -> str:
    """Let GIMP, without a window, fill a small picture by the plug-in; returns what it said.

    Raises:
        PconvError: "proof_failed", with GIMP's or the plug-in's own sentence.
    """
    command = [*gimp, "-idf", "--batch-interpreter", "python-fu-eval", "-b", PROOF.read_text(), "--quit"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROOF_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PconvError("proof_failed", f"GIMP could not be run to try the plug-in: {error}.") from error
    said = [line.split(PROVED, 1)[1] for line in done.stdout.splitlines() if PROVED in line]
    if not said:
        tail = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PconvError("proof_failed", f"GIMP did not run the plug-in: {tail}.")
    if not said[0].startswith("ok"):
        raise PconvError("proof_failed", f"The plug-in was installed but its fill failed: {said[0]}")
    return said[0]


def state(profile: Profile) -> str:
    """ "absent", "current", or "outdated": not the plug-in, or not the way to pconv, that `install` would put there."""
    folder = profile.plug_ins / NAME
    if not folder.is_dir():
        return "absent"
    for source in [*SOURCE.glob("*.py"), Path(bridgewire.__file__)]:
        copy = folder / source.name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            return "outdated"
    try:
        known = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "outdated"
    return "current" if known == settings(profile) else "outdated"


def _profiles(given: argparse.Namespace) -> list[Profile]:
    return [Profile(given.profile, "given")] if given.profile else find_profiles()


def _install(given: argparse.Namespace) -> int:
    gimps = [] if given.no_proof else find_gimps()
    profiles = _profiles(given)
    if not profiles and gimps and (base := _first_folder(gimps[0])):
        profiles = [base]
    if not profiles:
        raise PconvError(
            "no_gimp", "No GIMP 3 profile was found; start GIMP 3 once and try again, or name one with --profile."
        )
    for profile in profiles:
        print(f"Installed into {install(profile)}")
        if profile.kind == "snap":
            print("  GIMP in Snap cannot start pconv: keep `pconv bridge --listen` running while you use it.")
    if shutil.which("flatpak") and any("flatpak" in gimp[0] for gimp in gimps):
        print("  GIMP in Flatpak cannot start pconv: keep `pconv bridge --listen` running while you use it.")
    if any(gimp[0] in SANDBOXES for gimp in gimps):
        _listen()
    faults = [fault for gimp in gimps if (fault := _try(gimp))]
    if faults:
        raise faults[0]
    if not gimps:
        print("No GIMP 3 was run to try it; restart GIMP and choose Filters > Partial-Conv Fill.")
    return 0


def _try(gimp: list[str]) -> PconvError | None:
    try:
        said, fault = prove(gimp), None
    except PconvError as error:
        said, fault = error.message, error
    print(f"Tried in {' '.join(gimp)}: {said}")
    return fault


def _listen() -> None:
    """Until this program ends, be the bridge that a sandboxed GIMP needs, unless one runs already."""

    def serve() -> None:
        with contextlib.suppress(PconvError):
            bridge.listen(bridge.DEFAULT_PORT, bridge.bridge_token(), lambda _: None)

    threading.Thread(target=serve, daemon=True).start()


def _uninstall(given: argparse.Namespace) -> int:
    removed = [profile for profile in _profiles(given) if uninstall(profile)]
    for profile in removed:
        print(f"Removed from {profile.folder}")
    if not removed:
        print("The plug-in is not installed in any GIMP 3 profile.")
    if not given.profile:
        bridge.forget_token()
    return 0


def _first_folder(gimp: list[str]) -> Profile | None:
    """The profile that a GIMP that never ran would make; on Linux alone, elsewhere its installer knows better."""
    version = gimp_version(gimp)
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Profile(config / "GIMP" / version, "native") if version and os.name == "posix" else None
