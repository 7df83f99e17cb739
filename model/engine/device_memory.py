"""Memory of the device that an engine runs on: how much is used and free, how much a run takes, giving it back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

import torch

SHARE = 0.7  # of the free memory that one run may take


class DeviceMemory:
    """Sizes are bytes; None is what this system does not tell."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def used(self) -> int | None:
        """What this process holds of the device."""
        if self.device.type == "cuda":
            return torch.cuda.memory_reserved(self.device)
        if self.device.type == "mps":
            return torch.mps.driver_allocated_memory()
        return _of_process("VmRSS")

    def free(self) -> int | None:
        """What this process could still take."""
        if self.device.type == "cuda":
            cached = torch.cuda.memory_reserved(self.device) - torch.cuda.memory_allocated(self.device)
            return torch.cuda.mem_get_info(self.device)[0] + cached
        if self.device.type == "mps":
            return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
        known = [value for value in (_available(), _group_limit()) if value is not None]
        return min(known, default=None)

    def taken_by(self, run: Callable[[], object]) -> int | None:
        """The most that `run` holds at a time, beyond what was held before it."""
        self.trim()
        if self.device.type == "cuda":
            held = torch.cuda.memory_allocated(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
            run()
            return torch.cuda.max_memory_allocated(self.device) - held
        if self.device.type != "cpu" or not _forget_peak():
            run()
            return None
        before = _of_process("VmRSS")
        run()
        peak = _of_process("VmHWM")
        return None if before is None or peak is None else peak - before

    def trim(self) -> None:
        """Give back what is only kept for later."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        elif self.device.type == "mps":
            torch.mps.empty_cache()
        if libc := _glibc():
            libc.malloc_trim(0)


def fitting_batch(most: int, row: int | None, free: int | None) -> int:
    """The largest power of two of rows, from 1 up to `most`, that `SHARE` of the free memory holds."""
    if not row or row < 0 or free is None:
        return most
    rows = max(1, min(most, int(free * SHARE) // row))
    return 1 << (rows.bit_length() - 1)


def _glibc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return libc if hasattr(libc, "malloc_trim") else None


def _forget_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _of_process(name: str) -> int | None:
    return _field(Path("/proc/self/status"), name)


def _available() -> int | None:
    return _field(Path("/proc/meminfo"), "MemAvailable")


def _group_limit() -> int | None:
    """What the control group of a container or service still allows."""
    group = Path("/sys/fs/cgroup")
    try:
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # no such group, or "max"
        return None


def _field(path: Path, name: str) -> int | None:
    try:
        line = next(line for line in path.read_text().splitlines() if line.startswith(f"{name}:"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) << 10
