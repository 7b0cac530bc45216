"""Evaluating one alert on one snapshot: which rows fire now, which still do, and why others don't.

Pure: readings and states in, findings out; the same for an evaluation and a back-test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from optilearn.analytics.alerts.conditions import Condition, Lack
from optilearn.analytics.alerts.readings import Reading, Rows


class Outcome(StrEnum):
    """The outcome of an evaluation."""

    FIRED = "FIRED"
    STILL_FIRING = "STILL_FIRING"
    NOT_FIRED = "NOT_FIRED"
    EMPTY = "EMPTY"
    """No row, or no value in any."""
    NOT_ENOUGH = "NOT_ENOUGH"
    """Each row is below the minimum base, hidden, or without what it is compared with."""
    SNOOZED = "SNOOZED"
    OWNER_GONE = "OWNER_GONE"
    REPORT_GONE = "REPORT_GONE"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Rule:
    """The parts of an alert that decide about a row."""

    condition: Condition
    minimum: Decimal | None = None
    """Of the base measure."""
    muted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Findings:
    """The rows by their outcome; ``firing`` are the keys that fire from now on."""

    outcome: Outcome
    fired: tuple[Reading, ...] = ()
    firing: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)


def evaluate(
    rule: Rule,
    rows: Rows,
    firing: Collection[str],
    past: Mapping[str, Sequence[Decimal]],
) -> Findings:
    """Decide about each row. ``firing`` are the keys that fire already; ``past`` by key.

    A row whose number can't be told stays as it was; one that is gone fires no more.
    """
    counts: Counter[str] = Counter(rows=len(rows.readings))
    if not firing and _is_within(rule, rows):
        return Findings(Outcome.NOT_FIRED, counts=counts | {"fired": 0, "firing": 0})
    fired: list[Reading] = []
    still: set[str] = set()
    for reading in rows.readings:
        if reading.key in rule.muted:
            counts["muted"] += 1
            continue
        score = _score(rule, reading, past.get(reading.key, ()))
        was_firing = reading.key in firing
        if isinstance(score, Lack):
            counts[score.value] += 1
            still |= {reading.key} if was_firing else set()
            continue
        condition = rule.condition
        if condition.is_beyond(score, condition.rearm if was_firing else condition.limit):
            still.add(reading.key)
            if not was_firing:
                fired.append(reading)
        elif was_firing:
            counts["rearmed"] += 1
    counts["fired"] = len(fired)
    counts["firing"] = len(still)
    return Findings(_outcome(counts), tuple(fired), frozenset(still), dict(counts))


def _is_within(rule: Rule, rows: Rows) -> bool:
    """Return True if no value is beyond the limit: of most alerts, and seen without each row."""
    condition, extremes = rule.condition, rows.extremes
    if extremes is None or condition.is_relative or rule.minimum is not None or rule.muted:
        return False
    return not any(condition.is_beyond(value, condition.limit) for value in extremes)


def _score(rule: Rule, reading: Reading, past: Sequence[Decimal]) -> Decimal | Lack:
    if reading.is_hidden:
        return Lack.HIDDEN
    if rule.minimum is not None and (reading.base is None or reading.base < rule.minimum):
        return Lack.TOO_FEW
    return rule.condition.score(reading, past)


def _outcome(counts: Counter[str]) -> Outcome:
    if counts["fired"]:
        return Outcome.FIRED
    if counts["firing"]:
        return Outcome.STILL_FIRING
    lacking = sum(counts[lack.value] for lack in Lack)
    compared = counts["rows"] - counts["muted"] - lacking
    if compared or (counts["muted"] and not lacking):
        return Outcome.NOT_FIRED
    if counts[Lack.NO_VALUE] == counts["rows"] - counts["muted"]:
        return Outcome.EMPTY
    return Outcome.NOT_ENOUGH
