"""The plug-in's catalogues: each string that is marked is there in each language, and what is shipped is what is
written."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import plugin_gimp

FOLDER = Path(plugin_gimp.__file__).parent
CATALOGUES = sorted((FOLDER / "translations").glob("*.po"))
PLACES = re.compile(r"%(?:\(\w+\))?[ds%]")


def key_of(text: str) -> str | None:
    found = re.search(r"_(\w)", text)
    return found[1].lower() if found else None


@pytest.fixture(scope="module")
def marked() -> set[str]:
    found = extract_from_dir(str(FOLDER / "pconv_fill"), keywords={"_": None})
    return {text for _, _, text, _, _ in found}


def test_five_languages_are_there() -> None:
    assert [path.stem for path in CATALOGUES] == ["de", "es", "fr", "it", "nl"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_catalogue_is_whole_and_shipped_as_it_is_written(path: Path, marked: set[str]) -> None:
    with open(path, "rb") as file:
        written = {message.id: message for message in read_po(file) if message.id}
    assert set(written) == marked
    with open(FOLDER / "pconv_fill" / "locale" / path.stem / "LC_MESSAGES" / "pconv_fill.mo", "rb") as file:
        shipped = gettext.GNUTranslations(file)
    for text, message in written.items():
        assert message.string and not message.fuzzy, text
        assert shipped.gettext(text) == message.string, f"{text}: run `make words`"
        assert sorted(PLACES.findall(message.string)) == sorted(PLACES.findall(text)), text
        assert (key_of(message.string) is None) == (key_of(text) is None), text


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_two_keys_of_the_dialog_are_the_same(path: Path) -> None:
    with open(path, "rb") as file:
        keys = [key_of(message.string) for message in read_po(file) if message.id and "Partial" not in message.id]
    used = [key for key in keys if key]
    assert len(used) == len(set(used))
