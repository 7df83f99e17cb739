"""Every error of pconv that is meant for people: a class that tells its kind, a code for programs, a sentence.

The kinds are the classes right below `PconvError`. A program that only wants to tell people what happened catches
`PconvError` and shows `message`.
"""

from __future__ import annotations

from typing import ClassVar


class PconvError(Exception):
    """What went wrong, for people and for programs.

    Args:
        code: for programs; stable across releases.
        message: one sentence for people that says what to do next; `str(error)` is the same.
        retry_after: seconds after which the same request may succeed, or None.
        request_id: of the request of the wire protocol that is refused, where one could be read.
    """

    kind: ClassVar[str] = "failure"

    def __init__(
        self, code: str, message: str, retry_after: float | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.request_id = request_id


class InputError(PconvError):
    """What was given cannot be used: a picture, a hole, an option, a file."""

    kind = "input"


class BusyError(PconvError):
    """There is no room or no time for it now; later there may be."""

    kind = "busy"


class CancelledError(PconvError):
    """It was given up because somebody wanted that."""

    kind = "cancelled"


class DaemonError(PconvError):
    """The daemon cannot be started, reached, configured or spoken to."""

    kind = "daemon"


class DeviceError(PconvError):
    """The device, its memory or the weights failed."""

    kind = "device"


class FillError(InputError):
    """The picture or the hole cannot be filled."""


class WeightsError(DeviceError):
    """The weights file cannot be used."""


class EngineError(DeviceError):
    """The device cannot be used."""


class TrainingError(PconvError):
    """A training run, an evaluation or an export cannot go on."""


KINDS: dict[str, type[PconvError]] = {
    error.kind: error for error in (PconvError, InputError, BusyError, CancelledError, DaemonError, DeviceError)
}
