"""The real thing: a client that finds no daemon, starts one with the real engine, and gets its picture filled."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

import pconv
from daemon.client.client import Client, Progress
from model.errors import PconvError
from model.options import FillOptions

pytestmark = pytest.mark.usefixtures("private_daemon")


def picture(dtype: str = "uint8", shape: tuple[int, ...] = (300, 340, 3)) -> np.ndarray:
    values = np.random.default_rng(3).random(shape)
    scale = {"uint8": 255, "uint16": 65535, "float32": 1.5}[dtype]
    return (values * scale).astype(dtype)


def hole_in(image: np.ndarray) -> np.ndarray:
    hole = np.zeros(image.shape[:2], np.uint8)
    hole[100:140, 150:200] = 255
    return hole


def test_first_client_starts_a_daemon_and_hears_of_every_stage() -> None:
    image = picture()
    hole = hole_in(image)
    events: list[Progress] = []
    with Client() as client:
        filled = client.fill(image, hole, progress=events.append)
    assert np.array_equal(filled[hole == 0], image[hole == 0])
    assert not np.array_equal(filled[hole > 0], image[hole > 0])
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["starting", "loading", "filling"]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape", [(300, 340), (300, 340, 1), (300, 340, 2), (300, 340, 3), (300, 340, 4)])
def test_daemon_fills_as_the_engine_does(dtype: str, shape: tuple[int, ...]) -> None:
    from model.engine.engine import Engine
    from model.fill.plan import fill

    image = picture(dtype, shape)
    hole = hole_in(image)
    with Client() as client:
        filled = client.fill(image, hole)
        chosen = client.status()["model"]["dtype"]
    engine = Engine(os.environ["PCONV_WEIGHTS"], "cpu", chosen)
    expected = fill(image, hole, engine)
    assert filled.dtype == image.dtype and filled.shape == image.shape
    assert np.array_equal(filled[hole == 0], image[hole == 0])
    tolerance = {"uint8": 2, "uint16": 512, "float32": 0.01}[dtype]  # batches of other sizes round otherwise
    assert np.abs(filled.astype(float) - expected.astype(float)).max() <= tolerance


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_no_colour_of_what_is_forbidden_comes_into_the_hole(dtype: str) -> None:
    light = np.where(np.arange(300) // 6 % 2, 0.9, 0.5)[:, None]
    image, left = np.zeros((300, 340, 3)), np.arange(340) < 170
    image[..., 0], image[..., 2] = light * left, light * ~left
    image = (image * np.iinfo(dtype).max).astype(dtype)
    hole = np.zeros(image.shape[:2], bool)
    hole[120:160, 140:200] = True
    red, blue = (
        pconv.fill(image, hole, forbid=np.broadcast_to(side, hole.shape))[hole] / np.iinfo(dtype).max
        for side in (~left, left)
    )
    assert red[:, 2].max() < 0.1 and red[:, 0].min() > 0.3
    assert blue[:, 0].max() < 0.1 and blue[:, 2].min() > 0.3


def test_only_the_context_travels_and_the_rest_is_untouched() -> None:
    image = picture(shape=(1500, 1600, 3))
    hole = np.zeros(image.shape[:2], bool)
    hole[700:720, 800:830] = True
    with Client() as client:
        filled = client.fill(image, hole, FillOptions(grow=3, feather=4))
    changed = (filled != image).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed[hole].any()
    assert rows.min() >= 700 - 7 and rows.max() < 720 + 7 and columns.min() >= 800 - 7 and columns.max() < 830 + 7


def test_no_hole_gives_the_picture_back() -> None:
    image = picture()
    with Client() as client:
        assert np.array_equal(client.fill(image, np.zeros(image.shape[:2], np.uint8)), image)


@pytest.mark.parametrize(
    ("image", "hole", "code"),
    [
        (picture(), np.ones((300, 340), bool), "no_context"),
        (picture(), np.zeros((300, 341), bool), "bad_hole"),
        (picture(), np.zeros((300, 340), np.float32), "bad_hole"),
        (picture().astype(np.float64), np.ones((300, 340), bool), "bad_image"),
        (np.zeros((30, 30, 5), np.uint8), np.ones((30, 30), bool), "bad_image"),
        (np.full((30, 30, 3), np.nan, np.float32), np.eye(30, dtype=bool), "not_finite"),
    ],
    ids=["all hole", "sizes", "hole type", "image type", "channels", "nan"],
)
def test_bad_pictures_are_named(image: np.ndarray, hole: np.ndarray, code: str) -> None:
    with Client() as client, pytest.raises(PconvError) as caught:
        client.fill(image, hole)
    assert caught.value.code == code and caught.value.kind == "input"
    assert caught.value.message.endswith((".", "!"))


def test_cancel_and_timeout_end_a_fill() -> None:
    image = picture()
    hole = hole_in(image)
    cancel = threading.Event()
    cancel.set()
    with Client() as client:
        with pytest.raises(PconvError) as caught:
            client.fill(image, hole, cancel=cancel)
        assert caught.value.code == "cancelled"
        with pytest.raises(PconvError) as caught:
            client.fill(image, hole, timeout=0.0)
        assert caught.value.code == "deadline"
        assert client.fill(image, hole).shape == image.shape


def test_status_says_what_is_resident() -> None:
    with Client() as client:
        client.fill(picture(), hole_in(picture()))
        status = client.status()
        assert client.ping() > 0
    assert status["model"]["model"] == "small" and status["model"]["device"] == "cpu"
    assert [worker["state"] for worker in status["workers"]] == ["ready"]
