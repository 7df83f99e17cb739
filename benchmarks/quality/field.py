"""The options of a command that compares fills, and the contestants that they ask for."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.quality.contestants import Contestant, contestants
from model.errors import TrainingError
from training.evaluation.made_fills import MadeFills, parse_fills


def add_field_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", metavar="WORD", help="contestants so called, or with such a word in it")
    parser.add_argument("--fills", type=_fills, action="append", default=[], metavar="NAME=FOLDER", help="made before")
    parser.add_argument("--gmic", metavar="PATH", help="the gmic command (default: from PATH)")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device", default="cpu")


def field_of(arguments: argparse.Namespace) -> list[Contestant]:
    """All contestants, or those that --only names and those whose fills were made before.

    Raises:
        TrainingError: code "bad_fills" (two of one name).
    """
    field = contestants(arguments.weights, arguments.device, arguments.gmic, arguments.fills)
    if len({c.name for c in field}) < len(field):
        raise TrainingError("bad_fills", "two contestants have one name; give each --fills a name of its own")
    words = arguments.only or [""]
    return [c for c in field if c.made or any(_means(word, c.name, field) for word in words)]


def _means(word: str, name: str, field: list[Contestant]) -> bool:
    """Whether a word is the name or, where no contestant is called so, a part of it."""
    called_so = any(c.name.lower() == word.lower() for c in field)
    return word.lower() == name.lower() if called_so else word.lower() in name.lower()


def _fills(text: str) -> MadeFills:
    try:
        return parse_fills(text)
    except TrainingError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
