"""The plug-in's way to pconv: reach the bridge, ask it, and never wait for it without an end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

from pconv_wire import CHUNK, PROTOCOL, WireError, read_frame, write_frame

SETTINGS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bridge.json")
GREETING_SECONDS = 30.0
SILENCE_SECONDS = 10.0
TICK_SECONDS = 0.1
FOREIGN = ("LD_", "DYLD_", "PYTHON", "GI_TYPELIB_PATH", "GTK_", "GEGL_", "BABL_")


class BridgeError(Exception):
    """What the bridge answered instead of a fill, or why it did not answer.

    Args:
        code: for programs.
        message: one sentence for the user that says what to do next.
    """

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


def read_settings(path=SETTINGS):
    """What the installer wrote: `command`, `environment`, `address`, `token`; all may be missing.

    Raises:
        BridgeError: "not_installed".
    """
    try:
        with open(path, encoding="utf-8") as file:
            settings = json.load(file)
    except (OSError, ValueError):
        settings = None
    if not isinstance(settings, dict):
        raise BridgeError(
            "not_installed", "The plug-in does not know where pconv is; run `pconv gimp install` in a terminal."
        )
    return settings


def is_sandboxed():
    """True where programs of the host cannot be started."""
    return os.path.exists("/.flatpak-info") or os.environ.get("SNAP_NAME") == "gimp"


def open_link(settings, stop=None):
    """A greeted link to the bridge: by starting it, or by loopback TCP where that is forbidden or not set up.

    Args:
        stop: an Event; once it is set, whatever is asked over this link ends soon, and so does the bridge.

    Raises:
        BridgeError: "no_bridge", "bad_token", "version_mismatch", "no_answer", "cancelled".
    """
    if settings.get("command") and not is_sandboxed():
        source, sink, end = _spawn(settings["command"], settings.get("environment") or {})
    else:
        source, sink, end = _connect(settings.get("address") or "")
    link = Link(source, sink, end, stop)
    try:
        link.ask({"type": "hello", "protocol": PROTOCOL, "token": settings.get("token", "")}, patience=GREETING_SECONDS)
    except BaseException:
        link.close()
        raise
    return link


class Link:
    """One stream to a bridge. Used by one thread at a time.

    Args:
        source, sink: binary streams.
        end: called once to close them, with `deaf` where the bridge stopped reading or is not worth a wait; returns how
            the bridge ended.
        stop: see `open_link`.
    """

    def __init__(self, source, sink, end, stop=None):
        self._source, self._sink, self._end = source, sink, end
        self._stop = stop or threading.Event()
        self._frames: queue.Queue = queue.Queue()
        self._heard = time.monotonic()
        self._writer = None
        self._kept = None
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, header, *parts, news=None, tick=None, patience=SILENCE_SECONDS):
        """Send a question and wait for its answer.

        Args:
            parts: bytes-like, the body.
            news: called with the header of each progress frame.
            tick: called several times a second while waiting.
            patience: seconds of silence, sending included, after which the bridge counts as dead.

        Returns:
            (header, body) of the answer.

        Raises:
            BridgeError: the bridge's own error, "no_bridge" (it ended), "no_answer" (it is silent), "cancelled".
        """
        self._heard = time.monotonic()
        self._writer = threading.Thread(target=self._write, args=(header, parts), daemon=True)
        self._writer.start()
        while True:
            try:
                frame = self._frames.get(timeout=TICK_SECONDS)
            except queue.Empty:
                if tick:
                    tick()
                if self._stop.is_set():
                    raise BridgeError("cancelled", "The fill was cancelled.") from None
                if time.monotonic() - self._heard > patience:
                    raise BridgeError(
                        "no_answer", "pconv does not answer; run `pconv doctor` in a terminal, then try again."
                    ) from None
                continue
            self._heard = time.monotonic()
            if frame is None:
                raise BridgeError("no_bridge", f"pconv ended early{self.close()}; try again.")
            answer, body = frame
            if answer.get("type") == "error":
                raise BridgeError(str(answer.get("code")), str(answer.get("message")))
            if answer.get("type") != "progress":
                return answer, body
            if news:
                news(answer)

    def ask_once(self, header, body):
        """Like `ask`, for a question that always has the same answer: the last such answer is kept."""
        question = (header, body)
        if self._kept is None or self._kept[0] != question:
            self._kept = question, self.ask(header, body)
        return self._kept[1]

    def close(self):
        """End the stream, which cancels what still runs. Returns how the bridge ended, for an error's sentence."""
        end, self._end = self._end, lambda deaf: ""
        return end(deaf=self._stop.is_set() or (self._writer is not None and self._writer.is_alive()))

    def _read(self):
        try:
            while True:
                frame = read_frame(self._source)
                self._frames.put(frame)
                if frame is None:
                    return
        except (WireError, OSError, ValueError):
            self._frames.put(None)

    def _write(self, header, parts):
        with contextlib.suppress(OSError, ValueError):  # the reader sees the end too, and says so
            write_frame(_Watched(self._sink, self._touch), header, *parts)

    def _touch(self):
        self._heard = time.monotonic()


class _Watched:
    """A sink that reports each piece it could write."""

    def __init__(self, sink, touch):
        self._sink, self._touch = sink, touch

    def write(self, data):
        view = memoryview(data)
        for start in range(0, len(view), CHUNK):
            self._sink.write(view[start : start + CHUNK])
            self._touch()

    def flush(self):
        self._sink.flush()


def _spawn(command, extra):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment.update(extra)
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end(); a pipe that nobody reads would fill up
    # In a session of its own, the bridge outlives a plug-in that GIMP kills just long enough to cancel its fill.
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NO_WINDOW}
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, **apart
        )
    except OSError as error:
        raise BridgeError(
            "no_bridge",
            f"pconv cannot be started ({command[0]}: {error.strerror}); "
            "install pconv and run `pconv gimp install` again.",
        ) from error

    sink = child.stdin
    assert sink is not None

    def end(deaf):
        if deaf:  # closing a pipe that is being written to would wait for a reader that does not read
            child.kill()
        with contextlib.suppress(OSError):
            sink.close()
        try:
            child.wait(2)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        errors.seek(0)
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()
        errors.close()
        return f": {lines[-1][:200].rstrip('.')}" if lines else f" (code {child.returncode})"

    return child.stdout, sink, end


def _connect(address):
    host, _, port = address.rpartition(":")
    try:
        connection = socket.create_connection((host, int(port)), timeout=GREETING_SECONDS)
    except (OSError, ValueError) as error:
        raise BridgeError(
            "no_bridge",
            f"No pconv bridge runs at {address or 'any known address'}; start it with `pconv bridge --listen`.",
        ) from error
    connection.settimeout(None)

    def end(deaf):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        return ""

    return connection.makefile("rb", 0), connection.makefile("wb"), end
