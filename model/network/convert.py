"""Converts public PyTorch checkpoints of the partial-convolution UNet into our weights files.

    python -m model.network.convert CHECKPOINT OUT.safetensors [--name NAME]

Understands state dicts in the widespread layout `enc_N.conv.conv2d.weight`, `enc_N.bn.…`, `dec_N.…`
(bare, or under "model" or "state_dict"). There the layer computes (Wᵀ(X⊙M))/sum(M) + b without the factor
sum(1), so W/sum(1) is our W; a bias in front of a norm goes into the norm's mean.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from model.errors import WeightsError
from model.network.unet import PConvBlock, PConvUNet, UNetConfig
from model.network.weights import save_weights
from model.printable import printable

NORM_KEYS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def convert(state: dict[str, Tensor]) -> PConvUNet:
    """A network in evaluation mode with the same outputs as the checkpoint's.

    Raises:
        WeightsError: `weights_mismatch`, the layout is another one.
    """
    depth = sum(key.startswith("enc_") and key.endswith(".conv.conv2d.weight") for key in state)
    try:
        width = state["enc_1.conv.conv2d.weight"].shape[0]
        net = PConvUNet(UNetConfig(width=width, depth=depth)).eval()
        for i, block in enumerate(net.encoder):
            _copy(block, state, f"enc_{i + 1}")
        for i, block in enumerate(net.decoder):
            _copy(block, state, f"dec_{depth - i}")
    except (KeyError, IndexError, RuntimeError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise WeightsError(
            "weights_mismatch", f"This is not a partial-convolution UNet in a known layout ({why!r}). See --help."
        ) from error
    return net


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a .pth file's state dict, read by torch's restricted unpickler (plain containers only).

    Raises:
        WeightsError: `weights_missing`, `weights_damaged`, or `weights_mismatch`, it holds no state dict.
    """
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
    named = {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}
    return {key.removeprefix("module."): value for key, value in named.items()}


def _copy(block: PConvBlock, state: dict[str, Tensor], name: str) -> None:
    weight = state[f"{name}.conv.conv2d.weight"].float()
    bias = state[f"{name}.conv.conv2d.bias"].float()
    own = {"conv.weight": weight / weight[0].numel()}
    if block.norm is None:
        own["conv.bias"] = bias
    else:
        own |= {f"norm.{key}": state[f"{name}.bn.{key}"] for key in NORM_KEYS}
        own["norm.running_mean"] = own["norm.running_mean"] - bias
    block.load_state_dict(own)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m model.network.convert",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", help="what people will see; default: the checkpoint's file name")
    arguments = parser.parse_args()
    try:
        net = convert(read_checkpoint(arguments.checkpoint))
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
