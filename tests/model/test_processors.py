"""A fill is the same on every processor, and by one thread or two, though each rounds in its own way.

Child processes are told to do without the newer instructions of this machine.
"""

from __future__ import annotations

import platform
import subprocess
import sys

import numpy as np
import pytest
import torch

from daemon.system.processes import python_command
from model.network.unet import PConvUNet, UNetConfig
from model.network.weights import save_weights
from tests.model.reference import lively

AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENCV_CPU_DISABLE": "AVX512-SKX",
    "OPENCV_IPP": "avx2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4,AVX512F,AVX512CD,AVX512_SKX,AVX512_CLX,AVX512_CNL,AVX512_ICL,AVX512_SPR",
}
BASELINE = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2",
    "OPENCV_IPP": "disabled",
    "OPENBLAS_CORETYPE": "Prescott",
    "NPY_DISABLE_CPU_FEATURES": f"{AVX2['NPY_DISABLE_CPU_FEATURES']},X86_V3,AVX2,FMA3",
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
TWO_THREADS = {name: "2" for name in ONE_THREAD}

FILLS = """
import sys
import numpy as np
from skimage import data
from model.engine.engine import Engine
from model.fill.plan import fill
from model.options import FillOptions
from model.finish.detail import add_detail

weights, out = sys.argv[1:]
engine = Engine(weights, "cpu", "float32")
photo, hole = np.ascontiguousarray(data.astronaut()[150:390, 100:340]), np.zeros((240, 240), bool)
hole[60:150, 70:180] = True
fills = {f"photo, detail {d}": fill(photo, hole, engine, FillOptions(detail=d)) for d in (0, 1)}

wall = np.full((420, 420, 3), 0.5, np.float32)
wall[:, :150] += np.random.default_rng(0).normal(0, 0.2, (420, 150, 3)).astype(np.float32)
hole = np.zeros((420, 420), bool)
hole[120:300, 90:330] = True
wall = np.where(hole[..., None], np.float32(0.5), wall.clip(0, 1))
for _ in add_detail(wall, hole, hole, 1.0):
    pass
np.savez(out, **fills, **{"wall beside a hedge": np.rint(wall * 255).astype(np.uint8)})
"""


@pytest.fixture(scope="module")
def fills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    """What each kind of process makes of the same pictures."""
    directory = tmp_path_factory.mktemp("processors")
    torch.manual_seed(3)
    weights = directory / "lively.safetensors"
    save_weights(weights, lively(PConvUNet(UNetConfig(width=4, depth=7))), {"name": "lively"})
    kinds = {"as it is": TWO_THREADS, "one thread": {}, "AVX2": AVX2, "baseline": BASELINE}
    _, environment = python_command("model")
    made = {}
    for kind, settings in kinds.items():
        file = directory / f"{kind}.npz"
        command = [sys.executable, "-P", "-c", FILLS, str(weights), str(file)]
        told = environment | ONE_THREAD | settings
        done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        made[kind] = dict(np.load(file))
    return made


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="names instructions of x86")
@pytest.mark.parametrize("kind", ["one thread", "AVX2", "baseline"])
@pytest.mark.parametrize("picture", ["photo, detail 0", "photo, detail 1", "wall beside a hedge"])
def test_other_instructions_and_threads_give_the_same_fill(fills: dict, kind: str, picture: str) -> None:
    ours, theirs = (fills[name][picture].astype(int) for name in ("as it is", kind))
    assert ours.std() > 10
    assert (np.abs(ours - theirs).max(axis=2) <= 1).mean() >= 0.999
