"""The question in words: what is asked, of which rows, in which order.

Each sentence is a template with named places, so that another language can have its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from reports.catalog.model import Catalog
from reports.catalog.paths import label_of
from reports.language.formulas import bases_of
from reports.language.report import (
    Base,
    Condition,
    Constant,
    Measure,
    MetricCondition,
    Relative,
    Report,
    Window,
)

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
        "subtotals": "With subtotals and a grand total, each computed over its rows.",
        "percentOfTotal": "{measure} is a share of the total.",
        "percentOfParent": "{measure} is a share of the subtotal above.",
        "runningTotal": "{measure} is added up row by row.",
        "movingAverage": "{measure} is the mean of {n} rows.",
        "rank": "{measure} is the rank, the largest first.",
        "difference": "{measure} is the difference from the row before.",
        "percentChange": "{measure} is the change from the row before.",
        "formula": "{measure} is {formula}.",
        "offset": "{measure} is of {n} {unit} earlier.",
        "trailing": "{measure} looks back {n} {unit} from the end of the {bucket}.",
        "toDate": "{measure} is counted from the start of the {unit}.",
        "toDateAll": "{measure} is counted from the beginning.",
        "last": "{measure} is taken at the last {field}{by}.",
        "first": "{measure} is taken at the first {field}{by}.",
        "previousPeriod": "Compared with the period before.",
        "previousYear": "Compared with the year before.",
        "previousTerm": "Compared with the term before.",
        "snapshot": "Compared with the snapshot {snapshot}.",
        "asOf": "As of {as_of}.",
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
_MAX_SHOWN: Final = 10


def in_words(report: Report, catalog: Catalog) -> tuple[str, ...]:
    """The report as sentences."""
    sentences = [_subject(report, catalog)]
    for measure in report.measures:
        sentences += _about_measure(report, measure, catalog)
    if report.filters:
        sentences.append(_say("filters", conditions=_filters(report, catalog)))
    if report.having:
        labels = {m.key: m.label for m in report.measures}
        parts = [
            _compared(labels[h.measure], h.op, h.values)
            if h.relative is None
            else f"{labels[h.measure]} {_relative(h.relative)}"
            for h in report.having
        ]
        sentences.append(_say("having", conditions=" and ".join(parts)))
    if report.sort:
        keys = [f"{s.by}{' (falling)' if s.descending else ''}" for s in report.sort]
        sentences.append(_say("sort", keys=", ".join(keys)))
    if report.limit is not None:
        sentences.append(_say("limit", limit=str(report.limit)))
    if report.has_totals:
        sentences.append(_say("totals" if report.totals == "grand" else report.totals))
    if report.compare:
        sentences.append(_say(report.compare.to, snapshot=report.compare.snapshot))
    if report.as_of:
        sentences.append(_say("asOf", as_of=report.as_of))
    return tuple(sentences)


def _about_measure(report: Report, measure: Measure, catalog: Catalog) -> list[str]:
    """Describe what a measure's name doesn't say."""
    sentences: list[str] = []
    label = measure.label
    bases = bases_of(measure.formula)
    form = next(f for f in report.definition["measures"] if f["key"] == measure.key)
    if "formula" in form:
        sentences.append(_say("formula", measure=label, formula=form["formula"]))
    conditions = " and ".join(_condition(c, catalog) for c in _own(form, bases))
    if conditions:
        sentences.append(_say("measure_filter", measure=label, conditions=conditions))
    if "offset" in form:
        n, unit = form["offset"]["n"], form["offset"]["unit"]
        sentences.append(_say("offset", measure=label, n=str(n), unit=_units(n, unit)))
    windows = {base.window for base in bases if base.window}
    sentences += [_window(label, window, report, catalog) for window in windows]
    if measure.calc:
        sentences.append(_say(measure.calc.kind, measure=label, n=str(measure.calc.n)))
    return sentences


def _own(form: Mapping[str, object], bases: tuple[Base, ...]) -> tuple[Condition, ...]:
    """The measure's own filters, without those of the metrics it is made of."""
    own = form.get("filters")
    count = len(own) if isinstance(own, list) else 0
    conditions = bases[0].conditions if bases else ()
    return conditions[len(conditions) - count :] if count else ()


def _window(label: str, window: Window, report: Report, catalog: Catalog) -> str:
    if window.kind == "trailing":
        bucket = report.time.bucket if report.time else "period"
        unit = _units(window.n, window.unit)
        return _say("trailing", measure=label, n=str(window.n), unit=unit, bucket=bucket)
    if window.kind == "toDate":
        template = "toDateAll" if window.unit == "all" else "toDate"
        return _say(template, measure=label, unit=window.unit)
    field = label_of(catalog, window.path).lower()
    each = ", ".join(label_of(catalog, path).lower() for path in window.by)
    return _say(window.kind, measure=label, field=field, by=f" of each {each}" if each else "")


def _units(n: int, unit: str) -> str:
    return unit if n == 1 else f"{unit}s"


def _say(template: str, **places: str) -> str:
    text = TEMPLATES[template].format(**places)
    return text[:1].upper() + text[1:]


def _subject(report: Report, catalog: Catalog) -> str:
    entity = catalog.by_key[report.entity].label.lower()
    measures = ", ".join(m.label for m in report.measures) or f"The {entity}"
    dimensions = ", ".join(d.label.lower() for d in report.dimensions)
    if report.mode == "rows":
        return _say(
            "rows", columns=", ".join(c.label.lower() for c in report.columns), entity=entity
        )
    if report.time is not None:
        time = report.time
        field = label_of(catalog, time.path).lower() if time.path else "each measure's main date"
        series = f", for each {dimensions}" if dimensions else ""
        return _say("temporal", measures=measures, bucket=time.bucket, field=field, series=series)
    if not report.measures:
        return _say("distinct", dimensions=dimensions, entity=entity)
    if not dimensions:
        return _say("whole", measures=measures, entity=entity)
    return _say("groups", measures=measures, dimensions=dimensions)


def _filters(report: Report, catalog: Catalog) -> str:
    phrases = [_condition(f, catalog) for f in report.filters]
    logic = report.definition.get("filterLogic")
    if not logic:
        return " and ".join(phrases)
    numbered = "; ".join(f"({n}) {text}" for n, text in enumerate(phrases, start=1))
    return f"{str(logic).lower()}, with {numbered}"


def _condition(condition: Condition | MetricCondition, catalog: Catalog) -> str:
    if isinstance(condition, MetricCondition):
        return _compared(condition.measure.label, condition.op, condition.values)
    label = label_of(catalog, condition.path)
    if condition.relative:
        return f"{label} {_relative(condition.relative)}"
    if condition.other:
        other = label_of(catalog, condition.other)
        return f"{label} {_OPERATORS[condition.op]} {other}"
    return _compared(label, condition.op, condition.values)


def _relative(relative: Relative) -> str:
    is_period = relative.op in {"inCurrent", "inPrevious"}
    count = "" if is_period else f"{relative.n} "
    unit = relative.unit if is_period else _units(relative.n, relative.unit)
    return f"{_OPERATORS[relative.op]} {count}{unit}"


def _compared(label: str, op: str, values: tuple[Constant, ...]) -> str:
    texts = [_value(value) for value in values[:_MAX_SHOWN]]
    if len(values) > _MAX_SHOWN:
        texts.append(f"{len(values) - _MAX_SHOWN} more")
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
