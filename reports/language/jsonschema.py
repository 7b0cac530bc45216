"""The JSON Schema (draft 2020-12) of a report definition.

It says what a document looks like. Whether the names in it exist, and whether its parts fit
together, only validation against a catalogue can tell. The choices that report-dsl.md leaves
open are stated in the descriptions here.
"""

from __future__ import annotations

from typing import Any

from reports.language import words
from reports.language.logic import MOST_CHARACTERS
from reports.language.shape import MOST_TEXT

JsonSchema = dict[str, Any]


def definition_schema() -> JsonSchema:
    """The schema, made from the same limits and words that validation uses."""
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


def _text(description: str = "") -> JsonSchema:
    schema: JsonSchema = {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}
    return schema | ({"description": description} if description else {})


def _list(items: JsonSchema, most: int) -> JsonSchema:
    return {"type": ["array", "null"], "items": items, "maxItems": most}


def _object(required: list[str], properties: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def _ref(name: str) -> JsonSchema:
    return {"$ref": f"#/$defs/{name}"}


def _properties() -> JsonSchema:
    return {
        "version": {"const": 1},
        "entity": _text("The root entity: what one row means."),
        "mode": {"enum": list(words.MODES)},
        "columns": _list(_ref("path"), words.MOST_COLUMNS),
        "dimensions": _list(_ref("dimension"), words.MOST_DIMENSIONS),
        "time": {"anyOf": [_ref("time"), {"type": "null"}]},
        "measures": _list(_ref("measure"), words.MOST_MEASURES),
        "filters": _list(_ref("filter"), words.MOST_FILTERS),
        "filterLogic": {
            "type": ["string", "null"],
            "maxLength": MOST_CHARACTERS,
            "description": "AND, OR, brackets and numbers of filters, from 1; AND binds tighter.",
        },
        "having": _list(_ref("having"), words.MOST_HAVING),
        "sort": _list(_ref("sort"), words.MOST_SORTS),
        "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": words.MOST_LIMIT},
        "totals": {"enum": [*words.TOTALS, None]},
        "chart": {"anyOf": [_ref("chart"), {"type": "null"}]},
    }


def _definitions() -> JsonSchema:
    return {
        "path": _text("A field of the root entity, or relation.field; a relation alone is its id."),
        "dimension": {"anyOf": [_ref("path"), _object(["field"], _dimension())]},
        "time": _object(["field", "bucket"], _time()),
        "condition": _object(["field", "op"], _condition()),
        "filter": {"anyOf": [_ref("condition"), _object(["metric", "op"], _metric_filter())]},
        "measure": {"anyOf": [_text("A declared metric."), *_measures()]},
        "having": _object(["measure", "op"], {"measure": _text(), **_operation()}),
        "sort": _object(["by"], {"by": _text("A column's key."), "dir": _choice("asc", "desc")}),
        "chart": _object(
            ["type"], {"type": {"enum": list(words.CHARTS)}, "goal": {"type": ["number", "null"]}}
        ),
        "value": _value(),
    }


def _choice(*options: str) -> JsonSchema:
    return {"enum": [*options, None]}


def _dimension() -> JsonSchema:
    bins = _list({"type": "number"}, words.MOST_BINS) | {
        "minItems": 2,
        "description": "Edges in rising order; bins are half-open, the last one closed. "
        "Only bins that have rows are groups.",
    }
    return {"field": _ref("path"), "bins": bins}


def _time() -> JsonSchema:
    return {
        "field": _text('A date, or "time": each measure by its own entity\'s main date.'),
        "bucket": {
            "enum": list(words.BUCKETS),
            "description": "dayOfWeek is 1 (Monday) to 7. Rows without a date are in no bucket "
            "and in no total; a warning counts them.",
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
    return _list(_ref("condition"), words.MOST_FILTERS)


def _metric_filter() -> JsonSchema:
    return {
        "metric": _text("A metric of a child entity, worked out for each row of the root."),
        "filters": _conditions(),
        **_operation(),
    }


def _measures() -> list[JsonSchema]:
    key = {"type": "string", "minLength": 1, "maxLength": 100}
    quantile = _object(["quantile"], {"quantile": {"type": "number", "minimum": 0, "maximum": 1}})
    ad_hoc = {
        "key": key,
        "field": _ref("path"),
        "agg": {"anyOf": [{"enum": list(words.AGGREGATES)}, quantile]},
        "filters": _conditions(),
        "orderBy": _text(
            "For first and last, which give the value of that row, also where it is NULL; "
            "ties go by the row's id. Default: the entity's main date."
        ),
    }
    metric = {"key": key, "metric": _text(), "filters": _conditions()}
    pair = {"type": "array", "items": _text(), "minItems": 2, "maxItems": 2}
    return [
        _object(["metric"], metric),
        _object(["key", "agg"], ad_hoc),
        _object(["key", "ratio"], {"key": key, "ratio": pair}),
    ]


def _value() -> JsonSchema:
    scalar: JsonSchema = {"type": ["string", "number", "boolean"], "maxLength": MOST_TEXT}
    units = {"unit": {"enum": list(words.PERIODS)}}
    return {
        "description": "A constant; a list for in, notIn and between; another field of the row; "
        "or a range relative to the local day on which the snapshot was taken: inLast ends with "
        "that day, inNext begins with it, inCurrent and inPrevious are whole calendar units.",
        "anyOf": [
            scalar,
            {"type": "array", "items": scalar, "maxItems": words.MOST_VALUES},
            _object(["field"], {"field": _ref("path")}),
            _object(["unit"], {"n": {"type": "integer", "minimum": 1}, **units}),
        ],
    }
