"""Intervals of presence: merged, clipped, whatever the order; against a count by minutes."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from optilearn.live.presence import (
    Report,
    Result,
    Span,
    held_span,
    present_since,
    result_of,
    stays_of,
)

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = Span(START, START + timedelta(minutes=60))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def join(minutes: float, connection: int = 1) -> Report:
    return Report(UUID(int=connection), "JOIN", at(minutes))


def leave(minutes: float, connection: int = 1) -> Report:
    return Report(UUID(int=connection), "LEAVE", at(minutes))


def minutes_of(reports: list[Report], span: Span = HOUR) -> float:
    return sum(stay.length / timedelta(minutes=1) for stay in stays_of(reports, span))


def test_who_never_leaves_stays_until_the_end() -> None:
    assert stays_of([join(10)], HOUR) == [Span(at(10), at(60))]


def test_eleven_joins_are_one_stay() -> None:
    assert stays_of([join(n) for n in range(11)], HOUR) == [Span(at(0), at(60))]
    again = [one for n in range(11) for one in (join(n * 5, n), leave(n * 5 + 5, n))]
    assert stays_of(again, HOUR) == [Span(at(0), at(55))]


def test_two_devices_count_once() -> None:
    both = [join(0, 1), join(20, 2), leave(30, 1), leave(50, 2)]
    assert stays_of(both, HOUR) == [Span(at(0), at(50))]


def test_a_device_leaves_for_itself_alone() -> None:
    assert stays_of([join(0, 1), leave(10, 2)], HOUR) == [Span(at(0), at(60))]


def test_what_is_outside_the_class_does_not_count() -> None:
    assert minutes_of([join(-9), leave(-1)]) == 0
    assert stays_of([join(-9), leave(5), join(58), leave(90)], HOUR) == [
        Span(at(0), at(5)),
        Span(at(58), at(60)),
    ]
    assert stays_of([leave(5)], HOUR) == []
    assert stays_of([join(61)], HOUR) == []


def test_the_threshold_is_met_exactly() -> None:
    for minutes, result in ((45, Result.PRESENT), (44.999, Result.PARTIAL), (0, Result.ABSENT)):
        stays = stays_of([join(0), leave(minutes)], HOUR)
        assert result_of(stays, HOUR, 75) is result
    assert result_of([], Span(START, START), 75) is Result.ABSENT


def test_nobody_has_to_be_where_no_class_was() -> None:
    plan = (at(0), at(60))
    assert held_span(*plan, None, at(60)) == HOUR
    assert held_span(*plan, at(-5), at(90)) == HOUR
    assert held_span(*plan, at(10), at(40)) == Span(at(10), at(40))
    assert held_span(*plan, at(-30), at(-10)) == Span(at(-30), at(-10))
    assert held_span(*plan, at(70), at(90)) == Span(at(70), at(90))


def test_who_is_in_the_room_has_been_since_their_oldest_unbroken_connection() -> None:
    assert present_since([join(0), leave(5)]) is None
    assert present_since([join(0), leave(5), join(7)]) == at(7)
    assert present_since([join(0, 1), join(4, 2), leave(5, 1)]) == at(0)
    assert present_since([join(0, 1), leave(5, 1), join(5, 2)]) == at(0)


reports = st.lists(
    st.builds(
        lambda minute, number, kind, connection: Report(
            UUID(int=connection), kind, at(minute), number
        ),
        st.integers(-15, 75),
        st.integers(0, 9),
        st.sampled_from(["JOIN", "LEAVE"]),
        st.integers(1, 3),
    ),
    max_size=14,
    unique_by=lambda one: (one.at, one.number),
)


def counted(events: list[Report]) -> int:
    """Minutes of the hour in which a connection is open, counted one by one."""
    total = 0
    for minute in range(60):
        for connection in {one.connection for one in events}:
            own = [one for one in events if one.connection == connection and one.at <= at(minute)]
            if own and max(own, key=lambda one: (one.at, one.number)).change == "JOIN":
                total += 1
                break
    return total


@given(reports)
def test_stays_are_as_a_count_by_minutes(events: list[Report]) -> None:
    assert minutes_of(events) == counted(events)


@given(reports, st.randoms())
def test_the_order_of_arrival_says_nothing(events: list[Report], chance: random.Random) -> None:
    other = list(events)
    chance.shuffle(other)
    assert stays_of(other, HOUR) == stays_of(events, HOUR)


@given(reports)
def test_stays_are_apart_in_order_and_inside(events: list[Report]) -> None:
    stays = stays_of(events, HOUR)
    assert all(HOUR.start <= one.start < one.end <= HOUR.end for one in stays)
    assert all(one.end < later.start for one, later in itertools.pairwise(stays))


@given(reports)
def test_a_report_that_is_sent_again_changes_nothing(events: list[Report]) -> None:
    late = [Report(one.connection, one.change, at(100), one.number) for one in events]
    assert stays_of(events + late, HOUR) == stays_of(events, HOUR)
