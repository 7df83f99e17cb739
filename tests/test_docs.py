"""The pages in `docs/` speak of the tree as it is."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
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


def test_every_docstring_begins_with_a_line_that_says_what_it_is_about() -> None:
    bare = []
    for path in sorted(path for folder in FOLDERS.split("|") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = ast.get_docstring(node) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else None
            if re.match(r"(Args|Attributes|Returns|Raises|Signals|Yields):", text or ""):
                bare.append(f"{path.relative_to(ROOT)}: {getattr(node, 'name', '')}")
    assert bare == []


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_shows_what_programs_may_import(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    pytest.importorskip("mkdocstrings_handlers.python")
    import pconv

    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    api = (tmp_path / "site/api/index.html").read_text(encoding="utf-8")
    assert sorted(name for name in pconv.__all__ if f'id="pconv.{name}"' not in api) == []
    first = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "../workstation/" not in first and "workstation/" in first
    fetched = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)', first + api)
    assert fetched == []
