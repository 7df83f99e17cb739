"""How a worker is started."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkerSettings:
    """How to start a worker, and how long one load or engine run of it may take.

    `command` takes the place of `python -m module` in tests; None of the others leaves the worker's default.
    """

    device: str | None = None
    weights: str | None = None
    dtype: str = "auto"
    threads: int | None = None
    command: tuple[str, ...] | None = None
    trim_seconds: float | None = None
    sleep_seconds: float | None = None
    run_seconds: float = 120.0
    module: str = "daemon.worker"
    ray_address: str | None = None
    replicas: int | None = None

    def arguments(self) -> list[str]:
        values = {
            "device": self.device,
            "weights": self.weights,
            "dtype": self.dtype,
            "threads": self.threads,
            "trim-seconds": self.trim_seconds,
            "sleep-seconds": self.sleep_seconds,
            "ray-address": self.ray_address,
            "replicas": self.replicas,
        }
        return [part for name, value in values.items() if value is not None for part in (f"--{name}", str(value))]
