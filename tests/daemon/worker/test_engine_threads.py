"""The engine has the process's first thread; what is submitted is run in order, and errors come back."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import Future

import pytest

from daemon.worker.engine_threads import EngineThreads
from tests.daemon.conftest import PATIENCE


def working(count: int) -> EngineThreads:
    threads = EngineThreads()
    threads.widen(count)
    threading.Thread(target=threads.work, name="first", daemon=True).start()
    return threads


def test_calls_are_run_in_order_and_errors_come_back() -> None:
    threads, seen = working(1), []
    futures = [threads.submit(seen.append, number) for number in range(50)]
    broken = threads.submit(divmod, 1, 0)
    assert threads.submit(int, "7", base=8).result(PATIENCE) == 7
    assert seen == list(range(50)) and all(future.done() for future in futures)
    with pytest.raises(ZeroDivisionError):
        broken.result(PATIENCE)


def test_so_many_run_at_a_time() -> None:
    meet = threading.Barrier(3)
    threads = working(3)
    waits: list[Future] = [threads.submit(meet.wait, PATIENCE) for _ in range(3)]
    assert sorted(wait.result(PATIENCE) for wait in waits) == [0, 1, 2]


def test_one_call_at_a_time_is_always_the_first_threads() -> None:
    threads, seen = working(3), []
    for _ in range(20):
        time.sleep(0.01)  # for the thread of the last call to be idle again
        seen.append(threads.submit(threading.current_thread).result(PATIENCE).name)
    assert seen.count("first") > 15


def test_a_call_that_was_cancelled_before_it_began_is_left_out() -> None:
    threads, seen = EngineThreads(), []
    futures = [threads.submit(seen.append, number) for number in range(3)]
    assert futures[1].cancel()
    threading.Thread(target=threads.work, daemon=True).start()
    assert threads.submit(len, seen).result(PATIENCE) == 2 and seen == [0, 2]


def test_a_worker_gives_its_engine_the_first_thread() -> None:
    """In a process of its own: the loader says where it runs, and as it fails the worker ends."""
    code = (
        "import sys, threading\n"
        "from daemon.worker.process import serve\n"
        "def load(weights, dtype):\n"
        "    print(threading.current_thread() is threading.main_thread(), flush=True)\n"
        "    raise RuntimeError\n"
        "serve('inproc://nobody', load)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.returncode) == ("True\n", 1)
