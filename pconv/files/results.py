"""What became of each file of a run."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from daemon.system.files import write_atomically
from pconv.images.faults import ImageFileError


@dataclass(frozen=True)
class FileResult:
    """What became of one photo, or why a file is none.

    `status`: "filled", "unchanged" (its mask has no white), "skipped" (its output is newer than photo and mask),
    "failed", or "not_tried" (the run ended before its turn); of files that are left out: "no_mask", "no_photo" (a mask
    alone) or "not_a_picture". `others`: the files of further variants.
    """

    image: str
    mask: str | None
    output: str | None
    status: str
    seconds: float = 0.0
    note: str = ""
    code: str = ""
    kind: str = ""
    others: tuple[str, ...] = ()


def write_report(path: Path, results: list[FileResult]) -> None:
    """Write what became of every file as JSON: {"version", "summary": {status: count}, "files": [...]}."""
    files = [asdict(result) for result in sorted(results, key=lambda result: result.image)]
    report = {"version": 1, "summary": dict(Counter(result.status for result in results)), "files": files}
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode(errors="backslashreplace"), ImageFileError)
