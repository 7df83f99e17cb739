"""Several recipes trained alike and set beside each other and the paper: one table, one plot.

    python -m training.study FOLDER… --photos PHOTOS… --cases CASES --minutes 2 --out OUT

FOLDER is a folder of recipes, a recipe's file or its name; `training/recipes/ablations` are the paper's comparisons.
Each is trained in OUT/NAME (a run that was stopped goes on) and its network measured alone (`raw`); means come with
intervals of 95 % by bootstrap over the pictures.
"""

from __future__ import annotations

import argparse
import csv
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import PconvError, TrainingError
from model.printable import printable
from training.config import RECIPES
from training.data.holes import RATIO_BUCKETS
from training.run import run

log = logging.getLogger(__name__)
MEASURES = {"l1": ("l1 %", 2), "psnr": ("PSNR dB", 2), "ssim": ("SSIM", 3), "looks": ("looks", 3)}
RESAMPLES = 2000
PAPER = {  # Liu et al. 2018, PConv on Places2 at 512², by hole ratio: holes inside / at the border
    "l1": (".49/.47", "1.18/1.09", "2.07/1.88", "3.19/2.84", "4.37/3.85", "6.45/5.72"),
    "psnr": ("33.75/34.34", "27.71/28.32", "24.54/25.25", "22.01/22.89", "20.34/21.38", "18.21/19.04"),
    "ssim": (".946/.945", ".867/.870", ".775/.779", ".681/.689", ".583/.595", ".468/.484"),
}


@dataclass(frozen=True)
class Measured:
    """One recipe's network on all cases.

    Args:
        values: measure: one value a case, in the same order for every recipe.
        buckets: of the cases, -1 outside the paper's.
    """

    name: str
    values: dict[str, np.ndarray]
    buckets: np.ndarray


def study(
    recipes: Sequence[str | Path],
    out: Path,
    photos: Sequence[str],
    cases: Path,
    minutes: float | None = None,
    settings: Sequence[str] = (),
) -> Path:
    """Train, measure and compare; returns the table's path (`out`/table.md; plot.png lies beside it).

    Args:
        recipes: files, names or folders of recipes, each run under its file's name.
        photos, minutes, settings: for every run alike; see training.run.
        cases: the folder of cases to measure on.

    Raises:
        TrainingError, PconvError: as a run raises them; "no_recipes" for a folder without recipes, "same_name" for two
            recipes whose runs would share a folder.
    """
    found = [file for recipe in recipes for file in _files(recipe)]
    _check_names(found)
    measured = []
    for number, recipe in enumerate(found, start=1):
        folder = out / recipe.stem
        log.info("%d of %d: %s", number, len(found), recipe.stem)
        outcome = run(recipe, folder, photos=photos, minutes=minutes, cases=cases, settings=settings)
        if not outcome.finished:
            raise TrainingError("stopped", f"stopped in {recipe.stem}; the same command goes on there")
        measured.append(_read(recipe.stem, folder / "evaluation" / "rows.csv"))
    table = out / "table.md"
    table.write_text(markdown(measured), encoding="utf-8")
    plot(out / "plot.png", measured)
    return table


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 2.5 % and 97.5 % quantiles of the mean over resampled values (bootstrap)."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def markdown(measured: Sequence[Measured]) -> str:
    """The table: each measure over all cases with its interval, the difference to the first recipe picture by picture,
    means by the paper's hole ratios, and what the paper states."""
    first, count = measured[0], len(measured[0].buckets)
    lines = [f"Means over {count} pictures [95 % interval by bootstrap over the pictures]; the network alone.", ""]
    for measure, (title, decimals) in MEASURES.items():
        known = [m for m in measured if not np.isnan(m.values[measure]).any()]
        if not known:
            continue
        lines += [f"| {title} | all | against {first.name} | " + " | ".join(f"≤ {high}" for _, high in RATIO_BUCKETS)]
        lines[-1] += " |"
        lines += ["|---" * (3 + len(RATIO_BUCKETS)) + "|"]
        for m in known:
            values = m.values[measure]
            cells = [_with_interval(values, decimals)]
            cells.append("–" if m is first else _with_interval(values - first.values[measure], decimals, signed=True))
            for bucket in range(len(RATIO_BUCKETS)):
                inside = values[m.buckets == bucket]
                cells.append(f"{inside.mean():.{decimals}f}" if len(inside) else "–")
            lines.append(f"| {m.name} | " + " | ".join(cells) + " |")
        if measure in PAPER:
            lines.append("| *as the paper states* (inside/border) | | | " + " | ".join(PAPER[measure]) + " |")
        lines.append("")
    lines.append(
        "The paper's numbers are those of its Places2 test set after ten days of training; they stand here for scale."
    )
    return "\n".join(lines) + "\n"


