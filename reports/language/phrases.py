"""The question in words: what is asked, of which rows, in which order.

Each sentence is a template with named places, so that another language can have its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from reports.catalog.model import Catalogue
from reports.catalog.paths import label_of
from reports.language.measures import bases_of
from reports.language.report import Condition, Constant, MetricCondition, Report

TEMPLATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rows": "The {columns} of each of the {entity}.",
        "groups": "{measures} by {dimensions}.",
        "whole": "{measures} of all {entity}.",
        "temporal": "{measures} by {bucket} of {field}{series}.",
        "distinct": "The distinct {dimensions} of the {entity}.",
        "measure_filter": "{measure} only where {conditions}.",
        "filters": "Only where {conditions}.",
        "having": "Only groups where {conditions}.",
        "sort": "Ordered by {keys}.",
        "limit": "At most {limit} rows.",
        "totals": "With a grand total, computed over all rows.",
    }
)
_OPERATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "eq": "is",
        "ne": "is not",
        "in": "is one of",
        "notIn": "is none of",
        "isNull": "is not known",
        "isNotNull": "is known",
        "contains": "contains",
        "notContains": "does not contain",
        "startsWith": "starts with",
        "endsWith": "ends with",
        "isEmpty": "is empty",
        "isNotEmpty": "is not empty",
        "lt": "is less than",
        "lte": "is at most",
        "gt": "is more than",
        "gte": "is at least",
        "between": "is between",
        "inLast": "is in the last",
        "inNext": "is in the next",
        "inCurrent": "is in the current",
        "inPrevious": "is in the previous",
        "olderThan": "is longer ago than",
        "isTrue": "is true",
        "isFalse": "is false",
    }
)
_MOST_SHOWN: Final = 10


def in_words(report: Report, catalogue: Catalogue) -> tuple[str, ...]:
    """The report as sentences."""
    sentences = [_subject(report, catalogue)]
    for measure in report.measures:
        conditions = _measure_conditions(report, measure.key, catalogue)
        if conditions:
            places = {"measure": measure.label, "conditions": conditions}
            sentences.append(_say("measure_filter", **places))
    if report.filters:
        sentences.append(_say("filters", conditions=_filters(report, catalogue)))
    if report.having:
        labels = {m.key: m.label for m in report.measures}
        parts = [_compared(labels[h.measure], h.op, h.values) for h in report.having]
        sentences.append(_say("having", conditions=" and ".join(parts)))
    if report.sort:
        keys = [f"{s.by}{' (falling)' if s.descending else ''}" for s in report.sort]
        sentences.append(_say("sort", keys=", ".join(keys)))
    if report.limit is not None:
        sentences.append(_say("limit", limit=str(report.limit)))
    if report.has_totals:
        sentences.append(_say("totals"))
    return tuple(sentences)


def _say(template: str, **places: str) -> str:
    text = TEMPLATES[template].format(**places)
    return text[:1].upper() + text[1:]


def _subject(report: Report, catalogue: Catalogue) -> str:
    entity = catalogue.by_key[report.entity].label.lower()
    measures = ", ".join(m.label for m in report.measures) or f"The {entity}"
    dimensions = ", ".join(d.label.lower() for d in report.dimensions)
    if report.mode == "rows":
        return _say(
            "rows", columns=", ".join(c.label.lower() for c in report.columns), entity=entity
        )
    if report.time is not None:
        time = report.time
        field = label_of(catalogue, time.path).lower() if time.path else "each measure's main date"
        series = f", for each {dimensions}" if dimensions else ""
        return _say("temporal", measures=measures, bucket=time.bucket, field=field, series=series)
    if not report.measures:
        return _say("distinct", dimensions=dimensions, entity=entity)
    if not dimensions:
        return _say("whole", measures=measures, entity=entity)
    return _say("groups", measures=measures, dimensions=dimensions)


def _measure_conditions(report: Report, key: str, catalogue: Catalogue) -> str:
    measure = next(m for m in report.measures if m.key == key)
    base = bases_of(measure.formula)[0]
    return " and ".join(_condition(c, catalogue) for c in base.conditions)


def _filters(report: Report, catalogue: Catalogue) -> str:
    phrases = [_condition(f, catalogue) for f in report.filters]
    logic = report.definition.get("filterLogic")
    if not logic:
        return " and ".join(phrases)
    numbered = "; ".join(f"({n}) {text}" for n, text in enumerate(phrases, start=1))
    return f"{str(logic).lower()}, with {numbered}"


def _condition(condition: Condition | MetricCondition, catalogue: Catalogue) -> str:
    if isinstance(condition, MetricCondition):
        return _compared(condition.measure.label, condition.op, condition.values)
    label = label_of(catalogue, condition.path)
    if condition.relative:
        relative = condition.relative
        is_period = condition.op in {"inCurrent", "inPrevious"}
        count = "" if is_period else f"{relative.n} "
        plural = "" if is_period or relative.n == 1 else "s"
        return f"{label} {_OPERATORS[condition.op]} {count}{relative.unit}{plural}"
    if condition.other:
        other = label_of(catalogue, condition.other)
        return f"{label} {_OPERATORS[condition.op]} {other}"
    return _compared(label, condition.op, condition.values)


def _compared(label: str, op: str, values: tuple[Constant, ...]) -> str:
    texts = [_value(value) for value in values[:_MOST_SHOWN]]
    if len(values) > _MOST_SHOWN:
        texts.append(f"{len(values) - _MOST_SHOWN} more")
    joined = (" and " if op == "between" else ", ").join(texts)
    return f"{label} {_OPERATORS[op]} {joined}".rstrip()


def _value(value: Constant) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return f"“{value[:80]}”"
    return format(value, "f") if not isinstance(value, int) else str(value)
