"""All settings of a run: typed, unknown keys refused, saved with every run."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from model.errors import TrainingError

RECIPES = Path(__file__).parent / "recipes"
LONGEST_CHAIN = 8  # of files that name each other as their base

Positive = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
NotNegative = Annotated[float, Meta(ge=0.0)]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Network(Settings, frozen=True):
    """The UNet: channels after the first layer, number of levels.

    `convolution = "ordinary"` is for comparison alone: the same layers without masks, `hole_value` in the hole
    at first. Such a network can be measured and not exported.
    """

    width: Positive = 64
    depth: Annotated[int, Meta(ge=3, le=10)] = 8
    convolution: Literal["partial", "ordinary"] = "partial"
    hole_value: Literal["mean", "zero", "noise"] = "mean"


class Source(Settings, frozen=True):
    """Photos that are sampled together: folders, lists, archives (training.data.entries); globs and {000..009} expand.

    `under` keeps only the photos inside a folder of that name; `weight` is the share of samples. Where no source that
    may be absent (`if_present`) has photos, all photos of their paths are taken alike.
    """

    paths: list[str] = []
    under: str = ""
    weight: Annotated[float, Meta(gt=0.0)] = 1.0
    if_present: bool = False  # leave the source out where nothing lies under `under`


class Data(Settings, frozen=True):
    """Where photos come from and how they are cut."""

    sources: list[Source] = []
    smallest_crop: Share = 0.6  # of the photo's shorter side, but not below 0.9 × the training size
    smallest_side: Positive = 128  # photos with a shorter side are skipped and counted
    largest_side: int = 0  # photos are reduced to this shorter side when read; 0 leaves them
    flip: bool = True
    made: Share = 0.0  # of the samples that are made pictures of edges, stripes, lettering (training.data.made)
    cache_gib: NotNegative = 4.0  # decoded photos kept in memory, by all processes of a machine together
    workers: int = -1  # processes that cut photos and draw holes; -1 chooses
    part: Literal["all", "training", "held-out"] = "all"  # every tenth photo, chosen by its name, can be held out
    most_corrupt: Share = 0.01  # share of unreadable photos at which training stops


_KINDS = {"flow": 0.4, "stroke": 0.3, "lasso": 0.15, "box": 0.05, "scratch": 0.1}


class Masks(Settings, frozen=True):
    """Which holes are drawn; shares by kind (see training.data.holes.KINDS).

    `augment` says whether the files of `folder` are raw masks, to be made holes as in the paper: binarised at 0.6,
    dilated by 9 to 49 px (at 512²), turned, moved and cut. "auto": where they are NVIDIA's training set.
    """

    kinds: dict[str, Annotated[float, Meta(ge=0.0)]] = field(default_factory=lambda: dict(_KINDS))
    buckets: list[Annotated[int, Meta(ge=0, le=5)]] = field(default_factory=lambda: list(range(6)))
    place: Literal["any", "border", "inside"] = "any"
    flow_maps: Positive = 64  # raw occlusion maps made at the start
    flow_video: str = ""  # a video to make them from; empty moves the camera over photos
    folder: str = ""
    polarity: Literal["auto", "white", "black"] = "auto"
    augment: Literal["auto", "always", "never"] = "auto"


class Loss(Settings, frozen=True):
    """The paper's weights; features: "imagenet", "random" or a file with VGG-16 weights; or "lite0", "lite0:FILE"."""

    valid: NotNegative = 1.0
    hole: NotNegative = 6.0
    perceptual: NotNegative = 0.05
    style: NotNegative = 120.0
    tv: NotNegative = 0.1
    features: str = "imagenet"
    features_seed: int = 0


