"""What a run was computed with, for its record."""

from __future__ import annotations

import platform

import torch


def environment(device: torch.device, processes: int) -> str:
    """One line: versions, system, device, and how many processes shared the work."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    shared = f", {processes} processes" if processes > 1 else ""
    system = f"{platform.system()} {platform.machine()}"
    return f"Python {platform.python_version()}, torch {torch.__version__}, {system}, {name}{shared}"
