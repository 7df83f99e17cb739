"""From a run to weights, model card and ONNX; and the one command from photos to weights."""

from __future__ import annotations

import json
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from model.errors import TrainingError
from model.network.weights import load_weights
from training.__main__ import main
from training.config import build_config
from training.data.holes import touches_border
from training.evaluation.cases import Case
from training.export.onnx import export_onnx
from training.export.weights import Facts, export_run, model_card
from training.loop.checkpoint import Checkpoints, Progress
from training.loop.trainer import Trainer


def test_export_holds_the_averaged_weights_and_says_where_they_come_from(small, tmp_path, photo_folder):
    small |= {"data_licence": "CC0", "weights_licence": "MIT", "name": "trial"}
    small["data"]["made"] = 0.2
    small["stages"][0]["pixels_only"] = True
    outcome = Trainer(build_config(small), tmp_path / "run").run()
    path = tmp_path / "out" / "trial.safetensors"
    digest = export_run(tmp_path / "run", path, table="| l1 |", credits="CREDITS.csv")
    weights = load_weights(path)
    assert weights.sha256 == digest and weights.name == "trial"
    for key, value in outcome.net.state_dict().items():
        torch.testing.assert_close(weights.state[key], value, rtol=1e-3, atol=1e-6)
    assert weights.metadata["images"] == "12" and weights.metadata["data_licence"] == "CC0"
    assert weights.metadata["licence"] == "MIT"
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    for text in (
        digest,
        "CC0",
        "12 samples in 6 steps",
        "| l1 |",
        "CREDITS.csv",
        "Features of the loss: none",
        "random weights",
        "in place of 20% of them made pictures",
        "pixel losses alone",
        f"{photo_folder.name}, 6 photos: 100%",
        "Holes: stroke 50%, box 50%; shares of the picture 0.01 to 0.1, 0.1 to 0.2",
        f"torch {torch.__version__}",
        "betas 0.9 and 0.999; float32; seed 0",
    ):
        assert text in card


def test_the_card_has_all_settings_and_nobody_s_folders(small, tmp_path, photo_folder):
    small |= {"seed": 7, "clip_norm": 0.5}
    small["loss"] = {"features": "lite0:/home/me/lite0.pth"}
    config = build_config(small)
    card = model_card(config, Facts(Progress()), "")
    settings = json.loads(card.split("```json")[1].split("```")[0])
    assert settings["seed"] == 7 and settings["clip_norm"] == 0.5
    assert settings["loss"]["features"] == "lite0:lite0.pth"
    assert str(photo_folder.parent) not in card and "/home/me" not in card
    settings["data"]["sources"] = small["data"]["sources"]
    settings["loss"]["features"] = "lite0:/home/me/lite0.pth"
    assert build_config(settings) == config


def test_the_card_names_the_photos_that_were_found(small, tmp_path, photo_folder):
    """A recipe's folders that are not in the photos are none of its data."""
    sources = [{"under": "scene", "weight": 0.75}, {"under": "clothing", "weight": 0.25}]
    small["data"]["sources"] = [source | {"paths": [str(photo_folder)], "if_present": True} for source in sources]
    config = build_config(small)
    card = model_card(config, Facts(Trainer(config, tmp_path / "run").progress), "")
    name = photo_folder.name
    assert f"{name} (scene), 4 photos: 100%. Licence" in card and "clothing)" not in card


def test_the_card_of_a_run_that_was_stopped_says_how_far_it_came(small):
    small["stages"] = [{"images": 20}, {"images": 40}]
    config = build_config(small)
    card = model_card(config, Facts(Progress(images=30, stage=1, stage_images=10)), "")
    assert "Stopped in stage 2 of 2, at 25% of it." in card
    assert "Stopped" not in model_card(config, Facts(Progress(images=60, stage=2)), "")


def test_export_of_what_is_no_run(tmp_path, small):
    with pytest.raises(TrainingError) as error:
        export_run(tmp_path, tmp_path / "w.safetensors")
    assert error.value.code == "no_run"
    (tmp_path / "config.json").write_text(json.dumps(small))
    with pytest.raises(TrainingError, match="no checkpoint yet"):
        export_run(tmp_path, tmp_path / "w.safetensors")


