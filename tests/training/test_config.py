"""Settings: unknown keys refused by name, overrides, recipes."""

from __future__ import annotations

import pytest

from model.errors import TrainingError
from training.config import RECIPES, build_config, load_config, save_config, with_minutes, with_photos

STAGES = [{"minutes": 3.0, "size": 256}, {"minutes": 1.0, "size": 512}]


@pytest.mark.parametrize(
    "values, message",
    [
        ({"stages": STAGES, "sed": 1}, "`sed`; did you mean `seed`"),
        ({"stages": STAGES, "loss": {"styl": 1}}, "`styl` - at `$.loss`; did you mean `style`"),
        ({"stages": STAGES, "network": {"width": "wide"}}, "$.network.width"),
        ({"stages": STAGES, "loss": {"tv": -1}}, "$.loss.tv"),
        ({"stages": STAGES, "data": {"sources": [{"paths": ["a"], "weight": 0}]}}, "weight"),
        ({}, "no stages"),
        ({"stages": [{"size": 512}]}, "minutes or images"),
        ({"stages": [{"size": 512, "minutes": 1, "images": 1}]}, "minutes or images"),
        ({"stages": [{"size": 384, "minutes": 1}]}, "multiple of 256"),
        ({"stages": [{"batch": 6, "micro_batch": 4, "minutes": 1}]}, "multiple of its micro_batch"),
        ({"stages": [{"size": 256, "batch": 1, "minutes": 1}]}, "two photos"),
        ({"stages": [{"decays": 2, "minutes": 1}]}, "stages.0.decays needs lr_end"),
    ],
)
def test_wrong_settings_are_named(values, message):
    with pytest.raises(TrainingError) as error:
        build_config(values)
    assert error.value.code == "bad_config"
    assert message in str(error.value)


def test_defaults_are_the_paper_s():
    config = build_config({"stages": [{"images": 6}]})
    assert (config.network.width, config.network.depth, config.stages[0].batch) == (64, 8, 6)
    loss = config.loss
    assert (loss.valid, loss.hole, loss.perceptual, loss.style, loss.tv) == (1, 6, 0.05, 120, 0.1)


def test_overrides_and_saved_settings(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text('seed = 3\n[loss]\nfeatures = "random"\n[[stages]]\nminutes = 3\n')
    config = load_config(path, ["stages.0.lr=1e-4", "data.workers=2", "loss.features=/tmp/vgg.pth", "compile=true"])
    assert config.stages[0].lr == 1e-4 and config.data.workers == 2 and config.compile
    assert config.loss.features == "/tmp/vgg.pth" and config.seed == 3
    save_config(config, tmp_path / "config.json")
    assert load_config(tmp_path / "config.json") == config


@pytest.mark.parametrize("override", ["stages.7.lr=1", "seed", "seed.x=1", "stages.a=1"])
def test_overrides_that_lead_nowhere(tmp_path, override):
    path = tmp_path / "run.toml"
    path.write_text("seed = 3\n[[stages]]\nminutes = 3\n")
    with pytest.raises(TrainingError) as error:
        load_config(path, [override])
    assert error.value.code == "bad_config"


def test_missing_and_broken_files(tmp_path):
    with pytest.raises(TrainingError, match="shipped") as missing:
        load_config("no-such-recipe")
    assert missing.value.code == "no_config"
    (tmp_path / "broken.toml").write_text("seed = ")
    with pytest.raises(TrainingError) as broken:
        load_config(tmp_path / "broken.toml")
    assert broken.value.code == "bad_config"


@pytest.mark.parametrize("recipe", sorted(p.stem for p in RECIPES.glob("*.toml")))
def test_recipes_are_valid(recipe):
    assert load_config(recipe).stages


def test_minutes_are_shared_by_the_stages():
    config = with_minutes(build_config({"stages": STAGES}), 20)
    assert [stage.minutes for stage in config.stages] == [15, 5]
    with pytest.raises(TrainingError):
        with_minutes(build_config({"stages": [{"images": 6}]}), 20)


def test_photos_fill_the_recipe_s_sources_or_are_sources():
    sources = [{"under": "scene", "weight": 0.7}, {"under": "flowers", "weight": 0.3}]
    config = build_config({"stages": STAGES, "data": {"sources": sources}})
    filled = with_photos(config, ["a.tar", "b.tar"]).data.sources
    assert [(s.paths, s.under, s.weight) for s in filled] == [
        (["a.tar", "b.tar"], "scene", 0.7),
        (["a.tar", "b.tar"], "flowers", 0.3),
    ]
    own = with_photos(config, ["a=b/photos=0.7", "c=2"]).data.sources
    assert [(s.paths, s.under, s.weight) for s in own] == [(["a=b/photos"], "", 0.7), (["c"], "", 2.0)]
    with pytest.raises(TrainingError):
        with_photos(config, ["a", "b=1"])
