"""`pconv doctor`: looks at everything a fill needs, names one fix for each fault, and ends with a fill."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata

from daemon.client.flags import add_connection
from model.errors import PconvError
from pconv.commands.tables import show, table
from pconv.commands.terminal import FAILED

LEAST_FREE_MIB = 256
SELF_TEST_SIDE = 96
IMPORTED = ("daemon", "desktop_ui", "model", "plugin_gimp", "training")  # names that other packages may use as well


@dataclass(frozen=True)
class Check:
    """`state` is "ok", "warning" (works without it) or "fault"; `fix` is one thing to do, empty when ok."""

    name: str
    state: str
    detail: str
    fix: str = ""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "check installation, weights, device and daemon, and end with a test fill"
    parser = subparsers.add_parser("doctor", help=text, description=text + "; exit code 1 when there is a fault")
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")
    add_connection(parser)
    parser.set_defaults(run=_run)


def examine(address: str | None = None) -> Iterator[Check]:
    """The checks in order. The test fill comes last and starts a daemon where none runs."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("python", _python),
        ("packages", _packages),
        ("package names", _package_names),
        ("weights", _weights),
        ("device", _device),
        ("detail", _detail),
        ("directory", _directory),
        ("daemon", lambda: _daemon(address)),
        ("test fill", lambda: _test_fill(address)),
    )
    for name, check in checks:
        yield _performed(name, check)
    yield _extra("editor", "PyQt6", "desktop")
    yield gimp_check()


class Fault(Exception):
    """A check found a fault: (detail, fix)."""

    def __init__(self, detail: str, fix: str) -> None:
        super().__init__(detail)
        self.detail, self.fix = detail, fix


def _run(given: argparse.Namespace) -> int:
    found = []
    for check in examine(given.address):
        found.append(check)
        if not given.json:
            rows = [(check.state, check.name, check.detail)]
            if check.fix:
                rows.append(("", "", f"→ {check.fix}"))
            show(table(rows, least=(8, 13)))
    if given.json:
        print(json.dumps([asdict(check) for check in found], indent=1))
    return FAILED if any(check.state == "fault" for check in found) else 0


