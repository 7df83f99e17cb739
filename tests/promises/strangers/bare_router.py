"""A service on ZeroMQ's own ROUTER at the address that it is given: it tells its peers their ids, and answers late.

`id`: the route that the message came by. `ask`: remember the route. `answer`: say "secret" to the one remembered.
"""

from __future__ import annotations

import sys

import zmq

if __name__ == "__main__":
    socket = zmq.Context().socket(zmq.ROUTER)
    socket.bind(sys.argv[1])
    asked = b""
    while True:
        route, said, *_ = socket.recv_multipart()
        if said == b"id":
            socket.send_multipart([route, route])
        elif said == b"ask":
            asked = route
        elif said == b"answer":
            socket.send_multipart([asked, b"secret"])
            socket.send_multipart([route, b"done"])
