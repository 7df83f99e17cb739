"""What the plug-in says when it cannot fill: one sentence, and the image is as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from plugin_gimp.install import SETTINGS
from plugin_gimp.pconv_fill.pconv_wire import PROTOCOL
from tests.plugin_gimp.conftest import bridge_command, bridge_environment
from tests.plugin_gimp.gimp_session import GimpSession

pytestmark = pytest.mark.gimp

REPORT = """
before = [pixels(item) for item in image.get_layers()]
chosen = selection(image)
status, error = call(image, drawables, **options)
after = [pixels(item) for item in image.get_layers()]
return status, error, before == after and chosen == selection(image)
"""
CASES = {
    "nothing selected": (
        "image, layer = picture(); Gimp.Selection.none(image); drawables = [layer]; options = {}",
        "Nothing is selected; select what should be filled, then try again.",
    ),
    "selected beside the layer": (
        "image, layer = picture(layer_box=(100, 80, 50, 50)); select(image, 5, 5, 20, 20);"
        "drawables = [layer]; options = {}",
        "The selection lies outside the layer; select something on the layer, then try again.",
    ),
    "indexed": (
        "image, layer = picture(); select(image, 60, 50, 40, 30);"
        "image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, '');"
        "drawables = [layer]; options = {}",
        "Indexed images cannot be filled; choose Image > Mode > RGB first.",
    ),
    "a locked channel": (
        "image, layer = picture(); channel = Gimp.Channel.new(image, '', 200, 160, 50, Gegl.Color.new('black'));"
        "image.insert_channel(channel, None, 0); channel.set_lock_content(True); select(image, 60, 50, 40, 30);"
        "drawables = [channel]; options = {}",
        "The pixels of this mask or channel are locked; unlock them, then try again.",
    ),
    "locked in place": (
        "image, layer = picture(); select(image, 60, 50, 40, 30); layer.set_lock_content(True);"
        "drawables = [layer]; options = {'output': 'in-place'}",
        "The pixels of this layer are locked; choose a new layer as output, or unlock them.",
    ),
    "in a locked group": (
        "image, _ = picture(); group = Gimp.GroupLayer.new(image, 'group'); image.insert_layer(group, None, 0);"
        "layer = add_layer(image, Gimp.ImageType.RGB_IMAGE, (0, 0, 200, 160), parent=group);"
        "select(image, 60, 50, 40, 30); group.set_lock_content(True);"
        "drawables = [layer]; options = {}",
        "The pixels of this layer's group are locked; unlock them, then try again.",
    ),
    "in a locked group, in place": (
        "image, _ = picture(); group = Gimp.GroupLayer.new(image, 'group'); image.insert_layer(group, None, 0);"
        "layer = add_layer(image, Gimp.ImageType.RGB_IMAGE, (0, 0, 200, 160), parent=group);"
        "select(image, 60, 50, 40, 30); group.set_lock_content(True);"
        "drawables = [layer]; options = {'output': 'in-place'}",
        "The pixels of this layer's group are locked; unlock them, then try again.",
    ),
    "everything visible, but in place beside the layer": (
        "image, layer = picture(layer_box=(100, 80, 50, 50)); select(image, 5, 5, 20, 20);"
        "drawables = [layer]; options = {'output': 'in-place', 'sample-visible': True}",
        "The selection lies outside the layer; select something on the layer, then try again.",
    ),
    "everything visible, but nothing is": (
        "image, layer = picture(); select(image, 60, 50, 40, 30); layer.set_visible(False);"
        "drawables = [layer]; options = {'sample-visible': True}",
        "Nothing is visible around the selection; show a layer there, then try again.",
    ),
    "a transparent layer": (
        "image, layer = picture('rgba'); layer.edit_clear(); select(image, 60, 50, 40, 30);"
        "drawables = [layer]; options = {}",
        "The layer is transparent around the selection; pick another, or sample all visible.",
    ),
    "transparent, with locked alpha": (
        "image, layer = picture('rgba'); select(image, 60, 50, 40, 30); layer.edit_clear(); layer.set_lock_alpha(True);"
        "drawables = [layer]; options = {'output': 'in-place'}",
        "The layer is transparent there and its alpha channel is locked; unlock that, then try again.",
    ),
    "group in place": (
        "image, layer = picture(); select(image, 60, 50, 40, 30); group = Gimp.GroupLayer.new(image, 'group');"
        "image.insert_layer(group, None, 0); drawables = [group]; options = {'output': 'in-place'}",
        "A layer group has no pixels of its own; choose a new layer as output, or pick a layer.",
    ),
    "everything selected": (
        "image, layer = picture(); Gimp.Selection.all(image); drawables = [layer]; options = {}",
        "The hole covers the whole picture: there is nothing to fill from. Keep a part.",
    ),
}
READY = "image, layer = picture(); select(image, 60, 50, 40, 30); drawables = [layer]; options = {}"


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_and_nothing_changed(gimp: GimpSession, case: str) -> None:
    setup, sentence = CASES[case]
    assert gimp.run(f"{setup}\n{REPORT}") == ["execution-error", sentence, True]


def refusal(gimp: GimpSession) -> str:
    status, sentence, unchanged = gimp.run(f"{READY}\n{REPORT}")
    assert status == "execution-error" and unchanged
    return sentence


def test_bridge_that_is_not_there(gimp: GimpSession, reconnect: Callable[[dict], None]) -> None:
    reconnect({"command": ["/nowhere/python", "-m", "plugin_gimp.bridge"]})
    assert refusal(gimp) == (
        "pconv cannot be started (/nowhere/python: No such file or directory); "
        "install pconv and run `pconv gimp install` again."
    )


def test_bridge_that_ends_at_once_says_why(gimp: GimpSession, reconnect: Callable[[dict], None]) -> None:
    reconnect({"command": ["sh", "-c", "echo 'No module named numpy' >&2; exit 1"]})
    assert refusal(gimp) == "pconv ended early: No module named numpy; try again."


def test_bridge_of_another_version(gimp: GimpSession, profile: Path) -> None:
    wire = profile / "pconv_wire.py"
    text = wire.read_text()
    wire.write_text(text.replace(f"PROTOCOL = {PROTOCOL}", "PROTOCOL = 99"))
    try:
        assert refusal(gimp) == (
            "The plug-in and pconv are of different versions; run `pconv gimp install` again and restart GIMP."
        )
    finally:
        wire.write_text(text)


def test_settings_that_are_missing(gimp: GimpSession, profile: Path, reconnect: Callable[[dict], None]) -> None:
    (profile / SETTINGS).unlink()
    assert refusal(gimp) == "The plug-in does not know where pconv is; run `pconv gimp install` in a terminal."


def test_no_listening_bridge(gimp: GimpSession, reconnect: Callable[[dict], None]) -> None:
    reconnect({"address": "127.0.0.1:9", "token": "x"})
    assert refusal(gimp) == "No pconv bridge runs at 127.0.0.1:9; run `pconv gimp install --service` in a terminal."


def test_daemon_that_cannot_start(gimp: GimpSession, reconnect: Callable[[dict], None], tmp_path: Path) -> None:
    broken = tmp_path / "weights.safetensors"
    broken.write_bytes(b"no weights")
    open_to_all = tmp_path / "runtime"
    open_to_all.mkdir(mode=0o755)
    environment = bridge_environment() | {"PCONV_RUNTIME_DIR": str(open_to_all), "PCONV_WEIGHTS": str(broken)}
    reconnect({"command": bridge_command(), "environment": environment})
    sentence = refusal(gimp)
    assert sentence.startswith("Other users can enter") and "chmod 700" in sentence


def test_the_same_settings_work_when_nothing_is_wrong(gimp: GimpSession, profile: Path) -> None:
    assert "command" in json.loads((profile / SETTINGS).read_text())
    assert gimp.run(f"{READY}\nreturn call(image, drawables)") == ["success", None]
