"""Removing what nobody uses: uploads that never came, were rejected, or were let go."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from optilearn.core import clock
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files.models import File
from optilearn.files.stores import store

log = logging.getLogger(__name__)

AWAITED: Final = timedelta(hours=24)
"""Longer than any signed PUT holds: what comes later can't come any more."""
UNUSED: Final = timedelta(days=7)


def sweep_orphans(*, limit: int = 1_000) -> int:
    """Remove at most ``most`` orphans of the institution in force; how many it removed.

    Each goes in a transaction of its own: the row is deleted first, which fails if any record
    refers to it, then the object, then it is committed. Killed anywhere, the row is still
    there, and the next sweep deletes the object again, which does no harm. Raises
    ``StoreDownError``.
    """
    found = list(orphans().order_by("id").values_list("id", flat=True)[:limit])
    removed = sum(_remove(file_id) for file_id in found)
    store().remove_leftovers(clock.now() - AWAITED)
    return removed


def orphans() -> QuerySet[File]:
    """PENDING or REJECTED for a day, or READY and unused for a week."""
    now = clock.now()
    unfinished = Q(
        status__in=[File.Status.PENDING, File.Status.REJECTED], created_at__lt=now - AWAITED
    )
    unused = Q(status=File.Status.READY, is_kept=False, unused_since__lt=now - UNUSED)
    rows = File.objects.alias(unused_since=Coalesce("released_at", "ready_at"))
    return rows.filter(unfinished | unused)


@transaction.atomic
def _remove(file_id: int) -> bool:
    row = orphans().select_for_update(skip_locked=True, of=("self",)).filter(pk=file_id).first()
    if row is None:
        return False  # somebody keeps it by now, or another sweep has it
    try:
        with transaction.atomic():
            _delete_row(file_id)
    except IntegrityError:
        log.warning("File %s is used though nobody keeps it; it is kept from now on.", file_id)
        File.objects.filter(pk=file_id).update(is_kept=True)
        return False
    store().delete(row.key)
    return True


def _delete_row(file_id: int) -> None:
    """By PostgreSQL alone, whose references know whether anything still uses the file."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM files_file WHERE institution_id = %s AND id = %s",
            [require_institution_id(), file_id],
        )
