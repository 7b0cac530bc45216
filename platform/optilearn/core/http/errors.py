"""Every error under ``/api/`` becomes an envelope, in one place."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.http.envelope import refusal
from optilearn.core.http.problems import problems_of
from optilearn.core.tenancy.context import TenantMismatchError

log = logging.getLogger(__name__)


def request_id(request: HttpRequest) -> str | None:
    """The id that the middleware gave the request."""
    return getattr(request, "request_id", None)


def refuse(
    request: HttpRequest, code: ErrorCode, message: str = "", details: Any = None
) -> HttpResponse:
    """An error in the envelope, with the code's usual words if none are given."""
    text = message or _usual_words(code)
    return refusal(code.status, code.value, text, details, request_id(request))


def _usual_words(code: ErrorCode) -> str:
    words = {
        ErrorCode.AUTH_REQUIRED: _("Please sign in."),
        ErrorCode.NOT_FOUND: _("Not found."),
        ErrorCode.METHOD_NOT_ALLOWED: _("This address doesn't support this method."),
        ErrorCode.VALIDATION_ERROR: _("The request isn't valid. See the details."),
        ErrorCode.TENANT_MISMATCH: _("This belongs to another institution."),
        ErrorCode.RATE_LIMITED: _("Too many requests. Please try again in a moment."),
        ErrorCode.SERVICE_UNAVAILABLE: _("The service is unavailable. Please try again soon."),
    }
    return words.get(
        code, _("Something went wrong. Please try again, or contact support with the request id.")
    )


def not_found_envelope(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """A path under ``/api/`` that leads nowhere."""
    return refuse(request, ErrorCode.NOT_FOUND)


def register_errors(api: NinjaAPI) -> None:
    """Map every exception that an operation can raise."""

    @api.exception_handler(AppError)
    def _app(request: HttpRequest, error: AppError) -> HttpResponse:
        return refuse(request, error.code, error.message, error.details)

    @api.exception_handler(AuthenticationError)
    def _auth(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return refuse(request, ErrorCode.AUTH_REQUIRED)

    @api.exception_handler(ValidationError)
    def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        details = problems_of(request, error.errors)
        return refuse(request, ErrorCode.VALIDATION_ERROR, details=details)

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        code = ErrorCode.VALIDATION_ERROR if error.status_code == 400 else ErrorCode.CONFLICT
        return refusal(error.status_code, code.name, str(error), None, request_id(request))

    @api.exception_handler(Http404)
    def _missing(request: HttpRequest, _error: Http404) -> HttpResponse:
        return not_found_envelope(request)

    _register_failures(api)


def _register_failures(api: NinjaAPI) -> None:
    """Map failures of the server, and errors raised before an operation runs."""

    @api.exception_handler(TenantMismatchError)
    def _tenant(request: HttpRequest, error: TenantMismatchError) -> HttpResponse:
        log.error("Tenant mismatch %s", request_id(request), exc_info=error)
        return refuse(request, ErrorCode.TENANT_MISMATCH)

    @api.exception_handler(Exception)
    def _defect(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("Unhandled error %s", request_id(request), exc_info=error)
        return refuse(request, ErrorCode.INTERNAL_ERROR)

    @api.exception_handler(OperationalError)
    def _database(request: HttpRequest, error: OperationalError) -> HttpResponse:
        log.error("The database failed %s", request_id(request), exc_info=error)
        return refuse(request, ErrorCode.SERVICE_UNAVAILABLE)

    @api.exception_handler(RequestDataTooBig)
    def _too_big(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return refuse(request, ErrorCode.VALIDATION_ERROR, _("The request is too large."))

    @api.exception_handler(SuspiciousOperation)
    def _suspicious(request: HttpRequest, _error: SuspiciousOperation) -> HttpResponse:
        return refuse(request, ErrorCode.VALIDATION_ERROR)

    @api.exception_handler(DataError)
    def _value(request: HttpRequest, error: DataError) -> HttpResponse:
        # A number or an instant beyond what a column holds: the caller's, not a defect.
        log.warning("A value the records can't hold %s", request_id(request), exc_info=error)
        return refuse(request, ErrorCode.VALIDATION_ERROR, _("A value is out of range."))
