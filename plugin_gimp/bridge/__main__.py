"""`python -m plugin_gimp.bridge`: what a plug-in starts; the same as `pconv bridge`, sooner."""

from __future__ import annotations

import argparse
import sys

from model.errors import PconvError
from plugin_gimp.bridge.server import add_options

if __name__ == "__main__":
    given = add_options(argparse.ArgumentParser(prog="pconv bridge")).parse_args()
    try:
        sys.exit(given.run(given))
    except PconvError as error:
        sys.exit(f"pconv bridge: {error}")
