"""Checks before a schedule runs: somebody still answers for it, and somebody still wants it."""

from __future__ import annotations

from typing import Final

from optilearn.analytics.models import Occurrence, Schedule
from optilearn.analytics.saved.selectors import readable_item
from optilearn.analytics.schedules.contents import Source
from optilearn.analytics.schedules.outcomes import Paused, Reason, Skipped
from optilearn.analytics.schedules.policies import may_send
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.people.selectors import active_principals

IDLE_RUNS: Final = 3
"""After so many occurrences in a row that nobody opened or that were empty, it is paused."""


def review(occurrence: Occurrence) -> Source:
    """Return the schedule with its owner and its report.

    Raises ``Paused`` if the owner is gone, may not read the report any more, or if nobody wanted
    the last three occurrences.
    """
    schedule = occurrence.schedule
    owner = owner_of(schedule)
    if owner is None:
        raise Paused(Reason.OWNER_GONE)
    if not may_send(owner, schedule.recipients):
        raise Paused(Reason.NOT_ALLOWED)
    try:
        item = readable_item(owner, schedule.item_id)
    except AppError as error:
        if error.code is ErrorCode.NOT_FOUND:
            raise Paused(Reason.ITEM_GONE) from error
        raise
    if occurrence.kind == Occurrence.Kind.SCHEDULED:
        if schedule.status == Schedule.Status.PAUSED:
            raise Skipped(Reason.PAUSED)
        _check_wanted(occurrence)
    return Source(schedule, item, owner)


def owner_of(schedule: Schedule) -> Principal | None:
    """Return the schedule's owner; None if they left or were erased."""
    if schedule.owner_id is None:
        return None
    institution = institution_by_id(require_institution_id())
    found = active_principals(institution, ids=[schedule.owner_id])
    return found[0] if found else None


def _check_wanted(occurrence: Occurrence) -> None:
    """Raise ``Paused`` if the last three occurrences were all empty, or all left unopened."""
    schedule = occurrence.schedule
    last = list(
        schedule.occurrences.filter(
            kind=Occurrence.Kind.SCHEDULED,
            status__in=[Occurrence.Status.DONE, Occurrence.Status.SKIPPED],
            finished_at__gt=schedule.resumed_at,
            due_at__lt=occurrence.due_at,
        ).order_by("-due_at", "-id")[:IDLE_RUNS]
    )
    if len(last) < IDLE_RUNS:
        return
    if all(_is_empty(one) for one in last):
        raise Paused(Reason.EMPTY)
    # An attachment is opened where nobody sees it, so it counts as opened.
    if all(one.counts.get("sent") and not one.counts.get("attached") for one in last):
        opened = schedule.occurrences.filter(
            pk__in=[one.pk for one in last], recipients__opened_at__isnull=False
        )
        if not opened.exists():
            raise Paused(Reason.UNOPENED)


def _is_empty(occurrence: Occurrence) -> bool:
    if occurrence.status == Occurrence.Status.SKIPPED:
        return occurrence.reason == Reason.EMPTY
    return bool(occurrence.counts.get("rows") == 0)
