"""Reads about files."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from optilearn.core import clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.files import access
from optilearn.files.kinds import CATEGORIES
from optilearn.files.models import File
from optilearn.files.naming import disposition
from optilearn.files.rows import COLUMNS, FileRow, row_where
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
    return _signed(principal, row, row.name)


def url_under_name(principal: Principal, file_id: int, name: str) -> dict[str, Any]:
    """As ``file_url``, under another name: for records that say who may read their files.

    It asks nobody for permission. Raises ``AppError``: NOT_FOUND, CONFLICT while it isn't READY.
    """
    row = row_where(pk=file_id)
    if row is None:
        raise not_found()
    return _signed(principal, row, name)


def own_files(principal: Principal, file_ids: Collection[int], category: str) -> list[FileRow]:
    """Return those of the files that the principal uploaded in that category. One query."""
    found = File.objects.filter(
        pk__in=file_ids, owner_id=principal.person_id, category=category
    ).values(*COLUMNS)
    return [FileRow(**one) for one in found]


def types_of(category: str) -> frozenset[str]:
    """Return the content types that files of a category may have."""
    return CATEGORIES[category].types


def _signed(principal: Principal, row: FileRow, name: str) -> dict[str, Any]:
    if not row.is_ready:
        raise not_ready()
    seconds = CATEGORIES[row.category].url_seconds
    shown = disposition(name, row.content_type)
    download = Download(row.key, row.content_type, shown, principal.caller_id)
    try:
        url = store().sign_get(download, seconds)
    except StoreDownError as error:
        message = _("File storage is unavailable. Please try again soon.")
        raise AppError(ErrorCode.SERVICE_UNAVAILABLE, message) from error
    return {"url": url, "expiresAt": clock.now() + timedelta(seconds=seconds)}
