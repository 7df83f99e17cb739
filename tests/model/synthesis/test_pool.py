"""The patch library in its processes: it may crash, hang, be missing or be stopped, and somebody always answers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from model.fill.plan import fill
from model.finish.drawing import Drawing
from model.options import FillOptions
from model.synthesis import pool as pools
from model.synthesis import wire
from model.synthesis.pool import PatchPool
from model.synthesis.process import PatchProcess
from tests.model.engines import Constant

PATIENCE = 60.0
CRASHES = [sys.executable, "-c", "import os; os.read(0, 1); os.abort()"]
HANGS = [sys.executable, "-c", "import time; time.sleep(600)"]
MISSING = ["/nowhere/at/all"]


def drawing(side: int = 64) -> Drawing:
    hole = np.zeros((side, side), bool)
    hole[20:40, 20:40] = True
    rows = np.arange(side)[:, None, None]
    return Drawing(np.broadcast_to((rows * 3 % 200).astype(np.uint8), (side, side, 3)).copy(), hole, hole)


@pytest.fixture
def said():
    return []


@pytest.fixture
def make_pool(said):
    made = []

    def make(command: list[str] | None = None, deadline: float = PATIENCE) -> PatchPool:
        made.append(PatchPool(log=said.append, make_process=lambda: PatchProcess(command, deadline)))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


needs_library = pytest.mark.skipif(pools.library() is None, reason="PyPatchMatch has no wheel for this platform")


@needs_library
def test_a_drawing_comes_back_and_a_killed_process_is_started_anew(make_pool, said):
    pool = make_pool()
    pool.warm_up()
    first = pool.submit(drawing()).result(PATIENCE)
    assert np.array_equal(first[~drawing().hole], drawing().picture[~drawing().hole])
    pool._idle[0].start().kill()
    again = pool.submit(drawing()).result(PATIENCE)
    assert (again is None and len(said) == 1) or np.array_equal(again, first)
    assert np.array_equal(pool.submit(drawing()).result(PATIENCE), first)


@pytest.mark.parametrize(
    ("command", "deadline", "words"),
    [(CRASHES, PATIENCE, "ended with"), (HANGS, 0.5, "too long"), (MISSING, PATIENCE, "does not start")],
)
def test_a_library_that_fails_draws_nothing_and_the_log_says_why(make_pool, said, command, deadline, words):
    pool = make_pool(command, deadline)
    assert pool.submit(drawing()).result(PATIENCE) is None
    assert len(said) == 1 and words in said[0]


def test_there_is_room_again_when_a_drawing_ends(make_pool):
    """A large one takes no room from small ones."""
    pool = make_pool(HANGS)
    future = pool.submit(drawing())
    assert not pool.has_room(drawing()) and pool.has_room(drawing(512))
    pool.cancel(future)
    limit = time.monotonic() + PATIENCE
    while not pool.has_room(drawing()) and time.monotonic() < limit:
        time.sleep(0.01)
    assert pool.has_room(drawing())


def test_a_drawing_under_way_is_stopped_at_once(make_pool):
    pool = make_pool(HANGS)
    future = pool.submit(drawing())
    while not future.running():
        time.sleep(0.01)
    began = time.monotonic()
    pool.cancel(future)
    assert future.result(PATIENCE) is None
    assert time.monotonic() - began < PATIENCE / 2


class Crossing:
    """A process whose drawing ends just when it is stopped; it tells whether another one was begun meanwhile."""

    def __init__(self) -> None:
        self.asked = self.begun_while_stopped = 0
        self._ends, self._begun = threading.Event(), threading.Event()

    def draw(self, drawing: Drawing) -> np.ndarray:
        self.asked += 1
        if self.asked > 1:
            self._begun.set()
        self._ends.wait(PATIENCE)
        return drawing.picture

    def stop(self) -> None:
        self._ends.set()
        self.begun_while_stopped += self._begun.wait(0.2)


def test_a_cancel_stops_no_other_drawing():
    process = Crossing()
    pool = PatchPool(cores=1, make_process=lambda: process)
    first, second = pool.submit(drawing()), pool.submit(drawing())
    while not process.asked:
        time.sleep(0.01)
    pool.cancel(first)
    assert np.array_equal(second.result(PATIENCE), drawing().picture)
    assert not process.begun_while_stopped
    pool.close()


def test_small_drawings_do_not_wait_for_large_ones(make_pool):
    pool = make_pool(HANGS)
    large = pool.submit(drawing(400))
    small = pool.submit(drawing())
    while not (large.running() and small.running()):
        time.sleep(0.01)


@pytest.mark.parametrize("command", [CRASHES, MISSING])
def test_a_fill_comes_all_the_same_when_the_library_fails(make_pool, command):
    image = np.random.default_rng(0).integers(0, 256, (120, 130, 3), np.uint8)
    hole = np.zeros((120, 130), bool)
    hole[40:80, 40:90] = True
    pool = make_pool(command)
    assert np.array_equal(fill(image, hole, Constant(), patches=pool), fill(image, hole, Constant()))


@needs_library
@pytest.mark.parametrize("kind", ["gray", "palette of one colour", "corner", "noise", "checkerboard of holes", "tiny"])
def test_every_picture_is_filled_whole(make_pool, kind):
    image = np.random.default_rng(0).integers(0, 256, (140, 150, 3), np.uint8)
    hole = np.zeros((140, 150), bool)
    hole[40:90, 50:110] = True
    if kind == "gray":
        image = image[..., 0]
    elif kind == "palette of one colour":
        image[:] = (10, 200, 30)
    elif kind == "corner":
        hole[:] = False
        hole[:60, :70] = True
    elif kind == "checkerboard of holes":
        hole = np.indices((140, 150)).sum(0) % 2 == 0
    elif kind == "tiny":
        image, hole = image[:5, :6], np.zeros((5, 6), bool)
        hole[2, 3] = True
    filled = fill(image, hole, Constant(), patches=make_pool())
    assert filled.shape == image.shape and filled.dtype == image.dtype
    assert np.array_equal(filled[~hole], image[~hole])
    if kind == "palette of one colour":
        assert np.abs(filled.astype(int) - image).max() <= 2


@needs_library
def test_detail_says_how_much_of_the_drawing_is_seen(make_pool):
    rows, columns = np.mgrid[:200, :200]
    image = np.where(((rows + columns) // 10 % 2 == 0)[..., None], np.uint8(60), np.uint8(190)).repeat(3, 2)
    hole = np.zeros((200, 200), bool)
    hole[80:120, 80:120] = True
    pool = make_pool()
    std = [
        float(fill(image, hole, Constant(), FillOptions(detail=detail), patches=pool)[85:115, 85:115].std())
        for detail in (0.0, 0.5, 1.0)
    ]
    assert std[0] < std[1] < std[2] and std[2] > 40


def test_the_library_is_not_asked_for_sixteen_bits(make_pool, said):
    image = np.random.default_rng(0).integers(0, 65536, (120, 130, 3), np.uint16)
    hole = np.zeros((120, 130), bool)
    hole[40:80, 40:90] = True
    pool = make_pool(CRASHES)
    assert np.array_equal(fill(image, hole, Constant(), patches=pool), fill(image, hole, Constant()))
    assert not said


def test_nothing_runs_on_where_nobody_stops_it():
    process = PatchProcess(HANGS)
    child = process.start()
    del process
    assert child.poll() is not None and child.stdin.closed and child.stdout.closed


@needs_library
def test_the_process_leaves_without_a_word_when_its_parent_is_gone():
    child = subprocess.Popen([sys.executable, "-m", "model.synthesis"], stdin=-1, stdout=-1, stderr=-1)
    wire.write_request(child.stdin, drawing())
    child.stdin.write(b"half a request")
    child.stdout.close()
    child.stdin.close()
    assert child.wait(PATIENCE) == 0
    assert child.stderr.read() == b""
    child.stderr.close()
