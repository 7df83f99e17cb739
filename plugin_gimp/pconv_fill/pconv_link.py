"""The plug-in's way to pconv: reach the bridge, ask it, and never wait for it without an end."""

from __future__ import annotations

import contextlib
import hashlib
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
from pconv_words import _

GREETING_SECONDS = 30.0
KNOWN_SECONDS = 3.0  # of a bridge that runs already
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


def is_sandboxed():
    """True where programs of the host cannot be started."""
    return os.path.exists("/.flatpak-info") or os.environ.get("SNAP_NAME") == "gimp"


def open_link(settings, stop=None, known=None):
    """A greeted link to the bridge: to one that this GIMP knows, else by starting one, or by loopback TCP where that is
    forbidden or not set up.

    Args:
        stop: an Event; once it is set, whatever is asked over this link ends soon.
        known: the `session` of a link that this GIMP had before, None without one.

    Raises:
        BridgeError: "no_bridge", "bad_token", "version_mismatch", "no_answer", "cancelled".
    """
    if not settings.get("command") or is_sandboxed():
        return _greet(_linked(_connect(settings.get("address") or ""), stop), settings.get("token", ""))
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    if known and known.get("settings") == digest:
        with contextlib.suppress(BridgeError):  # it is gone
            return _greet(_linked(_connect(known["address"]), stop), known["token"], KNOWN_SECONDS)
    link = _linked(_spawn(settings["command"], settings.get("environment") or {}), stop)
    _greet(link, settings.get("token", ""), session=os.getppid())
    if link.session:
        link.session["settings"] = digest
    return link


def _linked(streams, stop):
    source, sink, end = streams
    return Link(source, sink, end, stop)


def _greet(link, token, patience=GREETING_SECONDS, **more):
    try:
        hello = {"type": "hello", "protocol": PROTOCOL, "token": token, **more}
        answer, _body = link.ask(hello, patience=patience)
    except BaseException:
        link.close()
        raise
    if "address" in answer:
        link.session = {"address": answer["address"], "token": answer.get("session_token")}
    return link


class Link:
    """One stream to a bridge. Used by one thread at a time.

    Args:
        source, sink: binary streams.
        end: called once to close them, with `deaf` where the bridge stopped reading or is not worth a wait, and `stays`
            where it is to serve later calls; returns how the bridge ended.
        stop: see `open_link`.

    `session` says how later calls find this bridge, None where it ends with the link.
    """

    def __init__(self, source, sink, end, stop=None):
        self._source, self._sink, self._end = source, sink, end
        self._stop = stop or threading.Event()
        self.session = None
        self._frames: queue.Queue = queue.Queue()
        self._heard = time.monotonic()
        self._writer: Any = None
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, header, *parts, news=None, tick=None, cancel=None, patience=SILENCE_SECONDS):
        """Send a question and wait for its answer.

        Args:
            parts: bytes-like, the body.
            news: called with the header of each progress frame.
            tick: called several times a second while waiting.
            cancel: an Event; once it is set, the bridge is told to give up, and its answer is awaited.
            patience: seconds of silence, sending included, after which the bridge counts as dead.

        Returns:
            (header, body) of the answer.

        Raises:
            BridgeError: the bridge's own error, "no_bridge" (it ended), "no_answer" (it is silent), "cancelled".
        """
        self._send(header, *parts)
        while True:
            if cancel and cancel.is_set() and not self._writer.is_alive():
                cancel = None
                self._send({"type": "cancel"})
            try:
                frame = self._frames.get(timeout=TICK_SECONDS)
            except queue.Empty:
                if tick:
                    tick()
                if self._stop.is_set():
                    raise BridgeError("cancelled", _("The fill was cancelled.")) from None
                if time.monotonic() - self._heard > patience:
                    raise BridgeError(
                        "no_answer", _("pconv does not answer; run `pconv doctor` in a terminal, then try again.")
                    ) from None
                continue
            self._heard = time.monotonic()
            if frame is None:
                raise BridgeError("no_bridge", _("pconv ended early%s; try again.") % self.close(lost=True))
            answer, body = frame
            if answer.get("type") == "error":
                raise BridgeError(str(answer.get("code")), str(answer.get("message")))
            if answer.get("type") != "progress":
                return answer, body
            if news:
                news(answer)

    def close(self, lost=False):
        """End the stream, which cancels what still runs. Returns how the bridge ended, for an error's sentence."""
        end, self._end = self._end, lambda deaf, stays: ""
        deaf = self._writer is not None and self._writer.is_alive()
        stays = self.session is not None and not lost
        return end(deaf=deaf or (self._stop.is_set() and not stays), stays=stays)

    def _read(self):
        try:
            while True:
                frame = read_frame(self._source)
                self._frames.put(frame)
                if frame is None:
                    return
        except (WireError, OSError, ValueError):
            self._frames.put(None)
        finally:
            self._source.close()

    def _send(self, header, *parts):
        self._heard = time.monotonic()
        self._writer = threading.Thread(target=self._write, args=(header, parts), daemon=True)
        self._writer.start()

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
            _("pconv cannot be started (%s); install pconv and run `pconv gimp install` again.")
            % f"{command[0]}: {error.strerror}",
        ) from error

    sink = child.stdin
    assert sink is not None

    def end(deaf, stays):
        if stays and not deaf:
            sink.close()
            errors.close()
            threading.Thread(target=child.wait, daemon=True).start()  # if it ends before us, nothing is left of it
            return ""
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
    host, _colon, port = address.rpartition(":")
    try:
        connection = socket.create_connection((host, int(port)), timeout=GREETING_SECONDS)
    except (OSError, ValueError) as error:
        raise BridgeError(
            "no_bridge",
            _("No pconv bridge runs at %s; run `pconv gimp install --service` in a terminal.")
            % (address or "127.0.0.1"),
        ) from error
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a short frame would wait 40 ms for the next

    def end(deaf, stays):
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        return ""

    return connection.makefile("rb", 0), connection.makefile("wb"), end
