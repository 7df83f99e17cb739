"""What a network answers to one fixed small picture, as text that its weights file carries with it.

A file whose tensors were changed after its export, or code that no longer computes what it did then, gives itself away.
"""

from __future__ import annotations

import json

import numpy as np
import torch

from model.network.unet import PConvUNet

KEY = "answers"  # in the file's metadata
LEAST_SIDE = 256
SAMPLES = 64
DECIMALS = 5


def golden_input(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture (1, S, S, 3) float32 in 0..1 of waves and noise, and a hole (1, S, S) in its middle."""
    rows, columns = np.mgrid[:side, :side] / side
    noise = np.random.default_rng(1804_07723).random((side, side, 3))
    waves = np.stack([np.sin(9 * rows), np.cos(7 * columns), np.sin(5 * (rows + columns))], axis=2)
    image = (0.5 + 0.3 * waves + 0.2 * (noise - 0.5)).astype(np.float32)
    hole = np.hypot(rows - 0.5, columns - 0.5) < 0.2
    return image[None], hole[None]


def golden_side(net: PConvUNet) -> int:
    return max(LEAST_SIDE, net.config.multiple)


def run_plain(net: PConvUNet, images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """The network's own pictures, (B, S, S, 3) float32, of pictures and holes of that size; float32, on the CPU."""
    picture = torch.from_numpy(images).permute(0, 3, 1, 2)
    valid = torch.from_numpy(~holes)[:, None].float()
    with torch.inference_mode():
        return net(picture * valid, valid).permute(0, 2, 3, 1).numpy()


def sample(filled: np.ndarray) -> np.ndarray:
    """(N, 3) of the N hole pixels of one golden picture, → (64, 3) of them."""
    return filled[np.linspace(0, len(filled) - 1, SAMPLES).astype(int)]


def answers(net: PConvUNet) -> str | None:
    """What a network in evaluation mode answers, for the metadata; None where it gives no finite values."""
    images, holes = golden_input(golden_side(net))
    values = sample(run_plain(net, images, holes)[holes])
    if not np.isfinite(values).all():
        return None
    return json.dumps(values.astype(float).round(DECIMALS).tolist(), separators=(",", ":"))


def read_answers(text: str) -> np.ndarray:
    """(64, 3) as they were recorded.

    Raises:
        ValueError: it is not such a text.
    """
    try:
        values = np.array(json.loads(text), dtype=np.float64)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"the recorded answers cannot be read: {type(error).__name__}") from error
    if values.shape != (SAMPLES, 3) or not np.isfinite(values).all():
        raise ValueError("the recorded answers are not as many finite numbers as there should be")
    return values
