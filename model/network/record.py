"""Records what a network answers in its weights file, where an older export or another program left that out.

    python -m model.network.record FILE.safetensors…

`save_weights` does it by itself. Only the file's metadata change: its tensors stay byte for byte as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from model.errors import WeightsError
from model.network.recorded import KEY, answers
from model.network.weights import load_weights
from model.printable import printable

ALIGNMENT = 8


def record(path: Path) -> None:
    """Put a file's answers into its metadata, atomically; those that are there are replaced.

    Raises:
        WeightsError: as `load_weights`, or `weights_unusable`, the network gives no finite values.
        OSError: it cannot be written.
    """
    said = answers(load_weights(path).build())
    if said is None:
        raise WeightsError("weights_unusable", f"The network in {path} gives no finite values. Train it again.")
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"][KEY] = said
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])
        partial.chmod(path.stat().st_mode & 0o777)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model.network.record", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    for path in parser.parse_args(arguments).files:
        try:
            record(path)
        except WeightsError as error:
            print(f"record: {printable(error)}", file=sys.stderr)
            return 2
        except OSError as error:
            print(f"record: {path}: {error.strerror}", file=sys.stderr)
            return 1
        print(f"{path}: recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
