"""Printing a benchmark's rows as a table and writing them as JSON."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")


def show(title: str, rows: Sequence[dict], json_file: Path | None = None) -> None:
    """Print rows (all with the same keys) as a Markdown table; with `json_file`, write them there too."""
    print(f"\n{title}\n")
    cells = [list(rows[0]), *([text(v) for v in row.values()] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    for number, line in enumerate(cells):
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    if json_file:
        machine = {"machine": platform.machine(), "python": platform.python_version()}
        json_file.write_text(json.dumps({"title": title, "rows": list(rows), **machine}, indent=1) + "\n")


def text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
