"""The envelope of every answer under ``/api/``: ``{data, error, meta?}``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError

from optilearn.core.errors import ErrorCode

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder(decimal_format="number")


class CamelSchema(BaseModel):
    """A schema whose names are camelCase on the wire; unknown names are refused.

    No ``ninja.Schema``, which reads attributes of model objects: nothing here is one, and its
    validator in Python costs twenty times what pydantic's own takes (docs/benchmarks.md).
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


ABSENT: Final[Any] = None
"""The default of a field that has none: ``model_dump(exclude_unset=True)`` is what was sent."""


class ChangeSchema(CamelSchema):
    """A partial update: a field that isn't sent stays as it is.

    The description states no default of such a field: generated clients send stated defaults, so
    that a change of one field would reset all others.
    """

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema without defaults."""
        stated = handler(core_schema)
        for field in handler.resolve_ref_schema(stated).get("properties", {}).values():
            field.pop("default", None)
        return stated


def example(value: dict[str, Any]) -> ConfigDict:
    """The configuration of a schema that shows one good body, as it is on the wire."""
    return ConfigDict(json_schema_extra={"example": value})


MAX_DEPTH: Final = 60
"""Of JSON in a request that is handed on as it is."""


def shallow(value: Any) -> Any:
    """Return a JSON value. Raises ``PydanticCustomError`` TOO_DEEP for one nested too deeply."""
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise PydanticCustomError("TOO_DEEP", _("This is nested too deeply."))
        parts = [p for p in level if isinstance(p, dict | list)]
        level = [c for p in parts for c in (p.values() if isinstance(p, dict) else p)]
        depth += 1
    return value


JsonObject = Annotated[dict[str, Any], AfterValidator(shallow)]
JsonValue = Annotated[Any, AfterValidator(shallow)]

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""An exact decimal, which is a JSON number on the wire."""


class ErrorBody(CamelSchema):
    """The reason of a refusal."""

    code: ErrorCode
    message: str
    details: Any = None
    request_id: str | None = None


class PageMeta(CamelSchema):
    """The position of a page in its list."""

    total: int
    page: int
    per_page: int
    total_pages: int


class Envelope(CamelSchema, Generic[T]):
    """An answer. A refusal has `error` instead of `data`."""

    data: T
    error: None
    meta: PageMeta | None = Field(None, description="Of a list in pages.")


class Done(CamelSchema):
    """It is done."""

    done: bool


class ErrorEnvelope(CamelSchema):
    """A refusal."""

    data: None
    error: ErrorBody


def refusals(*statuses: int) -> dict[Any, Any]:
    """The responses of an operation that may be refused so.

    Everywhere a caller may be unknown (401), hold a token without the scope (403), or
    ask too often (429).
    """
    return dict.fromkeys((*statuses, 401, 403, 429), ErrorEnvelope)


def encode(body: Any) -> bytes:
    """JSON bytes; decimals stay exact numbers."""
    return _encoder.encode(_on_the_wire(body))


def _on_the_wire(value: Any) -> Any:
    """The same with every instant in UTC and whole seconds: one form, which all clients parse."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0) if value.tzinfo else value
    if isinstance(value, dict):
        return {name: _on_the_wire(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_on_the_wire(part) for part in value]
    return value


def answer(data: Any, *, status: int = 200) -> HttpResponse:
    """``data`` in the envelope, encoded once (the schema is stated, not walked again)."""
    return HttpResponse(
        encode({"data": data, "error": None}), status=status, content_type="application/json"
    )


def refusal(
    status: int, code: str, message: str, details: Any = None, request_id: str | None = None
) -> HttpResponse:
    """An error in the envelope."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = dict(details) if isinstance(details, Mapping) else details
    if request_id:
        error["requestId"] = request_id
    return HttpResponse(
        encode({"data": None, "error": error}), status=status, content_type="application/json"
    )
