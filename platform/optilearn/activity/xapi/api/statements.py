"""The statements resource of xAPI 1.0.3 (Communication 2.1), and what it says of itself (2.8).

What it answers is the standard's; refusals are envelopes like everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from ninja import Router

from optilearn.activity.xapi.format.formats import rendered
from optilearn.activity.xapi.format.instants import shown
from optilearn.activity.xapi.format.protocol import (
    AGENT_EXAMPLE,
    HEADER,
    REFUSALS,
    VERSION,
    parameter,
    with_version,
)
from optilearn.activity.xapi.format.statements import MAX_STATEMENTS, StatementError, statement_id
from optilearn.activity.xapi.selectors.queries import (
    FORMATS,
    OneStatement,
    cursor_text,
    read_query,
)
from optilearn.activity.xapi.selectors.statements import find_statements, one_statement
from optilearn.activity.xapi.services.rows import consistent_through
from optilearn.activity.xapi.services.statements import store_statements
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.auth import Public, principal_of
from optilearn.core.http.envelope import CamelSchema, encode, refusals
from optilearn.core.jsontext import read_json

router = Router(tags=["xAPI"], by_alias=True)
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
_PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["statements", "more"],
    "properties": {
        "statements": {"type": "array", "items": _STATEMENT},
        "more": {"type": "string", "description": "Where the next page is; empty: nowhere."},
    },
}
_ASKED: Final = {
    "parameters": [
        HEADER,
        parameter("statementId", "This one.", format="uuid"),
        parameter("voidedStatementId", "This one, which was voided.", format="uuid"),
        parameter("agent", "Whose, or about whom: JSON.", example=AGENT_EXAMPLE),
        parameter("verb", "With this verb.", example="https://w3id.org/xapi/video/verbs/played"),
        parameter("activity", "About this.", example="urn:optilearn:springdale:lessons:42"),
        parameter("registration", "Of this attempt.", format="uuid"),
        parameter("related_activities", "With the activity anywhere.", type="boolean"),
        parameter("related_agents", "With the agent anywhere.", type="boolean"),
        parameter("since", "Stored after.", format="date-time"),
        parameter("until", "Stored at, or before.", format="date-time"),
        parameter("limit", "On a page; 0: as many as can be.", type="integer", minimum=0,
                  maximum=999_999_999),
        parameter("format", "The format of statements.", enum=list(FORMATS)),
        parameter("attachments", "As multipart/mixed.", type="boolean"),
        parameter("ascending", "The oldest first.", type="boolean"),
        parameter("cursor", "From the link of the page before."),
    ],
    "responses": {
        200: {
            "description": "One statement, or a page of them.",
            "content": {
                "application/json": {"schema": {"oneOf": [_STATEMENT, _PAGE]}},
                "multipart/mixed": {"schema": {"type": "string"}},
            },
        }
    },
}  # fmt: skip


class About(CamelSchema):
    """The versions of xAPI that this server supports."""

    version: list[str]


def _sent(request: HttpRequest) -> Sequence[bytes | msgspec.Raw]:
    """The statements of a body, each as it was written."""
    if request.content_type != "application/json":
        raise AppError(ErrorCode.VALIDATION_ERROR, _("Send statements as application/json."))
    body = request.body.strip()
    try:
        return read_json(body, list[msgspec.Raw]) if body[:1] == b"[" else [body]
    except ValueError as error:
        raise AppError(ErrorCode.VALIDATION_ERROR, _("This is not valid JSON.")) from error


@router.post(
    "/xapi/statements",
    response={200: list[str], **REFUSALS},
    openapi_extra={
        "parameters": [HEADER],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [_STATEMENT, {"type": "array", "items": _STATEMENT}]}
                }
            },
        },
    },
    operation_id="sendXapiStatements",
)
def post_statements(request: HttpRequest) -> HttpResponse:
    """Send one statement or up to 500, all taken or none; answers their ids.

    The actor is the caller. What is about `urn:optilearn:<institution>:courses:<id>` or
    `urn:optilearn:<institution>:lessons:<id>`, or names one as its parent or grouping, counts as
    activity there. The same statement may be sent again; another one with its id is a 409.
    """

    def view() -> HttpResponse:
        raw = _sent(request)
        if not 0 < len(raw) <= MAX_STATEMENTS:
            message = _("Send between 1 and %(most)d statements.") % {"most": MAX_STATEMENTS}
            raise AppError(ErrorCode.VALIDATION_ERROR, message)
        ids = store_statements(principal=principal_of(request), raw=raw)
        return HttpResponse(encode(ids), content_type="application/json")

    return with_version(request, view)


@router.put(
    "/xapi/statements",
    response={204: None, **REFUSALS},
    openapi_extra={
        "parameters": [HEADER],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _STATEMENT}}},
    },
    operation_id="putXapiStatement",
)
def put_statement(request: HttpRequest, statementId: str = "") -> HttpResponse:
    """Send one statement under the id of its address."""

    def view() -> HttpResponse:
        try:
            under = statement_id(statementId)
        except StatementError as error:
            raise AppError(ErrorCode.VALIDATION_ERROR, str(error)) from error
        raw = _sent(request)
        if request.body.strip()[:1] == b"[":
            raise AppError(ErrorCode.VALIDATION_ERROR, _("Send one statement, not a list."))
        store_statements(principal=principal_of(request), raw=raw, under=under)
        return HttpResponse(status=204)

    return with_version(request, view)


@router.get(
    "/xapi/statements",
    response={**REFUSALS},
    openapi_extra=_ASKED,
    operation_id="readXapiStatements",
)
def get_statements(request: HttpRequest) -> HttpResponse:
    """Read statements back: one by its id, or those that have all that is asked for, newest first.

    Administrators and analysts read all, teachers those about their courses, everybody else their
    own. `more` leads to the next page.
    """
    return _read(request)


@router.api_operation(
    ["HEAD"],
    "/xapi/statements",
    response={**REFUSALS},
    openapi_extra=_ASKED,
    operation_id="checkXapiStatements",
)
def head_statements(request: HttpRequest) -> HttpResponse:
    """The headers of statements, without the statements."""
    return _read(request)


def _read(request: HttpRequest) -> HttpResponse:
    through = consistent_through()
    response = with_version(request, lambda: _answer(request))
    response["X-Experience-API-Consistent-Through"] = shown(through)
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    asked, parameters = read_query(request.GET)
    form = parameters.format()
    language = request.headers.get("Accept-Language", "")
    slug, modified = principal.institution_slug, None
    if isinstance(asked, OneStatement):
        one = one_statement(principal, asked)
        body, modified = rendered(one, slug, form, language), one.stored_at
    else:
        found = find_statements(principal, asked)
        more = ""
        if found.next:
            again = parameters.given | {"cursor": cursor_text(found.next)}
            more = f"{request.path}?{urlencode(again)}"
        listed = b",".join(rendered(one, slug, form, language) for one in found.statements)
        body = b'{"statements":[%b],"more":%b}' % (listed, encode(more))
        modified = max((one.stored_at for one in found.statements), default=None)
    response = _parted(body) if parameters.flag("attachments") else _plain(body)
    if modified:
        response["Last-Modified"] = http_date(modified.timestamp())
    return response


def _plain(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")


def _parted(body: bytes) -> HttpResponse:
    """Return a multipart answer, as the standard wants; our files are linked by URL."""
    boundary = uuid4().hex
    parts = f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode()
    return HttpResponse(
        parts + body + f"\r\n--{boundary}--\r\n".encode(),
        content_type=f"multipart/mixed; boundary={boundary}",
    )


@router.get(
    "/xapi/about", auth=Public(), response={200: About, **refusals()}, operation_id="getXapiAbout"
)
def about(request: HttpRequest) -> HttpResponse:
    """The versions of xAPI that this server supports."""
    response = HttpResponse(encode({"version": [VERSION]}), content_type="application/json")
    response["X-Experience-API-Version"] = VERSION
    return response
