"""Schedules of the twins, and what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import polars as pl

from optilearn.analytics.models import Occurrence, OccurrenceFile, SavedItem, Schedule, Snapshot
from optilearn.analytics.schedules import services
from optilearn.analytics.schedules.planning import plan_due
from optilearn.analytics.schedules.running import run_due
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.services import read_stored
from optilearn.notifications.models import Notification
from tests.support.twins import Twin

MONDAY: Final = datetime(2026, 11, 30, 8, tzinfo=UTC)
"""08:00 in London, where North is."""
BY_STUDENT: Final[dict[str, Any]] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["student.code", "course.code"],
    "measures": ["enrollments.count"],
}
TIMING: Final[dict[str, Any]] = {
    "trigger": "TIME",
    "rule": "FREQ=WEEKLY;BYDAY=MO",
    "starts_at": datetime(2026, 11, 23, 8),
    "ends_on": None,
    "only_in_terms": False,
    "skips_holidays": False,
    "nth_in_term": None,
    "min_hours": 24,
}


def saved_report(twin: Twin, owner: str = "asha", **definition: Any) -> int:
    """A published report of the institution."""
    with tenant_context(twin.id):
        item = SavedItem.objects.create(
            kind=SavedItem.Kind.REPORT,
            owner_id=twin.people[owner].pk,
            visibility=SavedItem.Visibility.INSTITUTION,
            name="Enrollments by student",
            entity="enrollments",
            body={"definition": BY_STUDENT | definition, "readerFilters": ["course.code"]},
            published_version=1,
        )
        return int(item.pk)


def wanted(twin: Twin, *people: str, **more: Any) -> dict[str, Any]:
    """A schedule as the API hands it to the services."""
    timing = TIMING | more.pop("timing", {})
    recipients = [{"kind": "PERSON", "id": twin.people[p].pk, "part": ""} for p in people]
    return {
        "name": "Enrollments",
        "saved_item_id": more.pop("item", None) or saved_report(twin),
        "timing": timing,
        "recipients": recipients,
        "split": "NONE",
        "formats": ["csv"],
        "attaches": True,
        "subject": "",
        "note": "",
        "filters": [],
        "on_empty": "SEND",
        "on_stale": "BANNER",
        "stale_hours": 6,
        "wait_hours": 6,
        **more,
    }


def scheduled(twin: Twin, *people: str, owner: str = "asha", **more: Any) -> Schedule:
    """A schedule that was created on the Sunday before its first run."""
    with at(twin, datetime(2026, 11, 29, 12, tzinfo=UTC)):
        schedule_id = services.create_schedule(
            principal=twin.principal(owner), wanted=wanted(twin, *people, **more)
        )
        return Schedule.objects.get(pk=schedule_id)


@contextmanager
def at(twin: Twin, moment: datetime) -> Iterator[None]:
    """In the institution at an instant, with data that is fresh."""
    with tenant_context(twin.id), frozen(moment):
        Snapshot.objects.filter(status=Snapshot.Status.PUBLISHED).update(checked_at=moment)
        yield


def run_at(twin: Twin, moment: datetime) -> list[Occurrence]:
    """Plan and run what is due at an instant; return all occurrences, in their order."""
    with at(twin, moment):
        plan_due()
        run_due()
        return list(Occurrence.objects.order_by("id"))


def sent(twin: Twin, key: str = "ADMIN_REPORT_READY") -> list[dict[str, Any]]:
    """The messages that were written, with their recipients."""
    with tenant_context(twin.id):
        rows = Notification.objects.filter(key=key).order_by("id")
        return [row.data | {"to": list(row.recipients)} for row in rows]


def table(twin: Twin, file: OccurrenceFile) -> list[tuple[Any, ...]]:
    """The rows of a stored CSV file."""
    with tenant_context(twin.id):
        assert file.file_id is not None
        _content_type, content = read_stored(file.file_id)
    return pl.read_csv(BytesIO(content)).rows()
