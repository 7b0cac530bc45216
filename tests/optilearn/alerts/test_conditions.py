"""An alert's decision about each row: pure, against values that are worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.analytics.alerts import findings
from optilearn.analytics.alerts.conditions import (
    Condition,
    Direction,
    Kind,
    Lack,
    Unit,
    condition_of,
)
from optilearn.analytics.alerts.findings import Findings, Outcome, Rule
from optilearn.analytics.alerts.readings import Reading, Rows, key_of

D = Decimal


def evaluate(rule: Rule, readings: list[Reading], firing: Any, past: Any) -> Findings:
    return findings.evaluate(rule, Rows(tuple(readings)), firing, past)


def condition(kind: Kind, direction: Direction, limit: str, **rest: Any) -> Condition:
    rearm = D(rest.pop("rearm", limit))
    return Condition(kind, direction, D(limit), rearm, **rest)


def reading(now: str | None, key: str = "a", **rest: Any) -> Reading:
    numbers = {n: None if v is None else D(v) for n, v in rest.items() if n != "is_hidden"}
    hidden = bool(rest.get("is_hidden"))
    return Reading(key, (key,), key, None if now is None else D(now), is_hidden=hidden, **numbers)


ABOVE_75 = condition(Kind.THRESHOLD, Direction.ABOVE, "75")
BELOW_75 = condition(Kind.THRESHOLD, Direction.BELOW, "75")


@pytest.mark.parametrize(
    ("rule", "now", "fires"),
    [
        (ABOVE_75, "75", False),
        (ABOVE_75, "75.0001", True),
        (BELOW_75, "75", False),
        (BELOW_75, "74.9999", True),
    ],
)
def test_the_limit_itself_is_within(rule: Condition, now: str, fires: bool) -> None:
    found = evaluate(Rule(rule), [reading(now)], (), {})
    assert (found.outcome is Outcome.FIRED) is fires


def change(direction: Direction, limit: str, unit: Unit = Unit.PERCENT) -> Condition:
    return condition(Kind.CHANGE, direction, limit, unit=unit)


@pytest.mark.parametrize(
    ("rule", "now", "before", "outcome"),
    [
        (change(Direction.ABOVE, "10"), "111", "100", Outcome.FIRED),
        (change(Direction.ABOVE, "10"), "110", "100", Outcome.NOT_FIRED),
        (change(Direction.ABOVE, "10"), "80", "100", Outcome.NOT_FIRED),
        (change(Direction.BELOW, "10"), "89", "100", Outcome.FIRED),
        (change(Direction.BELOW, "10"), "111", "100", Outcome.NOT_FIRED),
        (change(Direction.EITHER, "10"), "89", "100", Outcome.FIRED),
        (change(Direction.EITHER, "10"), "111", "100", Outcome.FIRED),
        (change(Direction.ABOVE, "10"), "-80", "-100", Outcome.FIRED),  # a debt that shrinks
        (change(Direction.ABOVE, "10"), "5", "0", Outcome.NOT_ENOUGH),
        (change(Direction.ABOVE, "10"), "5", None, Outcome.NOT_ENOUGH),
        (change(Direction.ABOVE, "4", Unit.AMOUNT), "5", "0", Outcome.FIRED),
        (change(Direction.BELOW, "4", Unit.AMOUNT), "5", "9", Outcome.NOT_FIRED),
        (change(Direction.BELOW, "4", Unit.AMOUNT), "5", "9.1", Outcome.FIRED),
    ],
)
def test_a_change(rule: Condition, now: str, before: str | None, outcome: Outcome) -> None:
    assert evaluate(Rule(rule), [reading(now, before=before)], (), {}).outcome is outcome


def history(direction: Direction, limit: str) -> Condition:
    return condition(Kind.HISTORY, direction, limit, snapshots=14)


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        # Median 10; deviations 0 0 1 1 2, their median 1: a deviation is 1.4826.
        ("14.4", Outcome.NOT_FIRED),
        ("14.5", Outcome.FIRED),
        ("5.6", Outcome.NOT_FIRED),
        ("5.5", Outcome.FIRED),
    ],
)
def test_a_distance_from_its_history(now: str, outcome: Outcome) -> None:
    past = {"a": [D(v) for v in (10, 9, 11, 10, 12)]}
    rule = Rule(history(Direction.EITHER, "3"))
    assert evaluate(rule, [reading(now)], (), past).outcome is outcome
    one_day_is_wild = {"a": [*past["a"], D(10_000)]}
    assert evaluate(rule, [reading("16.7")], (), one_day_is_wild).outcome is Outcome.FIRED


def test_a_history_that_never_varied_or_is_too_short() -> None:
    rule = Rule(history(Direction.ABOVE, "3"))
    flat = {"a": [D(0)] * 5}
    assert evaluate(rule, [reading("0")], (), flat).outcome is Outcome.NOT_FIRED
    assert evaluate(rule, [reading("1")], (), flat).outcome is Outcome.FIRED
    assert evaluate(rule, [reading("-1")], (), flat).outcome is Outcome.NOT_FIRED
    short = evaluate(rule, [reading("1")], (), {"a": [D(0)] * 4})
    assert (short.outcome, short.counts[Lack.NO_HISTORY]) == (Outcome.NOT_ENOUGH, 1)


def test_a_row_fires_once_until_it_is_armed_again() -> None:
    rule = Rule(condition(Kind.THRESHOLD, Direction.ABOVE, "75", rearm="70"))
    firing: frozenset[str] = frozenset()
    said = []
    for now in ("60", "76", "74", "76", "70.1", None, "70", "74", "76"):
        found = evaluate(rule, [reading(now)], firing, {})
        firing = found.firing
        said.append(found.outcome.value)
    assert said == [
        "NOT_FIRED", "FIRED", "STILL_FIRING", "STILL_FIRING", "STILL_FIRING", "STILL_FIRING",
        "NOT_FIRED", "NOT_FIRED", "FIRED",
    ]  # fmt: skip


def test_each_row_by_itself() -> None:
    rows = [reading("80", "a"), reading("60", "b"), reading("90", "c"), reading("99", "d")]
    rule = Rule(ABOVE_75, muted=frozenset({"d"}))
    found = evaluate(rule, rows, {"c", "gone"}, {})
    assert [row.key for row in found.fired] == ["a"]
    assert found.firing == {"a", "c"}  # the one that is gone fires no more
    assert dict(found.counts) == {"rows": 4, "muted": 1, "fired": 1, "firing": 2}


def test_a_minimum_base() -> None:
    rule = Rule(ABOVE_75, minimum=D(10))
    few, enough = reading("99", "a", base="9.9"), reading("99", "b", base="10")
    assert [r.key for r in evaluate(rule, [few, enough], (), {}).fired] == ["b"]
    alone = evaluate(rule, [few, reading("99", "c")], (), {})
    assert (alone.outcome, alone.counts["TOO_FEW"]) == (Outcome.NOT_ENOUGH, 2)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([], Outcome.EMPTY),
        ([reading(None)], Outcome.EMPTY),
        ([reading("99", is_hidden=True)], Outcome.NOT_ENOUGH),
        ([reading(None), reading("1", "b", is_hidden=True)], Outcome.NOT_ENOUGH),
    ],
)
def test_nothing_to_compare(rows: list[Reading], outcome: Outcome) -> None:
    assert evaluate(Rule(ABOVE_75), rows, (), {}).outcome is outcome


def test_only_muted_rows_are_no_lack() -> None:
    found = evaluate(Rule(ABOVE_75, muted=frozenset({"a"})), [reading("99")], (), {})
    assert found.outcome is Outcome.NOT_FIRED


def test_keys_name_nobody_and_tell_values_apart() -> None:
    keys = {key_of(v) for v in (("Lena",), ("lena",), (1,), ("1",), (None,), ("a", "b"), ("a,b",))}
    assert len(keys) == 7
    assert all(len(key) == 32 and "Lena" not in key for key in keys)
    assert key_of(()) == "overall"


numbers = st.decimals(-1000, 1000, places=2)


@given(st.lists(numbers, min_size=1, max_size=30), numbers, numbers)
def test_hysteresis_never_fires_twice_without_coming_back(
    values: list[Decimal], one: Decimal, other: Decimal
) -> None:
    """Between two firings the value came back to the re-arming limit; checked by brute force."""
    limit, rearm = max(one, other), min(one, other)
    rule = Rule(Condition(Kind.THRESHOLD, Direction.ABOVE, limit, rearm))
    firing: frozenset[str] = frozenset()
    fired_at: list[int] = []
    for number, value in enumerate(values):
        found: Findings = evaluate(rule, [Reading("a", (), "", value)], firing, {})
        firing = found.firing
        if found.fired:
            fired_at.append(number)
    for first, second in pairwise(fired_at):
        assert min(values[first + 1 : second]) <= rearm
    above = [n for n, value in enumerate(values) if value > limit]
    assert fired_at[:1] == above[:1]
    assert set(fired_at) <= set(above)


@pytest.mark.parametrize(
    ("kind", "direction", "now"),
    [
        (Kind.THRESHOLD, "ABOVE", "12"), (Kind.THRESHOLD, "BELOW", "8"),
        (Kind.GOAL, "ABOVE", "12"), (Kind.GOAL, "BELOW", "8"),
        (Kind.CHANGE, "ABOVE", "112"), (Kind.CHANGE, "BELOW", "88"), (Kind.CHANGE, "EITHER", "88"),
        (Kind.HISTORY, "ABOVE", "112"), (Kind.HISTORY, "BELOW", "88"),
        (Kind.HISTORY, "EITHER", "112"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rearm", ["4", "8.5", "10", "11.5", "40", "-1"])
def test_a_value_that_stays_beyond_the_limit_fires_once(
    kind: Kind, direction: str, now: str, rearm: str
) -> None:
    """Wherever it is armed again: a goal moves with its report, and may pass that place."""
    stored = {"kind": kind.value, "direction": direction, "limit": "10", "rearm": rearm}
    rule = condition_of(stored, D(10))
    assert rule is not None
    firing: frozenset[str] = frozenset()
    outcomes = []
    for _day in range(3):
        found = evaluate(
            Rule(rule), [reading(now, before="100")], firing, {"a": (D(100), D(101)) * 5}
        )
        firing = found.firing
        outcomes.append(found.outcome)
    assert outcomes == [Outcome.FIRED, Outcome.STILL_FIRING, Outcome.STILL_FIRING]
