"""The process of the patch library as its parent sees it: started when needed, stopped when it takes too long."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from model.finish.drawing import Drawing
from model.synthesis import wire

DEADLINE = 120.0  # seconds for one drawing, which takes a few on an idle machine; what takes longer hangs


class PatchProcess:
    """One process, which draws one hole at a time and ends with this object. `stop` may be called from any thread.

    Args:
        command: what to start in place of the patch library's own program.
        deadline: seconds after which a drawing is given up.
    """

    def __init__(self, command: list[str] | None = None, deadline: float = DEADLINE) -> None:
        self._command = command or [sys.executable, "-m", "model.synthesis"]
        self._deadline = deadline
        self._process: subprocess.Popen | None = None
        self._starting, self._drawing = threading.Lock(), threading.Lock()

    def start(self) -> subprocess.Popen:
        """Have the process ready; it takes some tenths of a second to be.

        Raises:
            OSError: there is no such command, or no room for another process.
        """
        with self._starting:
            if self._process is None or self._process.poll() is not None:
                root = str(Path(__file__).resolve().parents[2])
                path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    cwd=root,
                    env={**os.environ, "PYTHONPATH": path},
                )
            return self._process

    def draw(self, drawing: Drawing) -> np.ndarray | str:
        """The picture with its hole drawn; a sentence says why there is no drawing. Blocks until then."""
        with self._drawing:
            try:
                process = self.start()
            except OSError as error:
                return f"its process does not start: {error}"
            began = time.monotonic()
            late = threading.Timer(self._deadline, process.kill)
            late.daemon = True
            late.start()
            try:
                to_it, from_it = _pipes(process)
                wire.write_request(to_it, drawing)
                return wire.read_answer(from_it, drawing.hole.shape)
            except (EOFError, OSError):
                process.kill()
                code = process.wait()
                for pipe in _pipes(process):
                    with suppress(OSError):
                        pipe.close()
                return "it took too long" if time.monotonic() - began >= self._deadline else f"it ended with {code}"
            finally:
                late.cancel()

    def stop(self) -> None:
        """End the process, whatever it is at; the next `draw` starts another one."""
        with self._starting:
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if self._drawing.acquire(blocking=False):  # else `draw` notices
            for pipe in _pipes(process):
                pipe.close()
            self._drawing.release()

    def __del__(self) -> None:
        self.stop()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout
