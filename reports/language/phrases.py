"""The question in words: what is asked, of which rows, in which order.

Each sentence is a template with named places, of which another language has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from reports.catalog.describe import Translate
from reports.catalog.model import Catalog
from reports.catalog.paths import Path, label_of, labels_of
from reports.language.formulas import bases_of
from reports.language.report import (
    Base,
    Condition,
    Constant,
    Dimension,
    Measure,
    MetricCondition,
    Relative,
    Report,
    ShownField,
    Window,
)

TEMPLATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rows": "The {columns} of each of the {entity}.",
        "groups": "{measures} by {dimensions}.",
        "whole": "{measures} of all {entity}.",
        "temporal": "{measures} by {bucket} of {field}{series}.",
        "series": ", for each {dimensions}",
        "main_date": "each measure's main date",
        "all": "The {entity}",
        "distinct": "The distinct {dimensions} of the {entity}.",
        "measure_filter": "{measure} only where {conditions}.",
        "filters": "Only where {conditions}.",
        "having": "Only groups where {conditions}.",
        "numbered": "{logic}, with {conditions}",
        "more": "{count} more",
        "and": " and ",
        "sort": "Ordered by {keys}.",
        "falling": "{key} (falling)",
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
        "of_each": " of each {field}",
        "previousPeriod": "Compared with the period before.",
        "previousYear": "Compared with the year before.",
        "previousTerm": "Compared with the term before.",
        "snapshot": "Compared with the snapshot {snapshot}.",
        "asOf": "As of {as_of}.",
    }
)
OPERATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "eq": "{field} is {value}",
        "ne": "{field} is not {value}",
        "in": "{field} is one of {value}",
        "notIn": "{field} is none of {value}",
        "isNull": "{field} is not known",
        "isNotNull": "{field} is known",
        "contains": "{field} contains {value}",
        "notContains": "{field} does not contain {value}",
        "startsWith": "{field} starts with {value}",
        "endsWith": "{field} ends with {value}",
        "isEmpty": "{field} is empty",
        "isNotEmpty": "{field} is not empty",
        "lt": "{field} is less than {value}",
        "lte": "{field} is at most {value}",
        "gt": "{field} is more than {value}",
        "gte": "{field} is at least {value}",
        "between": "{field} is between {value}",
        "inLast": "{field} is in the last {value}",
        "inNext": "{field} is in the next {value}",
        "inCurrent": "{field} is in the current {value}",
        "inPrevious": "{field} is in the previous {value}",
        "olderThan": "{field} is longer ago than {value}",
        "isTrue": "{field} is true",
        "isFalse": "{field} is false",
    }
)
UNITS: Final = tuple(
    f"{unit}{plural}"
    for unit in ("hour", "day", "week", "month", "quarter", "year", "term")
    for plural in ("", "s")
)
"""The words for units of time that a sentence may have."""
BUCKETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hourOfDay": "hour of the day",
        "dayOfWeek": "day of the week",
        "dayOfMonth": "day of the month",
        "monthOfYear": "month of the year",
        "weekOfTerm": "week of the term",
        "academicYear": "academic year",
    }
)
"""The words for buckets whose names aren't words."""
YES_NO: Final = ("yes", "no")
"""The words for true and false."""
_MAX_SHOWN: Final = 10


def in_words(report: Report, catalog: Catalog, translate: Translate = str) -> tuple[str, ...]:
    """The report as sentences, in English or as ``translate`` has them."""
    return tuple(_Sentences(report, catalog, translate).all())


