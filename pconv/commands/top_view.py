"""A daemon's status as lines of text, with what happened since an earlier one as rates."""

from __future__ import annotations

from typing import Any

from pconv.commands.tables import lines_of, table

Status = dict[str, Any]
WORKER_COLUMNS = ("worker", "device", "state", "requests", "starts", "memory")
USER_COLUMNS = ("user", "open", "MB", "answered", "megapixels")


def lines(status: Status, before: Status | None = None) -> list[str]:
    """Put a status into words.

    Args:
        before: an earlier status of the same daemon; without it, or after a restart, rates are since the start.
    """
    if before is None or before["pid"] != status["pid"]:
        before = None
    since = status["uptime_seconds"] - (before["uptime_seconds"] if before else 0.0)
    return [
        *_head(status),
        "",
        *_work(status, before, max(since, 1e-3)),
        "",
        *lines_of(table(map(_worker, status["workers"]), WORKER_COLUMNS, gap=2)),
        "",
        *lines_of(table(_users(status["users"]), USER_COLUMNS, gap=2)),
    ]


def span(seconds: float) -> str:
    """As people say it: 42 s, 3 min, 5 h 20 min, 2 d 4 h."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def _head(status: Status) -> list[str]:
    model = status["model"]
    network = f"{model.get('model')}, {model.get('dtype', '')}" if model else "network not loaded yet"
    state = ", leaving" if status["draining"] else ""
    return [f"{status['software']} at {status['address']}, up {span(status['uptime_seconds'])}{state}", network]


def _work(status: Status, before: Status | None, seconds: float) -> list[str]:
    def total(path: str, key: str) -> float:
        def of(one: Status) -> float:
            value = one[path][key]
            return sum(value) if isinstance(value, list) else value

        return of(status) - (of(before) if before else 0)

    outcomes = {
        name: count - (before["outcomes"].get(name, 0) if before else 0) for name, count in status["outcomes"].items()
    }
    errors = sum(count for name, count in outcomes.items() if name != "ok")
    pace = status["pixels_per_second"]
    means = [
        f"{name} {total(f'{name}_seconds', 'sum') / count:.2f}"
        for name in ("queue", "compute", "request")
        if (count := total(f"{name}_seconds", "counts"))
    ]
    rows = [
        ("requests", f"{outcomes.get('ok', 0) / seconds:.1f}/s filled, {errors / seconds:.1f}/s not"),
        ("now", f"{status['queued']} queued, {status['open']} open, {status['open_bytes'] / 1e6:.0f} MB"),
        ("mean s", ", ".join(means) or "-"),
        ("pace", "-" if pace is None else f"{pace / 1e6:.2f} megapixels/s when there is work"),
    ]
    for side, batch in status["batches"].items():
        earlier = before["batches"].get(side) if before else None
        runs, contexts, busy = (now - then for now, then in zip(_batch(batch), _batch(earlier), strict=True))
        if runs:
            rows.append(
                (f"at {side}²", f"{contexts / runs:.1f} contexts a run, {100 * busy / seconds:.0f} % of the time")
            )
    reasons = [f"{count} {name}" for name, count in status["outcomes"].items()]
    rows.append(("outcomes", ", ".join(reasons) or "none yet"))
    return lines_of(table(rows, least=(9,)))


def _batch(batch: Status | None) -> tuple[float, float, float]:
    """Runs, contexts, seconds in the engine."""
    return (sum(batch["counts"]), batch["sum"], batch["engine_seconds"]) if batch else (0, 0, 0.0)


def _worker(worker: Status) -> tuple[str, ...]:
    memory = ", ".join(
        f"{worker[key] / 1e9:.1f} GB {name}"
        for key, name in (("used_bytes", "used"), ("free_bytes", "free"))
        if worker.get(key) is not None
    )
    state = worker["state"] if worker.get("resident") in (None, "full") else f"{worker['state']}, {worker['resident']}"
    error = worker["error"]["message"] if worker["error"] else memory
    return worker["name"], str(worker["device"] or ""), state, str(worker["requests"]), str(worker["starts"]), error


def _users(users: dict[str, dict[str, int]]) -> list[tuple[str, ...]]:
    """Who has most open first."""
    ordered = sorted(users.items(), key=lambda item: (-item[1]["open"], -item[1]["answered"], item[0]))
    return [
        (
            name or "(unknown)",
            str(u["open"]),
            f"{u['open_bytes'] / 1e6:.0f}",
            str(u["answered"]),
            f"{u['pixels'] / 1e6:.1f}",
        )
        for name, u in ordered
    ]
