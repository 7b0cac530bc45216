"""The JSON Schema (draft 2020-12) of a catalog file."""

from __future__ import annotations

from typing import Any

from reports.language.jsonschema import definition_schema
from reports.language.measure_schema import closed, measure_kinds, text
from reports.modelfile.read import MAX_SQL, NAME, TYPES, WEEKDAYS

JsonSchema = dict[str, Any]

_NAMES = {"pattern": NAME.pattern.replace("\\Z", "$"), "maxLength": 100}


def model_file_schema() -> JsonSchema:
    """The schema of the YAML document, as the JSON that it stands for."""
    definitions = definition_schema()["$defs"]
    shared = {name: definitions[name] for name in ("path", "condition", "value")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Catalog",
        **closed(["version", "entities"], _properties()),
        "$defs": {**shared, "entity": _entity(), "metric": _metric()},
    }


def _named(items: JsonSchema) -> JsonSchema:
    return {"type": "object", "propertyNames": _NAMES, "additionalProperties": items}


def _properties() -> JsonSchema:
    day = {"type": "string", "format": "date"}
    term = closed(
        ["code", "startsOn", "endsOn"],
        {"code": {"type": ["string", "integer"]}, "startsOn": day, "endsOn": day},
    )
    return {
        "version": {"const": 1},
        "timezone": text("An IANA name; instants are shown and cut into days in it. UTC."),
        "weekStart": {"enum": list(WEEKDAYS)},
        "terms": {"type": ["array", "null"], "items": term},
        "minGroupSize": {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": 1_000,
            "description": "Numbers about fewer people (scope.person) are hidden. 0.",
        },
        "entities": _named({"$ref": "#/$defs/entity"}) | {"minProperties": 1},
    }


def _entity() -> JsonSchema:
    columns = {"type": "array", "items": text()}
    properties = {
        "table": text("A table or view of the database, with its schema if it is not main."),
        "sql": _sql("A query instead of a table; the catalog's author vouches for it."),
        "key": {"anyOf": [text(), columns]} | {"description": "The grain; may be left out."},
        "label": text(),
        "time": text("The field that is its main date."),
        "fields": _named(_field()),
        "relations": _named(_relation()),
        "metrics": _named({"$ref": "#/$defs/metric"}),
        "scope": closed([], {"person": text(), "course": text()}),
    }
    either = {"oneOf": [{"required": ["table"]}, {"required": ["sql"]}]}
    return closed([], properties) | either


def _field() -> JsonSchema:
    kinds = {"anyOf": [{"enum": list(TYPES)}, {"pattern": r"^decimal\(\d{1,2}, ?\d{1,2}\)$"}]}
    properties = {
        "column": text("Default: the field's name."),
        "sql": _sql("An expression over the table's columns, instead of a column."),
        "type": {"type": "string", **kinds},
        **_words(),
    }
    return closed(["type"], properties)


def _relation() -> JsonSchema:
    match = {"type": "object", "minProperties": 1, "additionalProperties": text()}
    properties = {
        "to": text("An entity: many of ours belong to one of it."),
        "match": match | {"description": "Our column for each column of its key."},
        "label": text(),
        "default": {"type": "boolean"},
    }
    return closed(["to", "match"], properties)


def _metric() -> JsonSchema:
    return {
        "anyOf": [
            closed(required, {**properties, **_words()})
            for required, properties in measure_kinds().values()
        ]
    }


def _sql(description: str) -> JsonSchema:
    return text(description) | {"maxLength": MAX_SQL}


def _words() -> JsonSchema:
    return {"label": text(), "description": text(), "unit": text(), "format": text()}
