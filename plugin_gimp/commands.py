"""`pconv gimp install | connect | uninstall` and `pconv bridge`."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import threading
from pathlib import Path

from model.errors import InputError, PconvError
from plugin_gimp import service
from plugin_gimp.bridge import server
from plugin_gimp.install import connect, disconnect, install, run_selftest, uninstall
from plugin_gimp.profiles import Profile, find_gimps, find_profiles, gimp_version

SANDBOXES = ("flatpak", "snap")  # programs that run a GIMP which cannot start others


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "install the GIMP 3 plug-in, or remove it"
    gimp = subparsers.add_parser("gimp", help=text, description=text, allow_abbrev=False)
    actions = gimp.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text, run in (
        ("install", "put the plug-in into every GIMP 3 profile of this user and try it", _install),
        ("connect", "tell a plug-in that came as an archive where pconv is", _connect),
        ("uninstall", "remove the plug-in and all that install left", _uninstall),
    ):
        action = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        action.set_defaults(run=run)
        if name != "connect":
            action.add_argument("--profile", type=Path, metavar="FOLDER", help="this GIMP profile alone")
        if name != "uninstall":
            action.add_argument(
                "--port",
                type=server.port_number,
                metavar="NUMBER",
                help="at which a bridge listens for a GIMP from Flatpak or Snap",
            )
        if name == "install":
            action.add_argument("--no-proof", action="store_true", help="do not run GIMP to try the plug-in")
            action.add_argument(
                "--service", action="store_true", help="keep a bridge running, for a GIMP from Flatpak or Snap"
            )
    text = "what the GIMP plug-in talks to; it starts this by itself"
    server.add_options(subparsers.add_parser("bridge", help=text, description=text, allow_abbrev=False))


def _profiles(given: argparse.Namespace) -> list[Profile]:
    return [Profile(given.profile, "given")] if given.profile else find_profiles()


def _install(given: argparse.Namespace) -> int:
    _choose_port(given)
    gimps = [] if given.no_proof else find_gimps()
    profiles = _profiles(given)
    if not profiles and gimps and (base := _first_folder(gimps[0])):
        profiles = [base]
    if not profiles:
        raise InputError(
            "no_gimp", "No GIMP 3 profile was found; start GIMP 3 once and try again, or name one with --profile."
        )
    for profile in profiles:
        print(f"Installed into {install(profile)}")
        if profile.kind == "snap":
            _hint("Snap", given)
    if shutil.which("flatpak") and any("flatpak" in gimp[0] for gimp in gimps):
        _hint("Flatpak", given)
    if given.service:
        _keep_bridge()
    if any(gimp[0] in SANDBOXES for gimp in gimps):
        _listen()
    faults = [fault for gimp in gimps if (fault := _try(gimp))]
    if faults:
        raise faults[0]
    if not gimps:
        print("No GIMP 3 was run to try it; restart GIMP and choose Filters > Partial-Conv Fill.")
    return 0


def _hint(sandbox: str, given: argparse.Namespace) -> None:
    if not given.service:
        print(
            f"  GIMP in {sandbox} cannot start pconv: run `pconv gimp install --service`, "
            "or keep `pconv bridge --listen` running while you use it."
        )


def _keep_bridge() -> None:
    wanted = service.service()
    left = service.keep(wanted)
    print(f"A bridge is kept running by {wanted.path}")
    if left:
        print(f"  It could not be started from here; next: {', then '.join(left)}")


def _choose_port(given: argparse.Namespace) -> None:
    if given.port is not None:
        server.choose_port(given.port)


def _connect(given: argparse.Namespace) -> int:
    _choose_port(given)
    print(f"Written: {connect()}")
    return 0


def _try(gimp: list[str]) -> PconvError | None:
    try:
        said, fault = run_selftest(gimp), None
    except PconvError as error:
        said, fault = error.message, error
    print(f"Tried in {' '.join(gimp)}: {said}")
    return fault


def _listen() -> None:
    """Until this program ends, be the bridge that a sandboxed GIMP needs, unless one runs already."""

    def serve() -> None:
        with contextlib.suppress(PconvError):
            server.listen(server.bridge_port(), server.bridge_token(), lambda _: None)

    threading.Thread(target=serve, daemon=True).start()


def _uninstall(given: argparse.Namespace) -> int:
    removed = [profile for profile in _profiles(given) if uninstall(profile)]
    for profile in removed:
        print(f"Removed from {profile.folder}")
    if not removed:
        print("The plug-in is not installed in any GIMP 3 profile.")
    if not given.profile:
        if service.give_up(service.service()):
            print("The bridge's service is removed.")
        disconnect()
        server.forget()
    return 0


def _first_folder(gimp: list[str]) -> Profile | None:
    """The profile that a GIMP that never ran would make; on Linux alone, elsewhere its installer knows better."""
    version = gimp_version(gimp)
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Profile(config / "GIMP" / version, "native") if version and os.name == "posix" else None
