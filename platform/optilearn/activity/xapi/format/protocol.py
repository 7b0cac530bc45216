"""The common part of xAPI's resources: the version, and refusals that carry it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import refusals
from optilearn.core.http.errors import refuse

VERSION: Final = "1.0.3"
_VERSIONS: Final = re.compile(r"1\.0(?:\.[0-9]{1,4})?")
REFUSALS: Final = refusals(400, 401, 403, 404, 409, 503)
HEADER: Final[dict[str, Any]] = {
    "in": "header",
    "name": "X-Experience-API-Version",
    "required": True,
    "schema": {"type": "string", "pattern": r"^1\.0(\.[0-9]{1,4})?$"},
    "example": VERSION,
}
AGENT_EXAMPLE: Final = '{"account":{"homePage":"urn:optilearn:springdale","name":"17"}}'


def parameter(
    name: str, words: str, *, required: bool = False, example: Any = None, **schema: Any
) -> dict[str, Any]:
    """Return a query parameter as the API's description has it."""
    stated = {
        "in": "query",
        "name": name,
        "description": words,
        "required": required,
        "schema": {"type": "string"} | schema,
    }
    return stated if example is None else stated | {"example": example}


def with_version(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the view's answer or refusal, with the version on it."""
    try:
        _check_version(request)
        response = view()
    except AppError as error:
        response = refuse(request, error.code, error.message, error.details)
    response["X-Experience-API-Version"] = VERSION
    return response


def _check_version(request: HttpRequest) -> None:
    if not _VERSIONS.fullmatch(request.headers.get("X-Experience-API-Version", "")):
        message = _("Send the header X-Experience-API-Version with 1.0.3.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message)
