"""For the site: adds the pages that lie outside `docs/`, and leads links between pages to where they are then."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
MOVED = {  # from the repository to the site
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "RELEASING.md": "RELEASING.md",
    "SECURITY.md": "SECURITY.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
    "model/shipped/MODEL_CARD.md": "MODEL_CARD.md",
    "model/shipped/CREDITS.csv": "CREDITS.csv",
}
ORIGINS = {there: here for here, there in MOVED.items()}
LINK = re.compile(r"\]\((?!\w+:)([^)#]+)")


def on_files(files: Any, config: Any) -> Any:
    for here, there in MOVED.items():
        files.append(File.generated(config, there, abs_src_path=str(ROOT / here)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    place = page.file.src_uri
    origin = ORIGINS.get(place, f"docs/{place}")

    def led(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(origin), link[1]))
        there = MOVED.get(target, target.removeprefix("docs/"))
        return f"]({posixpath.relpath(there, posixpath.dirname(place) or '.')}"

    return LINK.sub(led, markdown)
