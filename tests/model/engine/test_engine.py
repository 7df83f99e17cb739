from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from model.engine.engine import Engine, EngineError
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import load_weights, save_weights
from tests.model.reference import lively, unet


@pytest.fixture(scope="module")
def lively_weights(tmp_path_factory):
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("engine") / "lively.safetensors"
    save_weights(path, lively(PConvUNet(UNetConfig(width=4, depth=7))), {"name": "lively"})
    return path


def example(batch: int = 2, side: int = 256) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, side, side, 3), dtype=np.uint8)
    holes = np.zeros((batch, side, side), bool)
    for i in range(batch):
        holes[i, 20 + 5 * i : 90, 30 : 100 + 9 * i] = True
    return images, holes


def test_float32_equals_the_reference_inside_and_the_input_outside(lively_weights):
    engine = Engine(lively_weights, dtype="float32")
    images, holes = example()
    unit = images.astype(np.float32) / 255
    out = engine.run(unit, holes)
    with torch.no_grad():
        valid = torch.from_numpy(~holes)[:, None].double()
        picture = torch.from_numpy(unit).permute(0, 3, 1, 2)
        expected = unet(load_weights(lively_weights).build(), picture, valid).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    assert np.array_equal(out[~holes], unit[~holes])
    assert np.abs(out[holes] - expected[holes]).max() < 1e-4


def test_uint8_and_bfloat16_stay_close_to_float32(lively_weights):
    images, holes = example()
    exact = Engine(lively_weights, dtype="float32").run(images.astype(np.float32) / 255, holes)
    for dtype, tolerance in (("float32", 0.6), ("bfloat16", 12)):
        out = Engine(lively_weights, dtype=dtype).run(images, holes)
        assert out.dtype == np.uint8 and np.array_equal(out[~holes], images[~holes])
        assert np.abs(out.astype(float) - exact * 255).mean() < tolerance


def test_a_batch_is_the_same_as_one_by_one_also_past_the_largest_batch(lively_weights):
    engine = Engine(lively_weights, dtype="float32")
    images, holes = example(engine.largest_batch + 3)
    together = engine.run(images, holes).astype(int)
    for i in range(len(images)):
        alone = engine.run(images[i : i + 1], holes[i : i + 1])[0].astype(int)
        assert np.abs(together[i] - alone).max() <= 1


def test_what_stands_in_a_hole_has_no_effect_even_nan(lively_weights):
    engine = Engine(lively_weights, dtype="float32")
    images, holes = example()
    unit = images.astype(np.float32) / 255
    spoilt = unit.copy()
    spoilt[holes] = np.nan
    assert np.array_equal(engine.run(unit, holes), engine.run(spoilt, holes))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_only_what_is_wanted_of_a_hole_is_filled_as_without_asking(lively_weights, dtype):
    engine = Engine(lively_weights, dtype=dtype)
    images, holes = example()
    holes[:, 180:] = holes[:, :, 150:] = True  # as padding
    wanted = np.zeros_like(holes)
    wanted[0, 10:60, 40:80] = wanted[1, 60:140, 100:120] = True
    whole, part = engine.run(images, holes), engine.run(images, holes, wanted)
    filled = holes & wanted
    assert 0 < filled.sum() < wanted.sum()
    assert np.abs(part[filled].astype(int) - whole[filled]).max() <= 1
    assert np.array_equal(part[~filled], images[~filled])


def test_wanted_may_be_all_or_nothing(small_weights):
    engine = Engine(small_weights, dtype="float32")
    images, holes = example()
    assert np.array_equal(engine.run(images, holes, np.ones_like(holes)), engine.run(images, holes))
    assert np.array_equal(engine.run(images, holes, np.zeros_like(holes)), images)
    with pytest.raises(ValueError, match="wanted must"):
        engine.run(images, holes, np.ones_like(images))


def test_all_hole_and_no_hole(small_weights):
    engine = Engine(small_weights)
    images, holes = example()
    assert np.array_equal(engine.run(images, np.zeros_like(holes)), images)
    assert engine.run(images, np.ones_like(holes)).shape == images.shape


def test_buckets_and_info(small_weights):
    engine = Engine(small_weights)
    engine.warm_up()
    assert all(side % 256 == 0 for side in engine.tile_sides)
    info = engine.info.to_dict()
    assert info["model"] == "small" and info["dtype"] in ("float32", "bfloat16") and info["device"] == "cpu"


@pytest.mark.parametrize(
    ("images", "holes"),
    [
        (np.zeros((1, 100, 100, 3), np.uint8), np.zeros((1, 100, 100), bool)),
        (np.zeros((1, 256, 256, 4), np.uint8), np.zeros((1, 256, 256), bool)),
        (np.zeros((1, 256, 256, 3), np.uint16), np.zeros((1, 256, 256), bool)),
        (np.zeros((1, 256, 256, 3), np.uint8), np.zeros((1, 256, 256), np.uint8)),
        (np.zeros((0, 256, 256, 3), np.uint8), np.zeros((0, 256, 256), bool)),
    ],
)
def test_wrong_arrays_are_named(small_weights, images, holes):
    with pytest.raises(ValueError, match=r"images must|holes must"):
        Engine(small_weights, dtype="float32").run(images, holes)


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "meta"])
def test_an_unusable_device_is_named(small_weights, device):
    with pytest.raises(EngineError) as caught:
        Engine(small_weights, device=device)
    assert caught.value.code == "device_missing"


def test_an_engine_on_a_cpu_touches_no_cuda_and_loads_no_more_than_it_needs(small_weights):
    code = (
        "import sys, torch\n"
        "def forbidden(*a): raise SystemExit('CUDA was touched')\n"
        "torch.cuda._lazy_init = torch.cuda.is_available = torch.cuda.device_count = forbidden\n"
        "from model.engine.engine import Engine\n"
        "Engine(sys.argv[1], device='cpu').warm_up()\n"
        "print(sorted({'torchvision', 'PyQt6', 'torch._dynamo'} & set(sys.modules)))"
    )
    env = {k: v for k, v in os.environ.items() if k != "PCONV_DEVICE"}
    done = subprocess.run([sys.executable, "-c", code, str(small_weights)], capture_output=True, text=True, env=env)
    assert done.stdout.strip() == "[]", done.stderr
