"""`python -m daemon.worker`: one process that owns one device, fills what the front sends, and may die at any moment.

May know: the engine, the scheduler, the worklink. Must not know: clients, the queue.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket as sockets
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import zmq

from daemon import worklink
from daemon.scheduler import Advanced, Event, Finished, Scheduler
from model.fill import plan_fill
from model.options import FillOptions

MAX_PLANNERS = 8


def main(arguments: list[str] | None = None) -> int:
    """Serve one front until it is gone. Exit code 0, or 1 when the engine cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m daemon.worker", description=__doc__)
    parser.add_argument("--connect", required=True, help="the front's private address")
    parser.add_argument("--device", help="cpu, cuda:N or mps; default: $PCONV_DEVICE, else the best there is")
    parser.add_argument("--weights", help="weights file; default: $PCONV_WEIGHTS, else the one that came with pconv")
    parser.add_argument("--dtype", default="auto", choices=("auto", "float32", "bfloat16"))
    parser.add_argument("--threads", type=int, help="CPU threads")
    given = parser.parse_args(arguments)
    prepare_process()
    return serve(given.connect, lambda: load_engine(given))


def prepare_process() -> None:
    """Signals are the front's business; its memory limit is not the worker's; its end is the worker's end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    threading.Thread(target=_leave_with_front, daemon=True).start()


def load_engine(given: argparse.Namespace) -> Any:
    """A warm engine as the arguments have it."""
    from model.engine import Engine, find_device

    engine = Engine(given.weights, given.device or find_device(), given.dtype, given.threads)
    engine.warm_up()
    return engine


def serve(address: str, load: Callable[[], Any]) -> int:
    """Load an engine and serve the front at `address` with it."""
    context = zmq.Context()
    socket = context.socket(zmq.PAIR)
    socket.set_hwm(0)
    socket.setsockopt(zmq.LINGER, 2000)
    socket.connect(address)
    engine_thread = ThreadPoolExecutor(1, thread_name_prefix="engine")
    try:
        try:
            engine = engine_thread.submit(load).result()
        except Exception as error:
            traceback.print_exc()
            socket.send(worklink.encode(worklink.Fatal(_code(error), _sentence(error))))
            return 1
        Worker(socket, engine, engine_thread).loop()
        return 0
    finally:
        engine_thread.shutdown()
        socket.close()
        context.term()


class Worker:
    """An event loop that hears of new jobs and cancels while the engine runs, and waits only when nothing happens."""

    def __init__(self, socket: zmq.Socket, engine: Any, engine_thread: ThreadPoolExecutor) -> None:
        self._socket = socket
        self._engine = engine
        self._wake, waker = sockets.socketpair()
        self._wake.setblocking(False)
        self._poller = zmq.Poller()
        self._poller.register(socket, zmq.POLLIN)
        self._poller.register(self._wake, zmq.POLLIN)
        info = engine.info.to_dict()
        planners = 1 if info["device"] == "cpu" else min(MAX_PLANNERS, os.cpu_count() or 1)
        self._scheduler = Scheduler(
            engine.run, engine.largest_batch, _is_out_of_memory, planners, lambda: waker.send(b"x"), engine_thread
        )
        self._send(worklink.Ready(info, list(engine.buckets), engine.largest_batch))

    def loop(self) -> None:
        """Never returns; the process ends with its front.

        Raises:
            Exception: the engine failed; the process should end, since a device may not recover from that.
        """
        while True:
            for event in self._scheduler.pump():
                self._tell(event)
            ready = dict(self._poller.poll())
            if self._wake.fileno() in ready:
                self._wake.recv(4096)
            while self._socket.poll(0):
                self._read()

    def _read(self) -> None:
        frames = self._socket.recv_multipart(copy=False)
        message = worklink.decode_to_worker(frames[0].buffer)
        if isinstance(message, worklink.Drop):
            self._scheduler.drop(message.number)
        else:
            self._add(message, frames[1].buffer, frames[2].buffer)

    def _add(self, job: worklink.Job, image_buffer: memoryview, hole_buffer: memoryview) -> None:
        fill = job.fill
        image = np.frombuffer(image_buffer, np.dtype(fill.dtype).newbyteorder("<"))
        image = image.reshape(fill.height, fill.width, fill.channels)
        hole = np.frombuffer(hole_buffer, np.uint8).reshape(fill.height, fill.width)
        options = FillOptions(fill.grow, fill.feather, fill.context, fill.detail)
        self._scheduler.add(job.number, plan_fill(image, hole, options, self._engine.buckets))

    def _tell(self, event: Event) -> None:
        if isinstance(event, Advanced):
            self._send(worklink.Moved(event.number, event.done, event.total))
        elif isinstance(event, Finished):
            self._send(worklink.Done(event.number, event.run_ms), np.ascontiguousarray(event.image).data.cast("B"))
        else:
            if not hasattr(event.error, "code"):
                traceback.print_exception(event.error)
            self._send(worklink.Failed(event.number, _code(event.error), _sentence(event.error)))

    def _send(self, message: Any, *payload: Any) -> None:
        self._socket.send_multipart([worklink.encode(message), *payload], copy=False)


def _leave_with_front() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _is_out_of_memory(error: Exception) -> bool:
    """CUDA's and numpy's errors have a type for it, torch's CPU allocator a sentence only."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in str(error)
    )


def _code(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "out_of_memory"
    return getattr(error, "code", "device_error")


def _sentence(error: Exception) -> str:
    if hasattr(error, "code"):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is too little memory for this picture; select a smaller hole."
    return f"The device failed ({type(error).__name__}: {str(error)[:200]}); run `pconv doctor`."


if __name__ == "__main__":
    sys.exit(main())
