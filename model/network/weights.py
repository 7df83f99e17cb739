"""Weights on disk: safetensors with metadata and a SHA-256 of the tensors. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.errors import WeightsError
from model.network.recorded import KEY, answers, read_answers
from model.network.unet import PConvUNet, UNetConfig

FORMAT = "pconv-unet-1"
FLOATS = (torch.float16, torch.bfloat16, torch.float32)
LONGEST_NAME = 100
WORST_ROUNDING = 2.0**-11  # of a number of fp16's normal range
COUNTER = ".num_batches_tracked"
SHIPPED = Path(__file__).parents[1] / "shipped" / "pconv.safetensors"


@dataclass(frozen=True)
class Weights:
    """A checked weights file.

    Args:
        metadata: what was saved: training data, steps, metrics, commit, ….
        answers: as model.network.recorded has them; None where the file has none.
    """

    config: UNetConfig
    state: dict[str, Tensor]
    metadata: dict[str, str]
    sha256: str
    answers: np.ndarray | None = None

    @property
    def name(self) -> str:
        """What people see; a file's own is cut where it is long, as it goes into every daemon's greeting."""
        return self.metadata.get("name", "unnamed")[:LONGEST_NAME]

    def build(self) -> PConvUNet:
        """A network in evaluation mode with these weights in float32."""
        net = PConvUNet(self.config)
        net.load_state_dict(self.state)
        return net.eval()


def default_weights_path() -> Path:
    """$PCONV_WEIGHTS if set, else the weights that ship with the package."""
    return Path(os.environ.get("PCONV_WEIGHTS") or SHIPPED)


def save_weights(path: Path | str, net: PConvUNet, metadata: Mapping[str, str]) -> str:
    """Write a network as fp16 safetensors with its recorded answers, atomically.

    Norms and biases stay float32, and so do kernels that fp16 cannot hold (see `_stored`).

    Args:
        metadata: free text values; `name` is what people see.

    Returns:
        SHA-256 of the tensors as stored, hexadecimal.
    """
    path = Path(path)
    tensors = {key: _stored(value.detach().cpu()).contiguous() for key, value in net.state_dict().items()}
    digest = _digest(tensors)
    said = answers(Weights(net.config, _as_float32(tensors), {}, digest).build())
    header = {
        **metadata,
        **({} if said is None else {KEY: said}),
        "format": FORMAT,
        "config": json.dumps(net.config.to_dict()),
        "value_range": "RGB 0..1, normalised inside the network",
        "mask_polarity": "1 = valid, 0 = hole",
        "sha256": digest,
    }
    partial = path.with_name(path.name + ".part")
    try:
        save_file(tensors, partial, metadata=header)
        partial.chmod(0o644)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return digest


def load_weights(path: Path | str | None = None) -> Weights:
    """Read and check a weights file.

    Args:
        path: None takes `default_weights_path()`.

    Raises:
        WeightsError: `weights_missing`, `weights_damaged` (not safetensors, wrong hash) or
            `weights_mismatch` (another format or architecture).
    """
    path = Path(path) if path is not None else default_weights_path()
    if not path.is_file():
        raise WeightsError("weights_missing", f"No weights at {path}. Reinstall pconv or name a file by PCONV_WEIGHTS.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            "weights_damaged", f"{path} cannot be read as safetensors ({error}). Fetch the file again."
        ) from error
    if metadata.get("format") != FORMAT:
        found = metadata.get("format", "no format")[:60]
        raise WeightsError(
            "weights_mismatch",
            f"{path} holds {found!r}, not {FORMAT}. Use a file written by `pconv-train export`.",
        )
    digest = _digest(stored)
    if digest != metadata.get("sha256"):
        raise WeightsError("weights_damaged", f"{path} does not match its own SHA-256. Fetch the file again.")
    config = _config(path, metadata)
    _check_architecture(path, config, stored)
    try:
        said = read_answers(metadata[KEY]) if KEY in metadata else None
    except ValueError as error:
        raise WeightsError("weights_mismatch", f"{path}: {error}. Export it again.") from error
    return Weights(config, _as_float32(stored), metadata, digest, said)


def _stored(value: Tensor) -> Tensor:
    """A kernel in fp16 unless that changes it more than rounding does: numbers below 6e-5 lose their digits there."""
    if value.dim() != 4:
        return value
    half = value.to(torch.float16)
    error = (half.float() - value).norm()
    return half if error <= WORST_ROUNDING * value.norm() else value


def _as_float32(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as a network in float32 has them: its counters stay integers."""
    return {key: value.float() if value.is_floating_point() else value for key, value in stored.items()}


def _config(path: Path, metadata: Mapping[str, str]) -> UNetConfig:
    try:
        values = json.loads(metadata["config"])
        config = UNetConfig(**values)
        mean, std = ((red, green, blue) for red, green, blue in (config.mean, config.std))  # lists as they are read
        return replace(config, mean=mean, std=std)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise WeightsError(
            "weights_mismatch",
            f"{path} describes its architecture wrongly ({str(error)[:200]!r}). Export it again.",
        ) from error


def _check_architecture(path: Path, config: UNetConfig, stored: Mapping[str, Tensor]) -> None:
    with torch.device("meta"):
        expected = {key: value.shape for key, value in PConvUNet(config).state_dict().items()}
    found = {key: value.shape for key, value in stored.items()}
    if found == expected:
        _check_dtypes(path, stored)
        return
    key = next(k for k in sorted(expected.keys() | found.keys()) if expected.get(k) != found.get(k))
    want, have = (tuple(s[key]) if key in s else "nothing" for s in (expected, found))
    raise WeightsError(
        "weights_mismatch",
        f"{path} is not a UNet of width {config.width} and depth {config.depth}: "
        f"{key[:60]!r} should be {want} and is {have}. Export it again.",
    )


def _check_dtypes(path: Path, stored: Mapping[str, Tensor]) -> None:
    """Only counters may be integers: what was cast to them is another network."""
    for key, value in stored.items():
        if value.dtype not in ((torch.int64,) if key.endswith(COUNTER) else FLOATS):
            kind = str(value.dtype).removeprefix("torch.")
            raise WeightsError("weights_mismatch", f"{path} holds {kind} for {key}. Export it again.")


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for key in sorted(tensors):
        tensor = tensors[key]
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
