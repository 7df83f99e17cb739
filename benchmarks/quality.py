"""The shipped weights on a folder of cases against OpenCV's inpainting and others, by hole-ratio bucket.

Needs the extra `training`, which holds the metrics.
"""

from __future__ import annotations

import argparse
import math
import statistics
from pathlib import Path

from benchmarks.report import add_json_option, show
from model.options import FillOptions
from training.cases import load_cases
from training.evaluate import evaluate
from training.masks import BUCKETS
from training.methods import BASELINES, network
from training.report import Row

METRICS = {"l1 %": "l1", "PSNR dB": "psnr", "SSIM": "ssim", "sharpness": "sharpness", "at ¼": "sharpness_quarter"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("cases", type=Path, help="folder of NAME.photo.* and NAME.mask.* (white = hole)")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="also write all rows, a contact sheet and a plot")
    parser.add_argument("--biharmonic", action="store_true", help="also scikit-image's biharmonic, which is slow")
    add_json_option(parser)
    arguments = parser.parse_args()
    methods = {
        "pconv": network(arguments.weights, arguments.device),
        "pconv, detail 0": network(arguments.weights, arguments.device, FillOptions(detail=0.0)),
        "OpenCV Telea": BASELINES["telea"],
        "OpenCV Navier–Stokes": BASELINES["navier-stokes"],
    }
    if arguments.biharmonic:
        methods["biharmonic"] = BASELINES["biharmonic"]
    rows = evaluate(load_cases(arguments.cases), methods, arguments.out)
    show("Fills by hole ratio: means; sharpness is the median of fill over truth", table(rows), arguments.json)


def table(rows: list[Row]) -> list[dict]:
    result = []
    for bucket, (low, high) in enumerate(BUCKETS):
        for method in dict.fromkeys(row.method for row in rows):
            own = [row for row in rows if row.bucket == bucket and row.method == method]
            if not own:
                continue
            line: dict = {"hole ratio": f"{low}–{high}", "method": method}
            for title, field in METRICS.items():
                values = [v for v in (getattr(row, field) for row in own) if not math.isnan(v)]
                middle = statistics.median if field.startswith("sharpness") else statistics.mean
                line[title] = float(middle(values)) if values else math.nan
            result.append(line | {"seconds": statistics.median(row.seconds for row in own)})
    return result


if __name__ == "__main__":
    main()
