"""`pconv-evaluate`: the paper's table for weights and for the built-in baselines."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from model.errors import PconvError, TrainingError
from model.options import FillOptions
from model.printable import printable
from training.config import Data, Source
from training.data.mask_files import MaskFolder
from training.evaluation.cases import load_cases, make_cases
from training.evaluation.evaluate import MeasureWeights, evaluate
from training.evaluation.made_fills import parse_fills
from training.evaluation.methods import BASELINES, Method, baselines_here, product, raw


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    parser = argparse.ArgumentParser(prog="pconv-evaluate", description="Measure weights and baselines on cases.")
    parser.add_argument("cases", nargs="?", type=Path, help="folder of NAME.photo.* and NAME.mask.* (white = hole)")
    parser.add_argument("--photos", nargs="+", metavar="PATH", help="make the paper's cases from these instead")
    parser.add_argument("--masks", type=Path, metavar="FOLDER", help="holes of made cases, e.g. NVIDIA's test set")
    parser.add_argument(
        "--polarity", choices=("auto", "white", "black"), default="auto", help="what is hole in --masks"
    )
    parser.add_argument("--per-cell", type=int, default=10, help="made cases for each bucket × border (default: 10)")
    parser.add_argument("--size", type=int, default=512, help="side of made cases (default: 512)")
    parser.add_argument("--weights", action="append", help="weights to measure; may be given more than once")
    parser.add_argument("--baselines", nargs="*", choices=list(BASELINES), help="default: all that can run here")
    parser.add_argument("--fills", action="append", default=[], metavar="NAME=FOLDER", help="fills made before: NN.png")
    parser.add_argument("--no-network", action="store_true", help="measure the baselines alone")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, mps (default: cpu)")
    parser.add_argument("--detail", type=float, help="0..1, see FillOptions.detail")
    parser.add_argument("--alexnet", type=_file, metavar="FILE", help="torchvision's weights, for LPIPS")
    parser.add_argument("--inception", type=_file, metavar="FILE", help="torch-fidelity's, for FID and inception score")
    parser.add_argument("--lite0", type=_file, metavar="FILE", help="weights of EfficientNet-lite0, for how fills look")
    parser.add_argument("--out", type=Path, required=True, help="folder for rows.csv, table.md, sheet.jpg, plot.png")
    options = parser.parse_args(arguments)
    try:
        if (options.cases is None) == (options.photos is None):
            raise TrainingError("no_cases", "give either a folder of cases or --photos")
        if options.photos:
            photos = Data(sources=[Source(paths=options.photos)], cache_gib=0, most_corrupt=1.0)
            masks = MaskFolder(options.masks, options.polarity, "never") if options.masks else None
            cases = make_cases(photos, options.per_cell, options.size, masks=masks)
        elif options.masks:
            raise TrainingError("no_cases", "--masks are for cases made from --photos; a folder of cases has its own")
        else:
            cases = load_cases(options.cases)
        methods = {} if options.no_network else _networks(options)
        baselines = baselines_here(logging.info) if options.baselines is None else options.baselines
        methods |= {name: BASELINES[name] for name in baselines}
        made = [parse_fills(text) for text in options.fills]
        _check_names([*methods, *(fills.name for fills in made)])
        if not methods and not made:
            raise TrainingError("no_methods", "nothing to measure: give weights, --baselines or --fills")
        networks = MeasureWeights(options.alexnet, options.inception, options.lite0)
        evaluate(cases, methods, options.out, made, networks)
    except PconvError as error:
        print(f"pconv-evaluate: {printable(error)}", file=sys.stderr)
        return 1
    print((options.out / "table.md").read_text(encoding="utf-8"))
    return 0


def _file(path: str) -> Path:
    if not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"no file at {path}; check the path")
    return Path(path)


def _networks(options: argparse.Namespace) -> dict[str, Method]:
    """`raw` (the network alone, as in the paper) and `product` (the fill that users get) of each weights file."""
    fill = FillOptions() if options.detail is None else FillOptions(detail=options.detail)
    paths = options.weights or [None]
    suffixes = [""] if len(paths) == 1 else [f" {name}" for name in _distinct_names(paths)]
    methods: dict[str, Method] = {}
    for path, suffix in zip(paths, suffixes, strict=True):
        methods |= {f"raw{suffix}": raw(path, options.device), f"product{suffix}": product(path, options.device, fill)}
    return methods


def _check_names(names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise TrainingError("same_name", f"two contestants are named {twice}: name the --fills otherwise")


def _distinct_names(paths: Sequence[str]) -> list[str]:
    """The files' names, each with as many of its folders as it takes to tell them apart."""
    parts = [Path(path).with_suffix("").parts for path in paths]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-count:]) for part in parts]
        if len(set(names)) == len(names):
            return names
    raise TrainingError("same_name", "two of the --weights are named alike: give each once")


if __name__ == "__main__":
    sys.exit(main())
