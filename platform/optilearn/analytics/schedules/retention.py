"""The end of what schedules leave behind: files first, histories later."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from optilearn.analytics.models import Occurrence, OccurrenceFile, Schedule
from optilearn.analytics.schedules.delivering import mark_name
from optilearn.core.clock import now
from optilearn.files import services as files
from optilearn.files.marks import remove_mark

CHUNK = 500


def purge() -> None:
    """Remove files after DELIVERY_KEEP_DAYS and histories after DELIVERY_HISTORY_DAYS.

    Idempotent; ``files`` sweeps what is let go here. Raises ``StoreDownError``.
    """
    let_go_of_files(Q(occurrence__finished_at__lt=_before(settings.DELIVERY_KEEP_DAYS)))
    old = Occurrence.objects.filter(finished_at__lt=_before(settings.DELIVERY_HISTORY_DAYS))
    while page := list(old.select_related("schedule").order_by("id")[:CHUNK]):
        for occurrence in page:
            remove_mark(_mark_of(occurrence.schedule, occurrence.key))
        Occurrence.objects.filter(pk__in=[occurrence.pk for occurrence in page]).delete()


def forget_schedule(schedule: Schedule) -> None:
    """Let go of the files of a schedule that is deleted, and of its marks once that is certain."""
    let_go_of_files(Q(occurrence__schedule_id=schedule.pk))
    sent = schedule.occurrences.filter(kind=Occurrence.Kind.SCHEDULED)
    names = [_mark_of(schedule, key) for key in sent.values_list("key", flat=True)]

    def remove_marks() -> None:
        for name in names:
            remove_mark(name)

    transaction.on_commit(remove_marks, robust=True)


def _mark_of(schedule: Schedule, key: str) -> str:
    return mark_name(schedule, hashlib.sha256(key.encode()).hexdigest()[:32])


def withdraw_deliveries() -> int:
    """Take back every file of the institution in force: one of them may show an erased person.

    Called when the snapshots were rewritten. Occurrences that haven't ended make theirs anew.
    Return the number of files.
    """
    with transaction.atomic():
        # A run that is under way made its files before; without its token it writes none.
        Occurrence.objects.filter(status=Occurrence.Status.RUNNING).update(
            status=Occurrence.Status.PLANNED, token=None, run_at=now()
        )
        unfinished = OccurrenceFile.objects.filter(occurrence__finished_at__isnull=True)
        for file_id in unfinished.values_list("file_id", flat=True):
            if file_id is not None:
                files.discard(file_id)
        unfinished.delete()
    return let_go_of_files(Q())


def let_go_of_files(condition: Q) -> int:
    """Let the next sweep remove the files that meet a condition; return how many."""
    count = 0
    rows = OccurrenceFile.objects.filter(condition, file__isnull=False).order_by("id")
    while page := list(rows.values_list("id", "file_id")[:CHUNK]):
        with transaction.atomic():
            OccurrenceFile.objects.filter(pk__in=[pk for pk, _file in page]).update(file=None)
            for _pk, file_id in page:
                files.discard(file_id)
        count += len(page)
    return count


def _before(days: int) -> object:
    return now() - timedelta(days=days)
