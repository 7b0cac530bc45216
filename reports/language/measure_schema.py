"""The JSON Schema of measures: the same for a definition and for a catalog file's metrics."""

from __future__ import annotations

from typing import Any, Final

from reports.language import formulas, words
from reports.language.shape import MAX_TEXT
from reports.language.windows import MAX_BY, OFFSET_UNITS, TO_DATE_UNITS, WINDOW_UNITS

JsonSchema = dict[str, Any]

_KEY: Final[JsonSchema] = {"type": "string", "minLength": 1, "maxLength": 100}


def text(description: str = "") -> JsonSchema:
    """A text that isn't empty."""
    schema: JsonSchema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
    return schema | ({"description": description} if description else {})


def closed(required: list[str], properties: JsonSchema) -> JsonSchema:
    """An object that has no other keys."""
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items: JsonSchema, maximum: int) -> JsonSchema:
    """A list of at most ``maximum`` items, or null for an empty one."""
    return {"type": ["array", "null"], "items": items, "maxItems": maximum}


def measure_kinds() -> dict[str, tuple[list[str], JsonSchema]]:
    """The kinds of a measure but for its key: what is required, and the properties."""
    filters = listed({"$ref": "#/$defs/condition"}, words.MAX_FILTERS)
    options = {"filters": filters, "offset": _offset()}
    pair = {"type": "array", "items": text(), "minItems": 2, "maxItems": 2}
    return {
        "metric": (["metric"], {"metric": text("A declared metric."), **options, **_windows()}),
        "field": (["agg"], {**_aggregate(), **options, **_windows()}),
        "ratio": (
            ["ratio"],
            {"ratio": pair | {"description": "One divided by the other; NULL over 0."}, **options},
        ),
        "formula": (["formula"], {"formula": _formula(), **options}),
    }


def measures() -> list[JsonSchema]:
    """The objects that a measure of a definition may be."""
    schemas = []
    for kind, (required, properties) in measure_kinds().items():
        needed = required if kind == "metric" else ["key", *required]
        schemas.append(closed(needed, {"key": _KEY, **properties}))
    return [*schemas, _calculation()]


def _aggregate() -> JsonSchema:
    quantile = closed(["quantile"], {"quantile": {"type": "number", "minimum": 0, "maximum": 1}})
    return {
        "field": {"$ref": "#/$defs/path"},
        "agg": {"anyOf": [{"enum": list(words.AGGREGATES)}, quantile]},
        "orderBy": text(
            "For first and last, which give the value of that row, also where it is NULL; "
            "ties go by the row's key. Default: the entity's main date."
        ),
    }


def _formula() -> JsonSchema:
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": formulas.MAX_CHARACTERS,
        "description": "+ - * / and brackets over numbers, metrics and keys of earlier measures. "
        "Whole numbers stay whole and decimals exact under + - *, a division is floating; "
        "counts and sums over nothing are 0, the rest NULL; a division by 0 is NULL.",
    }


def _count(unit: tuple[str, ...]) -> JsonSchema:
    n = {"type": "integer", "minimum": 1, "maximum": words.MAX_UNITS}
    return {"n": n, "unit": {"enum": list(unit)}}


def _offset() -> JsonSchema:
    return closed(["n", "unit"], _count(OFFSET_UNITS)) | {
        "description": "The measure as if each row's date were that much later: what it was "
        "then. It moves the date of the time axis and of the report's filters on it (in a "
        "categorical report, the one date that the filters are about). Days without a "
        "counterpart (31 January a month later) count in totals only; terms are matched day by "
        "day of the term."
    }


def _windows() -> JsonSchema:
    date = text("A date of the measure's entity.")
    by = listed(text(), MAX_BY) | {"description": "The edge is found for each of these."}
    return {
        "trailing": closed(["field", "n", "unit"], {"field": date, **_count(WINDOW_UNITS)})
        | {"description": "The last n units before the end of the bucket, or of the range."},
        "toDate": closed(["field", "unit"], {"field": date, "unit": {"enum": [*TO_DATE_UNITS]}})
        | {"description": "From the start of the unit to the end of the bucket; all: for ever."},
        "semiAdditive": closed(
            ["over"], {"over": date, "take": {"enum": ["last", "first", None]}, "by": by}
        )
        | {"description": "Only the rows at the last (or first) date of each cell."},
    }


def _calculation() -> JsonSchema:
    n = {"type": "integer", "minimum": 1, "maximum": words.MAX_MOVING}
    of = text("A metric, or the key of an earlier measure that is no calculation.")
    properties = {"key": _KEY, "calc": {"enum": list(words.CALCULATIONS)}, "of": of, "n": n}
    return closed(["key", "calc", "of"], properties) | {
        "description": "Worked out over the finished cells, after having. In time, each series "
        "by itself; else in the report's order. rank: 1 is the largest, equals share it; n is "
        "the number of rows of movingAverage."
    }
