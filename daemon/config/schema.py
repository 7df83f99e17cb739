"""What can be set of a daemon: one table from which the file, the environment, the flags and their help follow.

To add a setting, add a field with a default and a description here (bounds inside, so that None keeps its place:
`Annotated[Positive | None, Meta(description=…)]`), or to a section: a Struct such as `Limits` that is
itself a field. `section.name` is then `name` below `[section]` in the file, $PCONV_SECTION_NAME in the environment
(lists are split at commas), `--section-name` as a flag, and a line of `pconv-daemon config`; a table of tables is for
the file alone. Hand its value on in `daemon.front.settings`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from daemon.protocol import Limits

Positive = Annotated[int, Meta(ge=1)]
Rate = Annotated[float, Meta(gt=0)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(ge=0)]


class Quota(Struct, frozen=True):
    """Bounds for each user; None is no bound. Users who have nothing open are let in whatever their request's size."""

    max_requests: Annotated[Positive | None, Meta(description="requests a user may have open")] = None
    max_request_bytes: Annotated[Positive | None, Meta(description="bytes of a user's open requests")] = None
    pixels_per_second: Annotated[Rate | None, Meta(description="a user may send in the long run")] = None
    burst_seconds: Annotated[float, Meta(ge=0, description="of pixels_per_second that may come at once")] = 10.0


class OwnQuota(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What holds for one user in the place of everybody's quota; what is not set here is as there."""

    max_requests: Positive | UnsetType = UNSET
    max_request_bytes: Positive | UnsetType = UNSET
    pixels_per_second: Rate | UnsetType = UNSET
    burst_seconds: Annotated[float, Meta(ge=0)] | UnsetType = UNSET

    def over(self, common: Quota) -> Quota:
        return msgspec.structs.replace(common, **msgspec.to_builtins(self))


class DaemonConfig(Struct, frozen=True):
    """Every field has a default, so that an empty file is a configuration."""

    listen: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="where: local (this user's socket), ipc:///PATH, tcp://HOST:PORT"),
    ] = ("local",)
    keys: Annotated[str | None, Meta(description="folder of the keys that TCP asks for; see pconv-daemon keys")] = None
    device: Annotated[
        tuple[str, ...], Meta(description="one worker for each: cpu, cuda:N, mps; default: the best there is")
    ] = ()
    weights: Annotated[str | None, Meta(description="weights file; default: the one that came with pconv")] = None
    backend: Annotated[
        Literal["local", "ray"], Meta(description="engines on this machine's devices, or on a Ray cluster")
    ] = "local"
    ray_address: Annotated[str, Meta(description="of the Ray cluster's head")] = "auto"
    replicas: Annotated[Positive, Meta(description="engines on the Ray cluster")] = 1
    dtype: Annotated[Literal["auto", "float32", "bfloat16"], Meta(description="arithmetic of the network")] = "auto"
    threads: Annotated[Positive | None, Meta(description="CPU threads of each worker")] = None
    trim_seconds: Annotated[Seconds, Meta(description="idle workers give cached memory back after so long")] = 30.0
    sleep_seconds: Annotated[
        Seconds, Meta(description="idle workers give the weights' memory back too after so long; inf: never")
    ] = 600.0
    run_seconds: Annotated[
        Seconds, Meta(description="a worker whose load or engine run takes longer counts as hung")
    ] = 120.0
    idle_seconds: Annotated[Seconds | None, Meta(description="leave after so long without requests")] = None
    log: Annotated[str | None, Meta(description="append a line a request to this file, not to standard error")] = None
    metrics_port: Annotated[
        Port | None, Meta(description="serve /metrics, /live and /ready at http://127.0.0.1:PORT")
    ] = None
    metrics_users: Annotated[
        bool, Meta(description="name users in /metrics, which everybody on this computer can read")
    ] = False
    memory_mib: Annotated[int, Meta(ge=512, description="most address space of the front")] = 4096
    limits: Limits = Limits()
    quota: Quota = Quota()
    users: Annotated[
        dict[str, OwnQuota], Meta(description="quotas of single users, by the name that the log gives them")
    ] = {}
