"""A virtual screen with a window manager in the private root, and hands for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.plugin_gimp.gimp_session import ENTER

Found = TypeVar("Found")
SIZE = "1280x800x24"


class Screen:
    """A display and a window manager inside the root, with keys, mouse and screenshots.

    Args:
        root: made by setup_gimp.sh.
        share: folder that is /share inside; screenshots go to its `shots`, and at the end to $PCONV_GIMP_SHOTS.
    """

    def __init__(self, root: Path, share: Path) -> None:
        self._root, self._share = root, share
        (share / "shots").mkdir(exist_ok=True)
        self.display = f":{100 + os.getpid() % 800}"
        self._log = open(share / "screen.log", "wb")  # noqa: SIM115 - lives as long as the screen
        self._processes = [self._start("Xvfb", self.display, "-screen", "0", SIZE, "-nolisten", "tcp")]
        self.wait(lambda: self._run("xdpyinfo").returncode == 0, "the screen")
        self._processes.append(self._start("openbox"))

    def close(self) -> None:
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
        self._log.close()
        if kept := os.environ.get("PCONV_GIMP_SHOTS"):
            shutil.copytree(self._share / "shots", kept, dirs_exist_ok=True)

    def shot(self, name: str) -> None:
        self._run("import", "-window", "root", f"/share/shots/{name}.png")

    def window(self, pattern: str) -> str | None:
        """The id of a visible window whose title matches."""
        return self.tool("search", "--onlyvisible", "--name", pattern).split("\n")[0] or None

    def keys(self, window: str, *keys: str) -> None:
        self.tool("windowactivate", "--sync", window)
        time.sleep(0.2)
        for key in keys:
            self.tool("key", "--clearmodifiers", key)
            time.sleep(0.3)

    def click(self, x: int, y: int) -> None:
        self.tool("mousemove", str(x), str(y), "click", "1")

    def pause(self, seconds: float) -> None:
        """Let the program draw, where nothing but a screenshot depends on it."""
        time.sleep(seconds)

    def tool(self, *words: str) -> str:
        return self._run("xdotool", *words).stdout.strip()

    def wait(self, what: Callable[[], Found], name: str, seconds: float = 120.0) -> Found:
        """The first true value of `what`."""
        limit = time.monotonic() + seconds
        while not (found := what()):
            if time.monotonic() > limit:
                self.shot("waiting")
                raise AssertionError(f"{name} did not come; see {self._share}/shots/waiting.png")
            time.sleep(0.05)
        return found

    def _start(self, *command: str) -> subprocess.Popen:
        return subprocess.Popen(
            [ENTER, self._root, self._share, *command],
            env={**os.environ, "DISPLAY": self.display},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def _run(self, *command: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [ENTER, self._root, self._share, *command],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=60,
        )
