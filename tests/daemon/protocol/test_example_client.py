"""docs/example_client.py, without code of ours, against a real daemon; docs/protocol.md names all that there is."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import zmq
from PIL import Image
from zmq.utils.monitor import recv_monitor_message

from daemon import protocol
from daemon.client.client import Client
from daemon.protocol.codec import CODES
from daemon.transport.keyring import KeyRing
from daemon.transport.keys import encode, identity, identity_path, make_pair
from tests.daemon.conftest import RunningFront, wait_until

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "example_client.py"


@pytest.fixture(scope="module")
def daemon(small_weights: Path) -> Iterator[dict[str, str]]:
    """Addresses of one that listens by ipc and by TCP with CURVE, where it lets this user in, and a real engine."""
    directory = Path(tempfile.mkdtemp(prefix="pconv-"))
    ring = KeyRing(directory / "keys")
    ring.init()
    ring.add("anna", encode(identity().public))
    environment = {**os.environ, "PCONV_RUNTIME_DIR": str(directory / "run"), "PCONV_WEIGHTS": str(small_weights)}
    command = [sys.executable, "-m", "daemon", "--listen", "local", "--listen", "tcp://127.0.0.1:*"]
    options = ["--keys", str(ring.directory), "--device", "cpu", "--log", str(directory / "log")]
    process = subprocess.Popen([*command, *options], env=environment, cwd=ROOT)
    try:
        wait_until((directory / "run" / "address").exists)
        with Client((directory / "run" / "address").read_text()) as client:
            yield {address[:3]: address for address in client.status()["addresses"]}
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        shutil.rmtree(directory)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    pixels = np.random.default_rng(5).integers(60, 200, (90, 120, 3), np.uint8)
    hole = np.zeros((90, 120), np.uint8)
    hole[30:60, 40:70] = 255
    Image.fromarray(pixels).save(folder / "photo.ppm")
    Image.fromarray(hole).save(folder / "mask.pgm")
    return folder


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLE), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
def test_the_example_fills_as_our_own_client_does(daemon: dict[str, str], pictures: Path, transport: str) -> None:
    address, out = daemon[transport], pictures / f"{transport}.ppm"
    assert ("?key=" in address) == (transport == "tcp")
    key = [identity_path()] if transport == "tcp" else []
    done = run(address, pictures / "photo.ppm", pictures / "mask.pgm", out, *key)
    assert done.returncode == 0, done.stderr
    photo, hole = (np.asarray(Image.open(pictures / name)) for name in ("photo.ppm", "mask.pgm"))
    filled = np.asarray(Image.open(out))
    assert np.array_equal(filled[hole == 0], photo[hole == 0]) and (filled[hole > 0] != photo[hole > 0]).any()
    with Client(address) as client:
        assert np.array_equal(filled, client.fill(photo, hole))


def test_the_example_says_what_it_is_told(daemon: dict[str, str], pictures: Path, tmp_path: Path) -> None:
    Image.fromarray(np.full((90, 120), 255, np.uint8)).save(tmp_path / "all.pgm")
    done = run(daemon["ipc"], pictures / "photo.ppm", tmp_path / "all.pgm", tmp_path / "out.ppm")
    assert done.returncode == 1 and "no_context" in done.stderr and not (tmp_path / "out.ppm").exists()


def test_a_refused_key_shows_in_a_socket_monitor_alone(daemon: dict[str, str], tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("example_client", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    make_pair(tmp_path / "stranger")
    socket = example.connect(daemon["tcp"], (tmp_path / "stranger").read_text())
    endpoint = socket.get_string(zmq.LAST_ENDPOINT)
    socket.disconnect(endpoint)
    monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
    try:
        socket.connect(endpoint)  # the refusal is told once, so who wants to know must listen before
        assert monitor.poll(10_000)
        assert recv_monitor_message(monitor)["value"] == 400
        assert not socket.poll(100)
    finally:
        socket.disable_monitor()
        monitor.close(linger=0)
        socket.close()


def test_the_example_has_no_code_of_ours_and_is_short() -> None:
    source = EXAMPLE.read_text()
    imported = {name.split(".")[0] for name in re.findall(r"^(?:import|from) ([\w.]+)", source, re.MULTILINE)}
    assert imported - set(sys.stdlib_module_names) == {"msgpack", "zmq"}
    assert len([line for line in source.splitlines() if line.strip()]) <= 55


def test_the_document_names_every_message_field_and_code(front: RunningFront) -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    named = set(re.findall(r"`([^`\n]+)`", text))
    for message in (*get_args(protocol.AnyRequest), *get_args(protocol.AnyReply), protocol.Limits):
        missing = {name for name in message.__struct_fields__ if name not in named}
        assert not missing, (message.__name__, missing)
        assert message is protocol.Limits or message.__struct_config__.tag in named
    assert not {code for code in CODES if code not in named}
    front.wait_ready()
    status = front.status()
    for part in (status, status["workers"][0], next(iter(status["users"].values()), {})):
        assert not set(part) - named, set(part) - named
