"""Objects of a folder over HTTP: what the signed URLs of ``LocalStore`` lead to.

Open to everybody who holds a token: it alone says what is allowed and in which institution.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from optilearn.core.access.policies import not_found
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from optilearn.files.naming import disposition
from optilearn.files.ranges import serve
from optilearn.files.rows import FileRow, row_where
from optilearn.files.stores import local_store
from optilearn.files.stores.base import Head, ObjectExistsError, StoreDownError, Upload
from optilearn.files.stores.local import (
    Capability,
    CapabilityError,
    LocalStore,
    WrongLengthError,
    etag_of,
)


def receive_object(request: HttpRequest, token: str) -> Head:
    """Store a request's body, if it is exactly what was signed.

    Raises ``AppError``: FORBIDDEN for a token that proves nothing or another header than was
    signed, VALIDATION_ERROR for another length, CONFLICT if the object is there already.
    """
    store, capability = _verified(token, "PUT")
    _check_headers(request, capability)
    with tenant_context(capability.institution_id):
        if row_where(key=capability.key, status=File.Status.PENDING) is None:
            raise _exists()
    upload = Upload(capability.key, capability.content_type, capability.size)
    try:
        return store.put(upload, request)
    except WrongLengthError as error:
        raise _wrong_length(capability) from error
    except ObjectExistsError as error:
        raise _exists() from error
    except StoreDownError as error:
        message = _("File storage is unavailable. Please try again soon.")
        raise AppError(ErrorCode.SERVICE_UNAVAILABLE, message) from error


def hand_out(request: HttpRequest, token: str) -> HttpResponseBase:
    """The object, or a range of it. Raises ``AppError`` FORBIDDEN or NOT_FOUND."""
    store, capability = _verified(token, "GET")
    with tenant_context(capability.institution_id):
        row = row_where(key=capability.key, status=File.Status.READY)
    if row is None:
        raise not_found()
    path = store.path_of(row.key)
    try:
        response = serve(request, path, etag_of(path.stat()))
    except FileNotFoundError as error:
        raise not_found() from error
    if response.status_code < 400:
        _describe(response, row)
    return response


def _describe(response: HttpResponseBase, row: FileRow) -> None:
    charset = "; charset=utf-8" if row.content_type.startswith("text/") else ""
    response["Content-Type"] = row.content_type + charset
    response["Content-Disposition"] = disposition(row.name, row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    # Browsers show no PDF in a sandbox; their viewer is one itself.
    sandbox = "" if row.content_type == "application/pdf" else "; sandbox"
    response["Content-Security-Policy"] = f"default-src 'none'; media-src 'self'{sandbox}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "private, max-age=300"


def _verified(token: str, method: str) -> tuple[LocalStore, Capability]:
    store = local_store()
    if store is None:
        raise not_found()
    try:
        return store, store.verified(token, method)
    except CapabilityError as error:
        raise AppError(
            ErrorCode.FORBIDDEN, _("This address is invalid or has expired. Request a new one.")
        ) from error


def _check_headers(request: HttpRequest, capability: Capability) -> None:
    if (
        request.headers.get("Content-Type", "") != capability.content_type
        or request.headers.get("If-None-Match", "") != "*"
    ):
        message = _("Send exactly the headers that the upload was signed with.")
        raise AppError(ErrorCode.FORBIDDEN, message)
    if request.headers.get("Content-Length", "") != str(capability.size):
        raise _wrong_length(capability)


def _wrong_length(capability: Capability) -> AppError:
    message = _("The file must have exactly the size that was announced: %(size)d bytes.")
    return AppError(ErrorCode.VALIDATION_ERROR, message % {"size": capability.size})


def _exists() -> AppError:
    return AppError(ErrorCode.CONFLICT, _("This upload has already arrived."))
