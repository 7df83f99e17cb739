"""The one error type of everything outside the model: a code for programs, a sentence for people."""

from __future__ import annotations

# What each code means for the caller; `kind` of an error tells bad input, daemon and device faults apart.
KINDS = {
    "bad_message": "input",
    "bad_field": "input",
    "bad_size": "input",
    "bad_hole": "input",
    "bad_image": "input",
    "not_finite": "input",
    "no_context": "input",
    "too_large": "input",
    "unwritable": "input",
    "no_space": "input",
    "conflict": "input",
    "poisoned": "input",
    "cancelled": "cancelled",
    "deadline": "busy",
    "busy": "busy",
    "shutting_down": "busy",
    "no_daemon": "daemon",
    "start_failed": "daemon",
    "unsafe_directory": "daemon",
    "already_running": "daemon",
    "bad_address": "daemon",
    "bad_config": "daemon",
    "bad_key": "daemon",
    "bad_name": "daemon",
    "no_keys": "daemon",
    "access_denied": "daemon",
    "version_mismatch": "daemon",
    "bad_reply": "daemon",
    "device_error": "device",
    "out_of_memory": "device",
}


class PconvError(Exception):
    """
    Args:
        code: for programs; stable across releases.
        message: one sentence for people that says what to do next.
        retry_after: seconds after which the same request may succeed, or None.
    """

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after

    @property
    def kind(self) -> str:
        """ "input", "busy", "cancelled", "daemon" or "device"; weights and unknown codes count as device."""
        return KINDS.get(self.code, "device")
