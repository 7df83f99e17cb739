"""`pconv-train`: run, tune, preview-masks, export. Each is also a function elsewhere; here is only the command line."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from model.errors import PconvError, TrainingError
from model.printable import printable


def main(arguments: list[str] | None = None) -> int:
    """Exit codes: 0 done, 1 a fault (one sentence on stderr), 128 + signal when stopped with a checkpoint."""

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options = _parser().parse_args(arguments)
    try:
        return options.handle(options)
    except PconvError as error:
        print(f"pconv-train: {printable(error)}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pconv-train", description="Train, tune, preview holes, export weights.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start a run, or go on with the one in --out")
    run.add_argument("--config", default="shipped", help="a recipe's name or a .toml/.json file (default: shipped)")
    run.add_argument("--out", required=True, type=Path, help="folder of the run")
    run.add_argument("--photos", nargs="+", default=[], metavar="PATH[=WEIGHT]", help="folders, lists, archives, globs")
    run.add_argument("--minutes", type=float, help="length of the whole run; stages keep their shares")
    run.add_argument("--init", help="weights to start from: a .safetensors, or shipped")
    run.add_argument("--cases", type=Path, help="folder of cases to evaluate on")
    _add_settings(run)
    run.set_defaults(handle=_run)

    tune = commands.add_parser("tune", help="shipped weights, tuned to photos of one's own")
    tune.add_argument("--photos", nargs="+", required=True, metavar="PATH[=WEIGHT]", help="a tenth is measured on")
    tune.add_argument("--out", required=True, type=Path, help="folder for the weights, their table and the run")
    tune.add_argument("--minutes", type=float, help="length of the training (default: 30)")
    tune.add_argument("--init", default="shipped", help="weights to start from: a .safetensors, or shipped (default)")
    tune.add_argument("--anyway", action="store_true", help="write the weights even where they got worse")
    _add_settings(tune)
    tune.set_defaults(handle=_tune)

    preview = commands.add_parser("preview-masks", help="a contact sheet of the holes that a configuration draws")
    preview.add_argument("out", type=Path, help="image to write")
    preview.add_argument("--config", default="shipped", help="a recipe's name or a .toml/.json file (default: shipped)")
    preview.add_argument("--photos", nargs="+", default=[], metavar="PATH[=WEIGHT]", help="for holes made of flow")
    preview.add_argument("--size", type=int, default=256, help="side of each hole's picture (default: 256)")
    preview.add_argument(
        "--by-cell", action="store_true", help="rows by hole ratio and place, inside and at the border"
    )
    _add_settings(preview)
    preview.set_defaults(handle=_preview)

    export = commands.add_parser("export", help="weights (and ONNX) from a run's newest checkpoint")
    export.add_argument("run", type=Path, help="folder of the run")
    export.add_argument("out", type=Path, help="the .safetensors to write; MODEL_CARD.md goes beside it")
    export.add_argument("--table", type=Path, help="table.md of pconv-evaluate, for the model card")
    export.add_argument("--credits", default="", help="file with the photos' credits, named in the model card")
    export.add_argument("--onnx", type=Path, help="also write the folded network as ONNX, checked by onnxruntime")
    export.add_argument("--onnx-size", type=int, default=512, help="side of its pictures (default: 512)")
    export.set_defaults(handle=_export)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        dest="settings",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="settings that replace the configuration's, e.g. stages.0.lr=1e-4 data.workers=4",
    )


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
    if not outcome.finished:
        return 128 + outcome.signal
    if options.cases and outcome.leads:
        print((options.out / "evaluation" / "table.md").read_text(encoding="utf-8"))
    return 0


def _tune(options: argparse.Namespace) -> int:
    from training.tune import tune

    tuned = tune(
        options.photos,
        options.out,
        init=options.init,
        minutes=options.minutes,
        anyway=options.anyway,
        settings=options.settings,
    )
    if tuned.signal:
        return 128 + tuned.signal
    if not tuned.table:
        return 0
    print(tuned.table)
    found = f"l1 on held-out photos {tuned.before:.3f} % before, {tuned.after:.3f} % after"
    if tuned.weights is None:
        raise TrainingError("got_worse", f"{found}: not written; train longer or on more photos, or say --anyway")
    print(f"{found}; use them: PCONV_WEIGHTS={tuned.weights} pconv fill …")
    return 0


def _preview(options: argparse.Namespace) -> int:
    from training.config import load_config, with_photos
    from training.data.preview import preview_masks

    config = load_config(options.config, options.settings)
    config = with_photos(config, options.photos) if options.photos else config
    preview_masks(config, options.out, options.size, by_cell=options.by_cell)
    return 0


def _export(options: argparse.Namespace) -> int:
    from training.export.onnx import export_onnx
    from training.export.weights import export_run

    table = options.table.read_text(encoding="utf-8") if options.table else ""
    digest = export_run(options.run, options.out, table, options.credits)
    print(f"{options.out}: SHA-256 {digest}")
    if options.onnx:
        difference = export_onnx(options.out, options.onnx, options.onnx_size)
        print(f"{options.onnx}: differs from the plain network by {difference:.2g} at most")
    return 0


if __name__ == "__main__":
    sys.exit(main())
