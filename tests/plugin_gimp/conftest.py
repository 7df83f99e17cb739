"""A real GIMP 3 with the plug-in installed, connected to a bridge of this checkout outside the root."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugin_gimp.install import NAME, SETTINGS, install
from plugin_gimp.profiles import Profile
from tests.plugin_gimp.gimp_session import GimpSession

REPOSITORY = Path(__file__).resolve().parents[2]
PASSED_ON = ("PCONV_", "OMP_", "XDG_CONFIG_HOME")


@pytest.fixture(scope="session")
def gimp_root() -> Path:
    """The root with GIMP; tests are skipped, saying why, where there is none."""
    root = Path(os.environ.get("PCONV_GIMP_ROOT") or REPOSITORY / ".gimp-root")
    if not (root / ".gimp-ready").is_file():
        pytest.skip(f"no GIMP in {root}: run tests/plugin_gimp/setup_gimp.sh")
    if os.geteuid() != 0:
        pytest.skip("entering the root with GIMP needs root")
    return root


@pytest.fixture(scope="module", autouse=True)
def private_config() -> Iterator[None]:
    """The bridge's token of these tests is not the user's, and their fills are quick: no patches are drawn."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", folder)
        (Path(folder) / "patchmatch.py").write_text("raise ImportError\n")
        patch.setenv("PYTHONPATH", os.pathsep.join([folder, str(REPOSITORY)]))
        yield


@pytest.fixture(scope="session")
def share(gimp_root: Path) -> Iterator[Path]:
    """The folder that is /share in the root, with a GIMP profile that has run once.

    What GIMP's own plug-ins said of themselves is kept in the root, so that later runs need not ask all of them.
    """
    folder = Path(tempfile.mkdtemp(prefix="pconv-gimp-"))
    known, own = gimp_root / ".gimp-pluginrc", folder / "home" / "pluginrc"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        install(Profile(folder / "home", "given"))
    if known.is_file():
        shutil.copyfile(known, own)
    session = GimpSession(gimp_root, folder)
    session.close()
    shutil.copyfile(own, known)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def profile(share: Path, private_daemon: Path) -> Path:
    """The plug-in's folder, set up to start the bridge outside the root, for this module's own daemon."""
    connect(share, {"command": bridge_command(), "environment": bridge_environment()})
    return share / "home" / "plug-ins" / NAME


@pytest.fixture(scope="module")
def gimp(gimp_root: Path, share: Path, profile: Path) -> Iterator[GimpSession]:
    session = GimpSession(gimp_root, share)
    yield session
    session.close()


@pytest.fixture
def reconnect(share: Path, profile: Path) -> Iterator[Callable[[dict], None]]:
    """Write other bridge settings for one test."""
    before = (profile / SETTINGS).read_text()
    yield lambda settings: connect(share, settings)
    (profile / SETTINGS).write_text(before)


def connect(share: Path, settings: dict) -> None:
    (share / "home" / "plug-ins" / NAME / SETTINGS).write_text(json.dumps(settings))


def bridge_command() -> list[str]:
    """The command that starts the bridge on this side of the root."""
    return ["chroot", f"/proc/{os.getpid()}/root", sys.executable, "-P", "-m", "plugin_gimp.bridge"]


def bridge_environment() -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    return {
        "PYTHONPATH": os.environ["PYTHONPATH"],
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        **passed,
    }
