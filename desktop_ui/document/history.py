"""The undo stack: steps that know how to take themselves back, bounded by bytes."""

from __future__ import annotations

from dataclasses import dataclass

from desktop_ui.document.fills import Fill
from desktop_ui.document.frames import Frame
from desktop_ui.document.patches import Patch

LIMIT_BYTES = 512 << 20


@dataclass(frozen=True)
class Step:
    """One thing a person did: patches of the masks, the fills as they were, both, or all that another frame changed.

    Args:
        fills: None = untouched.
        frames: as they were; then the patches hold all of the masks that was not empty. None = untouched.
    """

    label: str
    mask: tuple[Patch, ...] = ()
    fills: tuple[Fill, ...] | None = None
    forbidden: tuple[Patch, ...] = ()
    frames: tuple[Frame, ...] | None = None

    @property
    def nbytes(self) -> int:
        return sum(len(patch.packed) + 64 for patch in (*self.mask, *self.forbidden)) + 64


class History:
    """Undo and redo. A state number tells saved from unsaved: equal numbers, equal document."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._undo: list[tuple[int, Step]] = []
        self._redo: list[tuple[int, Step]] = []
        self._next = 1
        self.state = 0

    def push(self, step: Step) -> None:
        self._undo.append((self.state, step))
        self._redo.clear()
        self.state, self._next = self._next, self._next + 1
        while self.nbytes > self._limit and len(self._undo) > 1:
            del self._undo[0]

    @property
    def undo_steps(self) -> tuple[Step, ...]:
        """What can be undone, the last one last."""
        return tuple(step for _, step in self._undo)

    def restore(self, steps: tuple[Step, ...]) -> None:
        """Begin with these steps done, the last one last."""
        self._undo = [(self._next + number, step) for number, step in enumerate(steps)]
        self._redo.clear()
        self.state = self._next + len(steps)
        self._next = self.state + 1

    def next_undo(self) -> Step | None:
        return self._undo[-1][1] if self._undo else None

    def next_redo(self) -> Step | None:
        return self._redo[-1][1] if self._redo else None

    def undone(self, inverse: Step) -> None:
        """The last step was taken back; `inverse` does it again."""
        before, _ = self._undo.pop()
        self._redo.append((self.state, inverse))
        self.state = before

    def redone(self, inverse: Step) -> None:
        """The last undone step was done again; `inverse` takes it back."""
        after, _ = self._redo.pop()
        self._undo.append((self.state, inverse))
        self.state = after

    @property
    def nbytes(self) -> int:
        """Memory held by the masks' patches, in bytes; fills are counted with the document."""
        return sum(step.nbytes for _, step in self._undo) + sum(step.nbytes for _, step in self._redo)

    @property
    def depth(self) -> int:
        return len(self._undo)
