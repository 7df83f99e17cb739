"""What a document's listeners are told."""

from __future__ import annotations

from dataclasses import dataclass

from model.geometry.boxes import EMPTY, Box


@dataclass(frozen=True)
class Change:
    """Which planes changed, and where. Each step ends with one in which nothing did."""

    mask: Box = EMPTY
    image: Box = EMPTY
    forbidden: Box = EMPTY
    frame: bool = False  # the picture is seen in another frame: all arrays are new, and so is their size

    @property
    def ends_step(self) -> bool:
        """What was being changed is one undo step now, or was taken back."""
        return self.mask.empty and self.image.empty and self.forbidden.empty
