"""How colours are shown: by the monitor's profile, as a printer would print them, with a warning of what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QAction, QGuiApplication
from PyQt6.QtWidgets import QFileDialog, QWidget

from desktop_ui.document.colour import Display, can_be_imitated, opened_profile, profile_name, srgb_profile
from desktop_ui.jobs import background
from desktop_ui.jobs.monitor import monitor_profile
from desktop_ui.ui.workspace import Workspace
from model.errors import PconvError

_PLACES = ("/usr/share/color/icc", "/Library/ColorSync/Profiles", "C:/Windows/System32/spool/drivers/color")
_LARGEST = 64 << 20  # bytes of a profile


class ColourController(QObject):
    """Shows pictures by the profiles that are known.

    Signals: changed(Display), pictures are shown in another way from now on.
    """

    changed = pyqtSignal(object)

    def __init__(self, workspace: Workspace, actions: dict[str, QAction], window: QWidget) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._settings = workspace.settings
        self._proof_action, self._gamut_action = actions["view.proof"], actions["view.gamut"]
        self._window = window
        self._monitor: bytes | None = None
        self._profile: bytes | None = None  # the device's that was chosen
        self.display = Display()

    @property
    def handlers(self) -> dict[str, Callable]:
        return {"view.proof": self._proof, "view.gamut": self._warn, "view.proof_profile": self.choose}

    @property
    def words(self) -> str:
        """What is imitated or warned of, for the line at the bottom; "" for nothing."""
        words = []
        if self.display.proof is not None:
            words.append(self.tr("Proof: {0}").format(profile_name(self._profile) or self._path.name))
        if self.display.limit is not None:
            words.append(self.tr("Gamut warning"))
        return "  ·  ".join(words)

    @property
    def monitor_words(self) -> str:
        """Which profile the monitor has."""
        name = profile_name(self._monitor)
        return self.tr("Monitor: {0}").format(name) if name else self.tr("Monitor: sRGB, no other profile is known")

    def start(self) -> None:
        """Ask for the monitor's profile, now and whenever the window is on another monitor."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.screenChanged.connect(lambda _: self.look())
        self.look()

    def look(self) -> None:
        """Ask the system for the profile of the monitor on which the window is."""
        if QGuiApplication.platformName() != "xcb":
            return  # no other one tells it
        screens, screen = QGuiApplication.screens(), self._window.screen()
        number = screens.index(screen) if screen in screens else 0
        background.start(lambda: monitor_profile(number), self._found, lambda _: None)

    def choose(self) -> None:
        """Ask for the profile of the device that is proofed for."""
        self._chosen()

    def _found(self, monitor: bytes | None) -> None:
        self._monitor = monitor if opened_profile(monitor) is not None else None
        self._tell()

    def _proof(self, on: bool) -> None:
        if on and not self._has_profile():
            on = self._chosen()
        self._proof_action.setChecked(on)
        self._tell()

    def _warn(self, on: bool) -> None:
        if on:
            self._has_profile()  # without one, what the monitor cannot show is warned of
        self._gamut_action.setChecked(on)
        self._tell()

    @property
    def _path(self) -> Path:
        return Path(self._settings["view/proof_profile"])

    def _has_profile(self) -> bool:
        """Read the profile that was chosen before, if that is still there."""
        if self._profile is None and self._settings["view/proof_profile"]:
            self._profile = _read(self._path)
        return self._profile is not None

    def _chosen(self) -> bool:
        """→ False when the user thought better of it, or chose what is no profile."""
        start = self._path.parent if self._settings["view/proof_profile"] else _folder()
        title, filters = self.tr("Profile of the printer or screen to imitate"), self.tr("ICC profiles")
        name, _ = QFileDialog.getOpenFileName(self._window, title, str(start), f"{filters} (*.icc *.icm)")
        if not name:
            return False
        profile = _read(Path(name))
        if profile is None:
            words = self.tr("{0} is no ICC profile that colours can be converted to; choose another file.")
            self._workspace.say_error(PconvError("bad_profile", words.format(Path(name).name)), Path(name))
            return False
        self._profile = profile
        self._settings["view/proof_profile"] = name
        self._tell()
        return True

    def _tell(self) -> None:
        proof = self._profile if self._proof_action.isChecked() else None
        limit = None
        if self._gamut_action.isChecked():
            limit = self._profile or self._monitor or srgb_profile()
        display = Display(self._monitor, proof, limit)
        if display != self.display:
            self.display = display
            self.changed.emit(display)


def _read(path: Path) -> bytes | None:
    """None where it is no profile that colours can be converted to."""
    try:
        if path.stat().st_size > _LARGEST:
            return None
        icc = path.read_bytes()
    except OSError:
        return None
    return icc if can_be_imitated(icc) else None


def _folder() -> Path:
    return next((Path(place) for place in _PLACES if Path(place).is_dir()), Path.home())
