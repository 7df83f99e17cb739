"""Colours on the monitor: its profile, soft proof and gamut warning; the picture itself stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog

from desktop_ui.document.colour import Display, can_be_imitated, plain_srgb, profile_name, to_display, to_srgb
from desktop_ui.document.document import Document
from pconv.images.files import Picture
from pconv.images.metadata import Extras
from tests.desktop_ui.hands import CTRL, SHIFT, key, open_file, spot
from tests.desktop_ui.profiles import SRGB, matrix_profile, narrow_screen, swapped_screen

RED, GREEN, GRAY, PALE = (250, 20, 20), (20, 250, 20), (127, 127, 127), (140, 128, 124)


def one(colour, dtype=np.uint8) -> np.ndarray:
    return np.array([[colour]], dtype)


def near(colour, by: int = 3):
    return pytest.approx(np.array(colour), abs=by)


def test_without_profiles_the_values_are_shown_as_they_are() -> None:
    assert to_display(None, 3, Display()) is plain_srgb and to_display(b"no profile", 3, Display(b"none")) is plain_srgb
    assert to_srgb(matrix_profile("Like"), 3) is not plain_srgb


def test_a_picture_is_converted_to_the_monitors_colours() -> None:
    shown = to_display(None, 3, Display(swapped_screen()))(one(RED))[0, 0]
    assert shown[1] > 230 and shown[0] < 60, "the other primary is lit"
    both = to_display(swapped_screen(), 3, Display(swapped_screen()))(one(RED))[0, 0]
    assert both == near(RED), "a picture of the monitor's own colours is shown as it is"


def test_a_gray_picture_is_converted_too() -> None:
    dark = matrix_profile("Steep", gamma=3.0)
    shown = to_display(None, 1, Display(dark))(np.full((1, 1, 1), 100, np.uint8))[0, 0]
    assert shown[0] == shown[1] == shown[2] > 110


@pytest.mark.parametrize("dtype, scale", [(np.uint8, 1), (np.uint16, 257), (np.float32, 1 / 255)])
def test_every_depth_is_converted_alike(dtype, scale) -> None:
    values = (np.array([[RED]]) * scale).astype(dtype)
    assert to_display(None, 3, Display(swapped_screen()))(values)[0, 0] == near(
        to_display(None, 3, Display(swapped_screen()))(one(RED))[0, 0]
    )


def test_a_proof_shows_how_little_another_device_can() -> None:
    shown = to_display(None, 3, Display(proof=narrow_screen()))(one(RED))[0, 0].astype(int)
    assert shown.max() - shown.min() < 160 and shown[0] > shown[1]
    assert to_display(None, 3, Display(proof=narrow_screen()))(one(PALE))[0, 0] == near(PALE, 4)


def test_what_a_device_cannot_show_is_gray() -> None:
    warned = to_display(None, 3, Display(limit=narrow_screen()))
    assert warned(one(RED))[0, 0] == near(GRAY, 1) and warned(one(PALE))[0, 0] == near(PALE, 4)


def test_only_what_can_be_converted_to_is_imitated() -> None:
    assert can_be_imitated(narrow_screen()) and profile_name(narrow_screen()) == "Pale"
    assert not can_be_imitated(b"no profile") and not can_be_imitated(narrow_screen()[:200])
    assert profile_name(None) == profile_name(b"no profile") == ""


# what the system tells


@pytest.fixture
def x_server() -> Iterator[str]:
    if which("Xvfb") is None:
        pytest.skip("there is no Xvfb to tell a profile")
    pytest.importorskip("Xlib")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "64x64x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            name = f":{told.readline().strip()}"
        yield name
        server.terminate()


_WRITE = """
import sys
from Xlib import Xatom
from Xlib.display import Display
display = Display()
atom = display.intern_atom(sys.argv[2])
display.screen().root.change_property(atom, Xatom.CARDINAL, 8, open(sys.argv[1], "rb").read())
display.sync()
"""
_READ = """
import sys
from desktop_ui.jobs.monitor import monitor_profile
sys.stdout.buffer.write(monitor_profile(int(sys.argv[1])) or b"none")
"""


def test_the_monitors_profile_is_read_from_the_root_window(x_server, tmp_path) -> None:
    where = os.environ | {"DISPLAY": x_server}
    path = tmp_path / "screen.icc"
    path.write_bytes(swapped_screen())

    def read(number: int) -> bytes:
        return subprocess.run(
            [sys.executable, "-c", _READ, str(number)], env=where, capture_output=True, check=True
        ).stdout

    with open(os.devnull, "w") as nothing:  # keeps the server's state while no other client is there
        holder = subprocess.Popen([sys.executable, "-c", "import Xlib.display; d = Xlib.display.Display(); input()"],
                                  env=where, stdin=subprocess.PIPE, stdout=nothing)  # fmt: skip
        assert read(0) == b"none"
        subprocess.run([sys.executable, "-c", _WRITE, path, "_ICC_PROFILE_1"], env=where, check=True)
        assert read(0) == b"none" and read(1) == swapped_screen()
        subprocess.run([sys.executable, "-c", _WRITE, path, "_ICC_PROFILE"], env=where, check=True)
        assert read(0) == swapped_screen()
        holder.communicate(b"\n")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # python-xlib forgets its sockets
def test_without_a_display_there_is_no_profile(monkeypatch) -> None:
    from desktop_ui.jobs.monitor import monitor_profile

    monkeypatch.delenv("DISPLAY", raising=False)
    assert monitor_profile(0) is None
    monkeypatch.setenv("DISPLAY", ":4711")
    assert monitor_profile(0) is None


# in the window


@pytest.fixture
def red(opened, tmp_path, qtbot):
    Image.new("RGB", (40, 30), RED).save(tmp_path / "red.png")
    open_file(opened, tmp_path / "red.png", qtbot)
    return opened


def seen(window) -> np.ndarray:
    return np.array(window.canvas.grab().toImage().pixelColor(spot(window.canvas, 10, 10)).getRgb()[:3])


@pytest.mark.gui
def test_the_window_shows_by_the_monitors_profile_and_saves_what_was_there(red, monkeypatch, qtbot, tmp_path) -> None:
    from desktop_ui.ui.controllers import colour

    assert seen(red) == near(RED, 1)
    monkeypatch.setattr(colour.QGuiApplication, "platformName", lambda: "xcb")
    monkeypatch.setattr(colour, "monitor_profile", lambda number: swapped_screen() if number == 0 else None)
    red.colour.look()
    qtbot.waitUntil(lambda: red.colour.display.monitor is not None)
    shown = seen(red)
    assert shown[1] > 230 and shown[0] < 60
    assert "Swapped" in red.status.picture.toolTip()
    assert tuple(red.workspace.document.image[0, 0]) == RED
    red.workspace.open(Document(Picture(red.workspace.document.image, None, Extras(icc=swapped_screen()))))
    assert seen(red) == near(RED)


@pytest.fixture
def pale_profile(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "pale.icc"
    path.write_bytes(narrow_screen())
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    return path


@pytest.mark.gui
def test_soft_proof_asks_for_a_profile_once_and_is_off_at_the_start(red, pale_profile, make_window) -> None:
    assert not red.actions_by_name["view.proof"].isChecked()
    key(red.canvas, Qt.Key.Key_P, SHIFT)
    assert seen(red)[1] > 100 and "Pale" in red.status.picture.text()
    key(red.canvas, Qt.Key.Key_P, SHIFT)
    assert seen(red) == near(RED, 1) and "Pale" not in red.status.picture.text()
    pale_profile.unlink()
    key(red.canvas, Qt.Key.Key_P, SHIFT)
    assert "Pale" in red.status.picture.text(), "it is known already"
    assert not make_window().actions_by_name["view.proof"].isChecked()


@pytest.mark.gui
def test_the_gamut_warning_grays_what_the_proof_cannot_show(red, pale_profile) -> None:
    key(red.canvas, Qt.Key.Key_W, SHIFT)
    assert seen(red) == near(RED, 4), "sRGB shows all of an sRGB picture"
    key(red.canvas, Qt.Key.Key_P, CTRL | SHIFT)
    assert seen(red) == near(GRAY, 1)
    key(red.canvas, Qt.Key.Key_W, SHIFT)
    assert seen(red) == near(RED, 1)


@pytest.mark.gui
def test_what_is_no_profile_is_refused_in_a_sentence(red, tmp_path, monkeypatch) -> None:
    (tmp_path / "bad.icc").write_bytes(b"no profile")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "bad.icc"), ""))
    key(red.canvas, Qt.Key.Key_P, SHIFT)
    assert "bad.icc is no ICC profile" in red.banner.text and not red.actions_by_name["view.proof"].isChecked()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    key(red.canvas, Qt.Key.Key_P, SHIFT)
    assert not red.actions_by_name["view.proof"].isChecked() and seen(red) == near(RED, 1)


def test_the_made_profile_is_what_it_says() -> None:
    like = matrix_profile("like sRGB's primaries", **SRGB)
    assert to_srgb(like, 3)(one((200, 100, 50)))[0, 0] == near((200, 100, 50), 6)
