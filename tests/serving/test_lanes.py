"""Turns in threads: whoever asks much waits for themselves alone."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.serving.lanes import Caller, FairLane, FairQueue, FullError, Job, PlainLane

CALLERS = st.builds(Caller, st.integers(0, 3), st.integers(0, 2))


def job(name: object = None) -> Job:
    made = Job(lambda: None, lambda: True)
    object.__setattr__(made, "run", name)  # told apart by it
    return made


@given(st.lists(CALLERS, max_size=40), st.integers(1, 3), st.data())
def test_everything_is_done_once_and_nobody_has_it_all(
    asked: list[Caller], limit: int, data: st.DataObject
) -> None:
    queue = FairQueue(limit, 1000)
    for number, caller in enumerate(asked):
        queue.put(caller, job((number, caller)))
    running: Counter[object] = Counter()
    done: list[tuple[int, Caller]] = []
    while len(done) < len(asked) or running:
        may_end = sorted(running.elements())
        if may_end and data.draw(st.booleans()):
            institution = data.draw(st.sampled_from(may_end))
            queue.done(institution)
            running[institution] -= 1
            running += Counter()
            continue
        taken = queue.take()
        if taken is None:
            waiting = Counter(c.institution for c in asked)
            waiting.subtract(c.institution for _, c in done)
            assert all(running[i] == limit for i, count in waiting.items() if count)
            if may_end:
                queue.done(may_end[0])
                running[may_end[0]] -= 1
                running += Counter()
            continue
        running[taken[0]] += 1
        assert running[taken[0]] <= limit
        done.append(taken[1].run)  # type: ignore[arg-type]
    assert sorted(number for number, _ in done) == list(range(len(asked)))
    for caller in set(asked):
        own = [number for number, who in done if who == caller]
        assert own == sorted(own)


def test_institutions_and_people_take_turns() -> None:
    queue = FairQueue(100, 100)
    for name in ("a1x", "a1y", "a1z", "a2x", "b1x", "b1y"):
        queue.put(Caller(name[0], name[1]), job(name))
    order = [queue.take()[1].run for _ in range(6)]  # type: ignore[index]
    assert order == ["a1x", "b1x", "a2x", "b1y", "a1y", "a1z"]


def test_a_person_may_not_queue_without_end() -> None:
    queue, wanted = FairQueue(1, 3), [True]
    for _ in range(3):
        queue.put(Caller("a", 1), Job(lambda: None, lambda: wanted[0]))
    with pytest.raises(FullError):
        queue.put(Caller("a", 1), job())
    queue.put(Caller("a", 2), job())
    wanted[0] = False  # they have hung up
    queue.put(Caller("a", 1), job())


def test_a_job_that_fails_ends_no_thread() -> None:
    lane, done = PlainLane("t", 1, 10), threading.Event()

    def fail() -> None:
        raise ValueError("a defect")

    lane.put(Job(fail, lambda: True))
    lane.put(Job(lambda: pytest.fail("nobody waits for it"), lambda: False))
    lane.put(Job(done.set, lambda: True))
    assert done.wait(30)


def test_another_institution_finds_a_thread_while_one_has_all_it_may() -> None:
    lane = FairLane("t", 3, FairQueue(2, 100))
    end, done = threading.Event(), threading.Event()
    for number in range(10):
        lane.put(Caller("a", number), Job(lambda: end.wait(60) and None, lambda: True))
    lane.put(Caller("b", 0), Job(done.set, lambda: True))
    assert done.wait(30)
    end.set()
