"""The store that the settings name."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from optilearn.files.stores.base import Store
from optilearn.files.stores.local import CapabilityError, LocalStore


def store() -> Store:
    """The store of ``settings.FILES_URL``."""
    return _open(settings.FILES_URL)


def local_store() -> LocalStore | None:
    """The same, if it is a folder, whose objects we serve ourselves."""
    found = store()
    return found if isinstance(found, LocalStore) else None


@cache
def _open(url: str) -> Store:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(unquote(parts.path)), settings.SECRET_KEY, settings.FILES_ORIGIN)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(
            "FILES_URL is file:///a/folder or s3://bucket?endpoint=https://…&region=…"
        )
    from optilearn.files.stores.s3 import S3Place, S3Store  # noqa: PLC0415 - boto3 is slow to import

    query = parse_qs(parts.query)
    return S3Store(
        S3Place(
            bucket=parts.netloc,
            endpoint=query.get("endpoint", [None])[0],
            region=query.get("region", ["auto"])[0] or "auto",
            access_key_id=settings.FILES_ACCESS_KEY_ID or None,
            secret_access_key=settings.FILES_SECRET_ACCESS_KEY or None,
        )
    )


def signer_of(token: str) -> str | None:
    """Return the person that a signed address was issued to; None if it isn't ours.

    What names no person counts for itself.
    """
    found = local_store()
    if found is None:
        return None
    for method in ("GET", "PUT"):
        try:
            allowed = found.verified(token, method)
        except CapabilityError:
            continue
        if allowed.by is None:
            return hashlib.sha256(token.encode()).hexdigest()[:32]
        return f"{allowed.institution_id}:{allowed.by}"
    return None
