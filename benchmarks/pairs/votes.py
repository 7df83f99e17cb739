"""Who stands on which side of which sheet, what the voters chose, and what that says.

A voter's sheets have an order and sides of their own, drawn from the seed. Only the key tells who is who.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from model.errors import TrainingError

POINTS = {"left": 1.0, "right": 0.0, "tie": 0.5}  # of who stands on the left
Z = 1.96  # of an interval of 95 %


@dataclass(frozen=True)
class Pair:
    """A sheet: two contestants on a subject."""

    sheet: str
    subject: str
    left: str
    right: str


Key = dict[str, list[Pair]]  # by voter


@dataclass(frozen=True)
class Share:
    """How much of the votes `first` got against `second`, 0..1, with its interval; `pairs` counts subjects."""

    voter: str
    first: str
    second: str
    pairs: int
    share: float
    low: float
    high: float


def draw_key(subjects: Sequence[str], contestants: Sequence[str], voters: int, seed: int) -> Key:
    """Every pair of contestants on every subject, shuffled anew for each voter."""
    key: Key = {}
    for number in range(1, voters + 1):
        voter, chance = f"voter-{number}", random.Random(f"{seed} {number}")
        drawn = [(s, *chance.sample(two, 2)) for s in subjects for two in itertools.combinations(contestants, 2)]
        chance.shuffle(drawn)
        key[voter] = [Pair(f"{place:03d}", *one) for place, one in enumerate(drawn, 1)]
    return key


def write_key(path: Path, key: Key) -> None:
    path.write_text(json.dumps({voter: [asdict(p) for p in pairs] for voter, pairs in key.items()}, indent=1) + "\n")


def read_key(path: Path) -> Key:
    """Read the key that tells which contestant is on which side of a sheet.

    Raises:
        TrainingError: code "bad_key".
    """
    try:
        return {voter: [Pair(**p) for p in pairs] for voter, pairs in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise TrainingError("bad_key", f"{path} is no key ({error}); give the folder that `make` wrote") from error


def blank_ballot(pairs: Sequence[Pair]) -> str:
    return "# after each number: left, right or tie\n" + "".join(f"{pair.sheet} \n" for pair in pairs)


def read_ballot(path: Path, pairs: Sequence[Pair]) -> dict[str, str]:
    """The choice for each sheet. A line holds a sheet's number and its vote, or the vote alone, in the sheets' order.

    Raises:
        TrainingError: code "bad_ballot" (no file, another word, a sheet twice, unknown or without a vote).
    """

    def refuse(what: str) -> TrainingError:
        return TrainingError("bad_ballot", f"{path}: {what}; write one line a sheet, as in `001 left`")

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError("bad_ballot", f"no ballot at {path} ({error}); let that voter vote first") from error
    lines = [line for line in (line.split("#")[0].strip().lower() for line in lines) if line]
    names, votes = [pair.sheet for pair in pairs], {}
    for place, line in enumerate(lines):
        number, vote = re.fullmatch(r"(\d*)[\s.:]*(.*)", line).groups()  # type: ignore[union-attr]
        name = number.zfill(3) if number else names[min(place, len(names) - 1)]
        if vote not in POINTS:
            raise refuse(f'sheet {name} has "{vote}" where left, right or tie is expected')
        if name not in names or name in votes:
            raise refuse(f"there is no sheet {name} or it comes twice")
        votes[name] = vote
    missing = [name for name in names if name not in votes]
    if missing:
        raise refuse(f"no vote for {len(missing)} sheets ({', '.join(missing[:5])})")
    return votes


def count(key: Key, ballots: Mapping[str, Mapping[str, str]]) -> list[Share]:
    """The shares of each voter, then of all together: there a subject counts once, with its voters' mean.

    Two voters on one subject are no two independent draws, so the interval of all is that of the subjects.
    """
    points: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for voter, votes in ballots.items():
        for pair in key[voter]:
            two = min(pair.left, pair.right), max(pair.left, pair.right)
            point = POINTS[votes[pair.sheet]]
            points[two][voter][pair.subject] = point if pair.left == two[0] else 1 - point
    shares = []
    for (first, second), by_voter in points.items():
        for voter, own in by_voter.items():
            shares.append(_share(voter, first, second, list(own.values())))
        by_subject = [[own[s] for own in by_voter.values()] for s in next(iter(by_voter.values()))]
        shares.append(_share("all", first, second, [sum(p) / len(p) for p in by_subject]))
    return shares


def agreement(key: Key, ballots: Mapping[str, Mapping[str, str]]) -> float:
    """Share of pairs on which two voters chose the same, over all twos of voters; NaN for a single voter."""
    chosen = [
        {(pair.subject, *sorted((pair.left, pair.right))): getattr(pair, votes[pair.sheet], "") for pair in key[voter]}
        for voter, votes in ballots.items()
    ]
    same = [one[at] == other[at] for one, other in itertools.combinations(chosen, 2) for at in one]
    return sum(same) / len(same) if same else math.nan


def _share(voter: str, first: str, second: str, points: Sequence[float]) -> Share:
    share, n = sum(points) / len(points), len(points)
    return Share(voter, first, second, n, share, *wilson(share, n))


def wilson(share: float, n: int) -> tuple[float, float]:
    """The interval of 95 % of a share among n draws (Wilson's score), which is sound near 0 and 1 too."""
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))
