"""How much longer a fill takes in GIMP than by the `pconv` command: a 6000×4000 photo with a 400×400 hole.

    PCONV_GIMP_ROOT=... python -m benchmarks.gimp_plugin [--rounds 5]

Both use one warm daemon; the command is timed with reading and writing a PNG, as its user waits for it, and without.
Needs a root of tests/plugin_gimp/setup_gimp.sh.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from daemon.client.client import Client
from plugin_gimp.install import NAME, SETTINGS, install
from plugin_gimp.profiles import Profile
from tests.plugin_gimp.conftest import REPOSITORY, bridge_command, bridge_environment
from tests.plugin_gimp.gimp_session import GimpSession

OPEN = """
global image, layer
image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path("/share/photo.png"))
layer = image.get_layers()[0]
select(image, 2800, 1800, 400, 400)
"""
FILL = """
import time
begin = time.monotonic()
status, error = call(image, [layer])
assert error is None, error
return time.monotonic() - begin
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    root = Path(os.environ.get("PCONV_GIMP_ROOT") or REPOSITORY / ".gimp-root")
    with tempfile.TemporaryDirectory(prefix="pconv-") as folder:
        share = Path(folder)
        small = np.random.default_rng(5).integers(40, 215, (250, 375, 3), np.uint8)
        Image.fromarray(small).resize((6000, 4000), Image.Resampling.BICUBIC).save(share / "photo.png")
        hole = np.zeros((4000, 6000), np.uint8)
        hole[1800:2200, 2800:3200] = 255
        Image.fromarray(hole).save(share / "hole.png")
        plug_in = install(Profile(share / "home", "given"))
        (plug_in / SETTINGS).write_text(json.dumps({"command": bridge_command(), "environment": bridge_environment()}))
        assert plug_in.name == NAME
        with Client() as client:
            client.fill(np.zeros((600, 600, 3), np.uint8), np.pad(np.ones((400, 400), bool), 100))
        session = GimpSession(root, share)
        times: dict[str, list[float]] = {"plug-in": [], "command": []}
        try:
            session.run(OPEN)
            session.run(FILL)
            for _ in range(rounds):
                times["plug-in"].append(session.run(FILL))
                times["command"].append(_command(share))
        finally:
            session.close()
    for name, values in times.items():
        print(f"{name:<8} median {statistics.median(values):.2f} s, {min(values):.2f} to {max(values):.2f}")
    ratios = [plug / command for plug, command in zip(times["plug-in"], times["command"], strict=True)]
    print(f"plug-in / command: median {statistics.median(ratios):.2f}")
    return 0


def _command(share: Path) -> float:
    files = [str(share / name) for name in ("photo.png", "hole.png", "out.png")]
    begin = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "pconv", "fill", files[0], files[1], "-o", files[2], "--overwrite"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=REPOSITORY,
    )
    return time.monotonic() - begin


if __name__ == "__main__":
    sys.exit(main())
