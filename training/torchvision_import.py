"""The one place that imports torchvision, and where weights of other libraries lie."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import torch

from model.errors import TrainingError

_schemas: list[torch.library.Library] = []


def vision(module: str = "") -> ModuleType:
    """`torchvision` or one of its modules, e.g. `vision("models")`.

    A torchvision whose compiled operators do not fit the torch at hand (a CUDA build beside a CPU
    torch) fails at import for want of two schemas; none of the operators is used here, so the
    schemas alone are declared and the import is tried again.

    Raises:
        TrainingError: code "no_torchvision".
    """
    name = f"torchvision.{module}" if module else "torchvision"
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise TrainingError("no_torchvision", "training needs torchvision: pip install 'pconv[training]'") from error
    except RuntimeError as error:
        if "torchvision::nms" not in str(error) or _schemas:
            raise
    _declare_missing_operators()
    for loaded in [key for key in sys.modules if key.split(".")[0] == "torchvision"]:
        del sys.modules[loaded]
    return importlib.import_module(name)


def hub_folder() -> Path:
    """Where torch keeps weights that were downloaded."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def hub_file(name: str) -> Path | None:
    """A file of that folder; None where it is not there."""
    path = hub_folder() / name
    return path if path.is_file() else None


@contextmanager
def hub_with(name: str, file: Path | None) -> Iterator[None]:
    """In here that folder holds `file` under a name, and nothing else; without a file it is as it was."""
    if file is None:
        yield
        return
    before = os.environ.get("TORCH_HOME")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "hub" / "checkpoints"
        folder.mkdir(parents=True)
        shutil.copyfile(file, folder / name)
        os.environ["TORCH_HOME"] = home
        try:
            yield
        finally:
            os.environ.pop("TORCH_HOME")
            if before is not None:
                os.environ["TORCH_HOME"] = before


def _declare_missing_operators() -> None:
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _schemas.append(library)
