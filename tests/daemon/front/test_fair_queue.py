"""Who is next: fair by pixels between users, interactive before background within one, nothing lost."""

from __future__ import annotations

import random
from collections import Counter
from itertools import count
from typing import NamedTuple

from daemon.front.fair_queue import QUANTUM, FairQueue
from daemon.front.job import LEAST_COST, Job
from daemon.protocol import Fill

NUMBERS = count(1)


def job(user: str, side: int = 512, background: bool = False) -> Job:
    number = next(NUMBERS)
    more = {"priority": "background"} if background else {}
    fill = Fill(f"r{number}", side, side, 3, "uint8", **more)
    return Job(number, user, fill, b"", b"", 0.0, None)


def drain(queue: FairQueue[Job], most: int = 1 << 30) -> list[Job]:
    taken = []
    while len(taken) < most and (following := queue.head()) is not None:
        assert queue.take() is following
        taken.append(following)
    return taken


def test_one_user_is_served_in_order() -> None:
    queue: FairQueue[Job] = FairQueue()
    jobs = [job("a", side) for side in (512, 2000, 64, 512)]
    for each in jobs:
        queue.add(each)
    assert drain(queue) == jobs and len(queue) == 0 and queue.head() is None


def test_a_flood_makes_only_its_own_user_wait() -> None:
    queue: FairQueue[Job] = FairQueue()
    for _ in range(100):
        queue.add(job("flooder"))
    others = [job(f"user{i}") for i in range(9)]
    for each in others:
        queue.add(each)
    assert Counter(each.user for each in drain(queue, 10)) == Counter(["flooder", *(each.user for each in others)])


def test_who_comes_in_the_middle_of_a_flood_is_next_but_one() -> None:
    queue: FairQueue[Job] = FairQueue()
    for _ in range(50):
        queue.add(job("flooder"))
    drain(queue, 20)
    newcomer = job("newcomer")
    queue.add(newcomer)
    assert newcomer in drain(queue, 2)


def test_pixels_count_and_not_requests() -> None:
    queue: FairQueue[Job] = FairQueue()
    for _ in range(40):
        queue.add(job("large", 2048))
    for _ in range(700):
        queue.add(job("small", 512))
    done: Counter[str] = Counter()
    while all(done[user] < 300 * QUANTUM for user in ("large", "small")):
        taken = queue.take()
        assert taken is not None
        done[taken.user] += taken.cost
    assert abs(done["large"] - done["small"]) <= 2048**2 + QUANTUM


def test_tiny_requests_are_not_free() -> None:
    queue: FairQueue[Job] = FairQueue()
    for _ in range(100):
        queue.add(job("tiny", 1))
        queue.add(job("plain", 512))
    served = Counter(each.user for each in drain(queue, 50))
    assert served["tiny"] * LEAST_COST <= served["plain"] * 512**2 + 2 * QUANTUM


def test_the_largest_picture_comes_without_thousands_of_rounds() -> None:
    queue: FairQueue[Job] = FairQueue()
    giants = [job(f"u{i}", 11_000) for i in range(50)]
    for each in giants:
        queue.add(each)
    assert sorted(each.number for each in drain(queue)) == [each.number for each in giants]


def test_interactive_before_background_of_the_same_user_only() -> None:
    queue: FairQueue[Job] = FairQueue()
    folder = [job("a", background=True) for _ in range(3)]
    for each in folder:
        queue.add(each)
    brush, other = job("a"), job("b", background=True)
    queue.add(brush)
    queue.add(other)
    order = drain(queue)
    assert [each for each in order if each.user == "a"] == [brush, *folder]
    assert order.index(other) < 3


def test_put_back_is_first_and_in_order_and_charged_once() -> None:
    queue: FairQueue[Job] = FairQueue()
    jobs = [job("a") for _ in range(4)] + [job("b") for _ in range(4)]
    for each in jobs:
        queue.add(each)
    taken = drain(queue, 4)
    queue.requeue([taken[3], taken[1]])
    queue.requeue([taken[0]])
    assert drain(queue, 3) == sorted([taken[0], taken[1], taken[3]], key=lambda each: each.number)
    assert Counter(each.user for each in drain(queue)) == Counter({"a": 2, "b": 2})


def test_positions_are_what_the_turns_will_be() -> None:
    queue: FairQueue[Job] = FairQueue()
    jobs = [job(user) for user in "aaab"]
    for each in jobs:
        queue.add(each)
    assert queue.position(jobs[-1]) == 2
    assert queue.position(jobs[2]) == 4


def test_nothing_is_lost_or_taken_twice_whatever_happens() -> None:
    chance = random.Random(1)
    queue: FairQueue[Job] = FairQueue()
    inside: list[Job] = []
    out: list[Job] = []
    for _ in range(3000):
        action = chance.random()
        if action < 0.5:
            inside.append(job(chance.choice("abcde"), chance.choice((1, 256, 700, 5000)), chance.random() < 0.3))
            queue.add(inside[-1])
        elif action < 0.8 and inside:
            taken = queue.take()
            assert taken in inside
            inside.remove(taken)
            out.append(taken)
        elif action < 0.9 and inside:
            queue.remove(inside.pop(chance.randrange(len(inside))))
        elif out:
            inside.append(out.pop())
            queue.requeue([inside[-1]])
        assert len(queue) == len(inside) and all(each in queue for each in inside)
    assert {each.number for each in queue} == {each.number for each in inside}
    assert sorted(each.number for each in drain(queue)) == sorted(each.number for each in inside)


class Errand(NamedTuple):
    """As little as a queue needs to know."""

    user: str
    number: int
    cost: int
    background: bool


def test_a_queue_is_of_whatever_has_a_user_a_number_and_a_cost() -> None:
    queue: FairQueue[Errand] = FairQueue()
    large, aside = Errand("a", 1, 3 * QUANTUM, False), Errand("a", 2, 1, True)
    small = Errand("b", 3, QUANTUM, False)
    for each in (aside, large, small):
        queue.add(each)
    assert [queue.take() for _ in range(3)] == [small, large, aside]
