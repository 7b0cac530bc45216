"""The statements resource of xAPI 1.0.3 (Communication 2.1), as far as it takes statements.

What it answers is the standard's; refusals are envelopes like everywhere. Statements can't be
asked for: what is known of them is in reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from ninja import Router

from optilearn.activity.xapi.services import store_statements
from optilearn.activity.xapi.statements import MOST_STATEMENTS, StatementError, statement_id
from optilearn.core import clock
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.envelope import CamelSchema, encode, refusals
from optilearn.core.http.errors import refuse

router = Router(tags=["xAPI"], by_alias=True)
VERSION: Final = "1.0.3"
_VERSIONS: Final = re.compile(r"1\.0(?:\.[0-9]{1,4})?")
REFUSALS: Final = refusals(400, 401, 403, 404, 409, 503)
_HEADER: Final[dict[str, Any]] = {
    "parameters": [
        {
            "in": "header",
            "name": "X-Experience-API-Version",
            "required": True,
            "schema": {"type": "string", "pattern": r"^1\.0(\.[0-9]{1,4})?$"},
            "example": VERSION,
        }
    ]
}
_STATEMENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["actor", "verb", "object"],
    "example": {
        "id": "0b6a5a5e-6e26-4d2c-9d0e-3b8f7f1b2c11",
        "actor": {"account": {"homePage": "urn:optilearn:springdale", "name": "17"}},
        "verb": {"id": "https://w3id.org/xapi/video/verbs/played"},
        "object": {"id": "urn:optilearn:springdale:lessons:42"},
        "result": {"duration": "PT1M30S"},
        "timestamp": "2026-11-02T09:30:00Z",
    },
}


class About(CamelSchema):
    """Which versions are spoken."""

    version: list[str]


def _speaking(view: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    """The view's answer or refusal, with the version on it."""
    try:
        _check_version(request)
        response = view()
    except AppError as error:
        response = refuse(request, error.code, error.message, error.details)
    response["X-Experience-API-Version"] = VERSION
    response["X-Experience-API-Consistent-Through"] = clock.now().isoformat(timespec="seconds")
    response["Last-Modified"] = http_date(clock.now().timestamp())
    return response


def _check_version(request: HttpRequest) -> None:
    if not _VERSIONS.fullmatch(request.headers.get("X-Experience-API-Version", "")):
        message = _("Send the header X-Experience-API-Version with 1.0.3.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message)


def _under(address: str, body: Any) -> Any:
    """The statement with the id of its address. Raises ``AppError`` if it has another."""
    if not isinstance(body, dict):
        return body
    try:
        same = statement_id(address) == statement_id(body.get("id", address))
    except StatementError as error:
        raise AppError(ErrorCode.VALIDATION_ERROR, str(error)) from error
    if not same:
        message = _("The statement has another id than its address.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message)
    return body | {"id": address}


def _body(request: HttpRequest) -> Any:
    if request.content_type != "application/json":
        raise AppError(ErrorCode.VALIDATION_ERROR, _("Send statements as application/json."))
    try:
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise AppError(ErrorCode.VALIDATION_ERROR, _("This is not valid JSON.")) from error


@router.post(
    "/xapi/statements",
    response={200: list[str], **REFUSALS},
    openapi_extra=_HEADER
    | {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [_STATEMENT, {"type": "array", "items": _STATEMENT}]}
                }
            },
        }
    },
    operation_id="sendXapiStatements",
)
def post_statements(request: HttpRequest) -> HttpResponse:
    """Send one statement or up to 500, all taken or none; answers their ids.

    The actor is the caller. The object is `urn:optilearn:<institution>:courses:<id>` or
    `urn:optilearn:<institution>:lessons:<id>`. The same statement may be sent again; another
    one with its id is a 409.
    """

    def view() -> HttpResponse:
        body = _body(request)
        raw = body if isinstance(body, list) else [body]
        if not 0 < len(raw) <= MOST_STATEMENTS:
            message = _("Send between 1 and %(most)d statements.") % {"most": MOST_STATEMENTS}
            raise AppError(ErrorCode.VALIDATION_ERROR, message)
        ids = store_statements(principal=principal_of(request), raw=raw)
        return HttpResponse(encode(ids), content_type="application/json")

    return _speaking(view, request)


@router.put(
    "/xapi/statements",
    response={204: None, **REFUSALS},
    openapi_extra=_HEADER
    | {"requestBody": {"required": True, "content": {"application/json": {"schema": _STATEMENT}}}},
    operation_id="putXapiStatement",
)
def put_statement(request: HttpRequest, statementId: str = "") -> HttpResponse:
    """Send one statement under the id of its address."""

    def view() -> HttpResponse:
        raw = _under(statementId, _body(request))
        store_statements(principal=principal_of(request), raw=[raw])
        return HttpResponse(status=204)

    return _speaking(view, request)


@router.get(
    "/xapi/about", auth=Public(), response={200: About, **refusals()}, operation_id="getXapiAbout"
)
def about(request: HttpRequest) -> HttpResponse:
    """Which versions of xAPI are spoken here."""
    response = HttpResponse(encode({"version": [VERSION]}), content_type="application/json")
    response["X-Experience-API-Version"] = VERSION
    return response
