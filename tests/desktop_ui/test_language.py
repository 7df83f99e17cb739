"""Every word of the editor is in the translation files, and the program speaks them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PyQt6.QtCore import QCoreApplication, QTranslator

ROOT = Path(__file__).parents[2]
TRANSLATIONS = ROOT / "desktop_ui" / "translations"


def messages(path: Path) -> dict[tuple[str, str], str]:
    """(context, English) → translation, "" where unfinished."""
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            text = "" if translation.get("type") == "unfinished" else translation.text or ""
            found[context.find("name").text, message.find("source").text] = text
    return found


@pytest.fixture(scope="module")
def in_the_code(tmp_path_factory) -> set[tuple[str, str]]:
    target = tmp_path_factory.mktemp("ts") / "found.ts"
    sources = [str(path) for path in (ROOT / "desktop_ui").rglob("*.py")]
    extract = [sys.executable, "-m", "PyQt6.lupdate.pylupdate", *sources, "--ts", str(target)]
    subprocess.run(extract, check=True, capture_output=True)
    return set(messages(target))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the pylupdate of PyQt6 6.9 does not run on it")
def test_german_has_every_word_and_no_other(in_the_code) -> None:
    german = messages(TRANSLATIONS / "pconv_de.ts")
    assert in_the_code == set(german)
    assert [key for key, text in german.items() if not text] == []


def test_places_and_mnemonics_survive_the_translation() -> None:
    for (context, source), text in messages(TRANSLATIONS / "pconv_de.ts").items():
        assert source.count("{0}") == text.count("{0}") and source.count("{1}") == text.count("{1}"), source
        if context == "Actions":
            assert source.count("&") == text.count("&"), source


def test_the_compiled_file_is_the_source_compiled(qapp) -> None:
    translator = QTranslator()
    assert translator.load(str(TRANSLATIONS / "pconv_de.qm"))
    for (context, source), text in messages(TRANSLATIONS / "pconv_de.ts").items():
        assert translator.translate(context, source.encode()) == text


def test_the_window_speaks_german(qapp, settings, make_window) -> None:
    from desktop_ui.ui.language import install_language

    assert install_language(qapp, "de") == "de"
    try:
        window = make_window()
        assert window.actions_by_name["edit.undo"].text() == "&Rückgängig"
        assert QCoreApplication.translate("Settings", "Language") == "Sprache"
        window.help.first_steps()
        assert window.banner.text.startswith("Öffnen Sie")
    finally:
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
            translator.deleteLater()


@pytest.mark.parametrize("choice", ["en", "xx"])
def test_another_language_is_english(qapp, choice) -> None:
    from desktop_ui.ui.language import install_language

    assert install_language(qapp, choice) == "en"