@dataclass(frozen=True)
class _Sentences:
    """The sentences about one report."""

    report: Report
    catalog: Catalog
    translate: Translate

    def all(self) -> list[str]:
        report = self.report
        found = [self._subject()]
        for measure in report.measures:
            found += self._about_measure(measure)
        if report.filters:
            found.append(self._say("filters", conditions=self._filters()))
        if report.having:
            found.append(self._say("having", conditions=self._having()))
        if report.sort:
            names = self._names()
            keys = [
                self._part("falling", key=names[s.by]) if s.descending else names[s.by]
                for s in report.sort
            ]
            found.append(self._say("sort", keys=", ".join(keys)))
        if report.limit is not None:
            found.append(self._say("limit", limit=str(report.limit)))
        if report.has_totals:
            found.append(self._say("totals" if report.totals == "grand" else report.totals))
        if report.compare:
            found.append(self._say(report.compare.to, snapshot=report.compare.snapshot))
        if report.as_of:
            found.append(self._say("asOf", as_of=report.as_of))
        return found

    def _say(self, template: str, **places: str) -> str:
        text = self._part(template, **places)
        return text[:1].upper() + text[1:]

    def _part(self, template: str, **places: str) -> str:
        return self.translate(TEMPLATES[template]).format(**places)

    def _label(self, path: Path) -> str:
        """The label of a path; in another language the relations' and the field's, each alone."""
        if self.translate is str:
            return label_of(self.catalog, path)
        return ": ".join(self.translate(one) for one in labels_of(self.catalog, path))

    def _names(self) -> dict[str, str]:
        """The labels of the columns, by their keys."""
        report = self.report
        groups: list[ShownField | Dimension] = [*report.columns, *report.dimensions]
        names = {one.key: self._label(one.path).lower() for one in groups}
        if report.time is not None:
            names[report.time.key] = self._bucket(report.time.bucket)
        return names | {one.key: self.translate(one.label) for one in report.measures}

    def _subject(self) -> str:
        report = self.report
        entity = self.translate(self.catalog.by_key[report.entity].label).lower()
        measures = ", ".join(self.translate(m.label) for m in report.measures)
        dimensions = ", ".join(self._label(d.path).lower() for d in report.dimensions)
        if report.mode == "rows":
            columns = ", ".join(self._label(c.path).lower() for c in report.columns)
            return self._say("rows", columns=columns, entity=entity)
        if report.time is not None:
            time = report.time
            field = self._label(time.path).lower() if time.path else self._part("main_date")
            return self._say(
                "temporal",
                measures=measures or self._part("all", entity=entity),
                bucket=self._bucket(time.bucket),
                field=field,
                series=self._part("series", dimensions=dimensions) if dimensions else "",
            )
        if not report.measures:
            return self._say("distinct", dimensions=dimensions, entity=entity)
        if not dimensions:
            return self._say("whole", measures=measures, entity=entity)
        return self._say("groups", measures=measures, dimensions=dimensions)

    def _about_measure(self, measure: Measure) -> list[str]:
        """Describe what a measure's name doesn't say."""
        found: list[str] = []
        label = self.translate(measure.label)
        bases = bases_of(measure.formula)
        form = next(f for f in self.report.definition["measures"] if f["key"] == measure.key)
        if "formula" in form:
            found.append(self._say("formula", measure=label, formula=form["formula"]))
        conditions = self._and(self._condition(c) for c in _own(form, bases))
        if conditions:
            found.append(self._say("measure_filter", measure=label, conditions=conditions))
        if "offset" in form:
            n, unit = form["offset"]["n"], form["offset"]["unit"]
            found.append(self._say("offset", measure=label, n=str(n), unit=self._units(n, unit)))
        windows = {base.window for base in bases if base.window}
        found += [self._window(label, window) for window in windows]
        if measure.calc:
            found.append(self._say(measure.calc.kind, measure=label, n=str(measure.calc.n)))
        return found

    def _window(self, label: str, window: Window) -> str:
        if window.kind == "trailing":
            bucket = self.report.time.bucket if self.report.time else "period"
            return self._say(
                "trailing",
                measure=label,
                n=str(window.n),
                unit=self._units(window.n, window.unit),
                bucket=self._bucket(bucket),
            )
        if window.kind == "toDate":
            template = "toDateAll" if window.unit == "all" else "toDate"
            return self._say(template, measure=label, unit=self.translate(window.unit))
        field = self._label(window.path).lower()
        each = ", ".join(self._label(path).lower() for path in window.by)
        by = self._part("of_each", field=each) if each else ""
        return self._say(window.kind, measure=label, field=field, by=by)

    def _bucket(self, bucket: str) -> str:
        return self.translate(BUCKETS.get(bucket, bucket))

    def _units(self, n: int, unit: str) -> str:
        return self.translate(unit if n == 1 else f"{unit}s")

    def _and(self, parts: Iterable[str]) -> str:
        return self._part("and").join(parts)

    def _having(self) -> str:
        labels = {m.key: self.translate(m.label) for m in self.report.measures}
        return self._and(
            self._compared(labels[h.measure], h.op, h.values)
            if h.relative is None
            else self._relative(labels[h.measure], h.relative)
            for h in self.report.having
        )

    def _filters(self) -> str:
        forms = self.report.definition["filters"]
        phrases = [
            self._filter(f, form) for f, form in zip(self.report.filters, forms, strict=True)
        ]
        logic = self.report.definition.get("filterLogic")
        if not logic:
            return self._and(phrases)
        numbered = "; ".join(f"({n}) {text}" for n, text in enumerate(phrases, start=1))
        return self._part("numbered", logic=str(logic).lower(), conditions=numbered)

    def _filter(self, condition: Condition | MetricCondition, form: Mapping[str, object]) -> str:
        if isinstance(condition, Condition):
            return self._condition(condition)
        measure = condition.measure
        own = self._and(self._condition(c) for c in _own(form, bases_of(measure.formula)))
        label = self.translate(measure.label)
        return self._compared(f"{label} ({own})" if own else label, condition.op, condition.values)

    def _condition(self, condition: Condition) -> str:
        label = self._label(condition.path)
        if condition.relative:
            return self._relative(label, condition.relative)
        if condition.other:
            return self._operator(condition.op, label, self._label(condition.other))
        return self._compared(label, condition.op, condition.values, condition.path.field.choices)

    def _operator(self, op: str, label: str, value: str) -> str:
        return self.translate(OPERATORS[op]).format(field=label, value=value).strip()

    def _relative(self, label: str, relative: Relative) -> str:
        is_period = relative.op in {"inCurrent", "inPrevious"}
        unit = self.translate(relative.unit)
        value = unit if is_period else f"{relative.n} {self._units(relative.n, relative.unit)}"
        return self._operator(relative.op, label, value)

    def _compared(
        self,
        label: str,
        op: str,
        values: tuple[Constant, ...],
        choices: tuple[tuple[str, str], ...] = (),
    ) -> str:
        known = {code: self.translate(text) for code, text in choices}
        texts = [self._value(value, known) for value in values[:_MAX_SHOWN]]
        if len(values) > _MAX_SHOWN:
            texts.append(self._part("more", count=str(len(values) - _MAX_SHOWN)))
        joined = self._and(texts) if op == "between" else ", ".join(texts)
        return self._operator(op, label, joined)

    def _value(self, value: Constant, choices: Mapping[str, str]) -> str:
        if isinstance(value, bool):
            return self.translate(YES_NO[0] if value else YES_NO[1])
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, str):
            return choices.get(value) or f"“{value[:80]}”"
        return format(value, "f") if not isinstance(value, int) else str(value)


def _own(form: Mapping[str, object], bases: tuple[Base, ...]) -> tuple[Condition, ...]:
    """The measure's own filters, without those of the metrics it is made of."""
    own = form.get("filters")
    count = len(own) if isinstance(own, list) else 0
    conditions = bases[0].conditions if bases else ()
    return conditions[len(conditions) - count :] if count else ()
