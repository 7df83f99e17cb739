"""Which drawing of a hole is the best: the free one, unless guidance brings what the network expects."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from model.finish.choice import Choice
from model.finish.drawing import Drawing


def choice_with(expected: tuple[int, int, int]) -> tuple[Choice, np.ndarray]:
    """Of a picture of one colour that the network has filled with another one; the picture."""
    picture = np.full((40, 40, 3), 90, np.uint8)
    hole = np.zeros((40, 40), bool)
    hole[10:30, 10:30] = True
    picture[hole] = expected
    return Choice(Drawing(picture, hole, hole, seed=5)), picture


def drawn(choice: Choice, colour: tuple[int, int, int]) -> np.ndarray:
    return np.where(choice.free.hole[..., None], np.uint8(colour), choice.free.picture)


RED, BLUE = (200, 40, 40), (40, 40, 200)


@pytest.mark.parametrize(("expected", "first"), [(RED, 0), (BLUE, 1)])
def test_the_guided_drawing_comes_first_where_the_free_one_is_not_what_the_network_expects(expected, first):
    choice, _ = choice_with(expected)
    pictures = [drawn(choice, RED), drawn(choice, BLUE), drawn(choice, RED)]
    assert choice.wants_guide(pictures[0]) == bool(first)
    assert choice.best_first(pictures)[0] is pictures[first]


def test_what_failed_is_left_out():
    choice, _ = choice_with(RED)
    only = drawn(choice, BLUE)
    assert choice.best_first([None, only, None]) == [only]
    assert choice.best_first([None]) == [] and not choice.wants_guide(None)


def test_drawings_differ_on_purpose():
    choice, _ = choice_with(RED)
    ways = [(drawing.guide, drawing.seed) for drawing in choice.all(4)]
    assert len(set(ways)) == len(ways) == 3 and ways[0] == (0.0, 5)
    assert choice.all(1) == (choice.free,)


def test_each_drawing_is_compared_once(monkeypatch: pytest.MonkeyPatch):
    compared: list[np.ndarray] = []
    blur = cv2.GaussianBlur
    monkeypatch.setattr(cv2, "GaussianBlur", lambda picture, *more: compared.append(picture) or blur(picture, *more))
    choice, _ = choice_with(BLUE)
    free, guided = drawn(choice, RED), drawn(choice, BLUE)
    assert choice.wants_guide(free)
    assert choice.best_first([free, guided])[0] is guided
    assert len(compared) == 3  # these two and what the network filled
