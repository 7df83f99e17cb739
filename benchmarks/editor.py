"""The editor's promises in numbers: `python -m benchmarks.editor [--quick]`.

Brush latency is from sending the mouse event until the canvas has painted it, by software rendering offscreen;
opening is a ratio to Pillow's decode of the same file in the same run. Prints one table.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication

from desktop_ui.document.document import Document
from desktop_ui.jobs import files
from desktop_ui.jobs.recovery import Recovery
from desktop_ui.tools.brush import Brush
from desktop_ui.tools.painting import PaintTool
from desktop_ui.tools.pointer import Pointer
from desktop_ui.ui.settings import Settings
from desktop_ui.ui.window import MainWindow
from desktop_ui.view.canvas import Canvas
from pconv.images.files import Picture

WINDOW = (1600, 1000)
STROKE_MOVES = 150
RETOUCHING_MOVES = 40
_START = (
    "import time, sys; from desktop_ui.ui.settings import Settings; from desktop_ui.ui.window import MainWindow;"
    "from desktop_ui.jobs.recovery import Recovery; from PyQt6.QtWidgets import QApplication; from pathlib import Path;"
    "app = QApplication([]); folder = Path(sys.argv[1]); s = Settings(folder / 'e.ini'); s['daemon/start'] = False;"
    "w = MainWindow(s, Recovery(folder)); w.show(); app.processEvents(); print(time.time(), flush=True);"
    "w.shut_down(); import os; os._exit(0)"
)


def textured(height: int, width: int) -> np.ndarray:
    """A picture without flat areas, cheap to make at any size."""
    tile = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
    return np.tile(tile, (-(-height // 256), -(-width // 256), 1))[:height, :width].copy()


def brush_latency(
    app: QApplication, document: Document, size: int, zoom: float | None, tool: str = "brush", moves: int = STROKE_MOVES
) -> tuple[float, float, float]:
    """How soon a stroke across the window is seen.

    Args:
        zoom: None = fitted.
        tool: "brush"; "clone" or "heal", which copy from beside the stroke.
        moves: of the mouse, with which the stroke grows longer.

    Returns:
        Median and 95th percentile of its moves, and what its end takes, in milliseconds.
    """
    window = _window()
    canvas = window.canvas
    window.workspace.open(document)
    window.hint.hide()
    if zoom is not None:
        canvas.zoom_to(zoom)
    window.settings["tool/brush_size"], window.settings["tool/brush_hardness"] = size, 50
    window.view.take(tool)
    if tool != "brush":
        _send(canvas, QEvent.Type.MouseButtonPress, 340.0, 340.0, Qt.KeyboardModifier.AltModifier)
        _send(canvas, QEvent.Type.MouseButtonRelease, 340.0, 340.0)
    app.processEvents()
    times = []
    _send(canvas, QEvent.Type.MouseButtonPress, 300.0, 300.0)
    for step in range(moves):
        share = step / STROKE_MOVES
        x, y = 200 + 900 * share, 430 + 250 * np.sin(12 * share)
        painted, start = canvas.painted, time.perf_counter()
        _send(canvas, QEvent.Type.MouseMove, x, y)
        while canvas.painted == painted:
            app.processEvents()
        times.append(1000 * (time.perf_counter() - start))
    start = time.perf_counter()
    _send(canvas, QEvent.Type.MouseButtonRelease, x, y)
    app.processEvents()
    end = 1000 * (time.perf_counter() - start)
    window.hide()
    window.shut_down()
    window.workspace.open(None)
    return float(np.median(times)), float(np.percentile(times, 95)), end


def _window() -> MainWindow:
    folder = Path(tempfile.mkdtemp())
    settings = Settings(folder / "editor.ini")
    settings["daemon/start"] = False
    window = MainWindow(settings, Recovery(folder))
    window.resize(*WINDOW)
    window.show()
    return window


def _send(
    canvas: Canvas, kind: QEvent.Type, x: float, y: float, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    left = Qt.MouseButton.LeftButton
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
    at = QPointF(x, y)
    QApplication.sendEvent(canvas, QMouseEvent(kind, at, at, button, left, held))


def undo_ratio(height: int, width: int, strokes: int = 100) -> float:
    """→ bytes held for undo, over the bytes of all pixels that the strokes changed."""
    document = Document(Picture(np.zeros((height, width, 3), np.uint8)))
    rng, changed = np.random.default_rng(2), 0
    for _ in range(strokes):
        before = document.mask.copy()
        tool = PaintTool(brush=Brush(60, 0.85))
        at = rng.uniform((0, 0), (width, height))
        tool.press(document, Pointer(*at))
        for _ in range(20):
            at = at + rng.uniform(-60, 60, 2)
            tool.move(Pointer(*at))
        tool.release(Pointer(*at))
        changed += int((before != document.mask).sum())
    return document.history.nbytes / changed


def open_seconds(app: QApplication, path: Path) -> tuple[float, float, float]:
    """→ seconds until shown, until it can be edited, and Pillow's decode of the same file; the best of three each."""
    decode, shown, editable = [], [], []
    for _ in range(3):
        start = time.perf_counter()
        with Image.open(path) as image:
            image.load()
        decode.append(time.perf_counter() - start)
        canvas = Canvas()
        canvas.resize(*WINDOW)
        canvas.show()
        app.processEvents()
        start = time.perf_counter()
        glance = files.preview(path, *WINDOW)
        if glance is not None:
            canvas.show_preview(glance.pixels, glance.width, glance.height)
            _until_painted(app, canvas)
            shown.append(time.perf_counter() - start)
        start = time.perf_counter()
        canvas.show_document(files.load(path))
        _until_painted(app, canvas)
        editable.append(time.perf_counter() - start)
        if glance is None:
            shown.append(editable[-1])
        canvas.close()
    return min(shown), min(editable), min(decode)


