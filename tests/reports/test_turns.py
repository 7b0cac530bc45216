"""Costly questions take turns, institution by institution; cheap ones don't wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Queue

import pytest

from reports.cancellation import Cancellation
from reports.engine.turns import Turns
from reports.errors import ReportBusy, ReportCancelled

COSTLY = 1_000
SOON = 20.0


class Asker(threading.Thread):
    """One costly question: it tells when it runs, and runs until it is let go."""

    def __init__(self, turns: Turns, institution: int, ran: Queue[Asker]) -> None:
        super().__init__(daemon=True)
        self.institution = institution
        self.cancellation = Cancellation()
        self.may_end = threading.Event()
        self.error: BaseException | None = None
        self.deadline = time.perf_counter() + 60
        self._turns = turns
        self._ran = ran

    def run(self) -> None:
        try:
            with self._turns.turn(self.institution, COSTLY, self.deadline, self.cancellation):
                self._ran.put(self)
                assert self.may_end.wait(SOON)
        except (ReportBusy, ReportCancelled) as error:
            self.error = error

    def end(self) -> None:
        self.may_end.set()
        self.join(SOON)
        assert not self.is_alive()


def waiting(turns: Turns) -> int:
    with turns._changed:
        return sum(len(line) for line in turns._waiting.values())


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread to come so far."""
    end = time.perf_counter() + SOON
    while not condition():
        assert time.perf_counter() < end
        threading.Event().wait(0.002)


class Queueing:
    """Askers that come one after the other, in an order that is known."""

    def __init__(self, at_once: int = 1) -> None:
        self.turns = Turns(at_once, COSTLY)
        self.ran: Queue[Asker] = Queue()
        self.count = 0

    def ask(self, institution: int) -> Asker:
        made = Asker(self.turns, institution, self.ran)
        before = waiting(self.turns) + self.ran.qsize()
        made.start()
        until(lambda: waiting(self.turns) + self.ran.qsize() > before or made.error is not None)
        return made

    def next(self) -> Asker:
        return self.ran.get(timeout=SOON)

    def is_idle(self, at_once: int = 1) -> bool:
        return self.turns._free == at_once and not self.turns._waiting


def test_ten_questions_of_one_do_not_hold_up_the_first_of_another() -> None:
    queueing = Queueing()
    for _ in range(10):
        queueing.ask(1)
    queueing.ask(2)
    order: list[int] = []
    for _ in range(11):
        asker = queueing.next()
        order.append(asker.institution)
        asker.end()
    assert order in ([1, 1, 2, *[1] * 8], [1, 2, *[1] * 9])
    assert queueing.is_idle()


def test_those_who_wait_are_served_in_rounds() -> None:
    queueing = Queueing()
    first = queueing.ask(9)
    for institution in (1, 1, 1, 2, 2, 3):
        queueing.ask(institution)
    assert queueing.next() is first
    first.end()
    order = []
    for _ in range(6):
        asker = queueing.next()
        order.append(asker.institution)
        asker.end()
    assert order == [1, 2, 3, 1, 2, 1]
    assert queueing.is_idle()


def test_within_an_institution_the_first_comes_first() -> None:
    queueing = Queueing()
    askers = [queueing.ask(1) for _ in range(5)]
    for asker in askers:
        assert queueing.next() is asker
        asker.end()


def test_as_many_run_at_once_as_may_and_no_more() -> None:
    queueing = Queueing(at_once=2)
    askers = [queueing.ask(n) for n in range(5)]
    running = [queueing.next(), queueing.next()]
    assert set(running) == set(askers[:2])
    assert queueing.ran.empty()
    assert waiting(queueing.turns) == 3
    running[0].end()
    assert queueing.next() is askers[2]
    for asker in askers:
        asker.may_end.set()
    for asker in askers:
        asker.end()
    assert queueing.is_idle(2)


def test_cheap_questions_do_not_wait() -> None:
    queueing = Queueing()
    asker = queueing.ask(1)
    with queueing.turns.turn(1, COSTLY - 1, time.perf_counter() - 1, None):
        assert queueing.turns._free == 0
    queueing.next()
    asker.end()


def test_a_deadline_that_passes_while_waiting_is_busy() -> None:
    queueing = Queueing()
    asker = queueing.ask(1)
    for _ in range(3):
        with (
            pytest.raises(ReportBusy),
            queueing.turns.turn(2, COSTLY, time.perf_counter() + 0.01, None),
        ):
            pytest.fail("it isn't its turn")
    assert waiting(queueing.turns) == 0
    queueing.next()
    asker.end()
    with queueing.turns.turn(2, COSTLY, time.perf_counter() + SOON, None):
        pass
    assert queueing.is_idle()


def test_who_is_cancelled_while_waiting_leaves_the_line() -> None:
    queueing = Queueing()
    first, second, third = (queueing.ask(1) for _ in range(3))
    second.cancellation.cancel()
    second.join(SOON)
    assert isinstance(second.error, ReportCancelled)
    assert waiting(queueing.turns) == 1
    queueing.next()
    first.end()
    assert queueing.next() is third
    third.end()
    assert queueing.is_idle()


def test_the_last_of_an_institution_that_is_cancelled_leaves_no_empty_line() -> None:
    queueing = Queueing()
    first, second = queueing.ask(1), queueing.ask(2)
    third = queueing.ask(3)
    second.cancellation.cancel()
    second.join(SOON)
    assert list(queueing.turns._waiting) == [3]
    queueing.next()
    first.end()
    assert queueing.next() is third
    third.end()


def test_an_error_inside_gives_the_turn_back() -> None:
    queueing = Queueing()
    for error in (ValueError("x"), KeyboardInterrupt(), ReportBusy()):
        with (
            pytest.raises(type(error)),
            queueing.turns.turn(1, COSTLY, time.perf_counter() + SOON, None),
        ):
            raise error
    assert queueing.is_idle()


def test_an_interrupted_wait_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    queueing = Queueing()
    asker = queueing.ask(1)

    def interrupted(timeout: float) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(queueing.turns._changed, "wait", interrupted)
        with (
            pytest.raises(KeyboardInterrupt),
            queueing.turns.turn(2, COSTLY, time.perf_counter() + SOON, None),
        ):
            pytest.fail("it isn't its turn")
    assert waiting(queueing.turns) == 0
    queueing.next()
    asker.end()
    assert queueing.is_idle()


def test_many_threads_leave_nothing_behind() -> None:
    turns = Turns(2, COSTLY)
    running = threading.Semaphore(2)
    wrong: list[str] = []

    def ask(number: int) -> None:
        for step in range(40):
            cancellation = Cancellation()
            wait = 0.0005 if (number + step) % 5 == 0 else SOON
            if (number + step) % 7 == 0:
                threading.Timer(0.0005, cancellation.cancel).start()
            try:
                deadline = time.perf_counter() + wait
                with turns.turn(number % 4, COSTLY, deadline, cancellation):
                    if not running.acquire(blocking=False):
                        wrong.append("more than two at once")
                    else:
                        running.release()
            except (ReportBusy, ReportCancelled):
                continue

    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert wrong == []
    assert turns._free == 2
    assert not turns._waiting
