"""One plug-in's conversation with its bridge: greeting, one fill at a time, beats while it runs, cancel by hang-up."""

from __future__ import annotations

import hmac
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

from model.errors import BusyError, InputError, PconvError
from plugin_gimp.bridge.requests import Filler, connect, context_of, fill, warm
from plugin_gimp.pconv_fill.pconv_wire import PROTOCOL, Source, WireError, read_frame, write_frame

BEAT_SECONDS = 0.5  # the plug-in takes a much longer silence for a dead bridge


class Stream:
    """One plug-in's conversation: its frames in order, its one job at a time in a thread of its own."""

    def __init__(
        self, source: Source, sink: BinaryIO, token: str | None = None, filler: Callable[[], Filler] = connect
    ) -> None:
        self._source, self._sink, self._token, self._filler = source, sink, token, filler
        self._writing = threading.Lock()
        self._cancel = threading.Event()
        self._job: threading.Thread | None = None

    def serve(self, greeted: Callable[[dict[str, Any]], dict[str, Any]] = lambda hello: {}) -> None:
        """Answer until the stream ends; `greeted` is called with a hello that is in order, and returns what else to
        answer to it."""
        try:
            if self._greet(greeted):
                while (frame := read_frame(self._source)) is not None:
                    self._answer(*frame)
        except WireError as error:
            self._try_send({"type": "error", "code": "bad_message", "message": f"{error} Use `pconv gimp install`."})
        except OSError:
            pass  # the plug-in is gone, and with it whoever wanted an answer
        finally:
            self._cancel.set()
            if self._job:
                self._job.join()

    def _greet(self, greeted: Callable[[dict[str, Any]], dict[str, Any]]) -> bool:
        frame = read_frame(self._source, largest_body=0)
        if frame is None:
            return False
        hello = frame[0]
        if self._token is not None and not hmac.compare_digest(str(hello.get("token")).encode(), self._token.encode()):
            self._error("bad_token", "The bridge does not know this plug-in's token; run `pconv gimp install` again.")
            return False
        if hello.get("type") != "hello" or hello.get("protocol") != PROTOCOL:
            self._error(
                "version_mismatch",
                "The plug-in and pconv are of different versions; run `pconv gimp install` again and restart GIMP.",
            )
            return False
        self._send({"type": "hello", "protocol": PROTOCOL, **greeted(hello)})
        return True

    def _answer(self, header: dict[str, Any], body: bytearray) -> None:
        kind = header.get("type")
        try:
            if kind == "context":
                self._send(*context_of(header, body))
            elif kind == "warm":
                threading.Thread(target=warm, args=(self._filler,), daemon=True).start()
                self._send({"type": "warm"})
            elif kind == "cancel":
                self._cancel.set()
            elif kind == "fill":
                if self._job:
                    self._job.join(BEAT_SECONDS)  # its last frame goes out a moment before its end
                if self._job and self._job.is_alive():
                    raise BusyError("busy", "This plug-in's last fill still runs; wait for its end.")
                self._cancel.clear()
                self._job = threading.Thread(target=self._fill, args=(header, body))
                self._job.start()
            else:
                raise InputError("bad_message", f"The bridge knows no {kind!r}; run `pconv gimp install` again.")
        except PconvError as error:
            self._error(error.code, error.message)

    def _fill(self, header: dict[str, Any], body: bytearray) -> None:
        news: dict[str, Any] = {"type": "progress", "stage": "asking", "position": 0, "done": 0, "total": 0}
        done = threading.Event()

        def beat() -> None:
            while not done.wait(BEAT_SECONDS):
                self._try_send(news)

        def progress(event: Any) -> None:
            news.update(stage=event.stage, position=event.position, done=event.done, total=event.total)
            self._try_send(news)

        beats = threading.Thread(target=beat)
        beats.start()
        try:
            answer, parts = fill(header, body, self._filler, progress=progress, cancel=self._cancel)
        except PconvError as error:
            answer, parts = {"type": "error", "code": error.code, "message": error.message}, ()
        except Exception as error:  # a fault of ours must still end the plug-in's wait
            sys.excepthook(type(error), error, error.__traceback__)
            answer, parts = {"type": "error", "code": "internal", "message": f"The bridge failed: {error!r}."}, ()
        finally:
            done.set()
            beats.join()
        self._try_send(answer, *parts)

    def _error(self, code: str, message: str) -> None:
        self._send({"type": "error", "code": code, "message": message})

    def _send(self, header: dict[str, Any], *parts: Any) -> None:
        with self._writing:
            write_frame(self._sink, header, *parts)

    def _try_send(self, header: dict[str, Any], *parts: Any) -> None:
        """Send, or take a lost stream for the plug-in's wish to stop."""
        try:
            self._send(header, *parts)
        except (OSError, ValueError):
            self._cancel.set()
