"""`pconv-daemon` with every call of our own functions counted while it admits a fill and while it answers it.

It is run as a file, with the tree to be looked at on the import path, and knows that tree by a few names only, which
old commits have too. Usage: counted_daemon.py COUNTS.json [the daemon's flags].
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

OURS = ("daemon", "model")


class CallCounter:
    """A profile function that follows one fill at a time.

    Admission: from the return of `decode_request` with a Fill to `_send`, which hands it to the worker's socket.
    Answer: from the last decoding in `receive` (of what a worker said) to the next `send` of the door, or
    `send_multipart` before there was one, which hands the result to the transport. A resumed generator is a call.

    Args:
        root: of the tree whose functions count.
    """

    def __init__(self, root: Path) -> None:
        self.fills: list[dict[str, list[str]]] = []
        self._folders = tuple(f"{root / name}{os.sep}" for name in OURS)
        self._root = root
        self._stage = "idle"
        self._calls: list[str] = []
        self._names: dict[CodeType, str] = {}

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        code = frame.f_code
        if self._stage == "idle":
            if event == "return" and code.co_name == "decode_request" and type(value).__name__ == "Fill":
                self._begin("admit")
        elif event == "c_return" and code.co_name == "receive" and value.__name__ == "decode":
            if self._stage != "admit":
                self._begin("answer")
        elif event == "call":
            name = self._name_of(code) or self._generated(frame)
            if self._stage == "admit" and name.endswith(":_send"):
                self.fills.append({"admit": self._calls})
                self._begin("worker has it")
            elif self._stage == "answer" and (name.endswith("door.py:send") or code.co_name == "send_multipart"):
                self.fills[-1]["answer"] = self._calls
                self._stage = "idle"
            elif name:
                self._calls.append(name)

    def _begin(self, stage: str) -> None:
        self._stage, self._calls = stage, []

    def _name_of(self, code: CodeType) -> str:
        """File and function; "" of what is not ours."""
        name = self._names.get(code)
        if name is None:
            is_ours = code.co_filename.startswith(self._folders)
            name = f"{Path(code.co_filename).relative_to(self._root)}:{code.co_name}" if is_ours else ""
            self._names[code] = name
        return name

    def _generated(self, frame: FrameType) -> str:
        """The same of what `dataclasses` or `namedtuple` made for one of ours, which has no file: its caller's."""
        caller = frame.f_back
        if caller is None or not frame.f_code.co_filename.startswith("<"):
            return ""
        name = self._name_of(caller.f_code)
        return name and f"{name.partition(':')[0]}:{frame.f_code.co_name} (generated)"


def main() -> None:
    counts, sys.argv = Path(sys.argv[1]), ["pconv-daemon", *sys.argv[2:]]
    counter = CallCounter(Path(os.environ["PYTHONPATH"]))
    sys.setprofile(counter)
    try:
        runpy.run_module("daemon", run_name="__main__")
    finally:
        sys.setprofile(None)
        counts.write_text(json.dumps(counter.fills))


if __name__ == "__main__":
    main()
