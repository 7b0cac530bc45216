"""The policy of pages, and error pages for what was refused before a view ran."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode
from optilearn.web.pages import error_page, is_part, is_script

Handler = Callable[[HttpRequest], HttpResponse]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from another host, no script or style that isn't a file of ours."""


class PageMiddleware:
    """Gives pages their Content-Security-Policy, and turns envelopes of refusals into pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what is under ``/api/`` stays as it is."""
        response = self.get_response(request)
        if request.path.startswith("/api/"):
            return response
        kind = response.get("Content-Type", "")
        if response.status_code >= 400 and kind.startswith("application/json"):
            response = _page_of(request, response)
            kind = response.get("Content-Type", "")
        if response.status_code == 405 and not response.content:
            response = _form_only(request, response)
            kind = response.get("Content-Type", "")
        if kind.startswith("text/html") and not _is_debugging(response):
            response.headers.setdefault("Content-Security-Policy", POLICY)
            response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


def _is_debugging(response: HttpResponse) -> bool:
    """Return True for Django's page of a defect in development, which has styles of its own."""
    return bool(settings.DEBUG) and response.status_code == 500


def _form_only(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a page for an address that only takes what a form sends (RFC 9110, 15.5.6)."""
    message = _("This address takes a form. Go back to the page that it is on.")
    shown = error_page(request, AppError(ErrorCode.METHOD_NOT_ALLOWED, message))
    shown["Allow"] = response.get("Allow", "")
    return shown


def _page_of(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the error page of an envelope, for a person; a script gets what there was."""
    if response.streaming or (is_script(request) and not is_part(request)):
        return response
    try:
        error = json.loads(response.content)["error"]
        refusal = AppError(ErrorCode(error["code"]), error["message"], error.get("details"))
    except (ValueError, KeyError, TypeError):
        return response
    shown = error_page(request, refusal)
    if "Retry-After" in response.headers:
        shown["Retry-After"] = response["Retry-After"]
    return shown
