"""Claims on occurrences: one attempt at a time, taken over when it was killed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from optilearn.analytics.models import Occurrence
from optilearn.analytics.schedules.outcomes import LeaseLost
from optilearn.core.clock import now

LEASE: Final = timedelta(minutes=10)
"""Longer than any one file may take; renewed before each."""
UNFINISHED: Final = (
    Occurrence.Status.PLANNED,
    Occurrence.Status.WAITING,
    Occurrence.Status.RUNNING,
)


@transaction.atomic
def claim_next() -> Occurrence | None:
    """Claim the occurrence that is due for longest and that nobody else has."""
    found = (
        Occurrence.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("schedule")
        .filter(status__in=UNFINISHED, run_at__lte=now())
        .order_by("run_at", "id")
        .first()
    )
    if found is None:
        return None
    found.status = Occurrence.Status.RUNNING
    found.token = uuid.uuid4()
    found.attempts += 1
    found.run_at = now() + LEASE
    found.started_at = found.started_at or now()
    found.save(update_fields=["status", "token", "attempts", "run_at", "started_at"])
    return found


def renew(occurrence: Occurrence) -> None:
    """Make the lease last from now. Raises ``LeaseLost``."""
    write(occurrence, run_at=now() + LEASE)


def write(occurrence: Occurrence, **values: Any) -> None:
    """Write columns of an occurrence while it is ours. Raises ``LeaseLost``.

    In a transaction the row stays locked until its end, so nobody can take it over meanwhile.
    """
    own = Occurrence.objects.filter(pk=occurrence.pk, token=occurrence.token)
    if not own.update(**values):
        raise LeaseLost
    for name, value in values.items():
        setattr(occurrence, name, value)
