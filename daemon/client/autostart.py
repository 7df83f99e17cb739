"""Starts a local daemon when none runs: one, however many clients want it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.system.directories import RuntimePaths
from daemon.system.locks import FileLock, is_held
from daemon.system.processes import python_command
from model.errors import DaemonError

LONGEST_START = 20.0
TURN_SECONDS = 0.02
LEAST_BYTES = 64 << 10  # free where a daemon's locks, address and errors are
PATHS = ("PCONV_CONFIG", "PCONV_CONFIG_DIR", "PCONV_KEYS", "PCONV_LOG", "PCONV_RUNTIME_DIR", "PCONV_WEIGHTS")


def ensure_running(
    paths: RuntimePaths,
    timeout: float = LONGEST_START,
    starting: Callable[[], None] | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Return once a daemon owns `paths`; start one if none does.

    `starting` is called before a start, `check` often while waiting; what it raises ends the wait.

    Raises:
        PconvError: "start_failed", with what the daemon said.
    """
    if _serves(paths):
        return
    limit = time.monotonic() + timeout
    lock = FileLock(paths.start_lock)
    if starting:
        starting()
    while not lock.acquire():
        if time.monotonic() > limit:
            raise DaemonError("start_failed", "Another program is starting the daemon and does not finish; try again.")
        check()
        time.sleep(TURN_SECONDS)
    process: subprocess.Popen | None = None
    try:
        while not _serves(paths):
            if process is None and not is_held(paths.daemon_lock):  # one that is held may be about to leave
                process = _spawn(paths)
            if process and process.poll() is not None:
                raise DaemonError("start_failed", f"The daemon did not start: {_last_line(paths.errors)}")
            if time.monotonic() > limit:
                raise DaemonError("start_failed", f"The daemon did not listen in time; see {paths.errors}.")
            check()
            time.sleep(TURN_SECONDS)
    finally:
        lock.release()
        if process is not None and process.returncode is None:  # it outlives us; if it does not, nothing is left of it
            threading.Thread(target=process.wait, name="daemon's end", daemon=True).start()


def _serves(paths: RuntimePaths) -> bool:
    return paths.address_file.exists() and is_held(paths.daemon_lock)


def _spawn(paths: RuntimePaths) -> subprocess.Popen:
    command, environment = python_command("daemon")
    for name in PATHS:  # of where we are, not of where the daemon is to be
        if environment.get(name):
            environment[name] = os.path.abspath(environment[name])
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    with open(os.open(paths.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as errors:
        return subprocess.Popen(
            [*command, "--on-demand"],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            cwd=paths.directory,
            env=environment,
            **detached,
        )


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").strip().splitlines()
    if not lines and shutil.disk_usage(path.parent).free < LEAST_BYTES:
        return f"no space is left in {path.parent}; free some there, or set PCONV_RUNTIME_DIR."
    return lines[-1] if lines else f"it ended without a word; run `{Path(sys.executable).name} -m daemon`."
