"""Settings write themselves, are kept, and survive a damaged file."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.desktop_ui.hands import open_file, stroke

pytestmark = pytest.mark.gui


def test_every_setting_in_the_dialog_writes_itself(window) -> None:
    from PyQt6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox

    from desktop_ui.ui.dialogs.settings import SettingsDialog

    dialog = SettingsDialog(window, window.settings)
    for name, field in dialog.fields.items():
        assert field.accessibleName()
        before = window.settings[name]
        if isinstance(field, QCheckBox):
            field.toggle()
        elif isinstance(field, QSpinBox):
            field.setValue(field.value() + 1)
        elif isinstance(field, QComboBox):
            field.setCurrentIndex(field.count() - 1)
        elif isinstance(field, QLineEdit):
            field.setText("tcp://127.0.0.1:9")
            field.editingFinished.emit()
        else:
            continue
        assert window.settings[name] != before, name


@pytest.mark.parametrize("data", [b"\xff\xfe\x00garbage\x00", b"just some words\nand more"])
def test_a_damaged_settings_file_is_put_aside_and_said(tmp_path, qapp, data) -> None:
    from desktop_ui.ui.settings import Settings

    path = tmp_path / "bad.ini"
    path.write_bytes(data)
    settings = Settings(path)
    assert "damaged" in settings.problem and settings["tool/brush_size"] == 60
    assert (tmp_path / "bad.damaged").read_bytes() == data


def test_settings_are_in_the_one_directory_and_those_of_old_are_taken_along(tmp_path, qapp, monkeypatch) -> None:
    from desktop_ui.ui.settings import Settings

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(tmp_path / "chosen"))
    old = tmp_path / "pconv" / "editor.ini"
    old.parent.mkdir()
    old.write_text("[tool]\nbrush_size=77\n")
    settings = Settings()
    assert settings["tool/brush_size"] == 77
    settings["tool/brush_size"] = 78
    settings.sync()
    assert "78" in (tmp_path / "chosen" / "editor.ini").read_text() and "77" in old.read_text()
    assert Settings()["tool/brush_size"] == 78, "they are taken along once"


def test_nonsense_values_become_defaults(tmp_path, qapp) -> None:
    from desktop_ui.ui.settings import Settings

    path = tmp_path / "odd.ini"
    path.write_text(
        "[tool]\nbrush_size=huge\neraser_size=99999\n[view]\ntheme=pink\ntint=perhaps\n"
        "[General]\nrecent={}\nshortcuts=[1]\n"
    )
    settings = Settings(path)
    assert settings["tool/brush_size"] == 60 and settings["tool/eraser_size"] == 2000
    assert settings["view/theme"] == "system" and settings["view/tint"] is True
    assert settings.recent == [] and settings.shortcuts() == {}


def test_the_hint_is_ticked_off_and_never_comes_again(opened, make_window, photo, qtbot) -> None:
    assert opened.hint.isVisible()
    stroke(opened.canvas, (60, 60), (90, 60))
    QTest.keyPress(opened.canvas, Qt.Key.Key_Tab)
    QTest.keyRelease(opened.canvas, Qt.Key.Key_Tab)
    assert not opened.hint.isVisible() and opened.settings["view/hint_seen"]
    second = make_window()
    open_file(second, photo, qtbot)
    assert not second.hint.isVisible()
