"""A whole client of pconv-daemon in pyzmq and msgpack: python example_client.py ADDRESS photo.ppm mask.pgm out.ppm

White in the mask is hole. For a tcp address with ?key= the fifth argument is the file of one's secret key.
"""

import base64
import os
import re
import sys
import time
import uuid
from pathlib import Path

import msgpack
import zmq
from zmq.utils import z85


def connect(address, secret=None):
    """A socket; `secret` and the key in the address are text, as `pconv key` prints keys."""
    endpoint, _, key = address.partition("?key=")
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.routing_id = b"\x01" + os.urandom(16)
    if key:
        theirs, ours = (z85.encode(base64.b32decode(text.strip().upper() + "====")) for text in (key, secret))
        socket.curve_serverkey, socket.curve_secretkey, socket.curve_publickey = theirs, ours, zmq.curve_public(ours)
    socket.connect(endpoint)
    return socket


def fill(socket, image, hole, height, width, channels=3, tries=10, **options):
    """The filled image; sent again by the same id after a `busy`, or when nothing was heard for half a minute."""
    header = {"type": "fill", "id": uuid.uuid4().hex, "height": height, "width": width, "channels": channels}
    message = [b"PCV1", msgpack.packb({**header, "dtype": "uint8", **options}), image, hole]
    for _ in range(tries):
        socket.send_multipart(message)
        while socket.poll(30_000):
            _, head, *payload = socket.recv_multipart()
            reply = msgpack.unpackb(head)
            if reply["type"] == "result" and reply["id"] == header["id"]:
                return payload[0]
            if reply["type"] == "error" and reply["id"] in (None, header["id"]):
                if reply["code"] not in ("busy", "shutting_down"):
                    raise RuntimeError(f"{reply['code']}: {reply['message']}")
                time.sleep(reply["retry_after"] or 1)
                break
    raise TimeoutError("the daemon does not answer")


def read_pnm(path):
    """Height, width and pixels of a binary PPM or PGM of 8 bits."""
    data = Path(path).read_bytes()
    start = re.match(rb"P[56]\s+(\d+)\s+(\d+)\s+255\s", data)
    return int(start[2]), int(start[1]), data[start.end() :]


if __name__ == "__main__":
    address, photo, mask, out, *identity = sys.argv[1:]
    height, width, image = read_pnm(photo)
    secret = Path(identity[0]).read_text() if identity else None
    filled = fill(connect(address, secret), image, read_pnm(mask)[2], height, width)
    Path(out).write_bytes(b"P6 %d %d 255\n" % (width, height) + filled)
