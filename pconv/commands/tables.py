"""Rows of cells: in a terminal coloured and wrapped within their columns, elsewhere one plain line a row.

What others wrote is shown as it is, and never steers the terminal.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from model.printable import printable

if TYPE_CHECKING:
    from rich.table import Table

WIDEST = 1 << 16  # columns of a line that is not to be wrapped
COLOURS = {"ok": "green", "warning": "yellow", "fault": "bold red"}


def table(
    rows: Iterable[Sequence[str]], headings: Sequence[str] = (), least: Sequence[int] = (), gap: int = 1
) -> Table:
    """Lay rows out in columns.

    Args:
        rows: cells of a row; all rows have as many.
        headings: a first row.
        least: characters that the first columns are wide at least; the last column may wrap.
        gap: characters between two columns.
    """
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, gap, 0, 0))
    lines = [tuple(map(printable, row)) for row in rows]
    for index in range(len(headings) or len(lines[0])):
        is_last = index == len(headings or lines[0]) - 1
        grid.add_column(min_width=least[index] if index < len(least) else None, no_wrap=not is_last, overflow="fold")
    if headings:
        grid.add_row(*(Text(heading, style="bold") for heading in headings))
    for line in lines:
        grid.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in line))
    return grid


def lines_of(rows: Table) -> list[str]:
    """Plain text, one line a row however long."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=WIDEST, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(rows)
    return [line.rstrip() for line in captured.get().splitlines()]


def show(rows: Table) -> None:
    """Print to standard output."""
    if not sys.stdout.isatty():
        print("\n".join(lines_of(rows)), flush=True)
        return
    from rich.console import Console

    Console().print(rows)
