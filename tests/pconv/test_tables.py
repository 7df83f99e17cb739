"""Tables, notes and progress bars: wrapped and moving in a terminal, plain lines or silence elsewhere."""

from __future__ import annotations

import contextlib
import os
import pty
import re
from collections.abc import Callable

import pytest

from daemon.client.client import Progress
from pconv.commands.tables import lines_of, show, table
from pconv.commands.terminal import note, photo_bar, progress_bar

LONG = "a sentence that is longer than the terminal is wide, and goes on for a while"
MARKED = "[bold]no markup[/] :smile: https://example.org"


def on_terminal(name: str, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], columns: int = 40) -> str:
    """What `act` writes to that standard stream, which is a terminal of so many columns."""
    leader, follower = pty.openpty()
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(follower, "w") as stream:
        monkeypatch.setattr(f"sys.{name}", stream)
        act()
    raw = b""
    with contextlib.suppress(OSError):
        while part := os.read(leader, 1 << 16):
            raw += part
    os.close(leader)
    return raw.decode()


def bare(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "").rstrip("\n").split("\n")


def test_a_long_cell_is_wrapped_within_its_column_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    said = on_terminal("stdout", monkeypatch, lambda: show(table([("ok", "place", LONG)], least=(4, 8))))
    lines = bare(said)
    assert len(lines) > 1 and all(len(line) <= 40 for line in lines)
    assert lines[0].startswith("ok   place    a sentence") and all(line[:14].isspace() for line in lines[1:])
    assert " ".join(line[14:].strip() for line in lines) == LONG
    assert "\x1b[32mok" in said


def test_elsewhere_a_row_is_one_line_without_colours(capsys: pytest.CaptureFixture) -> None:
    show(table([("fault", "place", LONG * 9), ("", "", "→ do this")], least=(8, 13)))
    assert capsys.readouterr().out == f"fault    place         {LONG * 9}\n{'':23}→ do this\n"


def test_columns_are_as_wide_as_their_longest_cell() -> None:
    rows = table([("a", "10", ""), ("日本", "9", "x")], ("name", "n", "more"), gap=2)
    assert lines_of(rows) == ["name  n   more", "a     10", "日本  9   x"]


def test_what_looks_like_markup_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert lines_of(table([(MARKED, MARKED)])) == [f"{MARKED} {MARKED}"]
    note(MARKED)
    assert capsys.readouterr().err == f"{MARKED}\n"
    assert MARKED in "".join(bare(on_terminal("stderr", monkeypatch, lambda: note(MARKED))))


def test_a_note_without_a_terminal_is_one_line(capsys: pytest.CaptureFixture) -> None:
    note(LONG * 9)
    assert capsys.readouterr().err == f"{LONG * 9}\n"


def test_a_fills_progress_is_shown_in_a_terminal_and_gone_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def act() -> None:
        with progress_bar() as tell:
            tell(Progress("queued", position=2))
            note("a note")  # shows the bar anew as well
            tell(Progress("filling", done=3, total=7))

    said = on_terminal("stderr", monkeypatch, act, 80)
    assert "waiting, 2 ahead" in said and "a note" in said and "filling" in said and "3/7" in said
    assert said.endswith("\x1b[2K") and said.count("\x1b[?25l") == said.count("\x1b[?25h") == 1


def test_a_folders_progress_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def act() -> None:
        with photo_bar(3) as tell:
            tell(3)

    assert "3/3" in bare(on_terminal("stderr", monkeypatch, act))[-1]


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture) -> None:
    with progress_bar() as tell:
        tell(Progress("filling", done=1, total=2))
    with photo_bar(2) as tell_photo:
        tell_photo(1)
    assert capsys.readouterr() == ("", "")
