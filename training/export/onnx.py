"""The folded network as one ONNX graph, checked against the plain network before it is left on disk."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.engine.folded_unet import FoldedConv, FoldedUNet
from model.errors import TrainingError
from model.network.module_list import ModuleList
from model.network.unet import PConvUNet
from model.network.weights import Weights, load_weights

TOLERANCE = 1e-3  # of values in 0..1


class OnnxNet(nn.Module):
    """image (B, 3, S, S) RGB in 0..1 and hole (B, 1, S, S), 1 = to be filled → the filled picture in 0..1."""

    def __init__(self, net: PConvUNet) -> None:
        super().__init__()
        self.folded = FoldedUNet(net)
        self.decoder = ModuleList(FoldedConv(block) for block in net.decoder)

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        folded, valid = self.folded, 1 - hole
        plans = iter(folded.plan(valid, torch.float32))
        x = folded.normalised(image, valid)
        skips = []
        for conv in folded.encoder:
            skips.append(x)
            x = conv(x, next(plans))
        for conv in self.decoder:
            up = F.interpolate(x, scale_factor=2, mode="nearest")
            x = conv(torch.cat([up, skips.pop()], dim=1), next(plans))
        out = (x * folded.std + folded.mean).clamp(0, 1)
        return torch.where(hole > 0.5, out, image)


def export_onnx(weights: Path, path: Path, size: int = 512) -> float:
    """Write weights as ONNX for pictures of size×size (any batch) and check it.

    Returns:
        the largest difference to the plain network on a random picture, in 0..1.

    Raises:
        TrainingError: code "no_onnx", "onnx_differs" (nothing is left on disk).
        WeightsError: the weights cannot be used.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise TrainingError("no_onnx", "ONNX export needs: pip install onnx onnxscript onnxruntime") from error
    loaded = load_weights(weights)
    if size % loaded.config.multiple:
        raise TrainingError("no_onnx", f"the size must be a multiple of {loaded.config.multiple}")
    net = OnnxNet(loaded.build()).eval()
    hole = torch.zeros(1, 1, size, size)
    hole[..., size // 4 : size // 2, size // 3 : size] = 1
    planes = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0)), hole
    partial = path.with_name(path.name + ".part")
    try:
        _write(net, planes, partial)
        session = onnxruntime.InferenceSession(str(partial), providers=["CPUExecutionProvider"])
        (found,) = session.run(None, {"image": planes[0].numpy(), "hole": planes[1].numpy()})
        difference = float((torch.from_numpy(found) - _expected(loaded, *planes)).abs().max())
        if not difference < TOLERANCE:
            raise TrainingError("onnx_differs", f"the ONNX network differs from the plain one by {difference:.2g}")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return difference


@torch.inference_mode()
def _expected(weights: Weights, image: Tensor, hole: Tensor) -> Tensor:
    return torch.where(hole > 0.5, weights.build()(image, 1 - hole).clamp(0, 1), image)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter's passes log what they did, some 250 lines that say nothing to who asked for a file."""
    loggers = [logging.getLogger(name) for name in ("onnx_ir", "onnxscript", "torch.onnx")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _write(net: OnnxNet, planes: tuple[Tensor, Tensor], path: Path) -> None:
    try:
        with _quiet(), warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            batch = torch.export.Dim("batch", min=1, max=64)
            program = torch.onnx.export(
                net,
                planes,
                dynamo=True,
                verbose=False,
                input_names=["image", "hole"],
                output_names=["filled"],
                dynamic_shapes={"image": {0: batch}, "hole": {0: batch}},
            )
            assert program is not None
            program.save(str(path), external_data=False)
    except ImportError as error:
        raise TrainingError("no_onnx", "ONNX export needs: pip install onnx onnxscript onnxruntime") from error
