"""`python -m tests.promises [--long] [NAME ...]`: run the promises and put what was found into a table.

The long form takes hours; by name one folder of it can be run at a time. `--write docs/promises.md` puts the rows
into that file's table, in the place of older rows of the same tests.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COLUMNS = ("promise", "done", "result", "form", "date")
HEAD = "| promise | what was done | what came of it | form | date |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__)
    names = sorted(path.name for path in HERE.iterdir() if (path / f"test_{path.name}.py").exists())
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--long", action="store_true", help="the counts that were promised")
    parser.add_argument("--scale", type=float, metavar="SHARE", help="of the long form's counts, above 0; default: 1")
    parser.add_argument(
        "--rate", type=float, default=0.0, metavar="N", help="fills per second of the soak; 0: all it can"
    )
    parser.add_argument(
        "-k", metavar="EXPRESSION", default="", help="of these promises the tests that pytest's -k takes"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file whose table takes the rows")
    given = parser.parse_args()
    if unknown := set(given.names) - set(names):
        parser.error(f"no promise is called {', '.join(unknown)}; there are {', '.join(names)}")
    scale = given.scale or (1.0 if given.long else 0.0)
    form = "short" if not scale else "long" if scale == 1 else f"long × {scale:g}"
    with tempfile.TemporaryDirectory() as directory:
        table = Path(directory) / "rows"
        table.touch()
        os.environ.update(
            PCONV_PROMISES_SCALE=str(scale), PCONV_PROMISES_TABLE=str(table), PCONV_PROMISES_RATE=str(given.rate)
        )
        folders = [str(HERE / name) for name in given.names or names]
        code = pytest.main([*folders, "-q", "-p", "no:cacheprovider", "-k", given.k])
        found = [json.loads(line) for line in table.read_text().splitlines()]
    today = datetime.date.today().isoformat()
    rows = {f"{row['promise']}/{row['test']}": {**row, "form": form, "date": today} for row in found}
    if given.write:
        rows = _kept(given.write) | rows
        _write(given.write, rows)
    print("\n".join(_lines(rows)))
    return int(code)


def _lines(rows: dict[str, dict]) -> list[str]:
    body = [f"| {' | '.join(rows[key][column] for column in COLUMNS)} | <!-- {key} -->" for key in sorted(rows)]
    return [HEAD, "|---" * len(COLUMNS) + "|", *body]


def _kept(path: Path) -> dict[str, dict]:
    rows = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("| ") and "<!-- " in line:
            cells, _, key = line.removesuffix(" -->").partition(" | <!-- ")
            rows[key] = dict(zip(COLUMNS, cells.removeprefix("| ").split(" | "), strict=True))
    return rows


def _write(path: Path, rows: dict[str, dict]) -> None:
    """Put the table where the old one is."""
    lines = path.read_text("utf-8").splitlines()
    begin = lines.index(HEAD)
    end = next((i for i in range(begin, len(lines)) if not lines[i].startswith("|")), len(lines))
    path.write_text("\n".join([*lines[:begin], *_lines(rows), *lines[end:]]) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
