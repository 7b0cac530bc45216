"""The State resource of xAPI 1.0.3 (Communication 2.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from ninja import Router

from optilearn.activity.xapi.format.protocol import (
    AGENT_EXAMPLE,
    HEADER,
    REFUSALS,
    parameter,
    with_version,
)
from optilearn.activity.xapi.selectors.queries import Parameters, iri, wrong
from optilearn.activity.xapi.services import state
from optilearn.activity.xapi.services.statements import is_among, own_keys
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import encode, refusal, refusals

router = Router(tags=["xAPI"], by_alias=True)
_PATH: Final = "/xapi/activities/state"
_KNOWN: Final = frozenset({"activityId", "agent", "registration", "stateId"})
_MAX_NAME_BYTES: Final = 500
_MAX_TYPE: Final = 200
_REFUSALS: Final = REFUSALS | refusals(412)
_PLACE: Final = [
    HEADER,
    parameter("activityId", "Of which activity.", required=True, example="https://example.com/a"),
    parameter("agent", "Whose: the caller's own, as JSON.", required=True, example=AGENT_EXAMPLE),
    parameter("registration", "Of which attempt.", format="uuid"),
]
_SINCE: Final = parameter("since", "Written after.", format="date-time")
_BYTES: Final = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}


def _of(*, is_named: bool) -> dict[str, Any]:
    name = parameter("stateId", "Its name.", required=is_named, example="bookmark")
    return {"parameters": [*_PLACE, name]}


_WRITTEN: Final = _of(is_named=True) | {"requestBody": {"required": True} | _BYTES}
_READ: Final = {
    "parameters": [*_of(is_named=False)["parameters"], _SINCE],
    "responses": {
        200: {"description": "The document, or without `stateId` the names of all."} | _BYTES
    },
}


@router.put(
    _PATH, response={204: None, **_REFUSALS}, openapi_extra=_WRITTEN, operation_id="putXapiState"
)
def put_state(request: HttpRequest) -> HttpResponse:
    """Keep a document, in the place of the one with its name. At most 512 KiB."""
    return _answer(request, lambda: _write(request, state.write_document))


@router.post(
    _PATH, response={204: None, **_REFUSALS}, openapi_extra=_WRITTEN, operation_id="mergeXapiState"
)
def post_state(request: HttpRequest) -> HttpResponse:
    """Set the properties of a JSON object in the document that is there."""
    return _answer(request, lambda: _write(request, state.merge_document))


@router.get(_PATH, response={**_REFUSALS}, openapi_extra=_READ, operation_id="getXapiState")
def get_state(request: HttpRequest) -> HttpResponse:
    """Read a document, or without `stateId` the names of those that were kept."""
    return _answer(request, lambda: _read(request))


@router.api_operation(
    ["HEAD"], _PATH, response={**_REFUSALS}, openapi_extra=_READ, operation_id="checkXapiState"
)
def head_state(request: HttpRequest) -> HttpResponse:
    """The headers of a document, without the document."""
    return _answer(request, lambda: _read(request))


@router.delete(
    _PATH,
    response={204: None, **_REFUSALS},
    openapi_extra=_of(is_named=False),
    operation_id="deleteXapiState",
)
def delete_state(request: HttpRequest) -> HttpResponse:
    """Delete a document, or without `stateId` all of the activity."""
    return _answer(request, lambda: _delete(request))


def _answer(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    def answer() -> HttpResponse:
        try:
            return view()
        except state.PreconditionError:
            words = _("This was changed by another request. Read it again first.")
            return refusal(412, ErrorCode.CONFLICT.value, words)

    return with_version(request, answer)


def _write(request: HttpRequest, write: Callable[..., None]) -> HttpResponse:
    principal = principal_of(request)
    asked = Parameters(request.GET, _KNOWN)
    media = request.headers.get("Content-Type", "") or "application/octet-stream"
    if len(media) > _MAX_TYPE:
        raise AppError(ErrorCode.VALIDATION_ERROR, _("This content type is too long."))
    write(
        principal=principal,
        place=_place(asked, principal),
        state=asked.need("stateId", _name, _too_long()),
        document=state.new_document(request.body, media),
        conditions=_conditions(request),
    )
    return HttpResponse(status=204)


def _read(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    asked = Parameters(request.GET, _KNOWN | {"since"})
    place, since = _place(asked, principal), asked.moment("since")
    name = asked.get("stateId", _name, _too_long())
    if name is None:
        names = state.list_documents(principal, place, since)
        return HttpResponse(encode(names), content_type="application/json")
    if since:
        raise wrong("since", _("This can't be given with stateId."))
    found = state.read_document(principal, place, name)
    response = HttpResponse(found.content, content_type=found.media_type)
    response["ETag"] = found.tag
    response["Last-Modified"] = http_date(found.updated_at.timestamp())
    # It was written by content, and is never a page of ours.
    response["Content-Disposition"] = "attachment"
    return response


def _delete(request: HttpRequest) -> HttpResponse:
    principal = principal_of(request)
    asked = Parameters(request.GET, _KNOWN)
    state.delete_documents(
        principal=principal,
        place=_place(asked, principal),
        state=asked.get("stateId", _name, _too_long()),
        conditions=_conditions(request),
    )
    return HttpResponse(status=204)


def _place(asked: Parameters, principal: Principal) -> state.Place:
    """Return the place of the caller's document. Raises ``AppError``: FORBIDDEN for others'."""
    activity = asked.need("activityId", iri, _("This must be an absolute IRI."))
    agent = asked.agent()
    if agent is None:
        raise wrong("agent", _("This is missing."))
    if not is_among(agent, own_keys(principal)):
        raise AppError(ErrorCode.FORBIDDEN, _("Only the learner can read or write this state."))
    return state.Place(activity, asked.registration())


def _conditions(request: HttpRequest) -> state.Conditions:
    return state.Conditions(
        request.headers.get("If-Match", ""), request.headers.get("If-None-Match", "")
    )


def _name(text: str) -> str:
    if not text or "\x00" in text or len(text.encode()) > _MAX_NAME_BYTES:
        raise ValueError(text)
    return text


def _too_long() -> str:
    return _("A name of 1 to %(most)d bytes.") % {"most": _MAX_NAME_BYTES}
