"""`python -m model.synthesis`: the process in which the patch library works, so that it can be stopped and may fail.

It reads requests from its standard input and writes answers to its standard output, as `model.synthesis.wire` has
them, until its input ends.
"""

from __future__ import annotations

import os
import signal
import sys

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
    while request := wire.read_request(sys.stdin.buffer):
        try:
            wire.write_answer(answers, draw(*request))
        except Exception as error:
            wire.write_answer(answers, f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
