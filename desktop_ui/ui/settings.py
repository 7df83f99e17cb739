"""The settings: a frozen table, and one store that reads, checks and keeps them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject, QSettings, pyqtSignal

from daemon.system.directories import config_file
from model.options import MOST_VARIANTS

RECENT_LENGTH = 10


@dataclass(frozen=True)
class Setting:
    """One setting: its key, its default and its name for people.

    Args:
        key: "section/name", stable.
        default: its type is the setting's type: bool, int or str.
        label: English; "" = not in the dialog.
        low, high: of an int.
        choices: of a str: (value, English label).
        hint: a line under it, English.
    """

    key: str
    default: bool | int | str
    label: str = ""
    low: int = 0
    high: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    colour: bool = False
    folder: bool = False

    def checked(self, value: Any) -> bool | int | str:
        """The value in the setting's type and range, or the default where it cannot be read as such."""
        try:
            if isinstance(self.default, bool):
                return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
            if isinstance(self.default, int):
                return min(self.high, max(self.low, int(value)))
        except (KeyError, TypeError, ValueError):
            return self.default
        text = str(value)
        return text if not self.choices or text in {choice for choice, _ in self.choices} else self.default

    @property
    def section(self) -> str:
        return self.key.partition("/")[0]


SECTIONS = {
    "view": QT_TRANSLATE_NOOP("Settings", "Appearance"),
    "editing": QT_TRANSLATE_NOOP("Settings", "Editing"),
    "daemon": QT_TRANSLATE_NOOP("Settings", "Daemon"),
}

