"""How public programs name the tensors of their partial-convolution UNets, and what their layers compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from model.errors import WeightsError
from model.network.unet import IMAGENET_MEAN, IMAGENET_STD, Layer, UNetConfig
from model.printable import printable

HALF = (0.5, 0.5, 0.5)
NONE = (0.0, 0.0, 0.0)
ONE = (1.0, 1.0, 1.0)
NORMALISATIONS = {"imagenet": (IMAGENET_MEAN, IMAGENET_STD), "half": (HALF, HALF), "none": (NONE, ONE)}
"""(mean, std) of RGB in 0..1: torchvision's; -1..1; as it is."""
NORM_VALUES = ("weight", "bias", "running_mean", "running_var")
WRAPPERS = ("module.", "generator.", "_orig_mod.")


@dataclass(frozen=True)
class Layout:
    """The names of one program.

    Args:
        encoder, decoder: of the blocks; `{n}` counts from 1, and decoder n joins the output of encoder n - 1.
        conv, bias, norm: below a block: the convolution's weight, its bias, its batch norm.
        divided: the layer is Wᵀ(X⊙M)/sum(M) + b, without the paper's factor sum(1).
        normalisation: of what its network sees; a key of NORMALISATIONS.
    """

    encoder: str
    decoder: str
    conv: str
    bias: str
    norm: str
    divided: bool
    normalisation: str

    def weight(self, block: str) -> str:
        return f"{block}.{self.conv}"


LAYOUTS = {
    "pytorch-inpainting-with-partial-conv": Layout(
        "enc_{n}", "dec_{n}", "conv.input_conv.weight", "conv.input_conv.bias", "bn", True, "imagenet"
    ),
    "the same with conv2d": Layout(
        "enc_{n}", "dec_{n}", "conv.conv2d.weight", "conv.conv2d.bias", "bn", True, "imagenet"
    ),
    "NVIDIA's layer": Layout("enc_{n}", "dec_{n}", "conv.weight", "conv.bias", "bn", False, "imagenet"),
    "MMEditing / MMagic": Layout("encoder.enc{n}", "decoder.dec{n}", "conv.weight", "conv.bias", "bn", False, "half"),
    "PartialConv-Inpainting-pytorch": Layout(
        "encoder{n}", "decoder{n}.partial_conv", "conv.weight", "bias", "norm", False, "half"
    ),
    "inpainting-partial-conv": Layout(
        "encoder_{n}", "decoder_{n}", "input_conv.weight", "input_conv.bias", "batch_normalization", True, "imagenet"
    ),
}


def unwrapped(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict without the prefixes that wrappers (DataParallel, a GAN, torch.compile) put before its names."""
    bare = {}
    for name, value in state.items():
        while prefix := next((p for p in WRAPPERS if name.startswith(p)), None):
            name = name.removeprefix(prefix)
        bare[name] = value
    return bare


def find_layout(state: Mapping[str, Tensor]) -> tuple[str, UNetConfig]:
    """Which layout a state dict has (a key of LAYOUTS), and the architecture of the network in it.

    Raises:
        WeightsError: `weights_mismatch`; the message says what was found instead.
    """
    for name, layout in LAYOUTS.items():
        first = state.get(layout.weight(layout.encoder.format(n=1)))
        if first is None or first.dim() != 4:
            continue
        depth = 1
        while layout.weight(layout.encoder.format(n=depth + 1)) in state:
            depth += 1
        try:
            config = UNetConfig(first.shape[0], depth, *NORMALISATIONS[layout.normalisation])
        except ValueError as error:
            raise WeightsError("weights_mismatch", f"In the layout of {name}: {error}.") from error
        _check(state, name, layout, config)
        return name, config
    some = ", ".join(f"{printable(key)[:60]} {tuple(value.shape)}" for key, value in list(state.items())[:3])
    known = ", ".join(LAYOUTS)
    found = f"{len(state)} tensors such as {some}" if state else "no tensors"
    raise WeightsError(
        "weights_mismatch", f"This is not a partial-convolution UNet in a known layout ({known}); it holds {found}."
    )


def blocks(layout: Layout, config: UNetConfig) -> list[tuple[str, Layer]]:
    """Name in the checkpoint and row of the paper's table, encoder first, each in the order it is run."""
    encoder = [layout.encoder.format(n=n + 1) for n in range(config.depth)]
    decoder = [layout.decoder.format(n=config.depth - n) for n in range(config.depth)]
    return list(zip(encoder + decoder, config.encoder() + config.decoder(), strict=True))


def _check(state: Mapping[str, Tensor], name: str, layout: Layout, config: UNetConfig) -> None:
    for block, layer in blocks(layout, config):
        key = layout.weight(block)
        want = (layer.out_channels, sum(layer.groups), layer.kernel, layer.kernel)
        if key not in state:
            raise WeightsError("weights_mismatch", f"In the layout of {name} there should be {key}, and is not.")
        have = tuple(state[key].shape)
        if have != want:
            raise WeightsError(
                "weights_mismatch",
                f"In the layout of {name}, {key} is {have} and should be {want} in a UNet of width {config.width} and "
                f"depth {config.depth}.",
            )
        vectors = {f"{block}.{layout.bias}": False}
        norm = f"{block}.{layout.norm}"
        if layer.norm:
            vectors |= {f"{norm}.{part}": True for part in NORM_VALUES}
        elif f"{norm}.weight" in state:
            raise WeightsError(
                "weights_mismatch",
                f"{norm} is a batch norm where the paper's network has none; it cannot be converted.",
            )
        for vector, needed in vectors.items():
            shape = tuple(state[vector].shape) if vector in state else None
            if shape != (layer.out_channels,) and (needed or shape is not None):
                raise WeightsError(
                    "weights_mismatch", f"{vector} should be ({layer.out_channels},) and is {shape or 'missing'}."
                )
