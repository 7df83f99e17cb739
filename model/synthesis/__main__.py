"""`python -m model.synthesis`: the process in which the patch library works, so that it can be stopped and may fail.

It reads requests from its standard input and writes answers to its standard output, as `model.synthesis.wire` has
them, until its input ends.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

import numpy as np

from model.finish.drawing import Drawing
from model.synthesis import wire
from model.synthesis.candidates import draw

NICENESS = 5  # the engine's threads come first


def main() -> None:
    for name in ("SIGINT", "SIGHUP"):  # its parent ends it
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform != "win32":
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the answers
    with suppress(BrokenPipeError, EOFError):  # the parent is gone: nobody waits for an answer
        while request := wire.read_request(sys.stdin.buffer):
            wire.write_answer(answers, _drawn(request))
    os._exit(0)  # a pipe that is broken would be told once more at an ordinary end


def _drawn(request: Drawing) -> np.ndarray | str:
    try:
        return draw(request.picture, request.hole, request.forbidden, request.guide, request.seed)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
