"""The frame of the commands that measure fills of made pictures: their options, their error, their table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.quality.field import add_field_options
from benchmarks.report import add_json_option, show
from model.errors import TrainingError


def measure_made_pictures(
    name: str,
    about: str | None,
    title: str,
    rows_of: Callable[[argparse.Namespace], list[dict]],
    arguments: list[str] | None,
) -> int:
    """Run such a command; returns its exit code.

    Args:
        name: of its module.
        about: what --help says of it.
        title: of its table.
        rows_of: from the options, `out` and those of `add_field_options`, to the table; raises TrainingError.
        arguments: of the command line; None takes the process's own.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=about)
    parser.add_argument("--out", type=Path, required=True, help="folder for sheet.jpg, cases and fills")
    add_field_options(parser)
    add_json_option(parser)
    parser.set_defaults(only=["pconv", "pconv, detail 0", "PyPatchMatch"])
    options = parser.parse_args(arguments)
    try:
        rows = rows_of(options)
    except TrainingError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    show(title, rows, options.json)
    return 0
