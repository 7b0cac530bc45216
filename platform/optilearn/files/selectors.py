"""Reads about files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.files import access
from optilearn.files.kinds import CATEGORIES
from optilearn.files.naming import disposition
from optilearn.files.rows import row_where
from optilearn.files.services import not_ready
from optilearn.files.stores import store
from optilearn.files.stores.base import Download, StoreDownError


def file_detail(principal: Principal, file_id: int) -> dict[str, Any]:
    """Return the metadata of a file. Raises ``AppError`` NOT_FOUND."""
    return access.require_reader(principal, row_where(pk=file_id)).on_the_wire()


def file_url(principal: Principal, file_id: int) -> dict[str, Any]:
    """A URL that reads the file for a while, without a session.

    Raises ``AppError``: NOT_FOUND, CONFLICT while it isn't READY.
    """
    row = access.require_reader(principal, row_where(pk=file_id))
    if not row.is_ready:
        raise not_ready()
    seconds = CATEGORIES[row.category].url_seconds
    shown = disposition(row.name, row.content_type)
    download = Download(row.key, row.content_type, shown, principal.caller_id)
    try:
        url = store().sign_get(download, seconds)
    except StoreDownError as error:
        message = _("File storage is unavailable. Please try again soon.")
        raise AppError(ErrorCode.SERVICE_UNAVAILABLE, message) from error
    return {"url": url, "expiresAt": clock.now() + timedelta(seconds=seconds)}
