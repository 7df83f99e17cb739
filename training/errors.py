"""Errors of training: a code for programs and a sentence for people."""

from __future__ import annotations


class TrainingError(Exception):
    """`code` names the fault, `str(error)` says what it is and what to do next."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
