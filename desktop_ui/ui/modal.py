"""Running a dialog and letting it go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from PyQt6.QtWidgets import QDialog

D = TypeVar("D", bound=QDialog)


@contextmanager
def freed(dialog: D) -> Iterator[D]:
    """A dialog for as long as the block runs; afterwards its widgets go, which its parent would keep to the end."""
    try:
        yield dialog
    finally:
        dialog.deleteLater()
