"""What `import pconv` offers is a promise: these names, and nothing loaded until one of them is used."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pconv

ROOT = Path(__file__).parents[1]
NAMES = [
    "Client",
    "FillOptions",
    "PconvError",
    "Progress",
    "fill",
    "fill_variants",
    "find_damage",
    "read_hole",
    "read_picture",
    "write_picture",
]


def run(code: str, folder: Path) -> str:
    """Standard output of a new interpreter that finds pconv from another folder."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"
    return subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def test_these_names_are_public() -> None:
    assert sorted(pconv.__all__) == NAMES
    assert set(NAMES) <= set(dir(pconv))
    assert all(getattr(pconv, name).__name__ == name for name in NAMES)
    assert all(inspect.getdoc(getattr(pconv, name)) for name in NAMES)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="'pconv' has no attribute 'inpaint'"):
        _ = pconv.inpaint
    with pytest.raises(ImportError):
        from pconv import inpaint  # noqa: F401


def test_importing_it_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = "{'numpy', 'cv2', 'PIL', 'zmq', 'torch'} & set(sys.modules)"
    assert run(f"import pconv; print(sorted({heavy}))", tmp_path) == "[]\n"
    assert run("from pconv import Client, read_picture; print('torch' in sys.modules)", tmp_path) == "False\n"


@pytest.mark.parametrize("name", ["fill", "fill_variants"])
def test_they_take_and_give_what_a_client_does(name: str) -> None:
    own, of_client = (inspect.signature(getattr(home, name)) for home in (pconv, pconv.Client))
    assert list(own.parameters.values()) == list(of_client.parameters.values())[1:]
    assert own.return_annotation == of_client.return_annotation


def test_without_a_hole_the_picture_comes_back() -> None:
    picture, nothing = np.arange(48, dtype=np.uint8).reshape(4, 4, 3), np.zeros((4, 4), bool)
    (variant,) = pconv.fill_variants(picture, nothing, pconv.FillOptions(variants=3))
    for filled in (pconv.fill(picture, nothing), variant):
        assert (filled == picture).all() and filled is not picture


def test_its_errors_have_a_code_and_a_sentence() -> None:
    for fill in (pconv.fill, pconv.fill_variants):
        with pytest.raises(pconv.PconvError) as caught:
            fill(np.zeros((4, 4, 3), np.uint8), np.zeros((5, 5), bool), pconv.FillOptions())
        assert caught.value.code == "bad_hole" and "one size" in caught.value.message


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    code = "import runpy; sys.argv = ['pconv', '--help']; runpy.run_module('pconv', run_name='__main__')"
    assert "usage: pconv" in run(code, tmp_path)
