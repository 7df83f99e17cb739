"""The benchmark that interrupts a run at random moments, in small."""

from __future__ import annotations

import pytest

from benchmarks.training_interrupted import measure


@pytest.mark.slow
def test_a_run_that_is_interrupted_at_random_moments_ends_with_the_same_bits():
    alone, often = measure(times=3, steps=300, seed=1)
    assert often["SHA-256"] == alone["SHA-256"] and often["interrupted"] == 3
    assert often["with a checkpoint"] >= 1


@pytest.mark.slow
def test_a_run_that_ends_before_it_is_interrupted_is_no_proof():
    with pytest.raises(RuntimeError, match="give more --steps"):
        measure(times=4, steps=1, seed=1)
