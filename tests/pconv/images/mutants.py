"""Damaged files through every reader: `python -m tests.pconv.images.mutants 2000` tries as many and tells the worst.

Each must be read or refused in one sentence. What a reader takes is measured for each file: seconds, and how far the
process grew. A crash or a hang ends the run with a fault that names the file.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import itertools
import os
import random
import re
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from model.errors import InputError
from pconv.images.files import read_picture
from pconv.images.masks import read_hole
from pconv.images.series import read_series
from pconv.video.clip import look_at, rewrite
from tests.pconv.images.corpus import PHOTO, corpus

MOST_SECONDS, MOST_BYTES = 5, 2**30
LOOPS, HANGS = 30, 600  # seconds of the processor; and by the clock, for one that waits without end
LENGTHS = (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b"\x00\x01\x00\x00")
CLAIM = 16_000  # pixels of a side
SENTENCE = re.compile(r"[^\n]{10,400}[.)]", re.DOTALL)


def originals() -> list[tuple[str, bytes]]:
    """(suffix, bytes): one of each kind in the corpus, masks, animations, pages and a clip."""
    found = [(case.suffix, case.make()) for case in corpus() if case.usual]
    found = [one for one in found if one[0] != ".tif"] + [one for one in found if one[0] == ".tif"][::4]
    frames = [Image.fromarray(np.roll(PHOTO, 3 * i, axis=1)) for i in range(3)]
    for format, suffix in (("GIF", ".gif"), ("PNG", ".png"), ("WEBP", ".webp"), ("AVIF", ".avif"), ("TIFF", ".tif")):
        buffer = io.BytesIO()
        frames[0].save(buffer, format, save_all=True, append_images=frames[1:])
        found += [(suffix, buffer.getvalue())] * 3
    buffer = io.BytesIO()
    frames[0].save(buffer, "BMP")
    return [*found, (".bmp", buffer.getvalue()), *[(suffix, _clip(suffix)) for suffix in (".mp4", ".mkv", ".avi")]]


def _clip(suffix: str) -> bytes:
    try:
        import av
    except ImportError:
        return b""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        with av.open(file.name, "w") as writer:
            stream = writer.add_stream("libx264", rate=25)
            stream.height, stream.width, stream.pix_fmt = *PHOTO.shape[:2], "yuv420p"
            for shift in range(6):
                picture = av.VideoFrame.from_ndarray(
                    np.ascontiguousarray(np.roll(PHOTO, shift, axis=1)), format="rgb24"
                )
                writer.mux(stream.encode(picture))
            writer.mux(stream.encode(None))
        return Path(file.name).read_bytes()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, a length or size made wrong, the end or a piece of the middle missing, or two of these."""
    blob = bytearray(data)
    for _ in range(chance.choice((1, 1, 2))):
        at = min(int(len(blob) * chance.random() ** chance.choice((1, 1, 3))), len(blob) - 1)  # heads more often
        kind = chance.randrange(5)
        if kind == 0:
            del blob[max(at, 1) :]
        elif kind == 1:
            blob[at : at + 4] = chance.choice(LENGTHS)
        elif kind == 2:
            del blob[at : at + chance.randrange(1, 64)]
            blob = blob or bytearray(1)
        elif kind == 3:
            blob = _claiming(blob, chance)
        else:
            for _ in range(chance.choice((1, 4, 32))):
                spot = min(at + chance.randrange(64), len(blob) - 1)
                blob[spot] ^= 1 << chance.randrange(8)
    return bytes(blob)


def _claiming(blob: bytearray, chance: random.Random) -> bytearray:
    """Some of the numbers that may be the picture's height or width made larger."""
    for side, form in itertools.product(PHOTO.shape[:2], (">I", "<I", ">H", "<H")):
        old, new, at = struct.pack(form, side), struct.pack(form, CLAIM), -1
        while (at := blob.find(old, at + 1, 2**11)) >= 0:
            if chance.random() < 0.7:
                blob[at : at + len(old)] = new
    return blob


def readers(path: Path) -> list[Callable[[], object]]:
    """All that read a file of this name."""
    if path.suffix in {".mp4", ".mkv", ".avi"}:
        return [lambda: look_at(path), lambda: rewrite(path, io.BytesIO(), path, lambda frame: frame, 30)]
    return [
        lambda: read_picture(path),
        lambda: read_picture(path, 2, strict=True),
        lambda: [picture.pixels.shape for picture in read_series(path)],
        lambda: read_hole(path, PHOTO.shape[:2]),
        lambda: read_hole(path, PHOTO.shape[:2], any_nonzero=True, resize=True),
    ]


def outcome(reader: Callable[[], object]) -> tuple[str, str]:
    """ "read" or the code of the error, and what is wrong with that; or nothing."""
    try:
        reader()
    except InputError as error:
        return error.code, "" if SENTENCE.fullmatch(str(error)) else f"no sentence: {error!r}"
    except Exception as error:
        return "escaped", f"{type(error).__module__}.{error!r} escaped"
    return "read", ""


def _peak() -> int:
    """Bytes that this process held at most since it was asked last; 0 where the system does not tell."""
    with contextlib.suppress(OSError, AttributeError):
        peak = int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) << 10
        Path("/proc/self/clear_refs").write_text("5")
        return peak
    return 0


def main(count: int, seed: int = 1) -> int:
    """Try so many files; 0 when all were taken rightly."""
    sources = [one for one in originals() if one[1]]
    outcomes: Counter[str] = Counter()
    faulthandler.register(signal.SIGPROF, chain=True)  # tells where it was, then the process ends
    faults, worst_time, worst_peak = 0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            chance = random.Random(f"{seed}-{number}")
            suffix, data = sources[number % len(sources)]
            path = Path(folder) / f"damaged{number}{suffix}"
            path.write_bytes(damaged(data, chance))
            for index, reader in enumerate(readers(path)):
                print(f"\r{path.name}, reader {index}", end="", file=sys.stderr, flush=True)
                signal.setitimer(signal.ITIMER_PROF, LOOPS)
                faulthandler.dump_traceback_later(HANGS, exit=True)
                base, start = _peak(), time.process_time()
                what, fault = outcome(reader)
                seconds, grown = time.process_time() - start, max(_peak() - min(base, _rss()), 0)
                outcomes[what] += 1
                worst_time, worst_peak = max(worst_time, seconds), max(worst_peak, grown)
                fault = fault or (f"took {seconds:.1f} s" if seconds > MOST_SECONDS else "")
                fault = fault or (f"took {grown >> 20} MiB" if grown > MOST_BYTES else "")
                if fault:
                    faults += 1
                    print(f"\r{path.name} (seed {seed}), reader {index}: {fault}", flush=True)
            path.unlink()
    signal.setitimer(signal.ITIMER_PROF, 0)
    faulthandler.cancel_dump_traceback_later()
    print("\r" + ", ".join(f"{what} {number}" for what, number in outcomes.most_common()))
    print(f"{count} files, {faults} faults; at most {worst_time:.2f} s and {worst_peak >> 20} MiB for one")
    return int(faults > 0)


def _rss() -> int:
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:] or ["2000"])))
