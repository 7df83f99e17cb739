"""Text that others wrote, made fit to be printed: what would steer a terminal is shown as an escape instead."""

from __future__ import annotations


def printable(text: object) -> str:
    r"""One line of visible characters: ESC as \x1b, a newline as \n, what turns the writing direction as \u202e."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in str(text)
    )
