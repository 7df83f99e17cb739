"""What a user may ask of a fill. Plain data, shared by every door of the product."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_MARGIN = 4096
LARGEST_SEED = 2**32 - 1
MOST_VARIANTS = 4


@dataclass(frozen=True)
class FillOptions:
    """How a hole is prepared and filled.

    Args:
        grow: pixels by which the hole is dilated before filling, 0..4096.
        feather: pixels over which the hole's border is blended, 0..4096.
        context: pixels of picture around a hole that the network sees; None chooses from the hole's size.
        detail: 0 = the network alone; 1 = with all detail that the photo's own patches, or where they cannot be had
            its texture, can give.
        seed: another one draws another fill, 0..4294967295; the same one draws the same.
        variants: results to choose from that differ on purpose, 1..4; fewer are made where no more would differ.

    Raises:
        ValueError: a value is out of its range.
    """

    grow: int = 0
    feather: int = 0
    context: int | None = None
    detail: float = 1.0
    seed: int = 0
    variants: int = 1

    def __post_init__(self) -> None:
        for name in ("grow", "feather", "context"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= LARGEST_MARGIN:
                raise ValueError(f"{name} must be 0..{LARGEST_MARGIN} pixels, got {value}")
        if not 0.0 <= self.detail <= 1.0:
            raise ValueError(f"detail must be 0..1, got {self.detail}")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ValueError(f"seed must be 0..{LARGEST_SEED}, got {self.seed}")
        if not 1 <= self.variants <= MOST_VARIANTS:
            raise ValueError(f"variants must be 1..{MOST_VARIANTS}, got {self.variants}")
