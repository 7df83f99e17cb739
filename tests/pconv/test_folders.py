"""Photos of a folder are worked on together, as many as fit into memory."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pconv.files import fill_folder
from pconv.files.fill_folder import Room
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

PATIENCE = 30  # seconds


def folder(path: Path, count: int) -> Path:
    path.mkdir()
    hole = np.zeros((40, 50), np.uint8)
    hole[10:20, 10:20] = 255
    for number in range(count):
        Image.new("RGB", (50, 40), (number, 0, 0)).save(path / f"{number}.png")
        Image.fromarray(hole).save(path / f"{number}_mask.png")
    return path


def test_several_requests_are_under_way_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4, timeout=PATIENCE)
    real = Painter.fill_variants

    def waits(self: Painter, *arguments: object, **more: object) -> list[np.ndarray]:
        together.wait()
        return real(self, *arguments, **more)

    monkeypatch.setattr(Painter, "fill_variants", waits)
    assert run("fill", folder(tmp_path / "in", 8), "-o", tmp_path / "out") == 0
    assert len(list((tmp_path / "out").iterdir())) == 8


def test_large_photos_wait_for_one_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill_folder, "Room", lambda: Room(2 * 40 * 50 + 1))
    real, lock, at_once, crowded = Painter.fill_variants, threading.Lock(), 0, threading.Event()

    def counts(self: Painter, *arguments: object, **more: object) -> list[np.ndarray]:
        nonlocal at_once
        with lock:
            at_once += 1
            if at_once > 2:
                crowded.set()
        crowded.wait(0.05)  # for a third
        with lock:
            at_once -= 1
        return real(self, *arguments, **more)

    monkeypatch.setattr(Painter, "fill_variants", counts)
    assert run("fill", folder(tmp_path / "in", 12), "-o", tmp_path / "out") == 0
    assert len(Painter.asked) == 12 and not crowded.is_set()


def test_one_that_is_larger_than_all_the_room_goes_alone() -> None:
    room, order = Room(10), []
    inside, leave = threading.Event(), threading.Event()

    def large() -> None:
        with room.taken(1000):
            inside.set()
            leave.wait(PATIENCE)
            order.append("large")

    def small() -> None:
        with room.taken(1):
            order.append("small")

    with ThreadPoolExecutor() as pool:
        first = pool.submit(large)
        assert inside.wait(PATIENCE)
        second = pool.submit(small)
        leave.set()
        first.result(PATIENCE), second.result(PATIENCE)
    assert order == ["large", "small"]
