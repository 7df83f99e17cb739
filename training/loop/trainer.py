"""The training loop: the paper's two stages, on one device or under torchrun."""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import get_ema_multi_avg_fn

from model.errors import TrainingError
from model.network.unet import PConvUNet
from model.network.weights import save_weights
from training.config import Config, Stage, save_config
from training.data.photos import description, open_photos, report_corrupt
from training.data.samples import Batches, TrainingSamples, batches_of, make_holes, make_loader
from training.loop.boards import check_boards
from training.loop.build import build_network, make_loss, new_network, set_mode
from training.loop.checkpoint import Checkpoints, Progress
from training.loop.distributed import ProcessGroup
from training.loop.environment import environment
from training.loop.logs import RunLog, RunningMeans
from training.loop.passes import SMALLEST_MICRO_BATCH, fitting_micro_batch, no_memory
from training.loop.precision import choose_precision
from training.loop.schedule import learning_rate, run_share, stage_share

log = logging.getLogger(__name__)
BEST = "best.safetensors"
LONG_WAIT = 0.2  # share of a stage spent waiting for photos from which on a remedy is named


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `net` holds the averaged weights where an average is kept."""

    net: PConvUNet
    progress: Progress
    finished: bool
    signal: int  # that stopped it, 0 for none
    micro_batch: int
    leads: bool  # this process is the only one, or the first of several


class Trainer:
    """Everything a run holds; built from its configuration, continued from the newest checkpoint in `folder`.

    Args:
        config: of the run.
        folder: for checkpoints, log, grids; made if missing.
        evaluate: called with the averaged network every `config.evaluate_minutes`; returns scalars to log.

    Raises:
        TrainingError, WeightsError: whatever keeps the run from starting, one sentence each.
    """

    def __init__(
        self, config: Config, folder: Path, evaluate: Callable[[PConvUNet], dict[str, float]] | None = None
    ) -> None:
        if config.best and evaluate is None:
            raise TrainingError(
                "no_cases", f'best = "{config.best}" keeps what measured best: give --cases, a folder to measure on'
            )
        check_boards(config)
        if config.evaluate_minutes and evaluate is None:
            log.warning("evaluate_minutes is set, but nothing is measured during the run without --cases")
        self.config, self.folder, self.evaluate = config, folder, evaluate
        self.group = group = ProcessGroup(config.device)
        torch.manual_seed(config.seed)
        net, origin = build_network(config)
        self.net = net.to(group.device)
        if config.channels_last:
            self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's gap
        torch.backends.cudnn.benchmark = not config.deterministic  # sizes are fixed within a stage
        if config.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for to be deterministic
        torch.use_deterministic_algorithms(config.deterministic, warn_only=True)
        group.synchronise_norms(self.net)
        self.average = {k: v.detach().clone() for k, v in self.net.state_dict().items()} if config.ema else {}
        self.optimiser = torch.optim.Adam(self.net.parameters(), betas=config.betas, fused=True)
        self.checkpoints = Checkpoints(folder, config.keep_checkpoints)
        self.progress = self.checkpoints.restore(self.net, self.average, self.optimiser) or Progress(origin=origin)
        if not group.all_have(self.progress.images):
            raise TrainingError(
                "other_checkpoint", f"the processes find different checkpoints in {folder}; use a folder that all share"
            )
        self.loss, self.progress.features = make_loss(config.loss, group.device, config.compile)
        self.photos = open_photos(config.data, group)
        self.progress.data = description(self.photos)
        self.progress.environment = environment(group.device, group.world)
        self.holes = make_holes(config.masks, self.photos, config.seed)
        self.half = self._precision() == "bfloat16"
        if group.leads:
            folder.mkdir(parents=True, exist_ok=True)
            save_config(config, folder / "config.json")
        self.micro_batch = 0
        self._stop = 0
        self._terms = self.loss
        self._unchecked: tuple[list[str], Tensor] | None = None

    def run(self) -> Outcome:
        """Train until every stage is done or SIGTERM or SIGINT arrives; either way a checkpoint is left.

        Raises:
            TrainingError: "not_finite" names the loss term; "too_many_corrupt"; "checkpoint_failed".
        """
        handlers = {s: signal.signal(s, self._on_signal) for s in (signal.SIGTERM, signal.SIGINT)}
        self.log = RunLog(self.folder, self.config) if self.group.leads else None
        try:
            while self.progress.stage < len(self.config.stages) and not self._stop:
                self._run_stage(self.config.stages[self.progress.stage])
            self._check_finite()
            self._save()
            self.group.meet()
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            if self.log is not None:
                self.log.close()
            self.group.close()
        finished = self.progress.stage == len(self.config.stages)
        return Outcome(self.averaged(), self.progress, finished, self._stop, self.micro_batch, self.group.leads)

    def averaged(self) -> PConvUNet:
        """The network as it would be exported, in evaluation mode on the CPU."""
        net = new_network(self.config)
        net.load_state_dict({k: v.cpu() for k, v in (self.average or self.net.state_dict()).items()})
        return net.eval()

    def _precision(self) -> str:
        """The configuration's; where that is "auto", what was chosen when the run began, the same in all processes."""
        if self.config.precision != "auto":
            return self.config.precision
        if not self.progress.precision:
            set_mode(self.net, False)
            chosen = choose_precision(self.net, self.loss, self.group.device, self.config.channels_last)
            (slow,) = self.group.largest(chosen == "float32")
            self.progress.precision = "float32" if slow else "bfloat16"
        return self.progress.precision

    def _run_stage(self, stage: Stage) -> None:
        progress, config, group = self.progress, self.config, self.group
        if stage.batch % group.world:
            raise TrainingError("bad_config", f"batch {stage.batch} cannot be shared by {group.world} processes")
        local = stage.batch // group.world
        self.micro_batch = min(stage.micro_batch or local, local)
        self._terms = self.loss.pixels_only() if stage.pixels_only else self.loss
        if group.world > 1:
            self.micro_batch = fitting_micro_batch(
                self.net, self._terms, group, self.micro_batch, stage.size, self.half, config.channels_last
            )
        set_mode(self.net, stage.freeze_encoder_norm)
        self.model = group.wrap(cast(nn.Module, torch.compile(self.net)) if config.compile else self.net)
        data = config.data
        samples = TrainingSamples(
            self.photos, self.holes, stage.size, config.seed, data.smallest_crop, data.flip, data.made
        )
        batches = Batches(progress.images, stage.batch, group.rank, group.world)
        with batches_of(make_loader(config, samples, batches, group.device)) as loader:
            self._train(stage, loader)
        if stage_share(stage, progress) >= 1:
            progress.stage += 1
            progress.stage_images = progress.stage_steps = 0
            progress.stage_seconds = 0.0

    def _train(self, stage: Stage, loader: Iterator) -> None:
        """Take steps until the stage is done or the run is stopped."""
        progress, group = self.progress, self.group
        running, waited, before = RunningMeans(), 0.0, msgspec.structs.replace(progress)
        marks = dict.fromkeys(("checkpoint", "grid", "evaluate"), time.monotonic())
        last = time.monotonic()
        while (done := stage_share(stage, progress)) < 1 and not self._stop:
            asked = time.monotonic()
            images, holes, skipped = next(loader)
            pause = time.monotonic() - asked
            running.waited += pause
            waited += pause
            self._note_skipped(skipped)
            for settings in self.optimiser.param_groups:
                settings["lr"] = learning_rate(stage, done, progress.stage_steps)
            terms, out = self._step(images, holes)
            progress.images += stage.batch
            progress.stage_images += stage.batch
            progress.steps += 1
            progress.stage_steps += 1
            now = time.monotonic()
            elapsed, stop = group.largest(now - last, self._stop)
            self._stop = int(stop)
            last = now
            progress.stage_seconds += elapsed
            progress.seconds += elapsed
            running.add(terms, stage.batch, elapsed)
            self._report(stage, running, marks, images, holes, out)
        if group.leads and progress.steps > before.steps:
            _tell_throughput(progress.images - before.images, progress.seconds - before.seconds, waited)

    def _step(self, images: Tensor, holes: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """One optimiser step in micro-batches; halves them and tries again where memory runs out."""
        while True:
            try:
                terms, out = self._gradients(images, holes)
                break
            except torch.OutOfMemoryError as error:
                if self.micro_batch <= SMALLEST_MICRO_BATCH or self.group.world > 1:
                    raise no_memory(self.micro_batch) from error
            self.micro_batch //= 2
            torch.cuda.empty_cache()
            log.warning("device memory is full: photos per pass reduced to %d", self.micro_batch)
        self._check_finite()
        if self.config.clip_norm:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.config.clip_norm)
        self.optimiser.step()
        self._unchecked = list(terms), torch.stack(list(terms.values()))
        self._update_average()
        return terms, out

    def _gradients(self, images: Tensor, holes: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        device, config, model = self.group.device, self.config, self.model
        layout = torch.channels_last if config.channels_last else torch.contiguous_format
        self.optimiser.zero_grad(set_to_none=True)
        totals: dict[str, Tensor] = {}
        parts = list(zip(images.split(self.micro_batch), holes.split(self.micro_batch), strict=True))
        for number, (part, hole) in enumerate(parts):
            truth = part.to(device, non_blocking=True).to(memory_format=layout).float() / 255
            valid = 1 - hole.to(device, non_blocking=True).float()
            share = len(part) / len(images)
            wait = number < len(parts) - 1
            with model.no_sync() if wait and isinstance(model, DistributedDataParallel) else nullcontext():
                with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
                    out = model(truth, valid)
                    terms = self._terms(out, truth, valid)
                (terms["total"] * share).backward()
            for name, term in terms.items():
                totals[name] = totals.get(name, 0) + term.detach() * share
        return totals, out.detach()

    def _check_finite(self) -> None:
        """Look at the losses of the step before, whose values have reached the host by now."""
        if self._unchecked is None:
            return
        names, values = self._unchecked
        self._unchecked = None
        wrong = [name for name, value in zip(names, values.tolist(), strict=True) if not math.isfinite(value)]
        if wrong:
            terms = [name for name in wrong if name != "total"] or wrong
            raise TrainingError(
                "not_finite",
                f"loss {', '.join(terms)} is not finite at image {self.progress.images}; "
                "continue from the last checkpoint with a lower learning rate",
            )

    @torch.no_grad()
    def _update_average(self) -> None:
        if not self.average:
            return
        decay = min(self.config.ema, 1 - 1 / (self.progress.steps + 10))
        current = self.net.state_dict()
        floats = [k for k, v in current.items() if v.is_floating_point()]
        update = get_ema_multi_avg_fn(decay)
        update([self.average[k] for k in floats], [current[k] for k in floats], self.progress.steps)
        for key in current.keys() - set(floats):
            self.average[key].copy_(current[key])

    def _report(
        self, stage: Stage, running: RunningMeans, marks: dict[str, float], images: Tensor, holes: Tensor, out: Tensor
    ) -> None:
        progress, config, now = self.progress, self.config, time.monotonic()

        def due(name: str, minutes: float) -> bool:
            if not minutes or now - marks[name] < 60 * minutes:
                return False
            marks[name] = now
            return True

        if progress.stage_steps % config.log_steps == 0:
            values = running.take(self.group)
            if self.log is not None:
                self.log.scalars(progress.images, {"stage": progress.stage, "lr": self._rate(), **values})
                self.log.progress(run_share(config, progress), values)
        if due("checkpoint", config.checkpoint_minutes):
            self._check_finite()
            try:
                self._save()
            except TrainingError as error:
                log.warning("%s", error)
        if self.log is None:
            return
        if due("grid", config.grid_minutes):
            last = images[-len(out) :][:8].to(out.device).float() / 255
            self.log.grid(progress.images, last, holes[-len(out) :][:8].to(out.device), out[:8])
        if self.evaluate is not None and due("evaluate", config.evaluate_minutes):
            net = self.averaged()
            values = self.evaluate(net)
            self.log.scalars(progress.images, values)
            self._keep_if_best(net, values)

    def _keep_if_best(self, net: PConvUNet, values: dict[str, float]) -> None:
        """Leave the weights as best.safetensors where they are the best yet by `config.best`."""
        name = self.config.best
        if not name:
            return
        worth = values[name] if name == "psnr" else -values[name]
        if self.progress.best is None or worth > self.progress.best:
            self.progress.best = worth
            save_weights(self.folder / BEST, net, {"name": f"{self.config.name}, best {name} so far"})
            log.info("best %s so far: %.4g, kept as %s", name, values[name], BEST)

    def _rate(self) -> float:
        return self.optimiser.param_groups[0]["lr"]

    def _note_skipped(self, names: list[str]) -> None:
        if names:
            self.progress.skipped += len(names)
            log.warning("unreadable, passed over: %s (%d so far)", ", ".join(names), self.progress.skipped)
            seen = max(self.progress.images, 100)
            if self.progress.skipped > self.config.data.most_corrupt * seen:
                report_corrupt(names * self.progress.skipped, seen, self.config.data.most_corrupt)

    def _save(self) -> None:
        if self.group.leads:
            self.checkpoints.save(self.net, self.average, self.optimiser, self.progress)

    def _on_signal(self, number: int, _frame) -> None:
        self._stop = number
        log.warning("%s: finishing this step, then saving a checkpoint", signal.Signals(number).name)


def _tell_throughput(photos: int, seconds: float, waited: float) -> None:
    share = waited / seconds
    remedy = "; more data.workers or a larger data.cache_gib would shorten that" if share > LONG_WAIT else ""
    log.info("%.1f photos/s; %.0f %% of the time was spent waiting for photos%s", photos / seconds, 100 * share, remedy)
