"""Means, deviations and quantiles beside Python's exact fractions: not a digit may differ."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports.numbers_world import Number, asked, numbers, of

pytestmark = pytest.mark.slow

D = Decimal
ALL = [of(agg) for agg in ("avg", "stddev", "median", "p90")]


def wanted(values: Sequence[Number]) -> tuple[float | None, ...]:
    """Each the double nearest to the exact value."""
    exact = sorted(Fraction(value) for value in values if value is not None)
    if not exact:
        return (None,) * len(ALL)
    mean = float(sum(exact) / len(exact))
    spread = statistics.stdev(exact) if len(exact) > 1 else None
    return mean, spread, _quantile(exact, Fraction(1, 2)), _quantile(exact, Fraction(9, 10))


def _quantile(ordered: Sequence[Fraction], fraction: Fraction) -> float:
    place = fraction * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def decimals(places: int, digits: int) -> st.SearchStrategy[list[Number]]:
    """Numbers of a size, near each other or not, some of them missing."""
    maximum = 10**digits - 1

    def near(middle: int, spread: int) -> st.SearchStrategy[list[Number]]:
        low, high = max(-maximum, middle - spread), min(maximum, middle + spread)
        number = st.integers(low, high).map(lambda n: D(f"{n}E-{places}"))
        return st.lists(st.one_of(st.none(), number, number, number), max_size=12)

    size = st.integers(0, digits).map(lambda n: min(10**n, maximum))
    return st.tuples(st.integers(-maximum, maximum), size, size).flatmap(
        lambda drawn: near(drawn[0] % (drawn[1] + 1), drawn[2])
    )


@pytest.mark.parametrize(
    ("kind", "places", "digits"),
    [
        ("decimal(5,2)", 2, 5),
        ("decimal(8,2)", 2, 8),
        ("decimal(12,2)", 2, 12),
        ("decimal(18,4)", 4, 12),
        ("decimal(38,10)", 10, 11),
    ],
)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_what_decimals_come_to_is_exact(
    kind: str, places: int, digits: int, data: st.DataObject
) -> None:
    drawn = data.draw(st.lists(decimals(places, digits), min_size=1, max_size=8))
    groups = {f"g{number}": values for number, values in enumerate(drawn)}
    with numbers(kind, groups) as database:
        result = asked(database, *ALL, totals="grand")
        alone = asked(database, of("avg"))
    known = {name: values for name, values in groups.items() if values}
    assert {row[0]: row[1:] for row in result.rows} == {g: wanted(v) for g, v in known.items()}
    assert [row[:2] for row in alone.rows] == [row[:2] for row in result.rows]
    every = [value for values in groups.values() for value in values]
    assert [total.row[1:] for total in result.totals or ()] == [wanted(every)]


@settings(max_examples=8, deadline=None)
@given(
    middle=st.integers(-(2**62), 2**62),
    steps=st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=9),
)
def test_large_whole_numbers_lose_no_digit(middle: int, steps: list[int]) -> None:
    values = [middle + step for step in steps]
    with numbers("integer", {"a": values}) as database:
        ((mean, spread),) = asked(database, of("avg"), of("stddev"), by=()).rows
    assert (mean, spread) == wanted(values)[:2]


@pytest.mark.parametrize(
    ("kind", "values", "spread"),
    [
        ("integer", [10**9, 10**9 + 1, 10**9 + 2], 1.0),
        ("integer", [9 * 10**18, 9 * 10**18 + 1, 9 * 10**18 + 2], 1.0),
        ("decimal(12,2)", [D("1000000.01"), D("1000000.02"), D("1000000.03")], 0.01),
        ("decimal(8,2)", [D("33.33")] * 3, 0.0),
        ("decimal(18,2)", [D(2 * 10**13), D(2 * 10**13 + 1)], math.sqrt(0.5)),
        ("decimal(38,6)", [D(2 * 10**13), D(2 * 10**13 + 1)], math.sqrt(0.5)),
        ("decimal(38,20)", [D("0.01"), D("0.02"), D("0.03")], 0.01),
        ("float", [1e9, 1e9 + 1, 1e9 + 2], 1.0),
    ],
)
def test_the_deviation_of_large_values_that_lie_close(
    kind: str, values: list[Number], spread: float
) -> None:
    with numbers(kind, {"a": values}) as database:
        assert asked(database, of("stddev"), by=()).rows == ((spread,),)


@pytest.mark.parametrize(("kind", "values"), [("decimal(38,4)", [D(10**33), -D(10**33)])])
def test_a_deviation_of_numbers_that_are_too_large_for_whole_ones(
    kind: str, values: list[Number]
) -> None:
    with numbers(kind, {"a": values}) as database:
        ((spread,),) = asked(database, of("stddev"), by=()).rows
    assert spread == pytest.approx(wanted(values)[1], rel=1e-15)


NEAR: list[Number] = [D("2000000000000000.01") + D(n).scaleb(-2) for n in range(3)]
FAR: list[Number] = [D(9 * 10**30), D(-9 * 10**30), D("9000000000000000000000000000000.0001")]


def test_a_deviation_depends_on_no_group_beside_it() -> None:
    """One group's squares have eighty digits: the other's deviation is what it is alone."""
    with numbers("decimal(38,4)", {"near": NEAR}) as database:
        assert asked(database, of("stddev")).rows == (("near", 0.01),)
    with numbers("decimal(38,4)", {"near": NEAR, "far": FAR}) as database:
        found = {row[0]: row[1] for row in asked(database, of("stddev")).rows}
    assert found["near"] == 0.01
    assert found["far"] == pytest.approx(wanted(FAR)[1], rel=1e-15)


@pytest.mark.parametrize("places", [0, 4, 10, 20, 38])
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_deviations_of_numbers_of_any_size(places: int, data: st.DataObject) -> None:
    """Of up to 38 digits, together in one answer, so that the largest decide how all are asked.

    To the nearest double but for what the unit of many decimal places costs: some more roundings.
    """
    drawn = data.draw(st.lists(decimals(places, 38), min_size=1, max_size=8))
    groups = {f"g{number}": values for number, values in enumerate(drawn) if values}
    groups["far"] = [D(f"9E{37 - places}"), D(f"-9E{37 - places}")]
    with numbers(f"decimal(38,{places})", groups) as database:
        found = {row[0]: row[1] for row in asked(database, of("stddev")).rows}
    assert found.keys() == groups.keys()
    for name, values in groups.items():
        spread = wanted(values)[1]
        assert found[name] == (
            spread if spread is None else pytest.approx(spread, rel=1e-15, abs=0)
        )


MARKS: dict[str, Sequence[Number]] = {
    "a": [D("60.10"), D("60.20"), D("60.30")],
    "b": [D("60.10"), D("60.10")],
}
NEIGHBORS = [
    (),
    ("count",),
    (of("sum"),),
    (of("countDistinct"), of("stddev")),
    ({"key": "n", "field": "value", "agg": "count"}, of("sum")),
]


class TestAMeanStandsByItself:
    @pytest.mark.parametrize("beside", NEIGHBORS)
    def test_the_groups_that_it_keeps(self, beside: tuple[object, ...]) -> None:
        measures = [m for m in beside if m != "count"]
        if "count" in beside:
            measures.append({"key": "count", "agg": "count"})
        with numbers("decimal(8,2)", MARKS) as database:
            chosen = asked(
                database,
                of("avg"),
                *measures,
                having=[{"measure": "avg", "op": "gte", "value": 60.2}],
                totals="grand",
            )
        assert [row[:2] for row in chosen.rows] == [("a", 60.2)]
        assert [total.row[1] for total in chosen.totals or ()] == [60.2]

    @pytest.mark.parametrize("beside", NEIGHBORS[2:])
    def test_its_place_in_the_order(self, beside: tuple[object, ...]) -> None:
        groups = {"b": [D("60.20")], "a": [D("60.10"), D("60.20"), D("60.30")]}
        with numbers("decimal(8,2)", groups) as database:
            result = asked(database, of("avg"), *beside, sort=[{"by": "avg", "dir": "desc"}])
        assert [row[:2] for row in result.rows] == [("a", 60.2), ("b", 60.2)]