SETTINGS = (
    Setting(
        "view/theme", "system", QT_TRANSLATE_NOOP("Settings", "Colours"),
        choices=(("system", QT_TRANSLATE_NOOP("Settings", "As the system")),
                 ("dark", QT_TRANSLATE_NOOP("Settings", "Dark")),
                 ("light", QT_TRANSLATE_NOOP("Settings", "Light"))),
    ),
    Setting(
        "view/language", "system", QT_TRANSLATE_NOOP("Settings", "Language"),
        choices=(("system", QT_TRANSLATE_NOOP("Settings", "As the system")), ("en", "English"), ("de", "Deutsch")),
        hint=QT_TRANSLATE_NOOP("Settings", "Takes effect at the next start."),
    ),
    Setting("view/mask_colour", "#ff3b5c", QT_TRANSLATE_NOOP("Settings", "Mask colour"), colour=True),
    Setting("view/forbidden_colour", "#2fd07f",
            QT_TRANSLATE_NOOP("Settings", "Colour of what is not copied from"), colour=True),
    Setting("view/mask_opacity", 50, QT_TRANSLATE_NOOP("Settings", "Mask opacity, %"), low=10, high=100),
    Setting(
        "editing/fresh_mask", True, QT_TRANSLATE_NOOP("Settings", "A stroke after a fill starts a new mask"),
        hint=QT_TRANSLATE_NOOP("Settings", "Hold Shift to go on with the old one."),
    ),
    Setting(
        "editing/object_model", "", QT_TRANSLATE_NOOP("Settings", "Object model"), folder=True,
        hint=QT_TRANSLATE_NOOP(
            "Settings", "A folder with the encoder and the decoder of a SAM model as ONNX files. Empty: none."
        ),
    ),
    Setting("editing/autosave_seconds", 20, QT_TRANSLATE_NOOP("Settings", "Seconds between autosaves"),
            low=5, high=600),
    Setting(
        "daemon/address", "", QT_TRANSLATE_NOOP("Settings", "Address"),
        hint=QT_TRANSLATE_NOOP(
            "Settings", "Empty: as “pconv use” says, else this computer."
        ),
    ),
    Setting("daemon/start", True, QT_TRANSLATE_NOOP("Settings", "Start the local daemon with the editor")),
    Setting("view/tint", True),
    Setting("view/outline", False),
    Setting("view/panels", True),
    Setting("view/folder", False),
    Setting("view/navigator", True),
    Setting("view/hint_seen", False),
    Setting("view/proof_profile", ""),  # the path of the device's ICC profile
    Setting("tool/picture_side", 0, low=0, high=1 << 20),  # the longer side of the picture that the sizes were for
    Setting("tool/brush_size", 60, low=1, high=2000),
    Setting("tool/brush_hardness", 85, low=0, high=100),
    Setting("tool/eraser_size", 60, low=1, high=2000),
    Setting("tool/eraser_hardness", 85, low=0, high=100),
    Setting("tool/opacity", 100, low=1, high=100),  # of the clone and the heal brush
    Setting("tool/aligned", True),
    Setting("tool/wand_tolerance", 24, low=0, high=255),
    Setting("tool/wand_contiguous", True),
    Setting("fill/grow", 4, low=0, high=200),
    Setting("fill/feather", 2, low=0, high=200),
    Setting("fill/context", 0, low=0, high=2048),
    Setting("fill/detail", -1, low=-1, high=100),
    Setting("fill/variants", 1, low=1, high=MOST_VARIANTS),
    Setting("fill/auto", False),
    Setting("file/quality", 95, low=1, high=100),
)  # fmt: skip
_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Settings(QObject):
    """The user's choices, on disk as soon as they are made.

    Signals:
        changed(key): a value differs from before.
    """

    changed = pyqtSignal(str)

    def __init__(self, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path or config_file("editor.ini")
        self.problem = ""
        self._store = self._open()

    def _open(self) -> QSettings:
        store = QSettings(str(self.path), QSettings.Format.IniFormat)
        if store.status() == QSettings.Status.NoError and not _garbled(self.path):
            return store
        aside = self.path.with_suffix(".damaged")
        self.problem = QCoreApplication.translate(
            "Settings", "The settings file was damaged; it was put aside as {0} and the defaults are used."
        ).format(aside.name)
        del store
        try:
            self.path.replace(aside)
        except OSError as error:
            self.problem = QCoreApplication.translate(
                "Settings", "The settings file {0} cannot be used ({1}); the defaults are used."
            ).format(self.path, error.strerror)
        return QSettings(str(self.path), QSettings.Format.IniFormat)

    def __getitem__(self, key: str) -> Any:
        setting = _BY_KEY[key]
        value = self._store.value(key)
        return setting.default if value is None else setting.checked(value)

    def __setitem__(self, key: str, value: Any) -> None:
        value = _BY_KEY[key].checked(value)
        if value != self[key]:
            self._store.setValue(key, value)
            self.changed.emit(key)

    @property
    def recent(self) -> list[Path]:
        """Files opened lately, the newest first; those that are gone are left out."""
        return [Path(name) for name in self._strings("recent") if Path(name).is_file()]

    def add_recent(self, path: Path) -> None:
        names = [str(path), *(name for name in self._strings("recent") if name != str(path))]
        self._store.setValue("recent", json.dumps(names[:RECENT_LENGTH]))
        self.changed.emit("recent")

    def shortcuts(self) -> dict[str, list[str]]:
        """Rebound actions: name → keys in portable text."""
        stored = self._json("shortcuts", dict)
        return {
            name: [key for key in keys if isinstance(key, str)]
            for name, keys in stored.items()
            if isinstance(keys, list)
        }

    def set_shortcuts(self, shortcuts: dict[str, list[str]]) -> None:
        self._store.setValue("shortcuts", json.dumps(shortcuts))
        self.changed.emit("shortcuts")

    def window_state(self, key: str) -> bytes:
        """A window's geometry or state; b"" when none is kept."""
        return bytes.fromhex(text) if _is_hex(text := str(self._store.value(f"window/{key}") or "")) else b""

    def set_window_state(self, key: str, value: bytes) -> None:
        self._store.setValue(f"window/{key}", bytes(value).hex())

    def sync(self) -> None:
        self._store.sync()

    def _strings(self, key: str) -> list[str]:
        return [name for name in self._json(key, list) if isinstance(name, str)]

    def _json(self, key: str, kind: type) -> Any:
        try:
            value = json.loads(str(self._store.value(key) or "null"))
        except ValueError:
            return kind()
        return value if isinstance(value, kind) else kind()


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and all(letter in "0123456789abcdef" for letter in text)


def _garbled(path: Path) -> bool:
    """QSettings reads nearly anything; a file that is not text, or whose lines are no entries, is damaged."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return any(line.strip() and not line.startswith((";", "[")) and "=" not in line for line in lines)
