"""Examples for the schemas of the API's description, where a schema brings none of its own.

They are put together from the fields: from what a field says of itself (its own example, its
values, its form), else from its name, as a reader would make one up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/"
_BY_FORMAT: Final = {
    "date-time": "2026-04-13T03:30:00Z",
    "date": "2026-04-13",
    "uuid": "0196f3a2-7c1e-7b3a-9d55-3f0c8a1e2b47",
    "binary": "",
}
_BY_NAME: Final = {
    "title": "Mathematics 8",
    "name": "Asha Rao",
    "studentName": "Asha Rao",
    "code": "MATH-8",
    "email": "asha@example.org",
    "address": "asha@example.org",
    "url": "https://learn.example.org/courses/3",
    "embedUrl": "https://video.example.org/42",
    "filename": "fractions.pdf",
    "contentType": "application/pdf",
    "language": "en",
    "languages": "en",
    "locale": "en",
    "currency": "INR",
    "timeZone": "Asia/Kolkata",
    "slug": "springdale",
    "institution": "springdale",
    "category": "Mathematics",
    "className": "Class 8",
    "classId": "class-8",
    "sectionName": "A",
    "sectionId": "section-8a",
    "scopes": "courses:read",
    "key": "LESSON_NEW_CONTENT",
    "path": "/title",
    "message": "This is missing.",
    "start": "21:00",
    "end": "07:00",
}
_DEEPEST: Final = 6


def add_examples(schemas: Mapping[str, Json]) -> None:
    """Give every schema that shows no example one that fits it."""
    for schema in schemas.values():
        if "example" not in schema and "examples" not in schema:
            schema["examples"] = [_of(schema, "", schemas, _DEEPEST)]


def _of(schema: Json, name: str, schemas: Mapping[str, Json], deep: int) -> Any:
    if "$ref" in schema:
        found = schemas[schema["$ref"].removeprefix(_REFERENCE)]
        return _of(found, name, schemas, deep - 1)
    stated = [schema[word] for word in ("example", "const") if word in schema]
    stated += schema.get("examples", [])[:1] + schema.get("enum", [])[:1]
    if stated:
        return stated[0]
    for ways in ("anyOf", "oneOf", "allOf"):
        if ways in schema:
            return _of_ways(schema[ways], name, schemas, deep)
    return _of_type(schema, name, schemas, deep)


def _of_ways(ways: list[Json], name: str, schemas: Mapping[str, Json], deep: int) -> Any:
    is_optional = any(way.get("type") == "null" for way in ways)
    if is_optional and deep <= 0:
        return None
    return _of(next(way for way in ways if way.get("type") != "null"), name, schemas, deep)


def _of_type(schema: Json, name: str, schemas: Mapping[str, Json], deep: int) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        fields = schema.get("properties", {})
        return {key: _of(part, key, schemas, deep - 1) for key, part in fields.items()}
    if kind == "array":
        return _of_array(schema, name, schemas, deep)
    if kind == "string":
        return _of_text(schema, name)
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    return {"boolean": True, "null": None}.get(str(kind), "MATH-8")


def _of_array(schema: Json, name: str, schemas: Mapping[str, Json], deep: int) -> Any:
    if "prefixItems" in schema:
        return [_of(part, name, schemas, deep) for part in schema["prefixItems"]]
    if deep <= 0 and not schema.get("minItems"):
        return []
    return [_of(schema.get("items", {}), name, schemas, deep - 1)]


def _of_text(schema: Json, name: str) -> str:
    text = _BY_FORMAT.get(schema.get("format", "")) or _BY_NAME.get(name, "…")
    return text[: schema.get("maxLength", len(text))]
