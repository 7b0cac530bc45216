"""The envelope of every answer under ``/api/``: ``{data, error, meta?}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec
from django.http import HttpResponse
from ninja import Schema
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder(decimal_format="number")


class CamelSchema(Schema):
    """A schema whose names are camelCase on the wire; unknown names are refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ErrorBody(CamelSchema):
    """Why a request was refused."""

    code: str
    message: str
    details: Any = None
    request_id: str | None = None


class PageMeta(CamelSchema):
    """Where in a list a page stands."""

    total: int
    page: int
    per_page: int
    total_pages: int


class Envelope(CamelSchema, Generic[T]):
    """An answer: ``data`` or ``error``, never both."""

    data: T | None = None
    error: ErrorBody | None = None
    meta: PageMeta | None = None


class ErrorEnvelope(CamelSchema):
    """A refusal."""

    data: None = None
    error: ErrorBody


def encode(body: Any) -> bytes:
    """JSON bytes; decimals stay exact numbers."""
    return _encoder.encode(body)


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
