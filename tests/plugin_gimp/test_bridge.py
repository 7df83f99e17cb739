"""The bridge on pipes and on loopback, spoken to by the plug-in's own link; no GIMP is needed."""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from daemon import protocol
from daemon.client.client import Client, Filled
from model.errors import CancelledError, PconvError
from model.fill import plan
from model.geometry import contexts
from model.geometry.boxes import Box
from model.geometry.contexts import fill_area
from model.options import FillOptions
from plugin_gimp.bridge.requests import context_of
from plugin_gimp.bridge.stream import Stream
from plugin_gimp.install import NAME, install
from plugin_gimp.pconv_fill import pconv_wire
from plugin_gimp.profiles import Profile


class FakeClient:
    """Fills with 9, more by the variant and the seed; waits for a cancel where the picture's first value is 1."""

    forbid: np.ndarray | None

    def fill_box(
        self,
        image: np.ndarray,
        hole: np.ndarray,
        options: FillOptions,
        forbid: np.ndarray | None,
        progress: Any,
        cancel: Any,
    ) -> Filled | None:
        FakeClient.forbid = forbid
        if image.flat[0] == 1:
            assert cancel.wait(20)
            raise CancelledError("cancelled", "The fill was cancelled.")
        area = fill_area(hole, options)
        if area is None:
            return None
        variants = [np.full_like(image[area.inside.slices], 9 + n + options.seed) for n in range(options.variants)]
        return Filled(area.inside, variants[0], area.alpha, tuple(variants[1:]))

    def status(self) -> dict:
        warmed.set()
        return {}

    def close(self) -> None:
        pass


warmed = threading.Event()


