"""Delete the object of a file when its record is deleted, also with the record of a course.

The sweep deletes objects itself, before it commits.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete

from optilearn.files.models import File
from optilearn.files.stores import store
from optilearn.files.stores.base import StoreError

log = logging.getLogger(__name__)


def connect() -> None:
    """Connect the signal."""
    post_delete.connect(_on_deleted, sender=File, dispatch_uid="optilearn.files.signals")


def _on_deleted(instance: File, **_: Any) -> None:
    key = instance.key
    transaction.on_commit(lambda: _delete(key))


def _delete(key: str) -> None:
    try:
        store().delete(key)
    except StoreError:
        log.exception("The object %s lost its record and could not be deleted.", key)