def plot(path: Path, measured: Sequence[Measured]) -> None:
    """Each measure's mean and interval by recipe; nothing but a word in the log where matplotlib is missing."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        log.warning("no plot: matplotlib is not installed (pip install matplotlib)")
        return
    shown = [measure for measure in MEASURES if not any(np.isnan(m.values[measure]).any() for m in measured)]
    figure = Figure(figsize=(4.2 * len(shown), 1.2 + 0.4 * len(measured)), layout="constrained")
    FigureCanvasAgg(figure)
    for column, measure in enumerate(shown):
        axes = figure.add_subplot(1, len(shown), column + 1)
        means = np.array([m.values[measure].mean() for m in measured])
        ends = np.array([interval(m.values[measure]) for m in measured])
        spread = np.abs(ends - means[:, None]).T
        axes.errorbar(means, range(len(measured)), xerr=spread, fmt="o", capsize=3)
        axes.set_yticks(range(len(measured)), [m.name for m in measured] if column == 0 else [""] * len(measured))
        axes.invert_yaxis()
        axes.set_title(MEASURES[measure][0])
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def _with_interval(values: np.ndarray, decimals: int, signed: bool = False) -> str:
    sign = "+" if signed else ""
    low, high = interval(values)
    return f"{values.mean():{sign}.{decimals}f} [{low:{sign}.{decimals}f}, {high:{sign}.{decimals}f}]"


def _files(recipe: str | Path) -> list[Path]:
    path = Path(recipe)
    if path.is_dir():
        files = sorted(path.glob("*.toml"), key=lambda file: (file.stem != "full", file.stem))
        if not files:
            raise TrainingError("no_recipes", f"no .toml recipe in {path}")
        return files
    return [path if path.suffix else RECIPES / f"{recipe}.toml"]


def _check_names(recipes: Sequence[Path]) -> None:
    named: dict[str, Path] = {}
    for recipe in recipes:
        if recipe.stem in named:
            raise TrainingError(
                "same_name",
                f"{named[recipe.stem]} and {recipe} would share the run {recipe.stem}: rename one, or give it once",
            )
        named[recipe.stem] = recipe


def _read(name: str, path: Path) -> Measured:
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "raw"]
    values = {measure: np.array([float(row[measure]) for row in rows]) for measure in MEASURES}
    return Measured(name, values, np.array([int(row["bucket"]) for row in rows]))


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(
        prog="python -m training.study", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="+", metavar="FOLDER", help="folders of recipes, recipes, or their names")
    parser.add_argument("--out", required=True, type=Path, help="folder of the runs, the table and the plot")
    parser.add_argument("--photos", nargs="+", required=True, metavar="PATH[=WEIGHT]", help="as for pconv-train run")
    parser.add_argument("--cases", required=True, type=Path, help="folder of cases to measure on")
    parser.add_argument("--minutes", type=float, help="length of each run; stages keep their shares")
    parser.add_argument("--set", dest="settings", nargs="+", action="extend", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(arguments)
    try:
        table = study(options.recipes, options.out, options.photos, options.cases, options.minutes, options.settings)
    except PconvError as error:
        print(f"training.study: {printable(error)}", file=sys.stderr)
        return 1
    print(table.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
