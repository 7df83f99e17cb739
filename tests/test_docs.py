"""The pages in `docs/` speak of the tree as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = "benchmarks|daemon|desktop_ui|docs|model|pconv|plugin_gimp|tests|training"
PAGES = ("architecture.md", "glossary.md")


def _named_files(text: str) -> set[str]:
    return set(re.findall(rf"`((?:{FOLDERS})/[\w/.]*)`", text))


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = _named_files((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert named, "the page names no file"
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "RELEASING.md", *(f"docs/{page}" for page in PAGES)])
def test_every_link_between_pages_leads_somewhere(page: str) -> None:
    path = ROOT / page
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert links, "the page links to nothing"
    assert sorted(link for link in links if not (path.parent / link).exists()) == []
