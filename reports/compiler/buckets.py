"""Bins and time buckets as SQL, and what their values mean afterwards."""

from __future__ import annotations

from decimal import Decimal

from reports.catalog.model import FieldType
from reports.compiler.parameters import FirstWeekday, Parameters, Zone
from reports.language.words import PART_BUCKETS

_PARTS = {"hourOfDay": "hour", "dayOfWeek": "isodow", "dayOfMonth": "day", "monthOfYear": "month"}


def bin_sql(value: str, edges: tuple[Decimal, ...], parameters: Parameters) -> str:
    """The number of the bin: 0 below the first edge, one more for each bin, last: above."""
    names = [parameters.add(edge) for edge in edges]
    cases = [f"WHEN {value} IS NULL THEN NULL"]
    cases += [f"WHEN {value} < {name} THEN {i}" for i, name in enumerate(names)]
    top = len(edges)
    cases.append(f"WHEN {value} <= {names[-1]} THEN {top - 1}")
    return f"CASE {' '.join(cases)} ELSE {top} END"


def bin_label(edges: tuple[Decimal, ...], number: int) -> str:
    """``[0,40)``, the last bin closed; ``<0`` and ``>100`` beyond the ends."""
    texts = [format(edge, "f") for edge in edges]
    if number == 0:
        return f"<{texts[0]}"
    if number == len(edges):
        return f">{texts[-1]}"
    close = "]" if number == len(edges) - 1 else ")"
    return f"[{texts[number - 1]},{texts[number]}{close}"


def bucket_sql(
    value: str, kind: FieldType, bucket: str, parameters: Parameters, *, first_weekday: int
) -> str:
    """The start of the bucket, or the part, that a date or instant falls into."""
    local = value
    if kind is FieldType.TIMESTAMP:
        local = f"timezone({parameters.add(Zone())}, timezone('UTC', {value}))"
    if bucket in PART_BUCKETS:
        return f"{_PARTS[bucket]}({local})"
    if bucket == "hour":
        return f"date_trunc('hour', {local})"
    day = local if kind is FieldType.DATE else f"CAST({local} AS DATE)"
    if bucket == "day":
        return day
    if bucket == "week" and first_weekday != 1:
        shift = f"CAST({parameters.add(FirstWeekday())} AS INTEGER)"
        return f"(CAST(date_trunc('week', {day} - {shift}) AS DATE) + {shift})"
    return f"CAST(date_trunc('{bucket}', {day}) AS DATE)"
