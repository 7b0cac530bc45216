"""Marks in the object store: memory that a restored backup of PostgreSQL doesn't take back."""

from __future__ import annotations

from io import BytesIO

from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.services import from_store
from optilearn.files.stores import store
from optilearn.files.stores.base import NoObjectError, ObjectExistsError, Upload

_MAX_BYTES = 200


def mark_once(name: str, content: str) -> str:
    """Set a mark of the institution in force unless it is there; return the one that is there.

    Whoever gets their own content back was the first. Raises ``AppError`` SERVICE_UNAVAILABLE.
    """
    body = content.encode()
    upload = Upload(_key(name), "text/plain", len(body))
    try:
        from_store(lambda: store().put(upload, BytesIO(body)))
    except ObjectExistsError:
        pass
    else:
        return content
    try:
        return from_store(lambda: store().read(upload.key, _MAX_BYTES)).decode()
    except NoObjectError:  # removed in between: it was there
        return ""


def remove_mark(name: str) -> None:
    """Remove a mark; it may be gone already. Raises ``AppError`` SERVICE_UNAVAILABLE."""
    from_store(lambda: store().delete(_key(name)))


def _key(name: str) -> str:
    return f"lms/{require_institution_id()}/marks/{name}.txt"
