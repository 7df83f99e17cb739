"""`python -m daemon.worker.ray_worker`: one process that sends engine runs to replicas on a cluster.

A front starts it in the place of a worker. It cuts and composites here and leaves queueing, placement and restarts to
Ray Serve; a run that was lost with its node is sent again.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np

from daemon.worker.idle import Housekeeping
from daemon.worker.process import add_options, prepare_process, serve
from daemon.worker.resident_engine import Candidate, UnknownMemory, load_engine
from model.errors import DeviceError

RETRY_SECONDS = 90.0  # in which Ray should have found out that a node is gone
RETRY_PAUSE = 0.5
LANES_PER_REPLICA = 2  # one run computes while the next one travels


class ClusterEngine:
    """Looks like an engine; each `run` goes to some replica.

    Args:
        deploy: has replicas serve and returns a handle to them.
        tile_sides, sha256: of the network.
    """

    def __init__(self, deploy: Callable[[], Any], tile_sides: tuple[int, ...], sha256: str) -> None:
        self.tile_sides = tile_sides
        self._sha256 = sha256
        self.largest_batch = 0
        self._deploy = deploy
        self._handle: Any = None

    def self_check(self) -> None:
        """Raises what keeps the replicas from serving."""
        self._handle = self._deploy()
        limit = time.monotonic() + RETRY_SECONDS
        while (said := self._handle.describe.remote().result()).info["sha256"] != self._sha256:
            if time.monotonic() > limit:  # for a moment Ray may still tell of the weights before
                raise DeviceError("device_error", "The cluster's replicas keep other weights. Look at `serve status`.")
            time.sleep(RETRY_PAUSE)
        self.largest_batch = said.largest_batch
        self.info = SimpleNamespace(to_dict=lambda: {**said.info, "device": f"ray, {said.info['device']}"})

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """As an engine's. What was lost with its replica is sent again; what failed in it is raised."""
        from ray.exceptions import RayError, RayTaskError

        limit = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return self._handle.run.remote(images, holes, wanted).result()
            except RayTaskError:
                raise
            except RayError:
                if time.monotonic() > limit:
                    raise
                time.sleep(RETRY_PAUSE)


class Cluster:
    """`load` is the worker's way to an engine: weights are proved here, on the CPU, before a replica hears of them.

    Args:
        address: of the Ray cluster; "auto" finds the one this machine belongs to.
        resources: device, dtype and threads of each replica.
    """

    def __init__(self, address: str, replicas: int, device: str | None, dtype: str, threads: int | None) -> None:
        self._address = address
        self._replicas = replicas
        self._resources = (device, dtype, threads)
        self._served: dict[str, Any] | None = None

    def load(self, weights: str | None) -> Candidate:
        """Make a candidate whose engine runs on the cluster.

        Raises:
            PconvError: "ray_missing", "device_missing" or what is wrong with the weights.
        """
        self._connect()
        trial = load_engine(weights, "cpu", "float32", None)
        trial.self_check()
        config = {"weights": weights and str(Path(weights).resolve()), "sha256": trial.engine.info.sha256}
        engine = ClusterEngine(lambda: self._deploy(config), trial.engine.tile_sides, config["sha256"])
        return Candidate(engine, engine.self_check, UnknownMemory())  # its devices are Ray's to watch

    def _connect(self) -> None:
        try:
            import ray
            from ray import serve
        except ImportError as error:
            raise DeviceError(
                "ray_missing", "Ray is not installed here; run `pip install 'pconv[cluster]'`."
            ) from error
        if ray.is_initialized():
            return
        try:
            ray.init(self._address, log_to_driver=False)
        except ConnectionError as error:
            raise DeviceError(
                "device_missing", f"There is no Ray cluster at {self._address}; run `ray start`, or set ray_address."
            ) from error
        serve.start(proxy_location="Disabled")

    def _deploy(self, config: dict[str, Any]) -> Any:
        from daemon.worker.ray_deployment import deploy

        try:
            handle = deploy(config, *self._resources, self._replicas)
        except Exception:
            if self._served is not None:
                deploy(self._served, *self._resources, self._replicas)
            raise
        self._served = config
        return handle


def main(arguments: list[str] | None = None) -> NoReturn:
    """Serve one front until it is gone. Ends with 1 when the cluster cannot be used or fails."""
    parser = argparse.ArgumentParser(prog="python -m daemon.worker.ray_worker", description=__doc__)
    add_options(parser)
    parser.add_argument("--ray-address", default="auto", help="of the cluster's head")
    parser.add_argument("--replicas", type=int, default=1, help="engines on the cluster")
    given = parser.parse_args(arguments)
    prepare_process()
    cluster = Cluster(given.ray_address, given.replicas, given.device, given.dtype, given.threads)
    serve(
        given.connect,
        lambda weights, _: cluster.load(weights or given.weights),
        Housekeeping(math.inf, math.inf),
        lanes=LANES_PER_REPLICA * given.replicas,
    )


if __name__ == "__main__":
    main()
