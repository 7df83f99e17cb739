"""Converts public PyTorch checkpoints of the partial-convolution UNet into our weights files.

    python -m model.network.convert CHECKPOINT OUT.safetensors [--name NAME] [--normalisation imagenet|half|none]

Recognises, by names and shapes, what these programs publish (bare, or under "model" or "state_dict", with the prefixes
of wrappers): pytorch-inpainting-with-partial-conv (enc_1.conv.input_conv.weight) and its variants with conv2d,
NVIDIA's layer in the same UNet (enc_1.conv.weight), MMEditing / MMagic (generator.encoder.enc1.conv.weight),
PartialConv-Inpainting-pytorch (encoder1.conv.weight, decoder1.partial_conv), inpainting-partial-conv
(encoder_1.input_conv.weight) where its kernels are the paper's.

Some compute (Wᵀ(X⊙M))/sum(M) + b without the paper's factor n = sum(1). Before a batch norm that factor goes into the
norm's statistics, so that W stays far from the smallest numbers of fp16; elsewhere W/n is kept in float32.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from model.errors import WeightsError
from model.network.layouts import LAYOUTS, NORM_VALUES, NORMALISATIONS, Layout, blocks, find_layout, unwrapped
from model.network.unet import PConvBlock, PConvUNet
from model.network.weights import save_weights
from model.printable import printable

KERAS = (".h5", ".hdf5", ".keras")


def convert(state: Mapping[str, Tensor], normalisation: str | None = None) -> PConvUNet:
    """A network in evaluation mode with the same outputs as the checkpoint's.

    Args:
        state: tensors by name.
        normalisation: of the RGB values that the network sees, a key of NORMALISATIONS; None takes what the program
            of that layout uses.

    Raises:
        WeightsError: `weights_mismatch`, the layout or the architecture is another one.
    """
    bare = unwrapped(state)
    name, config = find_layout(bare)
    if normalisation is not None:
        mean, std = NORMALISATIONS[normalisation]
        config = replace(config, mean=mean, std=std)
    net = PConvUNet(config).eval()
    layout = LAYOUTS[name]
    for (block, _), own in zip(blocks(layout, config), [*net.encoder, *net.decoder], strict=True):
        _copy(own, bare, block, layout)
    return net


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a .pth file's state dict, read by torch's restricted unpickler (plain containers only).

    Raises:
        WeightsError: `weights_missing`, `weights_damaged`, or `weights_mismatch`, it holds no state dict.
    """
    if path.suffix.lower() in KERAS and path.is_file():
        raise WeightsError(
            "weights_mismatch",
            f"{path} is a Keras file. The Keras port ends in a 1×1 layer with a sigmoid of its own, which the paper's "
            "network has not, so it cannot be converted.",
        )
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError("weights_missing", f"There is no file {path}.") from error
    except Exception as error:  # a damaged pickle stream can raise anything
        why = " ".join(str(error).split())[:200]
        raise WeightsError("weights_damaged", f"{path} is not a readable PyTorch checkpoint ({why!r}).") from error
    for key in ("model", "state_dict"):
        if isinstance(content, dict) and key in content:
            content = content[key]
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise WeightsError("weights_mismatch", f"{path} holds a {kind}, not the tensors of a network by name.")
    return {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _copy(block: PConvBlock, state: Mapping[str, Tensor], name: str, layout: Layout) -> None:
    weight = state[layout.weight(name)].float()
    bias = state.get(f"{name}.{layout.bias}", torch.zeros(len(weight))).float()
    window = weight[0].numel() if layout.divided else 1
    if block.norm is None:
        block.load_state_dict({"conv.weight": weight / window, "conv.bias": bias})
        return
    values = {key: state[f"{name}.{layout.norm}.{key}"].double() for key in NORM_VALUES}
    eps = block.norm.eps
    own = {
        "weight": values["weight"],
        "bias": values["bias"],
        "running_mean": window * (values["running_mean"] - bias),
        "running_var": window**2 * (values["running_var"] + eps) - eps,
    }
    counter = state.get(f"{name}.{layout.norm}.num_batches_tracked", torch.tensor(0))
    norm = {f"norm.{key}": value.float() for key, value in own.items()} | {"norm.num_batches_tracked": counter}
    block.load_state_dict({"conv.weight": weight, **norm})


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model.network.convert",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--normalisation", choices=NORMALISATIONS, help="of RGB before the network; default: that of the program"
    )
    parser.add_argument("--name", help="what people will see; default: the checkpoint's file name")
    arguments = parser.parse_args()
    try:
        net = convert(read_checkpoint(arguments.checkpoint), arguments.normalisation)
    except WeightsError as error:
        print(f"convert: {printable(error)}", file=sys.stderr)
        return 2
    source = arguments.checkpoint.name
    about = {"name": arguments.name or source, "training": f"converted from {source}"}
    try:
        digest = save_weights(arguments.out, net, about)
    except (OSError, SafetensorError) as error:
        print(f"convert: {arguments.out} cannot be written ({printable(error)}).", file=sys.stderr)
        return 2
    print(f"{arguments.out}: width {net.config.width}, depth {net.config.depth}, sha256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
