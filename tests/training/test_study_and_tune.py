"""Recipes set beside each other; weights tuned to photos of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import load_weights, save_weights
from tests.training.conftest import make_photo
from training.__main__ import main
from training.config import load_config
from training.data.photos import is_held_out
from training.study import interval
from training.study import main as study
from training.tune import tune

TINY = ["network.width=4", "network.depth=7", "device=cpu", "precision=float32", "data.workers=0", "masks.flow_maps=2"]
BRIEF = ["loss.perceptual=0", "loss.style=0", "stages=[{size=128,batch=2,images=4,lr=1e-3}]"]


@pytest.fixture
def many_photos(tmp_path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(24):
        make_photo(number).save(folder / f"{number}.png")
    assert 1 <= sum(is_held_out(f"mine/{n}.png") for n in range(24)) <= 6
    return folder


@pytest.mark.slow
def test_recipes_of_a_folder_become_one_table(case_folder, photo_folder, tmp_path, capsys):
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    (recipes / "full.toml").write_text('base = "ablations/full"\n')
    (recipes / "ordinary.toml").write_text('base = "full"\n[network]\nconvolution = "ordinary"\n')
    command = [str(recipes), "--photos", str(photo_folder), "--cases", str(case_folder), "--out", str(tmp_path / "out")]
    assert study([*command, "--set", *TINY, *BRIEF]) == 0
    table = (tmp_path / "out" / "table.md").read_text()
    assert table.strip() == capsys.readouterr().out.strip()
    rows = {line.split("|")[1].strip(): line for line in reversed(table.splitlines()) if line.startswith("|")}
    assert "| – |" in rows["full"] and ("[+" in rows["ordinary"] or "[-" in rows["ordinary"])
    assert "6.45/5.72" in rows["*as the paper states* (inside/border)"]
    assert (tmp_path / "out" / "plot.png").stat().st_size > 5000
    assert (tmp_path / "out" / "full" / "pconv.safetensors").is_file()
    assert not (tmp_path / "out" / "ordinary" / "pconv.safetensors").exists()
    assert study([str(tmp_path / "out"), *command[1:]]) == 1
    assert "no .toml recipe" in capsys.readouterr().err


def test_two_recipes_of_one_name_would_share_a_run_and_are_refused(tmp_path, case_folder, photo_folder, capsys):
    recipes = [tmp_path / part / "full.toml" for part in ("a", "b")]
    for recipe in recipes:
        recipe.parent.mkdir()
        recipe.write_text('base = "ablations/full"\n')
    out = tmp_path / "out"
    places = ["--photos", str(photo_folder), "--cases", str(case_folder), "--out", str(out)]
    assert study([*map(str, recipes), *places, "--set", *TINY, *BRIEF]) == 1
    assert f"{recipes[0]} and {recipes[1]} would share the run full" in capsys.readouterr().err
    assert not out.exists()


def test_the_interval_holds_the_mean_and_narrows_with_the_number_of_pictures():
    values = np.random.default_rng(3).normal(5, 1, 400)
    few, many = interval(values[:25]), interval(values)
    assert few[0] < values[:25].mean() < few[1]
    assert many[1] - many[0] == pytest.approx(4 * 1.0 / np.sqrt(400), rel=0.2)
    assert few[1] - few[0] > 2.5 * (many[1] - many[0])


def test_a_recipe_holds_what_differs_from_its_base(tmp_path):
    whole, part = load_config("ablations/full"), load_config("ablations/no_style")
    assert (part.loss.style, part.loss.tv, part.stages) == (0.0, whole.loss.tv, whole.stages)
    (tmp_path / "a.toml").write_text('base = "b"\n')
    (tmp_path / "b.toml").write_text('base = "a"\n')
    assert main(["run", "--config", str(tmp_path / "a.toml"), "--out", str(tmp_path / "run")]) == 1


@pytest.mark.slow
def test_tuned_weights_are_written_only_where_they_gained(many_photos, tmp_path, capsys):
    """From random weights a few steps gain; a learning rate that ruins them is refused."""
    start = tmp_path / "start.safetensors"
    save_weights(start, PConvUNet(UNetConfig(width=4, depth=7)), {"name": "start"})
    settings = [*TINY[2:], *BRIEF[:2]]
    good = [*settings, "ema=0", "stages=[{size=128,batch=4,images=200,lr=2e-3}]"]
    out = tmp_path / "good"
    assert main(["tune", "--photos", str(many_photos), "--init", str(start), "--out", str(out), "--set", *good]) == 0
    said = capsys.readouterr().out
    assert "| before |" in said and "| after |" in said and f"PCONV_WEIGHTS={out / 'pconv.safetensors'}" in said
    written = load_weights(out / "pconv.safetensors")
    assert written.metadata["name"] == "pconv, tuned" and "| after |" in written.metadata["metrics"]
    card = (out / "MODEL_CARD.md").read_text()
    assert (out / "table.md").read_text() in card and written.sha256 in card and "Not measured" not in card
    trained_on = json.loads((out / "run" / "config.json").read_text())["data"]["part"]
    assert trained_on == "training"

    ruined = [*settings, "ema=0", "clip_norm=0", "stages=[{size=128,batch=2,images=4,lr=0.5}]"]
    bad = tmp_path / "bad"
    tuned = str(out / "pconv.safetensors")
    assert main(["tune", "--photos", str(many_photos), "--init", tuned, "--out", str(bad), "--set", *ruined]) == 1
    assert "not written" in capsys.readouterr().err and not (bad / "pconv.safetensors").exists()
    assert tune([str(many_photos)], bad, init=tuned, anyway=True, settings=ruined).weights == bad / "pconv.safetensors"


def test_too_few_photos_to_hold_one_out_are_named(tmp_path, capsys):
    make_photo(1).save(tmp_path / "1.png")
    assert not is_held_out(f"{tmp_path.name}/1.png")
    assert main(["tune", "--photos", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "held out to measure on" in capsys.readouterr().err
