"""Which part of each level's map must be computed so that the wanted pixels come out exactly.

A level's maps have pixels of 2**level pixels of the picture. Boxes here may stick out of their map.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from model.geometry.boxes import Box
from model.geometry.contexts import hole_box


@dataclass(frozen=True)
class Regions:
    """What the layers of an encoder and a decoder of the same depth put out, in the order of the layers.

    Beside its box the output of an encoder layer is all hole, that of a decoder layer not asked for.
    """

    encoder: list[Box]
    decoder: list[Box]

    @classmethod
    def of(cls, known: Box, wanted: Box, height: int, width: int, kernels: list[int]) -> Regions:
        """For valid pixels only in `known`, output needed only in `wanted`, and the encoder's kernels (stride 2)."""
        encoder = []
        for level, kernel in enumerate(kernels, start=1):
            known = known.touched(kernel // 2).clipped(Box(0, 0, height >> level, width >> level))
            encoder.append(known)
        decoder = [box.even() for box in reversed(decoder_boxes(wanted, height, width, len(kernels)))]
        return cls(encoder, decoder)


def decoder_boxes(wanted: Box, height: int, width: int, depth: int) -> list[Box]:
    """Of each level, 0 … depth − 1, the box that the decoder must get right so that `wanted` of the picture is right.

    Its layers are nearest ×2 and a 3×3 kernel, and work on even boxes: what they put out beside these may be wrong.
    """
    boxes = [wanted]
    for level in range(1, depth):
        boxes.append(boxes[-1].grown(1).even().halved().clipped(Box(0, 0, height >> level, width >> level)))
    return boxes


def around(mask: Tensor) -> Box | None:
    """The smallest box with all True pixels of a batch (B, H, W) of bool; None where there is none."""
    any_true = mask.any(0).cpu().numpy()
    return hole_box(any_true) if any_true.any() else None


def whole(tensor: Tensor) -> Box:
    return Box(0, 0, *tensor.shape[-2:])


def part(tensor: Tensor, box: Box) -> Tensor:
    """A view of a map (…, H, W) where the box lies."""
    rows, columns = box.slices
    return tensor[..., rows, columns]


def cut(known: Tensor, at: Box, wanted: Box) -> Tensor:
    """The wanted box of a map that is known `at` a box; 0 where it is not known."""
    if at == wanted:
        return known
    if wanted.clipped(Box(0, 0, at.bottom, at.right)) == wanted and at.top <= wanted.top and at.left <= wanted.left:
        return part(known, wanted.moved(-at.top, -at.left))
    edges = (at.left - wanted.left, wanted.right - at.right, at.top - wanted.top, wanted.bottom - at.bottom)
    return F.pad(known, edges)
