"""Which of two fills people prefer, without knowing which is whose.

`make` fills the subjects and writes, for each voter, a folder of sheets with a ballot to fill in, and the key beside
them: keep it from the voters. `score` reads the ballots. `cut` writes the tasks as a folder of cases, so that another
version or program can fill them too.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.pairs.sheets import sheets
from benchmarks.pairs.votes import agreement, blank_ballot, count, draw_key, read_ballot, read_key, write_key
from benchmarks.quality.contestants import Contestant
from benchmarks.quality.field import add_field_options, field_of
from benchmarks.quality.run import Runner
from benchmarks.quality.subjects import Subject, case_subjects, write_case
from benchmarks.quality.tasks import task_subjects
from benchmarks.report import add_json_option, show
from model.errors import TrainingError

KEY = "key.json"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pairs", description=__doc__)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("make", help="fill, and write blinded sheets, blank ballots and the key")
    _add_subject_options(make)
    make.add_argument("--voters", type=int, default=2, help="each has an order and sides of its own (default: 2)")
    make.add_argument("--seed", type=int, default=0, help="of orders and sides")
    add_field_options(make)
    make.set_defaults(run=_make)
    cut = commands.add_parser("cut", help="write the subjects as NAME.photo.png and NAME.mask.png")
    _add_subject_options(cut)
    cut.set_defaults(run=_cut)
    score = commands.add_parser("score", help="read VOTER/ballot.txt of each voter and print who is preferred")
    score.add_argument("folder", type=Path, help="what `make` wrote")
    add_json_option(score)
    score.set_defaults(run=_score)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except TrainingError as error:
        print(f"benchmarks.pairs: {error}", file=sys.stderr)
        return 1
    return 0


def _add_subject_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subjects", type=Path, help="a folder of NAME.photo.* and NAME.mask.*, or a JSON file of tasks")
    parser.add_argument("--photos", type=Path, help="folder of the tasks' photos (default: ../large beside the file's)")
    parser.add_argument("--side", type=int, help="cut each task out and shrink it to so many pixels (default: whole)")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N subjects")
    parser.add_argument("--out", type=Path, required=True)


def _subjects(options: argparse.Namespace) -> Iterator[Subject]:
    if options.subjects.is_dir():
        found: Iterator[Subject] = (replace(s, group="") for s in case_subjects(options.subjects))
    else:
        found = task_subjects(options.subjects, options.photos, options.side)
    for number, subject in enumerate(found):
        if options.limit is None or number < options.limit:
            yield subject


def _make(options: argparse.Namespace) -> None:
    field = field_of(options)
    if len(field) < 2:
        raise TrainingError("one_contestant", "a pair needs two contestants; name them by --only, --fills or both")
    names = [subject.name for subject in _subjects(options)]
    key = draw_key(names, [c.name for c in field], options.voters, options.seed)
    for voter, pairs in key.items():
        (options.out / voter).mkdir(parents=True, exist_ok=True)
        (options.out / voter / "ballot.txt").write_text(blank_ballot(pairs), encoding="utf-8")
    write_key(options.out / KEY, key)
    runner = Runner(options.out)
    for subject in tqdm(_subjects(options), desc="filling", unit="subject", total=len(names)):
        fills = {contestant.name: _fill(runner, contestant, subject) for contestant in field}
        for voter, pair in ((v, p) for v, pairs in key.items() for p in pairs if p.subject == subject.name):
            head = f"{pair.sheet}  {subject.group}".strip()
            for view, sheet in sheets(subject, fills[pair.left], fills[pair.right], head):
                sheet.save(options.out / voter / f"{pair.sheet}{view}.png", compress_level=1)
    print(f"{len(pairs)} sheets for each of {options.voters} voters in {options.out}")


def _fill(runner: Runner, contestant: Contestant, subject: Subject) -> np.ndarray:
    if subject.hole.size > contestant.most * 1e6:
        raise TrainingError(
            "too_large", f"{subject.name} is too large for {contestant.name}; give --side, or leave that one out"
        )
    return runner.fill(contestant, subject)[0]


def _cut(options: argparse.Namespace) -> None:
    for subject in _subjects(options):
        write_case(options.out, subject)


def _score(options: argparse.Namespace) -> None:
    key = read_key(options.folder / KEY)
    ballots = {voter: read_ballot(options.folder / voter / "ballot.txt", pairs) for voter, pairs in key.items()}
    rows = [
        {
            "voter": s.voter,
            "preferred": s.first,
            "to": s.second,
            "pairs": s.pairs,
            "in %": 100 * s.share,
            "95 % from": 100 * s.low,
            "to %": 100 * s.high,
        }
        for s in count(key, ballots)
    ]
    show("How often the one is preferred to the other; ties count half", rows, options.json)
    same = agreement(key, ballots)
    print("one voter: a claim needs two" if math.isnan(same) else f"two voters chose the same in {same:.0%} of pairs")


if __name__ == "__main__":
    sys.exit(main())
