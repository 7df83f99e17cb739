"""The codec on its own: what goes in comes out, and nothing but BadRequest ever escapes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import msgspec
import pytest

from daemon import protocol
from daemon.protocol import CODES, BadRequest
from model.errors import KINDS, BusyError, DaemonError, DeviceError, InputError, PconvError
from model.options import FillOptions
from tests.daemon.conftest import small_fill

REQUESTS = [
    protocol.Hello([1], "test"),
    small_fill()[0],
    protocol.Fill("b", 1, 2, 4, "float32", 3, 4, 5, 1.0, 6, False),
    protocol.Fill("c", 1, 2, 4, "float32", seed=2**32 - 1, variants=4),
    protocol.Fill("d", 1, 2, 4, "uint8", forbid=True),
    protocol.Cancel("x"),
    protocol.Ping(),
    protocol.StatusRequest(),
    protocol.Shutdown(),
]
REPLIES = [
    protocol.Welcome(1, "pconv", protocol.Limits(), [256], {"a": 1}),
    protocol.Result("a", 1, 2, 3, "uint8", 0.5, 1.5),
    protocol.Result("a", 1, 2, 3, "uint8", 0.5, 1.5, 4, 5, 2),
    protocol.ProgressEvent("a", "queued", 3),
    protocol.Error("busy", "Later.", "a", 1.0),
    protocol.Cancelled("a", True),
    protocol.Pong(),
    protocol.Status({"x": [1, {"y": None}]}),
    protocol.Bye(),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: type(r).__name__)
def test_requests_survive(request_: protocol.Request) -> None:
    payload = [b"i", b"h"] if isinstance(request_, protocol.Fill) else []
    assert protocol.decode_request(protocol.encode(request_, *payload)) == request_


@pytest.mark.parametrize("reply", REPLIES, ids=lambda r: type(r).__name__)
def test_replies_survive_and_may_grow(reply: protocol.Reply) -> None:
    magic, header = protocol.encode(reply)
    assert protocol.decode_reply([magic, header]) == reply
    grown = msgspec.msgpack.encode({**msgspec.msgpack.decode(header), "new_field": 1})
    assert protocol.decode_reply([magic, grown]) == reply


def test_defaults_are_those_of_the_options() -> None:
    assert protocol.Fill("a", 1, 1, 1, "uint8").options == FillOptions()


def test_a_request_tells_its_options() -> None:
    options = FillOptions(3, 4, 5, 0.5, 6, 2)
    fill = protocol.Fill("a", 1, 1, 1, "uint8", 3, 4, 5, 0.5, seed=6, variants=2)
    assert fill.options == options


def test_masks_larger_than_a_frame_are_refused() -> None:
    limits = protocol.Limits(max_frame_bytes=1500)
    for forbid in (False, True):
        fill = protocol.Fill("a", 10, 100, 1, "uint8", forbid=forbid)
        try:
            protocol.check_payload(fill, 1000, 1000 * fill.masks, limits)
        except BadRequest as error:
            assert forbid and error.code == "too_large" and "2000 bytes" in error.message
        else:
            assert not forbid


def test_mutated_headers_are_refused_or_read_and_never_escape() -> None:
    rng = random.Random(5)
    headers = [protocol.encode(request)[1] for request in REQUESTS]
    refused = 0
    for _ in range(20_000):
        header = bytearray(rng.choice(headers))
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(header) + 1)
            match rng.randrange(3):
                case 0:
                    header[place : place + 1] = bytes([rng.randrange(256)])
                case 1:
                    header[place:place] = rng.randbytes(rng.randint(1, 9))
                case 2:
                    del header[place : place + rng.randint(1, 5)]
        try:
            protocol.decode_request([protocol.MAGIC, bytes(header), b"", b""])
        except BadRequest as error:
            refused += 1
            assert error.code in ("bad_message", "bad_field") and error.message.endswith(".")
    assert refused > 10_000


def test_every_code_of_the_daemon_is_in_the_table_of_the_docs() -> None:
    text = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()
    documented = set(re.findall(r"`([a-z_]+)`", text.split("## Error codes")[1]))
    assert set(CODES) <= documented


@pytest.mark.parametrize("error", KINDS.values())
def test_an_error_keeps_its_kind_on_the_wire(error: type[PconvError]) -> None:
    frames = protocol.encode(protocol.error_reply(error("some_code", "A sentence.", 2.5), "a"))
    told = protocol.error_of(protocol.decode_reply(frames))
    assert type(told) is error
    assert (told.code, told.message, told.retry_after, told.request_id) == ("some_code", "A sentence.", 2.5, "a")


def test_of_a_reply_without_a_known_kind_the_code_decides() -> None:
    """As older daemons send it, and perhaps newer ones."""
    for kind in (None, "unheard_of"):
        assert type(protocol.error_of(protocol.Error("busy", "Later.", kind=kind))) is BusyError
        assert type(protocol.error_of(protocol.Error("no_context", "All hole.", kind=kind))) is InputError
        assert type(protocol.error_of(protocol.Error("weights_missing", "None.", kind=kind))) is DeviceError


def test_a_request_of_another_version_is_no_bad_input() -> None:
    with pytest.raises(BadRequest) as caught:
        protocol.decode_request([b"PCV9", b""])
    assert type(protocol.error_of(protocol.error_reply(caught.value))) is DaemonError