@pytest.mark.slow
def test_onnx_equals_the_engine_at_any_batch(small_weights, tmp_path, caplog):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    path = tmp_path / "net.onnx"
    with caplog.at_level("INFO"):
        assert export_onnx(small_weights, path, 128 * 2) < 1e-3
    assert not caplog.records
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    image = np.random.default_rng(1).random((3, 3, 256, 256), np.float32)
    hole = np.zeros((3, 1, 256, 256), np.float32)
    hole[:, :, 60:90] = 1
    (filled,) = session.run(None, {"image": image, "hole": hole})
    assert filled.shape == image.shape
    assert np.array_equal(filled[:, :, :60], image[:, :, :60])
    with pytest.raises(TrainingError):
        export_onnx(small_weights, tmp_path / "odd.onnx", 200)
    assert not (tmp_path / "odd.onnx").exists()


def test_the_shipped_recipe_from_tars_to_weights_and_table(photo_folder, tmp_path, capsys):
    """The one command, rehearsed: grouped tars in, weights, model card and table out; run again, it is done."""
    for part in range(2):
        with tarfile.open(tmp_path / f"photos-{part}.tar", "w") as tar:
            for group, target in (("scene", "scene"), ("scene", "clothing"), ("flowers", "flowers")):
                for file in sorted((photo_folder / group).iterdir())[part::2]:
                    tar.add(file, f"{target}/{file.name}")
            file = next((photo_folder / "flowers").iterdir())
            tar.add(file, f"grocery/{part}.png")
    cases = tmp_path / "cases"
    cases.mkdir()
    case = Case("00", np.asarray(Image.open(file).resize((256, 256))), np.zeros((256, 256), bool), False)
    case.hole[100:140, 60:160] = True
    Image.fromarray(case.photo).save(cases / "00.photo.png")
    Image.fromarray(case.hole).save(cases / "00.mask.png")
    arguments = ["run", "--photos", str(tmp_path / "photos-*.tar"), "--out", str(tmp_path / "run")]
    arguments += [
        "--cases",
        str(cases),
        "--minutes",
        "0.05",
        "--set",
        "network.width=4",
        "masks.flow_maps=2",
        "device=cpu",
    ]
    arguments += ["stages.0.batch=2", "stages.1.batch=2", "data.workers=1", "log_steps=1", "evaluate_minutes=0.01"]
    arguments += ["stages.0.size=128", "stages.1.size=256"]
    assert main(arguments) == 0
    assert "| product |" in capsys.readouterr().out
    run = tmp_path / "run"
    weights = load_weights(run / "pconv.safetensors")
    assert weights.config.width == 4 and "| product |" in weights.metadata["metrics"]
    assert "scene" in (run / "MODEL_CARD.md").read_text()
    assert (run / "evaluation" / "sheet.jpg").is_file()
    records = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert {r["stage"] for r in records if "stage" in r} == {0, 1}
    assert any("psnr" in r for r in records)
    before = Checkpoints(run).files()
    assert main(arguments) == 0
    assert Checkpoints(run).files() == before


def test_preview_of_holes(photo_folder, tmp_path, capsys):
    path = tmp_path / "holes.png"
    arguments = ["preview-masks", str(path), "--photos", str(photo_folder) + "=1", "--size", "128", "--set"]
    assert main([*arguments, "masks.flow_maps=2", "masks.buckets=[0, 3]"]) == 0
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet)
    assert set(np.unique(pixels)) == {0, 96, 255}
    white = [(row == 255).mean() for row in np.split(pixels, 2)]
    assert white[0] < 0.1 < 0.27 < white[1] < 0.4


def test_preview_by_cell_has_a_row_for_holes_inside_and_one_for_holes_at_the_border(tmp_path, capsys):
    path = tmp_path / "cells.png"
    drawn = ["--by-cell", "--size", "128", "--set", "masks.kinds={stroke=1}", "masks.buckets=[0, 2]"]
    assert main(["preview-masks", str(path), *drawn]) == 0
    assert "0.2–0.3 inside, 0.2–0.3 at the border" in capsys.readouterr().out
    with Image.open(path) as sheet:
        rows = np.split(np.asarray(sheet), 4)
    rims = [[touches_border(cell[:128, :128] == 255) for cell in np.split(row, 10, axis=1)] for row in rows]
    assert rims == [[False] * 10, [True] * 10] * 2


def test_a_fault_is_one_sentence_and_exit_code_one(tmp_path, capsys):
    assert main(["run", "--out", str(tmp_path / "run"), "--set", "sed=1"]) == 1
    assert capsys.readouterr().err.strip().endswith("did you mean `seed`?")
    assert main(["run", "--out", str(tmp_path / "run")]) == 1
    assert "no photos" in capsys.readouterr().err
