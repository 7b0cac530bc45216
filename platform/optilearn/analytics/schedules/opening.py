"""Opening what was sent: by its recipient alone, in their own session."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from optilearn.analytics.models import OccurrenceFile, OccurrenceRecipient
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.files.rows import FileRow
from optilearn.files.selectors import file_url

CATEGORY = "deliveries"
"""The category of the files of schedules."""


def open_file(*, principal: Principal, delivery_id: int, form: str) -> str:
    """Return an address that reads a file of the principal's for a few minutes.

    The first time is noted: a schedule that nobody opens is paused. Raises ``AppError`` NOT_FOUND
    for somebody else's, and for a file whose retention has ended.
    """
    row = OccurrenceRecipient.objects.filter(
        pk=delivery_id,
        person_id=principal.person_id,
        status=OccurrenceRecipient.Status.SENT,
    ).first()
    if row is None:
        raise not_found()
    file = OccurrenceFile.objects.filter(
        occurrence_id=row.occurrence_id, group=row.group, format=form, file__isnull=False
    ).first()
    if file is None or file.file_id is None:
        raise not_found()
    url = str(file_url(principal, file.file_id)["url"])
    OccurrenceRecipient.objects.filter(pk=row.pk, opened_at__isnull=True).update(opened_at=now())
    audit.record(
        action="schedule.open",
        actor=principal,
        target=f"delivery:{row.pk}",
        details={"file": file.pk, "format": form},
    )
    return url


def may_read(principal: Principal, file: FileRow) -> bool:
    """Return True if the file was sent to the principal."""
    received = OccurrenceRecipient.objects.filter(
        occurrence_id=OuterRef("occurrence_id"),
        group=OuterRef("group"),
        person_id=principal.person_id,
        status=OccurrenceRecipient.Status.SENT,
    )
    return OccurrenceFile.objects.filter(Exists(received), file_id=file.id).exists()
