"""Schedules: deciding what is due, and one report for many recipients of few scopes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.report import Line, once
from benchmarks.world import World
from tests.support.services import redis_url
from tests.support.snapshots import take_snapshots

DUE: Final = 10_000
RECIPIENTS: Final = 2_000
SCOPES: Final = 40
MOMENT: Final = datetime(2026, 11, 30, 8, tzinfo=UTC)
REPORT: Final[dict[str, Any]] = {
    "version": 1,
    "entity": "submissions",
    "mode": "categorical",
    "dimensions": ["assignment.course.code", "assignment.kind", "student.code"],
    "measures": ["submissions.count", "avgScore", "lateRate"],
}


def measure(world: World) -> Iterator[Line]:
    from django.conf import settings

    from optilearn.core.tenancy.context import tenant_context

    settings.REDIS_URL, settings.DEBUG = redis_url(), False
    settings.SNAPSHOT_URL = (world.folder / "scheduled").as_uri()
    settings.FILES_URL = (world.folder / "scheduled-files").as_uri()
    take_snapshots(world.database, world.folder / "scheduled")
    with tenant_context(world.institution_id):
        people = _teachers()
        item = _report()
        seconds = _planning(item)
        yield Line(f"{DUE:,} schedules due in one minute: deciding what is due", seconds, 2.0, 1.0)
        value, floor = _one_report(item, people)
        yield Line(f"one report, {RECIPIENTS:,} recipients of {SCOPES} scopes", value, floor, 1.3)


def _teachers() -> list[int]:
    """People whose courses are one of forty sets, all courses of the institution among them."""
    from optilearn.courses.models import CoTeacher, Course
    from optilearn.people.models import Person

    teachers = Person.objects.bulk_create(
        Person(
            kind="USER", role="TEACHER", crm_id=f"bench-{n}", code=f"bench-{n}", name=f"Teacher {n}"
        )
        for n in range(RECIPIENTS)
    )
    courses = list(Course.objects.order_by("id").values_list("pk", flat=True))
    sets = [[c for place, c in enumerate(courses) if (n + 1) >> place & 1] for n in range(SCOPES)]
    CoTeacher.objects.bulk_create(
        CoTeacher(course_id=course, person_id=teacher.pk)
        for n, teacher in enumerate(teachers)
        for course in sets[n % SCOPES]
    )
    return [teacher.pk for teacher in teachers]


def _report() -> int:
    from optilearn.analytics.models import SavedItem
    from optilearn.people.models import Person

    owner = Person.objects.create(
        kind="USER", role="ADMIN", crm_id="bench-admin", code="bench-admin", name="Admin"
    )
    item = SavedItem.objects.create(
        kind="REPORT", owner=owner, name="Marks", published_version=1,
        body={"definition": REPORT, "readerFilters": []},
    )  # fmt: skip
    return int(item.pk)


def _schedule(item: int, **more: Any) -> Any:
    from optilearn.analytics.models import SavedItem, Schedule

    owner = SavedItem.objects.get(pk=item).owner_id
    rule = "FREQ=WEEKLY;BYDAY=MO;WKST=MO;BYHOUR=8;BYMINUTE=0;BYSECOND=0"
    return Schedule(
        item_id=item, owner_id=owner, name="Marks", rule=rule, formats=["csv"], starts_at=MOMENT,
        **more,
    )  # fmt: skip


def _planning(item: int) -> float:
    from optilearn.analytics.models import Occurrence, Schedule
    from optilearn.analytics.schedules.planning import plan_due
    from optilearn.core.clock import frozen

    Schedule.objects.bulk_create(_schedule(item, next_at=MOMENT) for _ in range(DUE))
    with frozen(MOMENT + timedelta(minutes=1)):
        seconds = once(plan_due)
    if Occurrence.objects.count() != DUE or Schedule.objects.filter(next_at__lte=MOMENT).exists():
        raise RuntimeError("An occurrence was missed or doubled.")
    Schedule.objects.all().delete()
    return seconds


def _one_report(item: int, people: list[int]) -> tuple[float, float]:
    """Seconds of a whole run, and of the same questions and files alone."""
    from optilearn.analytics.models import Occurrence, OccurrenceRecipient
    from optilearn.analytics.schedules.recipients import recipients_of
    from optilearn.analytics.schedules.running import run_due

    chosen = [{"kind": "PERSON", "id": person} for person in people]
    schedule = _schedule(item, recipients=chosen, on_stale="BANNER")
    schedule.save()
    # The shipped part has five courses only, which have fewer sets.
    scopes = {one.group: one.scope for one in recipients_of(chosen, "NONE")}
    _files_alone(list(scopes.values()))
    floor = once(lambda: _files_alone(list(scopes.values())))
    moment = datetime.now(UTC)
    Occurrence.objects.create(schedule=schedule, key="at:bench", due_at=moment, run_at=moment)
    value = once(run_due)
    if OccurrenceRecipient.objects.filter(status="SENT").count() != RECIPIENTS:
        raise RuntimeError("A recipient was missed.")
    return value, floor


def _files_alone(scopes: list[Any]) -> None:
    from optilearn.analytics.snapshots import history, newest_snapshot
    from reports import api as reports

    snapshot = newest_snapshot()
    with tempfile.TemporaryDirectory() as folder:
        for number, scope in enumerate(scopes):
            request = reports.ReportRequest(REPORT, scope, snapshot, history=history)
            reports.export_report(request, Path(folder) / f"{number}.csv", reports.Export("csv"))
