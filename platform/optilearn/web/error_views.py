"""Django's own refusals as pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.utils.translation import gettext as _

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.errors import not_found_envelope, refuse
from optilearn.web.pages import refused


def favicon(request: HttpRequest) -> HttpResponse:
    """The mark, for browsers that ask for it by its old name."""
    return HttpResponsePermanentRedirect(static("web/mark.svg"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or not yours."""
    if request.path.startswith("/api/"):
        return not_found_envelope(request)
    return refused(request, AppError(ErrorCode.NOT_FOUND, _("Not found.")))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself can't be read."""
    if request.path.startswith("/api/"):
        return refuse(request, ErrorCode.VALIDATION_ERROR)
    message = _("The request isn't valid. Go back and try again.")
    return refused(request, AppError(ErrorCode.VALIDATION_ERROR, message))


def failed(request: HttpRequest) -> HttpResponse:
    """500: a defect of ours."""
    if request.path.startswith("/api/"):
        return refuse(request, ErrorCode.INTERNAL_ERROR)
    message = _("Something went wrong on our side.")
    return refused(request, AppError(ErrorCode.INTERNAL_ERROR, message))
