"""The engine as a Ray Serve deployment: what runs in a replica, and how many replicas are asked for.

Ray does the rest: it places replicas on nodes, queues runs for them, restarts those that fail, moves them off nodes
that die.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ray import serve

from daemon.worker.faults import is_out_of_memory
from daemon.worker.resident_engine import load_engine
from model.errors import DeviceError, WeightsError

APPLICATION, DEPLOYMENT = "pconv", "engine"
START_SECONDS = 600.0  # within which a first replica must serve
SHORT_SECONDS = 10.0  # after which fewer than all will do: the cluster has lost nodes, and Ray adds the rest later
POLL_SECONDS = 0.2
TRIES = 3  # of a replica that cannot start


@dataclass(frozen=True)
class Description:
    """What a replica serves with."""

    info: dict[str, Any]
    tile_sides: tuple[int, ...]
    largest_batch: int


class EngineReplica:
    """One engine on the cluster.

    Args:
        device: of the node's, as seen by Ray's share of it; None is the best there is.
        dtype, threads: as the engine's.
    """

    def __init__(self, device: str | None, dtype: str, threads: int | None) -> None:
        self._arguments = (device, dtype, threads)
        self._engine: Any = None
        self._fault: Exception | None = None

    def reconfigure(self, config: dict[str, Any]) -> None:
        """Serve with the file `weights` of this node (None: the one that came with pconv), which must be `sha256`."""
        candidate = load_engine(config["weights"], *self._arguments)
        if candidate.engine.info.sha256 != config["sha256"]:
            raise WeightsError("weights_mismatch", "A node has another weights file; copy it to all nodes.")
        candidate.self_check()
        self._engine = candidate.engine

    def describe(self) -> Description:
        engine = self._engine
        return Description(engine.info.to_dict(), tuple(engine.tile_sides), engine.largest_batch)

    def run(self, images: np.ndarray, holes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """As the engine's."""
        try:
            return self._engine.run(*(np.array(a) for a in (images, holes, wanted)))  # what Ray hands over is read-only
        except Exception as error:
            if not is_out_of_memory(error):
                self._fault = error
            raise

    def check_health(self) -> None:
        """Asked by Ray, which puts a new replica in the place of one that raises: a device may not recover."""
        if self._fault is not None:
            raise self._fault


def deploy(
    config: dict[str, Any], device: str | None, dtype: str, threads: int | None, replicas: int
) -> serve.handle.DeploymentHandle:
    """Have so many replicas serve; those that are there already only take the new weights.

    Raises:
        PconvError: "device_error", no replica can serve.
    """
    resources = {"num_cpus": threads or 1, "num_gpus": int((device or "").startswith("cuda"))}
    deployment = serve.deployment(
        name=DEPLOYMENT,
        num_replicas=replicas,
        max_ongoing_requests=1,
        max_constructor_retry_count=TRIES,
        user_config=config,
        ray_actor_options=resources,
        health_check_period_s=2.0,
    )(EngineReplica)
    target = serve.RunTarget(deployment.bind(device, dtype, threads), name=APPLICATION, route_prefix=None)
    (handle,) = serve.run_many([target], wait_for_applications_running=False)
    _wait()
    return handle


def _wait() -> None:
    """Until all replicas serve, or as many as the cluster has room for."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < START_SECONDS:
        application = serve.status().applications[APPLICATION]
        if application.status == "RUNNING":
            return
        if application.status == "DEPLOY_FAILED":
            raise DeviceError("device_error", f"Ray cannot start the engine: {application.message[:500]}")
        found = application.deployments.get(DEPLOYMENT)
        running = found and any(count for state, count in found.replica_states.items() if state == "RUNNING")
        if waited > SHORT_SECONDS and running:
            return
        time.sleep(POLL_SECONDS)
    raise DeviceError("device_error", "The Ray cluster has no room for the engine; add nodes, or ask for less.")
