"""Stretches of a video, against sets of seconds and against PostgreSQL's own multiranges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optilearn.enrollment.fields import literal, pairs
from optilearn.enrollment.services.intervals import clipped, first, length, merged, without

stretch = st.tuples(st.integers(0, 60), st.integers(0, 60))
stretches = st.lists(stretch, max_size=12)


def seconds(found: Any) -> set[int]:
    return {second for start, end in found for second in range(start, end)}


@given(stretches)
def test_merging_keeps_each_second_once(found: list[tuple[int, int]]) -> None:
    done = merged(found)
    assert seconds(done) == seconds(found)
    assert length(done) == len(seconds(found))
    assert merged(done) == done
    assert all(a[1] < b[0] for a, b in pairwise(done))


@given(stretches, stretches)
def test_without(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    assert seconds(without(merged(a), merged(b))) == seconds(a) - seconds(b)


@given(stretches, st.integers(0, 70))
def test_clipping_and_taking(found: list[tuple[int, int]], size: int) -> None:
    done = merged(found)
    assert seconds(clipped(done, size)) == {s for s in seconds(done) if s < size}
    assert sorted(seconds(first(done, size))) == sorted(seconds(done))[:size]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=stretches, b=stretches)
def test_postgresql_agrees(db: None, a: list[tuple[int, int]], b: list[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::int4multirange, %s::int4multirange - %s::int4multirange",
            [literal(merged(a)), literal(merged(a)), literal(merged(b))],
        )
        both, rest = cursor.fetchone()
    assert pairs(both) == merged(a)
    assert pairs(rest) == without(merged(a), merged(b))