class Stage(Settings, frozen=True):
    """A stretch of training at one size. Its length is `minutes` or `images`, whichever is given."""

    size: Positive = 512
    batch: Positive = 6  # photos per optimiser step, all devices together
    micro_batch: int = 0  # photos per forward pass; 0 starts with all and halves when memory runs out
    minutes: NotNegative = 0.0
    images: int = 0
    lr: NotNegative = 2e-4
    lr_end: float = -1.0  # cosine decay to this; -1 keeps lr
    decays: Positive = 1  # of equal length, one after another, each from lr (warm restarts)
    warmup: int = 0  # optimiser steps over which lr rises from zero
    freeze_encoder_norm: bool = False  # statistics and affine
    pixels_only: bool = False  # leave out the perceptual and the style term, which cost more than the network


class Config(Settings, frozen=True):
    """A whole run."""

    seed: int = 0
    network: Network = Network()
    data: Data = Data()
    masks: Masks = Masks()
    loss: Loss = Loss()
    stages: list[Stage] = []
    init: str = ""  # weights to start from: a .safetensors, or "shipped"
    device: str = "auto"
    precision: Literal["auto", "bfloat16", "float32"] = "auto"  # auto: what this machine computes faster
    channels_last: bool = True
    compile: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    clip_norm: NotNegative = 0.0  # of all gradients together; longer ones are shortened to it; 0 leaves them
    deterministic: bool = False  # the same bits again, also on a GPU, where that is slower
    ema: Annotated[float, Meta(ge=0.0, lt=1.0)] = 0.0  # decay per step; 0 keeps no average
    checkpoint_minutes: NotNegative = 5.0
    keep_checkpoints: Positive = 2
    log_steps: Positive = 20
    grid_minutes: NotNegative = 10.0
    evaluate_minutes: NotNegative = 0.0  # 0 evaluates at the end only
    best: Literal["", "l1", "psnr"] = ""  # keep the weights that were best by this when evaluated during the run
    wandb: bool = False  # keep the record for Weights & Biases too, offline
    name: str = "pconv"
    data_licence: str = "not stated"  # for the model card; yours to say
    weights_licence: str = "not stated"


def load_config(source: str | Path, overrides: Sequence[str] = ()) -> Config:
    """A recipe by name, or a .toml or .json file, with `key=value` overrides (`stages.0.lr=1e-4`).

    A file with `base = "paper"` holds only what differs from that file or recipe.

    Raises:
        TrainingError: code "no_config", "bad_config"; the message names the key.
    """
    path = Path(source)
    if path.suffix not in (".toml", ".json"):
        path = RECIPES / f"{source}.toml"
    values = _values(path, str(source))
    for override in overrides:
        _apply(values, override)
    return build_config(values)


def _values(path: Path, named: str, followed: int = 0) -> dict:
    """Plain values of a file, laid over those of the file that its `base` names (beside it, or a recipe)."""
    if not path.is_file():
        known = ", ".join(sorted(p.relative_to(RECIPES).with_suffix("").as_posix() for p in RECIPES.rglob("*.toml")))
        raise TrainingError("no_config", f"no configuration {named}; give a .toml file or a recipe: {known}")
    try:
        text = path.read_bytes()
        values = msgspec.json.decode(text) if path.suffix == ".json" else tomllib.loads(text.decode())
    except (ValueError, msgspec.MsgspecError) as error:
        raise TrainingError("bad_config", f"{path} cannot be read: {error}") from error
    base = values.pop("base", None) if isinstance(values, dict) else None
    if base is None:
        return values
    if followed == LONGEST_CHAIN:
        raise TrainingError(
            "bad_config", f"{path}: more than {LONGEST_CHAIN} files follow each other by base: a circle?"
        )
    beside = path.parent / f"{base}.toml"
    return _over(_values(beside if beside.is_file() else RECIPES / f"{base}.toml", str(base), followed + 1), values)


