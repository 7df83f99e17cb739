"""`pconv-train`: run, preview-masks, export. Each is also a function elsewhere; here is only the command line.

May know: argparse, the modules that do the work (imported when needed).
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from training.errors import TrainingError


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 1 a fault (one sentence on stderr), 128 + signal when stopped with a checkpoint."""
    from model.errors import ModelError

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options = _parser().parse_args(arguments)
    try:
        return options.handle(options)
    except (TrainingError, ModelError) as error:
        print(f"pconv-train: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pconv-train", description="Train, preview holes, export weights.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start a run, or go on with the one in --out")
    run.add_argument("--config", default="shipped", help="a recipe's name or a .toml/.json file (default: shipped)")
    run.add_argument("--out", required=True, type=Path, help="folder of the run")
    run.add_argument("--photos", nargs="+", default=[], metavar="PATH[=WEIGHT]", help="folders, lists, tars, globs")
    run.add_argument("--minutes", type=float, help="length of the whole run; stages keep their shares")
    run.add_argument("--init", help="weights to start from")
    run.add_argument("--cases", type=Path, help="folder of cases to evaluate on")
    run.add_argument("settings", nargs="*", metavar="KEY=VALUE", help="e.g. stages.0.lr=1e-4 data.workers=4")
    run.set_defaults(handle=_run)
    return parser


def _run(options: argparse.Namespace) -> int:
    from training.run import run

    outcome = run(
        options.config,
        options.out,
        photos=options.photos,
        minutes=options.minutes,
        init=options.init,
        cases=options.cases,
        settings=options.settings,
    )
    return 0 if outcome.finished else 128 + signal.SIGTERM


if __name__ == "__main__":
    sys.exit(main())
