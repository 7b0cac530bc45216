"""The API's description, as generators of clients and validators read it (OpenAPI 3.1).

Ninja writes it from the operations; what they don't say, and what is no valid OpenAPI, is mended
here, by rules and not one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from threading import Lock
from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from optilearn.core.http.examples import add_examples

Json = dict[str, Any]

SERVERS: Final = [
    {"url": "/api/v1", "description": "Apps and integrations, by bearer. Stable."},
    {"url": "/api", "description": "The same operations for our own pages, by cookie or bearer."},
]
_BEARER: Final = "SessionAuth"
_ACTING: Final[Json] = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Acting-As",
    "description": "Beside the caller's own token: that of `startActing`, to act as its person.",
}
_KNOWN: Final[Json] = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag of the answer that the caller has.",
    "example": '"5d41402abc4b2a76b9719d911017c592"',
}
_ETAG: Final[Json] = {
    "ETag": {"schema": {"type": "string"}, "description": "To be sent as `If-None-Match`."}
}
_INT32: Final = 2**31 - 1


class PublishedAPI(NinjaAPI):
    """An API whose description is valid, and by which clients can be made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._describing = Lock()
        self._descriptions: dict[str | None, OpenAPISchema] = {}

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Raises ``LookupError``: every operation has a name of its own, which is never renamed."""
        raise LookupError(f"{operation.view_func.__qualname__} has no operation_id.")

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: Json | None = None
    ) -> OpenAPISchema:
        """The description: below its servers or, with a prefix, with whole paths.

        Made once in a process: whoever reads it costs no more than its bytes.
        """
        with self._describing:  # `servers` is the API's own, and two forms would mix
            if path_prefix not in self._descriptions:
                self._descriptions[path_prefix] = self._description(path_prefix, path_params)
            return self._descriptions[path_prefix]

    def _description(self, path_prefix: str | None, path_params: Json | None) -> OpenAPISchema:
        self.servers = SERVERS if path_prefix is None else []
        document = super().get_openapi_schema(
            path_prefix=path_prefix or "/", path_params=path_params
        )
        _repair(document)
        if path_prefix is None:
            _let_answers_grow(document)
        else:
            del document["servers"]
        return document


def conditional() -> Json:
    """Return the ``openapi_extra`` of an operation whose answer carries an ETag."""
    return {
        "parameters": [_KNOWN],
        "responses": {200: {"headers": _ETAG}, 304: {"description": "As the caller has it."}},
    }


def _repair(document: OpenAPISchema) -> None:
    components = document["components"]
    schemes = components["securitySchemes"]
    schemes.pop("Public", None)
    schemes["ActingAs"] = _ACTING
    for operations in document["paths"].values():
        for operation in operations.values():
            _repair_operation(operation)
    for schema in _objects(document):
        _repair_schema(schema)
    used = _used(document["paths"], components["schemas"])
    components["schemas"] = {
        name: one for name, one in components["schemas"].items() if name in used
    }
    for name in _sent(document):
        _state_defaults(components["schemas"][name])
    add_examples(components["schemas"])


def _let_answers_grow(document: OpenAPISchema) -> None:
    """Fields are added to answers: a client that was made today has to take those of tomorrow."""
    sent = _sent(document)
    for name, schema in document["components"]["schemas"].items():
        if name not in sent and schema.get("additionalProperties") is False:
            del schema["additionalProperties"]


def _state_defaults(schema: Json) -> None:
    """Say what a field is that isn't sent, in words.

    Of a stated default some generators make a value that is always sent, others a field that has
    to be.
    """
    for field in schema.get("properties", {}).values():
        if "default" in field:
            value = json.dumps(field.pop("default"), ensure_ascii=False)
            field["description"] = f"{field.get('description', '')} Default: {value}.".strip()


def _sent(document: OpenAPISchema) -> set[str]:
    """The schemas of what is sent."""
    bodies = [
        operation.get("requestBody", {})
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    return _used(bodies, document["components"]["schemas"])


def _used(value: Any, schemas: Json) -> set[str]:
    """The schemas that the operations name; ninja adds one of each query's parameters too."""
    waiting, used = [value], set[str]()
    while waiting:
        for part in _objects(waiting.pop()):
            name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in used:
                used.add(name)
                waiting.append(schemas[name])
    return used


def _repair_operation(operation: Json) -> None:
    is_open = operation.get("security") == [{"Public": []}]
    operation["security"] = [] if is_open else [{_BEARER: []}, {_BEARER: [], "ActingAs": []}]
    operation["responses"] = {str(code): stated for code, stated in operation["responses"].items()}
    for parameter in operation["parameters"]:
        # Of a parameter `examples` is a map of named ones, of a schema a list of values.
        examples = parameter.pop("examples", None)
        if examples:
            parameter["example"] = examples[0]
        parameter["schema"].pop("examples", None)


def _objects(value: Any) -> Iterator[Json]:
    """Every object in a description, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for part in list(value.values()):
            yield from _objects(part)
    elif isinstance(value, list):
        for part in value:
            yield from _objects(part)


def _repair_schema(schema: Json) -> None:
    if schema.get("type") == "integer" and abs(schema.get("maximum", _INT32 + 1)) > _INT32:
        schema.setdefault("format", "int64")
    ways = schema.get("allOf")
    if isinstance(ways, list) and len(ways) == 1 and "$ref" in ways[0]:
        # A generator makes a class of its own of it, and imports what it then doesn't write.
        del schema["allOf"]
        schema.pop("default", None)
        schema.update(ways[0])
    values = schema.get("enum")
    if isinstance(values, list) and any(not str(value)[:1].isalpha() for value in values):
        schema["x-enum-varnames"] = [_name(str(value)) for value in values]


def _name(value: str) -> str:
    """The name of a member: ``-lastActivity`` is LAST_ACTIVITY_DESCENDING."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value.removeprefix("-")).upper()
    return (words or "NONE") + ("_DESCENDING" if value.startswith("-") else "")