@pytest.fixture(scope="module")
def link_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """pconv_link as it is installed, beside its copy of the wire."""
    folder = install(Profile(tmp_path_factory.mktemp("gimp"), "given"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        spec = importlib.util.spec_from_file_location("pconv_link", folder / "pconv_link.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


@pytest.fixture
def stream() -> Iterator[tuple[Any, Any]]:
    """(source, sink) of a plug-in whose bridge uses the fake client."""
    ours, theirs = socket.socketpair()
    leaving = suppress(BrokenPipeError)  # the bridge's last beats have no reader
    with leaving, ours, theirs, theirs.makefile("rb", 0) as heard, theirs.makefile("wb") as said:
        thread = threading.Thread(target=Stream(heard, said, "secret", FakeClient).serve)
        thread.start()
        ours.settimeout(20)
        with ours.makefile("rb", 0) as source, ours.makefile("wb") as sink:
            yield source, sink
        ours.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        assert not thread.is_alive()


def ask(stream: tuple[Any, Any], header: dict[str, Any], *parts: bytes) -> tuple[dict[str, Any], bytearray]:
    pconv_wire.write_frame(stream[1], header, *parts)
    while True:
        answer = pconv_wire.read_frame(stream[0])
        if answer[0]["type"] != "progress":
            return answer


def greet(stream: tuple[Any, Any], token: str = "secret", protocol: int = pconv_wire.PROTOCOL) -> dict[str, Any]:
    return ask(stream, {"type": "hello", "protocol": protocol, "token": token})[0]


def fill_question(first: int = 0) -> tuple[dict[str, Any], bytes, bytes]:
    image = np.zeros((30, 40, 4), np.uint8)
    image.flat[0] = first
    image[..., 3] = 255
    hole = np.zeros((30, 40), np.uint8)
    hole[10:15, 20:28] = 128
    header = {"type": "fill", "size": [30, 40], "channels": 4, "dtype": "uint8", "grow": 0, "feather": 0}
    return header, image.tobytes(), hole.tobytes()


def test_fill_returns_the_holes_rectangle_pure_and_its_alpha(stream: tuple[Any, Any]) -> None:
    assert greet(stream) == {"type": "hello", "protocol": pconv_wire.PROTOCOL}
    for _ in range(2):  # a stream serves one fill after another
        answer, body = ask(stream, *fill_question())
        assert answer == {"type": "filled", "rect": [10, 20, 15, 28], "variants": 1}
        assert bytes(body) == bytes([9]) * (5 * 8 * 3) + bytes([128]) * (5 * 8)


def test_variants_come_one_after_another_before_their_alpha(stream: tuple[Any, Any]) -> None:
    greet(stream)
    header, *body = fill_question()
    answer, body = ask(stream, {**header, "variants": 3, "seed": 100}, *body)
    assert answer == {"type": "filled", "rect": [10, 20, 15, 28], "variants": 3}
    assert bytes(body) == b"".join(bytes([value]) * (5 * 8 * 3) for value in (109, 110, 111)) + bytes([128]) * (5 * 8)


def test_texture_is_taken_from_where_it_may_be(stream: tuple[Any, Any]) -> None:
    """The hole is 5 high and 8 wide, and grows by 2; a band is 16 wide at least."""
    greet(stream)
    header, *body = fill_question()
    header["grow"] = 2
    ask(stream, {**header, "texture_from": "around"}, *body)
    assert FakeClient.forbid is None
    for texture_from, band in (("sides", np.s_[4:21]), ("above-and-below", np.s_[:, 16:32])):
        ask(stream, {**header, "texture_from": texture_from}, *body)
        allowed = np.zeros((30, 40), bool)
        allowed[band] = True
        assert np.array_equal(FakeClient.forbid, ~allowed), texture_from
    marked = np.zeros((30, 40), np.uint8)
    marked[3:7] = 1
    answer, _ = ask(stream, {**header, "texture_from": "channel"}, *body, marked.tobytes())
    assert answer["type"] == "filled" and np.array_equal(FakeClient.forbid, marked)
    answer, _ = ask(stream, {**header, "texture_from": "channel"}, *body)
    assert answer["code"] == "bad_message"


@pytest.mark.parametrize(
    "wrong",
    [{"variants": 5}, {"variants": 1.5}, {"seed": -1}, {"seed": True}, {"grow": 2.5}, {"texture_from": "beyond"}],
)
def test_an_option_that_cannot_be_used_is_named(stream: tuple[Any, Any], wrong: dict[str, Any]) -> None:
    greet(stream)
    header, *body = fill_question()
    answer, _ = ask(stream, {**header, **wrong}, *body)
    assert answer["code"] == "bad_field" and next(iter(wrong)) in answer["message"]


@pytest.mark.parametrize(
    ("token", "protocol", "code"),
    [("guess", 1, "bad_token"), ("secret", pconv_wire.PROTOCOL + 1, "version_mismatch"), (7, 1, "bad_token")],
)
def test_strangers_and_other_versions_are_told_so(
    stream: tuple[Any, Any], token: str, protocol: int, code: str
) -> None:
    assert greet(stream, token, protocol)["code"] == code


def test_second_fill_meanwhile_is_busy_and_cancel_ends_the_first(stream: tuple[Any, Any]) -> None:
    greet(stream)
    pconv_wire.write_frame(stream[1], fill_question(first=1)[0], *fill_question(first=1)[1:])
    assert ask(stream, *fill_question())[0]["code"] == "busy"
    assert ask(stream, {"type": "cancel"})[0]["code"] == "cancelled"
    assert ask(stream, *fill_question())[0]["type"] == "filled"


def test_long_fill_beats(stream: tuple[Any, Any]) -> None:
    greet(stream)
    pconv_wire.write_frame(stream[1], fill_question(first=1)[0], *fill_question(first=1)[1:])
    for _ in range(3):
        assert pconv_wire.read_frame(stream[0])[0]["type"] == "progress"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": [30, 41]}, "bad_message"),
        ({"size": [30, True]}, "bad_message"),
        ({"size": None}, "bad_message"),
        ({"channels": 5}, "bad_message"),
        ({"dtype": "object"}, "bad_message"),
        ({"grow": -1}, "bad_field"),
        ({"grow": "x"}, "bad_field"),
        ({"context": 1.0e9}, "bad_field"),
        ({"type": "shout"}, "bad_message"),
        ({"type": "context"}, "bad_message"),
    ],
)
def test_wrong_questions_are_answered_and_the_next_is_served(
    stream: tuple[Any, Any], change: dict[str, Any], code: str
) -> None:
    greet(stream)
    header, image, hole = fill_question()
    assert ask(stream, header | change, image, hole)[0]["code"] == code
    assert ask(stream, header, image, hole)[0]["type"] == "filled"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        pconv_wire.HEAD.pack(b"PCB1", 1 << 30, 0),
        pconv_wire.HEAD.pack(b"PCB1", 2, 1 << 40) + b"{}",
        pconv_wire.HEAD.pack(b"PCB1", 2, 9) + b"{}" + bytes(9),  # a stranger gets no body in
        pconv_wire.HEAD.pack(b"PCB1", 2, 0) + b"[]",
        pconv_wire.HEAD.pack(b"PCB1", 2, 0) + b"\xff\xff",
        pconv_wire.HEAD.pack(b"PCB1", 60000, 0) + b"[" * 60000,
    ],
)
def test_anything_else_ends_the_stream(stream: tuple[Any, Any], data: bytes) -> None:
    stream[1].write(data)
    stream[1].flush()
    assert pconv_wire.read_frame(stream[0])[0]["code"] == "bad_message"


