"""A front's status in Prometheus' words; the names follow Triton's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector


def render(status: dict[str, Any], names_users: bool = False) -> bytes:
    """Prometheus' text of one moment; of single users it tells only where that is wanted."""
    registry = CollectorRegistry()
    registry.register(_Once(status if names_users else {**status, "users": {}}))
    return generate_latest(registry)


class _Once(Collector):
    def __init__(self, status: dict[str, Any]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        yield from _requests(self._status)
        yield from _batches(self._status["batches"])
        yield from _workers(self._status["workers"])
        if self._status["users"]:
            yield from _users(self._status["users"])

    def describe(self) -> list[Metric]:
        return []


def _requests(status: dict[str, Any]) -> Iterator[Metric]:
    outcomes = dict(status["outcomes"])
    yield CounterMetricFamily("pconv_request_success", "Requests answered with a picture", value=outcomes.pop("ok", 0))
    failure = CounterMetricFamily("pconv_request_failure", "Requests answered with an error", labels=["reason"])
    for reason, count in outcomes.items():
        failure.add_metric([reason], count)
    yield failure
    for name, text in (
        ("request", "Seconds from arrival to answer"),
        ("queue", "Seconds from arrival until a worker had it"),
        ("compute", "Seconds in the worker of requests answered with a picture"),
    ):
        yield _histogram(f"pconv_{name}_duration_seconds", text, {(): status[f"{name}_seconds"]})
    yield GaugeMetricFamily("pconv_pending_request_count", "Requests that no worker has yet", value=status["queued"])
    yield GaugeMetricFamily("pconv_open_request_count", "Requests accepted and not answered", value=status["open"])
    yield GaugeMetricFamily("pconv_open_request_bytes", "Bytes of those", value=status["open_bytes"])
    yield CounterMetricFamily("pconv_reply_dropped", "Answers that nobody took", value=status["replies_dropped"])
    yield GaugeMetricFamily("pconv_uptime_seconds", "Since the start", value=status["uptime_seconds"])


def _batches(batches: dict[str, dict[str, Any]]) -> Iterator[Metric]:
    runs = CounterMetricFamily("pconv_inference_exec_count", "Engine runs", labels=["bucket"])
    rows = CounterMetricFamily("pconv_inference_count", "Contexts run", labels=["bucket"])
    seconds = CounterMetricFamily("pconv_inference_exec_seconds", "Seconds in engine runs", labels=["bucket"])
    for bucket, batch in batches.items():
        runs.add_metric([bucket], sum(batch["counts"]))
        rows.add_metric([bucket], batch["sum"])
        seconds.add_metric([bucket], batch["engine_seconds"])
    yield from (runs, rows, seconds)
    by_label: dict[tuple[str, ...], dict[str, Any]] = {(bucket,): batch for bucket, batch in batches.items()}
    yield _histogram("pconv_batch_size", "Contexts in one engine run", by_label, ["bucket"])


def _workers(workers: list[dict[str, Any]]) -> Iterator[Metric]:
    labels = ["worker", "device"]
    ready = GaugeMetricFamily("pconv_worker_ready", "1 while the worker takes work", labels=labels)
    starts = CounterMetricFamily("pconv_worker_start", "Starts of the worker", labels=labels)
    jobs = GaugeMetricFamily("pconv_worker_request_count", "Requests that the worker has", labels=labels)
    used = GaugeMetricFamily("pconv_device_memory_used_bytes", "Of the device, by this worker", labels=labels)
    free = GaugeMetricFamily("pconv_device_memory_free_bytes", "Of the device", labels=labels)
    for worker in workers:
        values = [worker["name"], str(worker["device"] or "")]
        ready.add_metric(values, worker["state"] == "ready")
        starts.add_metric(values, worker["starts"])
        jobs.add_metric(values, worker["requests"])
        for family, bytes in ((used, worker.get("used_bytes")), (free, worker.get("free_bytes"))):
            if bytes is not None:
                family.add_metric(values, bytes)
    yield from (ready, starts, jobs, used, free)


def _users(users: dict[str, dict[str, int]]) -> Iterator[Metric]:
    answered = CounterMetricFamily("pconv_user_request", "Requests answered, by user", labels=["user"])
    pixels = CounterMetricFamily("pconv_user_pixel", "Pixels of them", labels=["user"])
    waiting = GaugeMetricFamily("pconv_user_open_request_count", "Requests not answered, by user", labels=["user"])
    for user, values in users.items():
        answered.add_metric([user], values["answered"])
        pixels.add_metric([user], values["pixels"])
        waiting.add_metric([user], values["open"])
    yield from (answered, pixels, waiting)


def _histogram(
    name: str, text: str, values: dict[tuple[str, ...], dict[str, Any]], labels: list[str] | None = None
) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for label_values, value in values.items():
        total, buckets = 0, []
        for bound, count in zip([*map(str, value["bounds"]), "+Inf"], value["counts"], strict=True):
            total += count
            buckets.append((bound, total))
        family.add_metric(list(label_values), buckets, value["sum"])
    return family
