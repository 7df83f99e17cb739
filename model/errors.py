"""Errors of the model: a code for programs and a sentence for people."""

from __future__ import annotations


class ModelError(ValueError):
    """`code` names the fault, `str(error)` says what it is and what to do next."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class FillError(ModelError):
    """The picture or the hole cannot be filled."""


class WeightsError(ModelError):
    """The weights file cannot be used."""
