"""A record that goes with another one (a course's files, with the course) takes its object along.

The sweep doesn't come through here: it deletes the object before it commits.
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
    """Listen to deletions."""
    post_delete.connect(_gone, sender=File, dispatch_uid="optilearn.files.vanishing")


def _gone(instance: File, **_: Any) -> None:
    key = instance.key
    transaction.on_commit(lambda: _delete(key))


def _delete(key: str) -> None:
    try:
        store().delete(key)
    except StoreError:
        log.exception("The object %s lost its record and could not be deleted.", key)
