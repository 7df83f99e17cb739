"""Several results of one photo: their files, their order, and what they may not replace."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

HOLE = np.zeros((64, 80), np.uint8)
HOLE[20:30, 30:45] = 255


def written(folder: Path) -> dict[str, int]:
    """By name of each PNG without a mask's name: its value in the hole."""
    names = [path for path in sorted(folder.glob("*.png")) if "mask" not in path.name]
    return {path.name: int(np.asarray(Image.open(path))[25, 35, 0]) for path in names}


def photo_and_mask(folder: Path, name: str = "a") -> tuple[Path, Path]:
    photo, mask = folder / f"{name}.png", folder / f"{name}_mask.png"
    Image.fromarray(np.zeros((*HOLE.shape, 3), np.uint8)).save(photo)
    Image.fromarray(HOLE).save(mask)
    return photo, mask


def test_variants_are_numbered_beside_the_best(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo, mask = photo_and_mask(tmp_path)
    report = tmp_path / "report.json"
    assert run("fill", photo, mask, "--variants", 3, "--seed", 7, "--report", report) == 0
    assert written(tmp_path) == {"a.png": 0, "a_filled-2.png": 127, "a_filled-3.png": 85, "a_filled.png": 255}
    assert (Painter.options.variants, Painter.options.seed) == (3, 7)
    names = [str(tmp_path / f"a_filled{ending}.png") for ending in ("", "-2", "-3")]
    assert capsys.readouterr().out.split() == names
    (entry,) = json.loads(report.read_text())["files"]
    assert [entry["output"], *entry["others"]] == names


def test_fewer_variants_make_fewer_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Painter, "most", 2)
    photo, mask = photo_and_mask(tmp_path)
    assert run("fill", photo, mask, "-o", tmp_path / "out.png", "--variants", 4) == 0
    assert written(tmp_path) == {"a.png": 0, "out-2.png": 127, "out.png": 255}


def test_a_folders_best_results_are_written_last_so_that_a_run_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for name in ("a", "b"):
        photo_and_mask(tmp_path, name)
    from pconv.files import fill_file

    real = fill_file.write_picture

    def interrupted(path: Path, *arguments: object, **more: object) -> str:
        if path.name == "a.png":
            raise KeyboardInterrupt
        return real(path, *arguments, **more)

    monkeypatch.setattr(fill_file, "write_picture", interrupted)
    out = tmp_path / "out"
    assert run("fill", tmp_path, "-o", out, "--variants", 2, "--jobs", 1) == 130
    assert (out / "a-2.png").exists() and not (out / "a.png").exists()
    monkeypatch.setattr(fill_file, "write_picture", real)
    (out / "b.png").unlink(missing_ok=True)
    capsys.readouterr()
    assert run("fill", tmp_path, "-o", out, "--variants", 2, "--jobs", 1) == 0
    assert capsys.readouterr().out.strip() == "2 filled"
    assert written(out) == {"a-2.png": 127, "a.png": 255, "b-2.png": 127, "b.png": 255}
    assert run("fill", tmp_path, "-o", out, "--variants", 2) == 0
    assert capsys.readouterr().out.strip() == "2 skipped"


def test_no_result_replaces_a_photo_a_mask_or_anothers_result(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo, mask = photo_and_mask(tmp_path)
    mask2, photo2 = mask.rename(tmp_path / "out-2.png"), tmp_path / "scan-2.png"
    assert run("fill", photo, mask2, "-o", tmp_path / "out.png", "--variants", 2) == 2
    assert "out-2.png is the mask" in capsys.readouterr().err
    photo.rename(photo2)
    assert run("fill", photo2, mask2, "-o", tmp_path / "scan.png", "--variants", 3) == 2
    assert "scan-2.png is where a result would go" in capsys.readouterr().err
    photo_and_mask(tmp_path, "scan")
    photo_and_mask(tmp_path, "scan-2")
    assert run("fill", tmp_path, "-o", tmp_path / "out", "--variants", 2) == 2
    assert "scan-2.png" in capsys.readouterr().err
    assert Painter.asked == []


@pytest.mark.parametrize("wrong", [["--variants", "0"], ["--variants", "5"], ["--seed", "-1"]])
def test_variants_and_seeds_out_of_range_are_named(
    tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as left:
        run("fill", *photo_and_mask(tmp_path), *wrong)
    assert left.value.code == 2 and f"{wrong[0]} must be" in capsys.readouterr().err


def test_variants_are_of_single_pictures(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        run("fill", *photo_and_mask(tmp_path), "--variants", 2, "--all-pages")
    assert "single pictures" in capsys.readouterr().err
