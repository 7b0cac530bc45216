"""One thread stops whatever runs too long, and nothing else."""

from __future__ import annotations

import threading

from reports.engine.watchdog import Watchdog


def test_what_ends_in_time_is_left_alone() -> None:
    watchdog = Watchdog()
    stopped: list[int] = []
    for number in range(100):
        with watchdog.limit(30, lambda n=number: stopped.append(n)):  # type: ignore[misc]
            pass
    assert stopped == []
    assert watchdog._heap == []
    assert watchdog._done == set()


def test_the_earliest_deadline_comes_first_whatever_the_order() -> None:
    watchdog = Watchdog()
    stopped: list[str] = []
    late, early = threading.Event(), threading.Event()

    def stop(name: str, event: threading.Event) -> None:
        stopped.append(name)
        event.set()

    with (
        watchdog.limit(0.2, lambda: stop("late", late)),
        watchdog.limit(0.05, lambda: stop("early", early)),
        watchdog.limit(60, lambda: stop("never", late)),
    ):
        assert early.wait(10)
        assert late.wait(10)
    assert list(dict.fromkeys(stopped)) == ["early", "late"]  # each until its block is left


def test_a_later_question_is_watched_after_an_earlier_one_ended() -> None:
    watchdog = Watchdog()
    with watchdog.limit(30, lambda: None):
        pass
    event = threading.Event()
    with watchdog.limit(0.01, event.set):
        assert event.wait(10)
