"""Autosave and what a crash left behind: one locked folder for each running editor.

A folder whose lock nobody holds belongs to an editor that died; its work is offered at the next start.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from daemon.system.directories import make_folder
from daemon.system.locks import FileLock, is_held
from desktop_ui.document.document import Document
from desktop_ui.document.project import SUFFIX, Snapshot, read_project, write_project

WORK = f"work{SUFFIX}"


@dataclass(frozen=True)
class Leftover:
    """Work of an editor that did not end well.

    Args:
        name: the picture's, "" for a pasted one.
        project: the project file that was worked on, if any.
        saved: when it was autosaved, seconds since the epoch.
    """

    folder: Path
    name: str
    project: Path | None
    saved: float

    def read(self) -> Document:
        """Read the document that was left over.

        Raises:
            PconvError: as `read_project`; the leftover is kept.
        """
        document = read_project(self.folder / WORK)
        document.project = self.project
        return document

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Recovery:
    """This editor's autosave."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or platformdirs.user_state_path("pconv", appauthor=False) / "recovery"
        self._folder: Path | None = None
        self._lock: FileLock | None = None

    def save(self, snapshot: Snapshot) -> None:
        """Keep this state for the case of a crash.

        Raises:
            PconvError: it cannot be written.
        """
        folder = self._own_folder()
        write_project(folder / WORK, snapshot, embed=False)
        about = {
            "name": snapshot.path.name if snapshot.path else "",
            "project": str(snapshot.project) if snapshot.project else None,
        }
        (folder / "about.json").write_text(json.dumps(about), "utf-8")

    def forget(self) -> None:
        """Nothing is left to recover: it was saved or discarded."""
        if self._folder is not None:
            with contextlib.suppress(FileNotFoundError):
                (self._folder / WORK).unlink()

    def close(self) -> None:
        """This editor ends well."""
        if self._folder is not None and self._lock is not None:
            self._lock.release()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = self._lock = None

    def leftovers(self) -> list[Leftover]:
        """Work of dead editors, the newest first; folders without work are cleared away."""
        found = []
        for folder in self.root.glob("*/") if self.root.is_dir() else ():
            if folder == self._folder or is_held(folder / "lock"):
                continue
            if (folder / WORK).is_file():
                found.append(Leftover(folder, *_about(folder), (folder / WORK).stat().st_mtime))
            else:
                shutil.rmtree(folder, ignore_errors=True)
        return sorted(found, key=lambda one: one.saved, reverse=True)

    def _own_folder(self) -> Path:
        if self._folder is None:
            folder = self.root / secrets.token_hex(6)
            make_folder(folder)
            self._lock = FileLock(folder / "lock")
            self._lock.acquire()
            self._folder = folder
        return self._folder


def _about(folder: Path) -> tuple[str, Path | None]:
    try:
        about = json.loads((folder / "about.json").read_text("utf-8"))
        return str(about["name"]), Path(about["project"]) if about.get("project") else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", None
