"""`python -m daemon.worker`: one process that owns one device, fills what the front sends and may die at any moment."""

from __future__ import annotations

import argparse
from typing import NoReturn

from daemon.worker.idle import Housekeeping
from daemon.worker.process import add_options, prepare_process, serve
from daemon.worker.resident_engine import Candidate, load_engine


def main(arguments: list[str] | None = None) -> NoReturn:
    """Serve one front until it is gone. Ends with 1 when the engine cannot be used or fails."""
    parser = argparse.ArgumentParser(prog="python -m daemon.worker", description=__doc__)
    add_options(parser)
    given = parser.parse_args(arguments)
    prepare_process()

    def load(weights: str | None, dtype: str | None) -> Candidate:
        return load_engine(weights or given.weights, given.device, dtype or given.dtype, given.threads)

    serve(given.connect, load, Housekeeping(given.trim_seconds, given.sleep_seconds))


if __name__ == "__main__":
    main()