def test_frames_cut_short_are_no_frames() -> None:
    buffer = io.BytesIO()
    pconv_wire.write_frame(buffer, {"type": "x"}, b"abc", memoryview(b"de"))
    whole = buffer.getvalue()
    assert pconv_wire.read_frame(io.BytesIO(whole)) == ({"type": "x"}, bytearray(b"abcde"))
    assert pconv_wire.read_frame(io.BytesIO()) is None
    for cut in range(1, len(whole)):
        with pytest.raises(pconv_wire.WireError):
            pconv_wire.read_frame(io.BytesIO(whole[:cut]))
    assert struct.calcsize(pconv_wire.HEAD.format) == 16


def test_plan_is_the_context_that_the_client_would_send() -> None:
    header = {"size": [500, 600], "hole": [200, 300, 210, 320], "grow": 0, "feather": 0, "context": 50}
    answer, alpha = context_of(header, bytearray(b"\xff" * 200))
    assert answer["box"] == [150, 250, 260, 370] and alpha.tobytes().count(255) == 200
    answer, alpha = context_of(header | {"grow": 10, "context": None}, bytearray(b"\xff" * 200))
    assert answer["box"] == [94, 194, 316, 426]
    assert alpha.tobytes()[(200 - 94 - 10) * (426 - 194) + 310 - 194] == 255, "what is grown is not in the preview"
    with pytest.raises(PconvError, match="Nothing is selected"):
        context_of(header, bytearray(200))


def test_nothing_selected_is_one_sentence(stream: tuple[Any, Any]) -> None:
    greet(stream)
    header, image, hole = fill_question()
    assert ask(stream, header, image, bytes(len(hole)))[0]["code"] == "no_hole"


def end_of(connection: socket.socket) -> Callable[..., str]:
    def end(deaf: bool, stays: bool) -> str:
        connection.shutdown(socket.SHUT_RDWR)
        return ""

    return end


@pytest.fixture
def link(link_module: ModuleType) -> Iterator[Any]:
    """The plug-in's link to a bridge in this process, which asks through the real client."""
    ours, theirs = socket.socketpair()
    with ours, theirs, theirs.makefile("rb", 0) as heard, theirs.makefile("wb") as said, ours.makefile("wb") as sink:
        bridge = threading.Thread(target=Stream(heard, said, filler=Client).serve)
        bridge.start()
        link = link_module.Link(ours.makefile("rb", 0), sink, end_of(ours))
        link.ask({"type": "hello", "protocol": pconv_wire.PROTOCOL})
        yield link
        link.close()
        bridge.join(20)
        assert not bridge.is_alive()


class OneColour:
    """An engine that fills with one value."""

    tile_sides = (256, 512)

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        return np.where(holes[..., None], np.float32(0.25), images)


def answer_here(
    client: Client, request: protocol.Fill, payload: tuple[np.ndarray, np.ndarray], *_: Any
) -> tuple[protocol.Result, SimpleNamespace]:
    """As a daemon would, but in this process, so that what it does can be counted."""
    options = FillOptions(request.grow, request.feather, request.context, request.detail)
    filled = plan.fill(*payload, OneColour(), options)
    answer = protocol.Result(request.id, request.height, request.width, request.channels, request.dtype, 0.0, 0.0)
    return answer, SimpleNamespace(buffer=filled)


