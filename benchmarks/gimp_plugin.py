"""What the GIMP plug-in costs: its preview beside a bare fill, its dialog's loop, many calls, memory, a cancel.

    PCONV_GIMP_ROOT=... python -m benchmarks.gimp_plugin [--rounds 5] [preview] [batch] [memory] [cancel] [command]

A 6000×4000 photo and one warm daemon of its own, with the shipped weights, for all. Needs a root of
tests/plugin_gimp/setup_gimp.sh.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.client.client import Client
from model.options import FillOptions
from plugin_gimp.install import SETTINGS, install
from plugin_gimp.profiles import Profile
from tests.plugin_gimp.conftest import QUIET, REPOSITORY, bridge_command, bridge_environment
from tests.plugin_gimp.daemon_counts import open_requests
from tests.plugin_gimp.gimp_session import GimpSession, plug_in_processes
from tests.plugin_gimp.screen import Screen

MOST_GAP = 0.05  # seconds that the dialog's loop may stand still
SHAPE = (4000, 6000)
TALL, WIDE = slice(1800, 2100), slice(2800, 3200)  # the 400×300 hole
OPEN = """
global image, layer
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("/share/photo.png"))
layer = image.get_layers()[0]
select(image, 2800, 1800, 400, height)
"""
FILL = """
begin = time.monotonic()
status, error = call(image, [layer], **options)
assert error is None, error
return time.monotonic() - begin
"""
DIALOG = """
our_code()
from gi.repository import GimpUi
import pconv_dialog, pconv_preview
begin = time.monotonic()
procedure = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill")
config = procedure.create_config()
GimpUi.init("pconv_fill")
dialog = GimpUi.ProcedureDialog.new(procedure, config, "")
board = pconv_dialog.Board(config)
pconv_dialog.lay_out(dialog, board)
preview = pconv_preview.Preview(image, [layer], config, board)
shown, scenes = board.show, []
board.show = lambda scene: (shown(scene), scenes.append(scene))
preview.begin()
dialog.show()
has_fill = lambda count: len(scenes) > count and not scenes[-1].is_pending
"""
FIRST = """
spin(lambda: has_fill(0), 600)
seconds = time.monotonic() - begin
dialog.destroy()
preview.drop()
return seconds
"""
LOOP = """
spin(lambda: has_fill(0), 600)
gaps, last = {}, []
def taken():
    # seconds of processors, by all threads of this process and of the GIMP that answers it
    return time.process_time() + 1e-9 * sum(
        int(open(thread).read().split()[0]) for thread in glob.glob(f"/proc/{os.getppid()}/task/*/schedstat")
    )
def clocks():
    return time.monotonic(), taken(), time.thread_time()
def tick():
    now = clocks()
    worst = gaps.setdefault(name, [0.0, 0.0, 0.0])
    worst[:] = [max(old, at - then) for old, at, then in zip(worst, now, last)]
    last[:] = now
    return True
def watch(until):
    last[:] = clocks()
    timer = GLib.timeout_add(2, tick)
    limit = time.monotonic() + 600
    while not until():
        assert time.monotonic() < limit
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(timer)
name, end = "nothing", time.monotonic() + 3
watch(lambda: time.monotonic() > end)
for name, value in (("grow", 8), ("feather", 6), ("context", 300), ("detail", 0.5), ("sample-visible", True),
                    ("texture-from", "sides"), ("output", "in-place"), ("seed", 3)):
    count = len(scenes)
    config.set_property(name, value)
    watch(lambda: has_fill(count))
name, count = "grow, dragged", len(scenes)
def drag():
    config.set_property("grow", config.get_property("grow") + 1)
    return config.get_property("grow") < 40
