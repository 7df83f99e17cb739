"""A worker that hands every picture back at once, so that what is measured is the front alone."""

from __future__ import annotations

import sys
import time

import zmq

from daemon.protocol import worker_messages
from daemon.transport.sockets import connect
from daemon.worker.process import prepare_process

BEAT_MS = 500


def main() -> None:
    """Serve the front at the address after `--connect` until it is gone."""
    prepare_process()
    socket = connect(zmq.Context(), sys.argv[sys.argv.index("--connect") + 1])
    socket.send(worker_messages.encode(worker_messages.Ready({"device": "none", "model": "echo"}, [256], 64)))
    beat = 0.0
    while True:
        if time.monotonic() > beat:
            socket.send(worker_messages.encode(worker_messages.Heartbeat(0.0, "full", 64)))
            beat = time.monotonic() + BEAT_MS / 1000
        if not socket.poll(BEAT_MS):
            continue
        frames = socket.recv_multipart(copy=False)
        message = worker_messages.decode_to_worker(frames[0].buffer)
        if isinstance(message, worker_messages.Assign):
            done = worker_messages.Done(message.number, 0.0, 0, 0, 0, message.fill.height, message.fill.width)
            socket.send_multipart([worker_messages.encode(done), frames[1]], copy=False)


if __name__ == "__main__":
    main()