def test_a_hole_is_looked_at_three_times_for_a_fill_and_grown_twice(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for its context, once for the fill; and the daemon looks at it once."""
    grown = []
    prepare = contexts.prepare_hole

    def count(hole: np.ndarray, options: FillOptions) -> np.ndarray:
        grown.append(bool(options.grow or options.feather))
        return prepare(hole, options)

    for module in (contexts, plan):
        monkeypatch.setattr(module, "prepare_hole", count)
    monkeypatch.setattr(Client, "_ask", answer_here)
    options = {"grow": 4, "feather": 6, "context": None}
    question = {"type": "context", "size": [300, 400], "hole": [100, 120, 110, 140], **options}
    answer, alpha = link.ask(question, b"\xff" * 200)
    top, left, bottom, right = answer["box"]
    size = [bottom - top, right - left]
    hole = np.zeros((300, 400), np.uint8)
    hole[100:110, 120:140] = 255
    image = np.full((*size, 4), 200, np.uint8)
    image[..., 3] = 0  # a transparent hole is filled, and a ring around it is there to fill from
    image[90:95] = 255
    header = {"type": "fill", "size": size, "channels": 4, "dtype": "uint8", **options}
    answer, body = link.ask(header, image.tobytes(), hole[top:bottom, left:right].tobytes())
    assert len(grown) == 3 and sum(grown) == 2
    rect = Box(*answer["rect"])
    assert rect.shape == (10 + 2 * 10, 20 + 2 * 10)
    colours = np.frombuffer(body, np.uint8, rect.area * 3).reshape(*rect.shape, 3)
    blend = np.frombuffer(body, np.uint8, offset=rect.area * 3).reshape(rect.shape)
    assert (np.ptp(colours[blend > 0], axis=0) == 0).all(), "the pure fill, wherever it will show"
    whole = np.frombuffer(alpha, np.uint8).reshape(size)
    assert np.array_equal(blend, whole[rect.slices]) and np.count_nonzero(whole) == np.count_nonzero(blend)


def bridge(*arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "plugin_gimp.bridge", *arguments],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_bridge_ends_when_its_plug_in_is_gone() -> None:
    process = bridge()
    pconv_wire.write_frame(process.stdin, {"type": "hello", "protocol": pconv_wire.PROTOCOL})
    assert pconv_wire.read_frame(process.stdout)[0]["type"] == "hello"
    process.stdin.close()
    assert process.wait(5) == 0
    process.stdout.close()


def test_link_starts_the_bridge_with_a_clean_environment(link_module: ModuleType, monkeypatch: Any) -> None:
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # would end any Python that saw it
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    link = link_module.open_link(
        {"command": [sys.executable, "-P", "-m", "plugin_gimp.bridge"], "environment": environment}
    )
    header, image, hole = fill_question()
    with pytest.raises(link_module.BridgeError) as caught:
        link.ask(header | {"dtype": "x"}, image, hole)
    assert caught.value.code == "bad_message"
    link.close()


def test_link_gives_a_silent_bridge_up(link_module: ModuleType) -> None:
    script = "import sys, time; sys.stdin.buffer.read(1); time.sleep(60)"
    link = link_module.Link(*link_module._spawn([sys.executable, "-c", script], {}))
    begin = time.monotonic()
    with pytest.raises(link_module.BridgeError, match="does not answer"):
        link.ask({"type": "hello"}, bytes(1 << 20), patience=0.5)
    link.close()
    assert time.monotonic() - begin < 10


def test_link_that_is_stopped_ends_at_once_and_with_it_a_hanging_bridge(link_module: ModuleType) -> None:
    stop, began, ended = threading.Event(), threading.Event(), []

    def open_it() -> None:
        began.set()
        with pytest.raises(link_module.BridgeError) as caught:
            link_module.open_link({"command": [sys.executable, "-c", "import time; time.sleep(60)"]}, stop)
        ended.append(caught.value.code)

    thread = threading.Thread(target=open_it)
    thread.start()
    assert began.wait(5)
    stop.set()
    thread.join(2)  # closing waits as long for a bridge that is asked to leave
    assert ended == ["cancelled"]


def test_warming_up_asks_for_the_daemon_and_answers_before_it_comes(stream: tuple[Any, Any]) -> None:
    greet(stream)
    warmed.clear()
    assert ask(stream, {"type": "warm"})[0] == {"type": "warm"}
    assert warmed.wait(5)


def test_sandbox_is_reached_by_loopback(link_module: ModuleType, monkeypatch: Any) -> None:
    monkeypatch.setenv("SNAP_NAME", "gimp")
    with pytest.raises(link_module.BridgeError, match="No pconv bridge runs at"):
        link_module.open_link({"command": ["/bin/true"], "address": "127.0.0.1:9"})


def test_listening_bridge_is_of_this_machine_alone_and_its_token_is_private(tmp_path: Path) -> None:
    process = bridge("--listen", "--port", "0", PCONV_CONFIG_DIR=str(tmp_path))
    try:
        line = process.stdout.readline().decode()
        assert line.startswith("Listening on 127.0.0.1:")
        token = tmp_path / "bridge-token"
        assert token.stat().st_mode & 0o777 == 0o600 and len(token.read_text()) >= 32
    finally:
        process.terminate()
        process.communicate()


def test_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "plugin_gimp.bridge", "--listen", "--port", str(taken.getsockname()[1])],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PCONV_CONFIG_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "a bridge may be running already" in done.stderr


def test_plug_in_imports_nothing_but_the_standard_library_and_gi() -> None:
    folder = Path(__file__).parents[2] / "plugin_gimp" / NAME
    own = {"gi", *(path.stem for path in folder.glob("*.py"))}
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module]
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names | own, f"{path.name} imports {name}"