def _performed(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", check())
    except Fault as fault:
        return Check(name, "fault", fault.detail, fault.fix)
    except PconvError as error:
        return Check(name, "fault", str(error), FIXES.get(error.code, "do what the sentence says, then run this again"))
    except Exception as error:  # a broken installation can raise anything; that is what is examined
        return Check(
            name, "fault", f"{type(error).__name__}: {error}", "reinstall: pip install --force-reinstall pconv"
        )


FIXES = {
    "weights_missing": "reinstall pconv, or set PCONV_WEIGHTS to a weights file",
    "weights_damaged": "fetch the weights file again, or unset PCONV_WEIGHTS",
    "weights_mismatch": "unset PCONV_WEIGHTS, or write the file anew with pconv-train export",
    "device_missing": "unset PCONV_DEVICE, or set it to cpu",
    "start_failed": "run pconv-daemon in a terminal and read what it says",
    "version_mismatch": "run pconv stop, then try again",
    "no_daemon": "start the daemon at that address, or run pconv use local and unset PCONV_ADDRESS",
    "access_denied": "send the line that pconv key prints to the daemon's administrator, and ask for its address",
    "unsafe_directory": "chmod 700 that directory, or set PCONV_RUNTIME_DIR to a private one",
}


def _python() -> str:
    return f"{sys.version.split()[0]} at {sys.executable}"


def _packages() -> str:
    """Every package that the base installation wants is there in a version that it allows."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in metadata.requires("pconv") or []]
    except metadata.PackageNotFoundError as error:
        raise Fault("pconv is not installed, it runs from a folder", "pip install . in that folder") from error
    found = []
    for requirement in wanted:
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError as error:
            raise Fault(f"{requirement.name} is missing", f'pip install "{requirement}"') from error
        if not requirement.specifier.contains(version, prereleases=True):
            raise Fault(f"{requirement.name} is {version}", f'pip install "{requirement}"')
        found.append(f"{requirement.name} {version}")
    return f"pconv {metadata.version('pconv')} with " + ", ".join(found)


def _package_names() -> str:
    """No other distribution has put its files into a folder of ours, as python-daemon does with `daemon`."""
    owners = metadata.packages_distributions()  # an editable pconv is not among them
    others = {name: sorted(set(owners.get(name, [])) - {"pconv"}) for name in IMPORTED}
    clashes = [f"{' and '.join(found)} also has {name}" for name, found in others.items() if found]
    if clashes:
        raise Fault(
            f"{', '.join(clashes)}; installing or removing it damages pconv",
            "install pconv into an environment of its own, by pipx install or uv tool install",
        )
    return f"{', '.join(IMPORTED)} are pconv's alone"


def _weights() -> str:
    from model.network.weights import default_weights_path, load_weights

    weights = load_weights()
    return f"{weights.name} ({weights.sha256[:12]}) at {default_weights_path()}"


def _device() -> str:
    from model.engine.engine import Engine, find_device

    chosen = os.environ.get("PCONV_DEVICE") or find_device()
    infos = [Engine(device=device.strip()).info for device in chosen.split(",")]
    return ", ".join(f"{info.device} in {info.dtype}" for info in infos)


def _detail() -> str:
    """What draws the detail of a fill."""
    from model.patches.draw import compile_ahead

    compile_ahead()
    return f"patches of the photo, compiled by numba {metadata.version('numba')}"


def _directory() -> str:
    from daemon.system.directories import runtime_paths

    directory = runtime_paths().directory
    free = shutil.disk_usage(directory).free >> 20
    if free < LEAST_FREE_MIB:
        raise Fault(f"{directory} has {free} MiB left for the log", "free some space there, or set PCONV_RUNTIME_DIR")
    return f"{directory}, private, {free} MiB free"


def _daemon(address: str | None) -> str:
    from daemon.client.client import Client

    with Client(address) as client:
        milliseconds = client.ping() * 1000
        status = client.status()
    installed = _installed()
    if installed and status["software"] != installed:
        raise Fault(f"the daemon is {status['software']}, this is {installed}", "pconv stop, then try again")
    return f"{status['software']} at {status['address']}, answers in {milliseconds:.1f} ms"


def _installed() -> str | None:
    try:
        return f"pconv {metadata.version('pconv')}"
    except metadata.PackageNotFoundError:
        return None


def _test_fill(address: str | None) -> str:
    """A gray ramp with a hole: the rest must come back byte-equal, the hole must be filled."""
    import numpy as np

    from daemon.client.client import Client

    ramp = np.linspace(60, 200, SELF_TEST_SIDE).astype(np.uint8)
    picture = np.repeat(np.tile(ramp, (SELF_TEST_SIDE, 1))[..., None], 3, axis=2)
    hole = np.zeros(picture.shape[:2], bool)
    hole[40:56, 40:56] = True
    damaged = picture.copy()
    damaged[hole] = (255, 0, 255)
    with Client(address) as client:
        filled = client.fill(damaged, hole)
    if not np.array_equal(filled[~hole], picture[~hole]):
        raise Fault("pixels outside the hole changed", "report this as a bug with the output of pconv doctor --json")
    if np.array_equal(filled[hole], damaged[hole]):
        raise Fault("the hole came back as it was", "report this as a bug with the output of pconv doctor --json")
    return "the hole is filled, the rest is byte-equal"


def _extra(name: str, package: str, extra: str) -> Check:
    try:
        return Check(name, "ok", f"{package} {metadata.version(package)}")
    except metadata.PackageNotFoundError:
        return Check(
            name, "warning", f"{package} is not installed", f'for the desktop editor: pip install "pconv[{extra}]"'
        )


def gimp_check() -> Check:
    """Whether every GIMP 3 profile of this user has the plug-in as this installation would put it there, and whether
    a GIMP started from here could run it."""
    from plugin_gimp.environment import has_python_with_gi, python_without_gi
    from plugin_gimp.install import NO_GI, state
    from plugin_gimp.profiles import find_profiles, has_native_gimp

    states = {str(profile.folder): state(profile) for profile in find_profiles()}
    detail = ", ".join(f"{found} in {folder}" for folder, found in states.items()) or "no GIMP 3 profile here"
    if any(found != "current" for found in states.values()):
        return Check("gimp", "warning", detail, "for the GIMP plug-in: pconv gimp install")
    if states and has_native_gimp() and (python := python_without_gi()):
        if not has_python_with_gi():
            return Check("gimp", "warning", f"{detail}, but {NO_GI}", "install python3-gi")
        lacking = f"{detail}, but a GIMP started from this terminal would take {python}, which has no gi"
        return Check("gimp", "warning", lacking, "start GIMP from the desktop's menu, or run `deactivate` before it")
    return Check("gimp", "ok", detail)