def _until_painted(app: QApplication, canvas: Canvas) -> None:
    painted = canvas.painted
    while canvas.painted == painted:
        app.processEvents()


def start_seconds() -> float:
    """→ from starting the process until the window is shown; the second start, so that files are cached."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            begun = time.time()
            done = subprocess.run([sys.executable, "-c", _START, folder], capture_output=True, text=True, check=True)
            seconds = float(done.stdout.split()[-1]) - begun
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="4k instead of 16k, 6 MP instead of 24 MP")
    quick = parser.parse_args().quick
    app = QApplication([])
    side, (height, width) = (4096, (2000, 3000)) if quick else (16384, (4000, 6000))

    print("| what | measured | promised |\n|---|---|---|")
    document = Document(Picture(textured(side, side)))
    for zoom, name in ((None, "fitted"), (1.0, "1:1")):
        median, worst, _ = brush_latency(app, document, 500, zoom)
        print(f"| brush 500 px, {side}×{side}, {name} | p50 {median:.1f} ms, p95 {worst:.1f} ms | p95 ≤ 33 ms |")
    del document
    document = Document(Picture(textured(height, width)))
    for zoom, name in ((None, "fitted"), (1.0, "1:1")):
        median, worst, _ = brush_latency(app, document, 60, zoom)
        print(f"| brush 60 px, {width}×{height}, {name} | p50 {median:.1f} ms, p95 {worst:.1f} ms | p95 ≤ 16 ms |")
    for tool in ("clone", "heal"):
        median, worst, end = brush_latency(app, document, 200, 1.0, tool, RETOUCHING_MOVES)
        measured = f"p50 {median:.1f} ms, p95 {worst:.1f} ms, its end {end:.0f} ms"
        print(f"| {tool} 200 px, {width}×{height}, 1:1 | {measured} | |")
    print(f"| undo memory, 100 strokes, {width}×{height} | {undo_ratio(height, width):.2f} × | ≤ 3 × |")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        smooth = 128 + 60 * np.sin(x / 37) * np.cos(y / 23)
        noisy = smooth[..., None] + np.random.default_rng(3).normal(0, 6, (height, width, 3))
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=92)
        shown, editable, decode = open_seconds(app, path)
    size = f"{height * width / 1e6:.0f} MP JPEG"
    print(f"| open a {size} until shown | {shown:.2f} s, {shown / decode:.2f} × Pillow's decode | ≤ 1.3 × |")
    print(f"| open a {size} until it can be edited | {editable:.2f} s, {editable / decode:.2f} × | |")
    print(f"| start until shown, warm | {start_seconds():.2f} s | ≤ 1 s |")


if __name__ == "__main__":
    main()
