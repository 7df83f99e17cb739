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
from tests.own_daemon import daemon_of_our_own
from tests.plugin_gimp.gimp_session import GimpSession
from tests.plugin_gimp.screen import Screen

REPOSITORY = Path(__file__).resolve().parents[2]
QUIET = """
(show-welcome-dialog no)
(check-updates no)
(save-session-info no)
(help-browser web-browser)
"""
BROWSER = """[Desktop Entry]
Type=Application
Name=Browser
Exec=/bin/sh -c "echo %u > /share/opened"
MimeType=x-scheme-handler/file;text/html;
"""
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


@pytest.fixture(scope="package", autouse=True)
def private_config() -> Iterator[None]:
    """The bridge's token of these tests is not the user's."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", folder)
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


@pytest.fixture(scope="package")
def private_daemon(small_weights: Path) -> Iterator[Path]:
    """One for all tests of the plug-in, as they share their GIMPs too."""
    yield from daemon_of_our_own(small_weights)


@pytest.fixture(scope="package")
def profile(share: Path, private_daemon: Path) -> Path:
    """The plug-in's folder, set up to start the bridge outside the root, for the tests' own daemon."""
    connect(share, {"command": bridge_command(), "environment": bridge_environment()})
    return share / "home" / "plug-ins" / NAME


@pytest.fixture(scope="package")
def gimp(gimp_root: Path, share: Path, profile: Path) -> Iterator[GimpSession]:
    session = GimpSession(gimp_root, share)
    yield session
    session.close()


@pytest.fixture(scope="package")
def screen(gimp_root: Path, share: Path) -> Iterator[Screen]:
    shown = Screen(gimp_root, share)
    yield shown
    shown.close()


@pytest.fixture(scope="package")
def window(gimp_root: Path, share: Path, profile: Path, screen: Screen) -> Iterator[tuple[GimpSession, str]]:
    """GIMP with a photo on the screen and its main window's id."""
    from PIL import Image
    from skimage import data

    Image.fromarray(data.astronaut()).save(share / "photo.png")
    with open(share / "home" / "gimprc", "a") as settings:
        settings.write(QUIET)
    applications = share / "data" / "applications"
    applications.mkdir(parents=True)
    (applications / "browser.desktop").write_text(BROWSER)
    (applications / "mimeapps.list").write_text(
        "[Default Applications]\nx-scheme-handler/file=browser.desktop\ntext/html=browser.desktop\n"
    )
    session = GimpSession(gimp_root, share, "gimp", screen.display)
    session.run(
        """
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("/share/photo.png"))
        Gimp.Display.new(image)
        Gimp.displays_flush()
        """
    )
    main = screen.wait(lambda: screen.window("GIMP$"), "GIMP's window")
    screen.tool("windowsize", "--sync", main, "1270", "760")
    yield session, main
    session.close()


@pytest.fixture
def photo(window: tuple[GimpSession, str]) -> tuple[GimpSession, str]:
    """The window, with the photo as it was and an ellipse selected."""
    session, _ = window
    session.run(
        """
        image = Gimp.get_images()[0]
        for layer in image.get_layers()[:-1]:
            image.remove_layer(layer)
        select(image, 290, 60, 90, 110, feather=8, ellipse=True)
        Gimp.displays_flush()
        """
    )
    return window


@pytest.fixture
def reconnect(share: Path, profile: Path) -> Iterator[Callable[[dict], None]]:
    """Write other bridge settings for one test."""
    before = (profile / SETTINGS).read_text()
    yield lambda settings: connect(share, settings)
    (profile / SETTINGS).write_text(before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with native, Flatpak and Snap profiles and no GIMP on PATH."""
    for folder in (
        "config/GIMP/2.10",
        "config/GIMP/3.0",
        "config/GIMP/3.2",
        "snap/gimp/current/.config/GIMP/3.0",
        ".var/app/org.gimp.GIMP/config/GIMP/3.0",
    ):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("GIMP3_DIRECTORY", raising=False)
    return tmp_path


def connect(share: Path, settings: dict) -> None:
    (share / "home" / "plug-ins" / NAME / SETTINGS).write_text(json.dumps(settings))


def bridge_command() -> list[str]:
    """The command that starts the bridge on this side of the root."""
    return ["chroot", f"/proc/{os.getpid()}/root", sys.executable, "-P", "-m", "plugin_gimp.bridge"]


def bridge_environment() -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    return {
        "PYTHONPATH": str(REPOSITORY),
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        **passed,
    }