GLib.timeout_add(60, drag)
watch(lambda: config.get_property("grow") == 40 and has_fill(count) and not preview._timer and not preview._task)
dialog.destroy()
preview.drop()
return gaps
"""


class Bench:
    """GIMPs, and what is asked of them."""

    def __init__(self, root: Path, share: Path, rounds: int) -> None:
        self.root, self.share, self.rounds = root, share, rounds
        small = np.random.default_rng(5).integers(40, 215, (250, 375, 3), np.uint8)
        picture = Image.fromarray(small).resize(SHAPE[::-1], Image.Resampling.BICUBIC)
        picture.save(share / "photo.png", compress_level=1)
        self.photo = np.asarray(picture)
        self.hole = np.zeros(SHAPE, np.uint8)
        self.hole[TALL, WIDE] = 255
        Image.fromarray(self.hole).save(share / "hole.png")
        plug_in = install(Profile(share / "home", "given"))
        (plug_in / SETTINGS).write_text(json.dumps({"command": bridge_command(), "environment": bridge_environment()}))
        (share / "home" / "gimprc").write_text(QUIET)
        self.fill()
        with Client() as client:
            model = client.status()["model"]
        print(f"weights: {model['model']}, {model['sha256'][:8]}")

    def fill(self) -> float:
        """Seconds of a bare fill of the photo."""
        begin = time.monotonic()
        with Client() as client:
            client.fill(self.photo, self.hole, FillOptions())
        return time.monotonic() - begin

    def preview(self) -> None:
        """The dialog until its first fill, and how long a change keeps its loop from going on."""
        screen = Screen(self.root, self.share)
        session = GimpSession(self.root, self.share, "gimp", screen.display)
        try:
            session.run(OPEN + "Gimp.Display.new(image)", height=300)
            times: dict[str, list[float]] = {"dialog until its first fill": [], "bare fill": []}
            session.run(DIALOG + FIRST, 600)
            for _ in range(self.rounds):
                times["dialog until its first fill"].append(session.run(DIALOG + FIRST, 600))
                times["bare fill"].append(self.fill())
            report(times)
            show_gaps(session.run(DIALOG + LOOP, 1200))
        finally:
            session.close()
            screen.close()

    def batch(self) -> None:
        """Ten calls that share a bridge, and ten that each start one, as before."""
        make = "global image, layer\nimage, layer = picture()\nselect(image, 60, 50, 40, 30)"
        session = GimpSession(self.root, self.share)
        times: dict[str, list[float]] = {"ten calls": [], "ten calls, each with a bridge of its own": []}
        try:
            session.run(make)
            session.run(FILL, options={})
            for _ in range(self.rounds):
                for name, first in zip(times, ("", 'Gimp.detach_parasite("pconv-bridge")\n'), strict=True):
                    times[name].append(sum(session.run(first + FILL, options={}) for _ in range(10)))
        finally:
            session.close()
        report(times)

    def memory(self) -> None:
        """The most memory that the plug-in's process takes for a 400-px hole."""
        for options in ({}, {"output": "new-layer-with-mask"}, {"output": "in-place"}, {"sample_visible": True}):
            session = GimpSession(self.root, self.share)
            try:
                session.run(OPEN, height=400)
                peak = watched(lambda: session.run(FILL, 600, options=options))  # noqa: B023
            finally:
                session.close()
            print(f"peak memory, {options or 'defaults'}: {peak / 1024:.0f} MB")

    def cancel(self) -> None:
        """From the plug-in's end, which is what GIMP's Cancel is, to an idle daemon."""
        session = GimpSession(self.root, self.share)
        times = []
        try:
            session.run(OPEN, height=300)
            for _ in range(self.rounds):
                job = session.start("return call(image, [layer])")
                wait_for(lambda: open_requests() > 0)
                (process,) = plug_in_processes(session)
                begin = time.monotonic()
                os.kill(process, signal.SIGKILL)
                wait_for(lambda: open_requests() == 0)
                times.append(time.monotonic() - begin)
                session.finish(job)
        finally:
            session.close()
        report({"cancel": times})

    def command(self) -> None:
        """A fill by the procedure, and by the `pconv` command with its reading and writing of a PNG."""
        session = GimpSession(self.root, self.share)
        times: dict[str, list[float]] = {"plug-in": [], "command": []}
        files = [str(self.share / name) for name in ("photo.png", "hole.png", "out.png")]
        words = [sys.executable, "-m", "pconv", "fill", files[0], files[1], "-o", files[2], "--overwrite"]
        try:
            session.run(OPEN, height=300)
            session.run(FILL, 600, options={})
            for _ in range(self.rounds):
                times["plug-in"].append(session.run(FILL, 600, options={}))
                begin = time.monotonic()
                subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=REPOSITORY)
                times["command"].append(time.monotonic() - begin)
        finally:
            session.close()
        report(times)


def show_gaps(gaps: dict[str, list[float]]) -> None:
    """The longest gaps between two turns of the dialog's loop after a change, in seconds: by the clock; by what plug-in
    and GIMP took of the processors meanwhile, which is judged, as it is not longer where other work is done beside; and
    by what the loop itself computed."""
    for name, gap in gaps.items():
        wall, both, loop = (f"{seconds * 1e3:.0f} ms" for seconds in gap)
        print(f"after {name:<16} longest without an answer {wall}, plug-in and GIMP worked {both}, the loop {loop}")
    worst = max(both for _, both, _ in gaps.values())
    judged = "within" if worst <= MOST_GAP else "more than"
    print(f"most work of all {worst * 1e3:.0f} ms: {judged} {MOST_GAP * 1e3:.0f} ms")


@contextlib.contextmanager
def own_daemon(folder: Path) -> Iterator[None]:
    """One with the shipped weights, whatever the user's own has; it and all settings live in the folder."""
    for name in ("PCONV_ADDRESS", "PCONV_WEIGHTS"):
        os.environ.pop(name, None)
    for name in ("PCONV_RUNTIME_DIR", "PCONV_CONFIG_DIR", "XDG_CONFIG_HOME"):
        os.environ[name] = str(folder / name.lower())
    try:
        yield
    finally:
        Client(autostart=False).stop()


def report(times: dict[str, list[float]]) -> None:
    for name, values in times.items():
        print(f"{name:<42} median {statistics.median(values):.2f} s, {min(values):.2f} to {max(values):.2f}")
    if len(times) == 2:
        ratios = [one / other for one, other in zip(*times.values(), strict=True)]
        print(f"{' / '.join(times)}: median {statistics.median(ratios):.2f}")


def watched(work: Callable[[], object]) -> int:
    """The most resident memory, in KiB, of any plug-in process while something is done."""
    done, peaks = threading.Event(), [0]

    def look() -> None:
        while not done.wait(0.01):
            for process in plug_in_processes():
                try:
                    lines = Path(f"/proc/{process}/status").read_text().splitlines()
                except OSError:
                    continue
                peaks.extend(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(peaks)


def wait_for(what: Callable[[], bool]) -> None:
    while not what():
        time.sleep(0.01)


def main() -> int:
    parts = ("preview", "batch", "memory", "cancel", "command")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("parts", nargs="*", default=[], metavar="PART", help=", ".join(parts))
    given = parser.parse_args()
    root = Path(os.environ.get("PCONV_GIMP_ROOT") or REPOSITORY / ".gimp-root")
    with tempfile.TemporaryDirectory(prefix="pconv-") as folder:
        os.environ.setdefault("PYTHONPATH", str(REPOSITORY))
        with own_daemon(Path(folder)):
            bench = Bench(root, Path(folder), given.rounds)
            for part in given.parts or parts:
                getattr(bench, part)()
    return 0


if __name__ == "__main__":
    sys.exit(main())
