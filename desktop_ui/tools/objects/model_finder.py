"""Finds what was clicked by a model of the SAM family that lies on this machine as two ONNX files.

The encoder makes an embedding of the picture, once; the decoder makes a mask of it and the clicks. Names and shapes are
those of the usual exports (SAM, MobileSAM, EfficientSAM's SAM-shaped ones, SAM 2): what the decoder asks for by a name
that the encoder gives is handed over, the first output of the encoder is the embedding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from desktop_ui.document.extent import mask_extent
from desktop_ui.tools.objects.edge import at_full_size
from desktop_ui.tools.objects.marks import Found, Mark
from desktop_ui.tools.objects.region_finder import reduced
from model.errors import PconvError
from model.geometry.boxes import Box

INPUT_SIDE = 1024  # pixels, where the encoder does not say
_MEAN = np.array([123.675, 116.28, 103.53], np.float32)  # of ImageNet, as the encoders were trained with
_SPREAD = np.array([58.395, 57.12, 57.375], np.float32)
_EMBEDDINGS = ("image_embeddings", "image_embed", "image_embedding")
_POINT_INPUTS = ("point_coords", "point_labels")
_ADDS, _TAKES, _TOP_LEFT, _BOTTOM_RIGHT, _NO_POINT = 1.0, 0.0, 2.0, 3.0, -1.0


class ObjectModelError(PconvError):
    """The folder of the settings holds no usable model."""


class ObjectModel:
    """Both files, loaded and checked."""

    def __init__(self, folder: Path) -> None:
        """Read a model.

        Args:
            folder: with one file `*encoder*.onnx` and one `*decoder*.onnx`.

        Raises:
            ObjectModelError: `no_onnxruntime`, `no_object_model` or `unusable_object_model`.
        """
        try:
            import onnxruntime
        except ImportError as error:
            text = 'Object models need onnxruntime: pip install "pconv[objects]".'
            raise ObjectModelError("no_onnxruntime", text) from error
        encoder, decoder = _file(folder, "encoder"), _file(folder, "decoder")
        quiet = onnxruntime.SessionOptions()
        quiet.log_severity_level = 4
        providers = onnxruntime.get_available_providers()
        try:
            self.encoder = onnxruntime.InferenceSession(encoder, quiet, providers=providers)
            self.decoder = onnxruntime.InferenceSession(decoder, quiet, providers=providers)
        except Exception as error:  # onnxruntime has no common class of errors
            text = f"The object model in {folder} cannot be loaded ({_first_line(error)}); take another export of it."
            raise ObjectModelError("unusable_object_model", text) from error
        self._check(folder)

    def _check(self, folder: Path) -> None:
        names = [one.name for one in self.decoder.get_inputs()]
        given = {one.name for one in self.encoder.get_outputs()}
        known = {*_EMBEDDINGS, *_POINT_INPUTS, *given, "mask_input", "has_mask_input", "orig_im_size"}
        missing = [name for name in _POINT_INPUTS if name not in names]
        strange = [name for name in names if name not in known]
        if missing or strange or len(self.encoder.get_inputs()) != 1:
            what = f"lacks the input {missing[0]}" if missing else f"asks for {[*strange, 'more'][0]}"
            text = f"The object model in {folder} is of another kind (it {what}); take a SAM export with points."
            raise ObjectModelError("unusable_object_model", text)


class ModelFinder:
    """The finder of one picture; slow when it is made, as the encoder is."""

    def __init__(self, image: np.ndarray, model: ObjectModel) -> None:
        """Prepare a picture to be searched.

        Args:
            image: H×W×C of uint8, uint16 or float32 0..1.

        Raises:
            ObjectModelError: the model refuses the picture.
        """
        self._image = image
        self._model = model
        entry = model.encoder.get_inputs()[0]
        self._side = _side_of(entry.shape)
        rgb, self._scale = reduced(image, Box.of(image.shape[:2]), self._side)
        self._size = rgb.shape[:2]
        outputs = [one.name for one in model.encoder.get_outputs()]
        self._embedding = dict(
            zip(outputs, _run(model.encoder, {entry.name: _fed(rgb, entry, self._side)}), strict=True)
        )
        self._first = outputs[0]

    def find(self, marks: tuple[Mark, ...]) -> Found:
        """As `Finder` says. Raises ObjectModelError when the model fails."""
        points, labels = self._points(marks)
        height, width = self._size
        own = {
            "point_coords": points[None],
            "point_labels": labels[None],
            "mask_input": np.zeros((1, 1, 256, 256), np.float32),
            "has_mask_input": np.zeros(1, np.float32),
            "orig_im_size": np.array([height, width], np.float32),
        }
        given = self._embedding | own
        feeds = {}
        for one in self._model.decoder.get_inputs():
            value = given[one.name] if one.name in given else self._embedding[self._first]
            feeds[one.name] = value.astype(np.int64) if one.type == "tensor(int64)" else value
        names = [one.name for one in self._model.decoder.get_outputs()]
        results = dict(zip(names, _run(self._model.decoder, feeds), strict=True))
        coarse = _best(results, names) > 0
        if coarse.shape != (height, width):  # of the square that the picture was put into
            side = coarse.shape[0]
            coarse = coarse[: max(1, round(height * side / self._side)), : max(1, round(width * side / self._side))]
        return self._at_full_size(coarse)

    def _points(self, marks: tuple[Mark, ...]) -> tuple[np.ndarray, np.ndarray]:
        points, labels = [], []
        for mark in marks:
            if mark.loop and mark.adds:
                xs, ys = zip(*mark.loop, strict=True)
                points += [(min(xs), min(ys)), (max(xs), max(ys))]
                labels += [_TOP_LEFT, _BOTTOM_RIGHT]
            else:
                points.append((mark.x, mark.y))
                labels.append(_ADDS if mark.adds else _TAKES)
        if _TOP_LEFT not in labels:
            points.append((0.0, 0.0))
            labels.append(_NO_POINT)
        return np.array(points, np.float32) * np.float32(self._scale), np.array(labels, np.float32)

    def _at_full_size(self, coarse: np.ndarray) -> Found:
        extent = mask_extent(coarse)
        if extent.empty:
            return Found()
        part = extent.grown(2).clipped(Box.of(coarse.shape))
        down, across = self._image.shape[0] / coarse.shape[0], self._image.shape[1] / coarse.shape[1]
        box = Box(
            round(part.top * down), round(part.left * across), round(part.bottom * down), round(part.right * across)
        )
        return at_full_size(self._image, box, coarse[part.slices])


def _file(folder: Path, part: str) -> str:
    found = sorted(folder.glob(f"*{part}*.onnx")) if folder.is_dir() else []
    if not found:
        text = f"There is no object model in {folder}: it needs a file *{part}*.onnx; choose the folder that has one."
        raise ObjectModelError("no_object_model", text)
    return str(found[0])


def _side_of(shape: list[Any]) -> int:
    sides = [one for one in shape if isinstance(one, int) and one > 4]
    return max(sides) if sides else INPUT_SIDE


def _fed(rgb: np.ndarray, entry: Any, side: int) -> np.ndarray:
    """The picture as the encoder takes it: 1×3×S×S normalised and filled up, or H×W×3 as it is."""
    if len(entry.shape) == 3:
        return rgb.astype(np.uint8 if entry.type == "tensor(uint8)" else np.float32)
    normal = (rgb.astype(np.float32) - _MEAN) / _SPREAD
    square = np.zeros((1, 3, side, side), np.float32)
    square[0, :, : rgb.shape[0], : rgb.shape[1]] = normal.transpose(2, 0, 1)
    return square


def _best(results: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    """The mask that the decoder itself thinks the best of; h×w of logits."""
    masks = results.get("masks", results[names[0]])
    masks = masks.reshape(-1, *masks.shape[-2:])
    scores = next((results[name].ravel() for name in names if "iou" in name), None)
    best = int(scores.argmax()) if scores is not None and scores.size == len(masks) else 0
    return masks[best]


def _run(session: Any, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    try:
        return session.run(None, feeds)
    except Exception as error:  # onnxruntime has no common class of errors
        text = f"The object model failed ({_first_line(error)}); take another one in the settings."
        raise ObjectModelError("unusable_object_model", text) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