def _over(below: dict, above: dict) -> dict:
    """Tables are merged, everything else is replaced."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict) and key != "kinds"
        merged[key] = _over(merged[key], value) if both else value
    return merged


def build_config(values: dict) -> Config:
    """Checked settings from plain values.

    Raises:
        TrainingError: code "bad_config".
    """
    try:
        config = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise TrainingError("bad_config", f"{error}{_suggestion(str(error))}") from error
    multiple = 2**config.network.depth
    for index, stage in enumerate(config.stages):
        where = f"stages.{index}"
        if (stage.minutes > 0) == (stage.images > 0):
            raise TrainingError("bad_config", f"{where} needs either minutes or images; give one of them")
        if stage.size % multiple:
            raise TrainingError(
                "bad_config", f"{where}.size must be a multiple of {multiple} for depth {config.network.depth}"
            )
        if stage.micro_batch and stage.batch % stage.micro_batch:
            raise TrainingError("bad_config", f"{where}.batch must be a multiple of its micro_batch")
        if stage.decays > 1 and stage.lr_end < 0:
            raise TrainingError("bad_config", f"{where}.decays needs lr_end, the rate that each of them ends at")
        if stage.size == multiple and (stage.micro_batch or stage.batch) == 1:
            raise TrainingError("bad_config", f"{where}: batch norm needs two photos per pass at size {stage.size}")
    if config.init and config.network.convolution != "partial":
        raise TrainingError("bad_config", 'network.convolution "ordinary" starts from random weights; leave out init')
    if config.best and config.network.convolution != "partial":
        raise TrainingError("bad_config", "best keeps weights, and those of ordinary convolutions are not shipped")
    if config.best and not config.evaluate_minutes:
        raise TrainingError("bad_config", "best needs evaluate_minutes, the time between two evaluations")
    if not config.stages:
        raise TrainingError("bad_config", "no stages; give at least one [[stages]] with minutes or images")
    return config


def save_config(config: Config, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(config), indent=2))


def with_minutes(config: Config, minutes: float) -> Config:
    """The same run with its stages stretched or shortened to last so many minutes together.

    Raises:
        TrainingError: code "bad_config", a stage is measured in images.
    """
    if any(stage.images for stage in config.stages):
        raise TrainingError("bad_config", "stages measured in images cannot be set to minutes; change their images")
    factor = minutes / sum(stage.minutes for stage in config.stages)
    stages = [msgspec.structs.replace(stage, minutes=stage.minutes * factor) for stage in config.stages]
    return msgspec.structs.replace(config, stages=stages)


def with_photos(config: Config, photos: list[str]) -> Config:
    """The same run on other photos: `PATH` feeds every source of the recipe, `PATH=WEIGHT` is a source of its own.

    Raises:
        TrainingError: code "bad_config".
    """
    plain = [entry for entry in photos if not _weighted(entry)]
    own = [Source(paths=[path], weight=weight) for path, weight in filter(None, map(_weighted, photos))]
    if plain and own:
        raise TrainingError("bad_config", "give every --photos a weight (PATH=WEIGHT) or none of them")
    sources = own or [
        msgspec.structs.replace(s, paths=plain, if_present=True) for s in config.data.sources or [Source()]
    ]
    return msgspec.structs.replace(config, data=msgspec.structs.replace(config.data, sources=sources))


def _weighted(entry: str) -> tuple[str, float] | None:
    path, equals, weight = entry.rpartition("=")
    try:
        return (path, float(weight)) if equals else None
    except ValueError:
        return None


def _apply(values: dict, override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals:
        raise TrainingError("bad_config", f"override {override!r} is not key=value")
    try:
        value = tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = key.strip().split(".")
    place = values
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise TrainingError("bad_config", f"there is no setting {key!r} to override") from error


def _suggestion(message: str) -> str:
    if "unknown field" not in message:
        return ""
    wrong = message.split("`")[1]
    structs = (Config, Network, Source, Data, Masks, Loss, Stage)
    known = {f.name for struct in structs for f in msgspec.structs.fields(struct)}
    near = difflib.get_close_matches(wrong, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
