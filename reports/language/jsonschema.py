"""The JSON Schema (draft 2020-12) of a report definition.

It says what a document looks like. Whether the names in it exist, and whether its parts fit
together is known by validation against a catalog only. The choices that
docs/report-reference.md leaves open are stated in the descriptions here.
"""

from __future__ import annotations

from reports.language import words
from reports.language.logic import MAX_CHARACTERS
from reports.language.measure_schema import JsonSchema, closed, listed, measures, text
from reports.language.shape import MAX_TEXT


def definition_schema() -> JsonSchema:
    """The schema, built from the same limits and words that validation uses."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ReportDefinition",
        "type": "object",
        "required": ["version", "entity", "mode"],
        "additionalProperties": False,
        "properties": _properties(),
        "$defs": _definitions(),
        "allOf": [
            _when("rows", {"required": ["columns"]}),
            _when("temporal", {"required": ["time"]}),
        ],
    }


def _when(mode: str, then: JsonSchema) -> JsonSchema:
    return {"if": {"properties": {"mode": {"const": mode}}}, "then": then}


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _properties() -> JsonSchema:
    return {
        "version": {"const": 1},
        "entity": text("The root entity: what one row means."),
        "mode": {"enum": list(words.MODES)},
        "columns": listed(_ref("path"), words.MAX_COLUMNS),
        "dimensions": listed(_ref("dimension"), words.MAX_DIMENSIONS),
        "time": {"anyOf": [_ref("time"), {"type": "null"}]},
        "measures": listed(_ref("measure"), words.MAX_MEASURES),
        "filters": listed(_ref("filter"), words.MAX_FILTERS),
        "filterLogic": {
            "type": ["string", "null"],
            "maxLength": MAX_CHARACTERS,
            "description": "AND, OR, brackets and numbers of filters, from 1; AND binds tighter.",
        },
        "having": listed(_ref("having"), words.MAX_HAVING),
        "sort": listed(_ref("sort"), words.MAX_SORTS),
        "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": words.MAX_LIMIT},
        "totals": {
            "enum": [*words.TOTALS, None],
            "description": "A subtotal for each number of leading groups; time is the first.",
        },
        "compare": {"anyOf": [_compare(), {"type": "null"}]},
        "asOf": {
            "type": ["string", "null"],
            "maxLength": MAX_TEXT,
            "description": "A snapshot's id, or a moment (a date: its end): the newest then.",
        },
        "chart": {"anyOf": [_ref("chart"), {"type": "null"}]},
    }


def _definitions() -> JsonSchema:
    return {
        "path": text("A field of the root entity, or relation.field; a relation alone is its id."),
        "dimension": {"anyOf": [_ref("path"), closed(["field"], _dimension())]},
        "time": closed(["field", "bucket"], _time()),
        "condition": closed(["field", "op"], _condition()),
        "filter": {"anyOf": [_ref("condition"), closed(["metric", "op"], _metric_filter())]},
        "measure": {"anyOf": [text("A declared metric."), *measures()]},
        "having": closed(["measure", "op"], {"measure": text(), **_operation()}),
        "sort": closed(["by"], {"by": text("A column's key."), "dir": _choice("asc", "desc")}),
        "chart": closed(
            ["type"], {"type": {"enum": list(words.CHARTS)}, "goal": {"type": ["number", "null"]}}
        ),
        "value": _value(),
    }


def _compare() -> JsonSchema:
    return {
        "description": "previousPeriod is the period before that of the filters, of the same "
        "kind (without one, each bucket's previous); a period that is not over is compared with "
        "the same part of the one before. Groups of the earlier time alone are not listed.",
        **closed(["to"], {"to": {"enum": list(words.COMPARISONS)}, "snapshot": text()}),
    }


def _choice(*options: str) -> JsonSchema:
    return {"enum": [*options, None]}


def _dimension() -> JsonSchema:
    bins = listed({"type": "number"}, words.MAX_BINS) | {
        "minItems": 2,
        "description": "Edges in rising order; bins are half-open, the last one closed. "
        "Only bins that have rows are groups.",
    }
    return {"field": _ref("path"), "bins": bins}


def _time() -> JsonSchema:
    return {
        "field": text('A date, or "time": each measure by its own entity\'s main date.'),
        "bucket": {
            "enum": list(words.BUCKETS),
            "description": "dayOfWeek is 1 (Monday) to 7. weekOfTerm counts from 1, the week in "
            "which the term starts; a day in two terms belongs to the one that began last, and "
            "one in none to no bucket. academicYear begins with the month in autumn (August to "
            "October) in which a term begins, else with the first month in which one does. Rows "
            "without a date are in no bucket and in no total; a warning counts them.",
        },
        "fill": {
            "type": ["boolean", "null"],
            "description": "Every bucket between the ends of the range: of the filters on this "
            "date that all rows must meet, else of the data. The parts of a date are filled "
            "whole. The series are those that the data have.",
        },
    }


def _operation() -> JsonSchema:
    return {"op": {"enum": list(words.ALL_OPS)}, "value": _ref("value")}


def _condition() -> JsonSchema:
    return {"field": _ref("path"), **_operation()}


def _conditions() -> JsonSchema:
    return listed(_ref("condition"), words.MAX_FILTERS)


def _metric_filter() -> JsonSchema:
    return {
        "metric": text("A metric of a child entity, worked out for each row of the root."),
        "filters": _conditions(),
        **_operation(),
    }


def _value() -> JsonSchema:
    scalar: JsonSchema = {"type": ["string", "number", "boolean"], "maxLength": MAX_TEXT}
    units = {"unit": {"enum": list(words.PERIODS)}}
    return {
        "description": "A constant; a list for in, notIn and between; another field of the row; "
        "or a range relative to the local day on which the snapshot was taken: inLast ends with "
        "that day, inNext begins with it, inCurrent and inPrevious are whole calendar units.",
        "anyOf": [
            scalar,
            {"type": "array", "items": scalar, "maxItems": words.MAX_VALUES},
            closed(["field"], {"field": _ref("path")}),
            closed(["unit"], {"n": {"type": "integer", "minimum": 1}, **units}),
        ],
    }
