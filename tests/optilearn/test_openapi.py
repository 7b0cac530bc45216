"""The description of the API: examples that are right, and what every operation states."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from optilearn.config.api import api
from optilearn.core.errors import ErrorCode
from optilearn.core.http.envelope import encode
from tests.support.client import bearer, call, openapi, token_of
from tests.support.twins import Twin

BODIES = {
    f"{method.upper()} {path}": operation["requestBody"]["content"]["application/json"]["schema"]
    for path, methods in openapi()["paths"].items()
    for method, operation in methods.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    for way in schema.get("anyOf", []):  # a body that may be left out
        schema = way if "$ref" in way else schema
    name = schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else ""
    return dict(openapi()["components"]["schemas"][name]) if name else schema


def examples_of(schema: dict[str, Any]) -> list[Any]:
    """The example of a body, or one put together from its fields' examples."""
    whole = [schema["example"]] if "example" in schema else list(schema.get("examples", []))
    if whole:
        return whole
    if "oneOf" in schema:
        return [example for way in schema["oneOf"] for example in examples_of(way)]
    fields = {}
    for name, field in schema.get("properties", {}).items():
        found = [field["example"]] if "example" in field else field.get("examples", [])
        if found:
            fields[name] = found[0]
    return [fields] if set(schema.get("required", [])) <= set(fields) and fields else []


@pytest.mark.parametrize("operation", BODIES)
def test_every_body_has_an_example_that_fits(operation: str) -> None:
    schema = resolved(BODIES[operation])
    examples = examples_of(schema)
    assert examples, f"{operation}: {schema.get('title')} shows no example"
    validator = Draft202012Validator(schema | {"components": openapi()["components"]})
    for example in examples:
        validator.validate(example)


def test_every_operation_says_what_it_is_for() -> None:
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            assert operation.get("tags"), (method, path)


def test_no_two_schemas_share_a_name() -> None:
    """Components are keyed by class name: the second would replace the first in silence."""
    from optilearn.core.http.envelope import CamelSchema

    def below(base: type) -> list[type]:
        return [kind for sub in base.__subclasses__() for kind in (sub, *below(sub))]

    places: dict[str, set[str]] = {}
    for kind in below(CamelSchema):
        if kind.__name__ in openapi()["components"]["schemas"]:
            places.setdefault(kind.__name__, set()).add(kind.__module__)
    assert places
    shared = {name: found for name, found in places.items() if len(found) > 1}
    assert not shared


def bodies_below(schema: dict[str, Any], seen: set[str]) -> list[tuple[str, dict[str, Any]]]:
    """The objects that a body consists of, each once, with their names."""
    ways = schema.get("anyOf", []) + schema.get("oneOf", []) + schema.get("allOf", [])
    found = [one for way in ways for one in bodies_below(way, seen)]
    if "items" in schema:
        found += bodies_below(schema["items"], seen)
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name not in seen:
            seen.add(name)
            target = openapi()["components"]["schemas"][name]
            found += [(name, target), *bodies_below(target, seen)]
    for field in schema.get("properties", {}).values():
        found += bodies_below(field, seen)
    return found


@pytest.mark.parametrize("operation", [name for name in BODIES if name.startswith("PATCH")])
def test_what_a_change_does_not_send_has_no_default(operation: str) -> None:
    """A generated client sends stated defaults: a change of one field would reset the others."""
    objects = bodies_below(BODIES[operation], set())
    assert objects
    assert "required" not in objects[0][1]
    for name, schema in objects:
        defaults = {field: s for field, s in schema.get("properties", {}).items() if "default" in s}
        assert not defaults, name
        if set(schema.get("required", [])) != set(schema.get("properties", {})):
            assert "left out" in schema["description"] or "what is sent" in schema["description"]


def test_what_is_published_begins_below_its_servers() -> None:
    published = api.get_openapi_schema()
    assert [server["url"] for server in published["servers"]] == ["/api/v1", "/api"]
    assert {f"/api{path}" for path in published["paths"]} == set(openapi()["paths"])


def test_every_schema_shows_an_example_that_fits() -> None:
    schemas = openapi()["components"]["schemas"]
    for name, schema in schemas.items():
        found = examples_of(schema)
        assert found, name
        validator = Draft202012Validator(schema | {"components": openapi()["components"]})
        for example in found:
            validator.validate(example)


def test_the_description_is_made_once() -> None:
    assert api.get_openapi_schema() is api.get_openapi_schema()
    assert api.get_openapi_schema(path_prefix="/api/") is not api.get_openapi_schema()


def test_operations_are_named_by_verbs_of_their_own() -> None:
    names = [
        operation["operationId"]
        for operations in openapi()["paths"].values()
        for operation in operations.values()
    ]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name) for name in names)


def test_ids_are_long_and_codes_are_enumerated() -> None:
    schemas = openapi()["components"]["schemas"]
    assert schemas["CourseOut"]["properties"]["id"] == {
        "format": "int64",
        "title": "Id",
        "type": "integer",
    }
    code = schemas["ErrorBody"]["properties"]["code"]
    assert code == {"$ref": "#/components/schemas/ErrorCode"}
    assert set(schemas["ErrorCode"]["enum"]) == set(ErrorCode)
    for name in ("CourseStatus", "Role", "EnrollmentStatus", "LessonKind", "Channel"):
        assert schemas[name]["enum"], name


def test_304_is_stated_wherever_an_etag_is_answered(twins: tuple[Twin, Twin]) -> None:
    north, _ = twins
    headers = bearer(token_of(north, "tom"))
    for path, operations in openapi()["paths"].items():
        concrete = path.replace("{courseId}", str(north.courses["MATH"].pk))
        if (
            "get" in operations
            and "{" not in concrete
            and "304" not in operations["get"]["responses"]
        ):
            assert "ETag" not in Client().get(concrete, headers=headers), path


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This is missing."), ("hi", "यह नहीं दिया गया है।")]
)
def test_problems_are_told_by_pointers_in_the_readers_language(
    twins: tuple[Twin, Twin], language: str, words: str
) -> None:
    north, _ = twins
    sent = {"Accept-Language": language}
    token = token_of(north, "tom")
    _, body = call("POST", "/api/courses", token=token, body={"title": "x" * 301, "a/b": 1}, **sent)
    found = {one["path"]: (one["code"], one["message"]) for one in body["error"]["details"]}
    assert found["/code"] == ("missing", words)
    assert set(found) == {"/code", "/title", "/a~1b"}
    deep = {"modules": [{"id": "x", "lessons": [1, "y"]}]}
    path = f"/api/courses/{north.courses['MATH'].pk}/order"
    _, body = call("PUT", path, token=token, body=deep, **sent)
    paths = [one["path"] for one in body["error"]["details"]]
    assert paths == ["/modules/0/id", "/modules/0/lessons/1"]
    _, body = call("GET", "/api/courses?page=0&status=NEW", token=token, **sent)
    assert [one["path"] for one in body["error"]["details"]] == ["/page", "/status"]
    assert "Input" not in str(body)


def test_instants_have_one_form(twins: tuple[Twin, Twin]) -> None:
    moment = datetime(2026, 4, 13, 9, 0, 0, 123456, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert encode({"at": [moment]}) == b'{"at":["2026-04-13T03:30:00Z"]}'
