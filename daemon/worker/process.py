"""What every kind of worker process does: its options, its signals, its two first threads."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
from typing import NoReturn

import zmq

from daemon.transport.sockets import connect
from daemon.worker.engine_threads import EngineThreads
from daemon.worker.idle import Housekeeping
from daemon.worker.loop import LAST_WORDS_MS, WorkerLoop
from daemon.worker.resident_engine import Load, Resident


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every kind of worker is told by its front."""
    parser.add_argument("--connect", required=True, help="the front's private address")
    parser.add_argument("--device", help="cpu, cuda:N or mps; default: $PCONV_DEVICE, else the best there is")
    parser.add_argument("--weights", help="weights file; default: $PCONV_WEIGHTS, else the one that came with pconv")
    parser.add_argument("--dtype", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--threads", type=int, help="CPU threads")
    parser.add_argument("--trim-seconds", type=float, default=30.0, help="idle time after which caches are freed")
    parser.add_argument("--sleep-seconds", type=float, default=600.0, help="idle time after which weights are freed")


def prepare_process() -> None:
    """Signals are the front's business; its memory limit is not the worker's; its end is the worker's end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    threading.Thread(target=_leave_with_front, daemon=True).start()


def serve(address: str, load: Load, housekeeping: Housekeeping | None = None, lanes: int = 1) -> NoReturn:
    """Serve the front at `address` with the engine that `load` makes; the process ends when that engine cannot work."""
    engine_threads = EngineThreads()
    resident = Resident(load)

    def talk() -> None:
        context = zmq.Context()
        socket = connect(context, address)
        socket.setsockopt(zmq.LINGER, LAST_WORDS_MS)
        try:
            WorkerLoop(socket, resident, engine_threads, housekeeping or Housekeeping(), lanes).loop()
        except Exception:
            traceback.print_exc()
        socket.close()
        context.term()
        sys.stderr.flush()
        os._exit(1)  # other threads may hang in a device that failed

    threading.Thread(target=talk, name="loop").start()
    engine_threads.work()


def _leave_with_front() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)
