"""Photos and masks named in a table."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from pconv.files.fill_file import FileJob
from pconv.files.names import result_name
from pconv.images.faults import ImageFileError

HEADINGS = {"photo", "image", "input", "picture"}


def listed_jobs(
    table: Path, output: Path, suffix: str | None = None, *, wants_mask: bool = True, needs_mask: bool = True
) -> list[FileJob]:
    """Read rows of photo, mask and, where wanted, result; separated by commas, semicolons or tabs.

    Args:
        table: a first row that begins with "photo" is a heading. Names are relative to the table's folder.
        output: folder of the results that no row names.
        suffix: as for `find_jobs`.
        wants_mask, needs_mask: as for `find_jobs`.

    Raises:
        ImageFileError: `unreadable`, `bad_list` (a row names no photo or no mask).
    """
    try:
        text = table.read_text("utf-8-sig")
    except OSError as error:
        raise ImageFileError("unreadable", f"{table} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ImageFileError("bad_list", f"{table} is no text in UTF-8; save it as CSV in UTF-8.") from error
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise ImageFileError("bad_list", f"{table} is no table ({error}); save it as CSV in UTF-8.") from error
    jobs = []
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[0].casefold() in HEADINGS):
            continue
        photo, mask, result = (table.parent / cell if cell else None for cell in (*cells, "", "")[:3])
        if photo is None or (mask is None and needs_mask):
            missing = "photo" if photo is None else "mask"
            raise ImageFileError("bad_list", f"{table}, row {number} names no {missing}; each has a photo and a mask.")
        jobs.append(FileJob(photo, mask if wants_mask else None, result or output / result_name(photo, suffix)))
    return jobs


def _delimiter(text: str) -> str:
    first = re.sub('"[^"]*"', "", text.partition("\n")[0])
    return max(",;\t", key=first.count)
