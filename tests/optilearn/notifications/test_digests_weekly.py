"""The week of parents and of teachers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Assignment, Submission
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.courses.models import Course
from optilearn.crm.selectors import children_of
from optilearn.demo.opticrm import Fault, Kind, OptiCrmServer
from optilearn.enrollment.models import Enrollment
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.definitions import Channel
from optilearn.notifications.digests import parents
from optilearn.notifications.digests.making import make_digests
from optilearn.notifications.digests.parents import make_parents_digests
from optilearn.notifications.digests.teachers import make_teachers_digests
from optilearn.notifications.models import Delivery, Digest, Notification, Preference, ReaderProfile
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.registry import definition_of
from optilearn.notifications.wording.reader import Reader
from optilearn.notifications.wording.writer import Writer
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.optilearn.notifications.support import reach
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
EIGHT = datetime.fromisoformat("2026-11-23T08:00Z")
PARENT, TEACHER = "PARENT_WEEKLY_DIGEST", "TEACHER_WEEKLY_DIGEST"


def at(days: float = 0, **more: float) -> datetime:
    """So long after Monday at eight in London."""
    return EIGHT + timedelta(days=days, **more)


@pytest.fixture
def crm(twins: Twins, server: Valkey) -> Iterator[OptiCrmServer]:
    with opticrm_of(*twins) as opened:
        yield opened


@pytest.fixture
def quiet_twins(twins: Twins) -> Twins:
    """The twins without the work that they come with."""
    for twin in twins:
        with tenant_context(twin.id):
            Submission.objects.all().delete()
            Assignment.objects.all().delete()
    return twins


def scan_parents(twin: Twin, when: datetime) -> int:
    with tenant_context(twin.id), clock.frozen(when):
        return make_parents_digests(institution_by_id(twin.id))


def scan_teachers(twin: Twin, when: datetime) -> int:
    with tenant_context(twin.id), clock.frozen(when):
        return make_teachers_digests(institution_by_id(twin.id))


def said(twin: Twin, key: str) -> dict[str, Any]:
    """What each reader is told, by name."""
    with tenant_context(twin.id):
        found = Delivery.objects.filter(key=key).order_by("id")
        assert {row.channel for row in found} <= {Channel.EMAIL.value}
        return dict(found.values_list("person__code", "notification__data"))


def work(twin: Twin, course: Course, title: str, due_at: datetime | None = None) -> Assignment:
    with tenant_context(twin.id):
        return Assignment.objects.create(course=course, title=title, due_at=due_at, max_score=50)


def grade(twin: Twin, one: Assignment, name: str, graded_at: datetime | None) -> None:
    with tenant_context(twin.id):
        student = twin.people[name]
        Submission.objects.create(
            assignment=one,
            enrollment=Enrollment.objects.get(student=student, course_id=one.course_id),
            student=student,
            course_id=one.course_id,
            submitted_at=at(-6),
            score=None if graded_at is None else 41,
            status="SUBMITTED" if graded_at is None else "GRADED",
            graded_at=graded_at,
        )


def seen(twin: Twin, name: str, when: datetime | None, **facts: Any) -> None:
    with tenant_context(twin.id):
        rows = Enrollment.objects.filter(student=twin.people[name])
        rows.update(last_activity_at=when, **facts)


def is_written(twin: Twin, key: str) -> None:
    """The templates take what was made: its names are those of the definition's example."""
    with tenant_context(twin.id):
        institution = institution_by_id(twin.id)
        for row in Notification.objects.filter(key=key):
            reader = Reader(row.recipients[0], "Pia", "hi", zone_of("", "UTC"))
            assert Writer(institution).write(key, Channel.EMAIL, row.data, reader).html
            _same_names(row.data, definition_of(key).example)


def _same_names(data: Any, example: Any) -> None:
    if isinstance(example, dict):
        assert data.keys() == example.keys()
        for name, value in data.items():
            _same_names(value, example[name])
    elif isinstance(example, list):
        for value in data:
            _same_names(value, example[0])


def test_a_parents_week(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    math = north.courses["MATH"]
    seen(north, "lena", at(-2), progress_pct="60.50")
    grade(north, work(north, math, "Essay 1"), "lena", at(-1))
    grade(north, work(north, math, "Old"), "lena", at(-8))
    work(north, math, "Essay 2", at(6))
    work(north, math, "Far", at(8))
    grade(north, work(north, math, "Handed in", at(5)), "lena", None)
    made = [scan_parents(north, at(hours=hours)) for hours in (-1, 0, 0.25, 24)]
    assert made == [0, 1, 0, 0]
    assert said(north, PARENT) == {
        "pia": {
            "weekOf": "2026-11-16",
            "children": [
                {
                    "childId": north.people["lena"].pk,
                    "childName": "Lena",
                    "courses": [{"courseTitle": "Math for all", "progressPct": 60}],
                    "grades": [{"assignmentTitle": "Essay 1", "score": "41", "maxScore": "50"}],
                    "due": [{"assignmentTitle": "Essay 2", "dueAt": "2026-11-29T08:00:00Z"}],
                }
            ],
        }
    }
    is_written(north, PARENT)


def test_without_news_nothing_is_sent_and_opticrm_is_asked_once(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    seen(north, "lena", at(-9))
    assert scan_parents(north, at(hours=1)) == 0
    asked = len(crm.asked)
    assert asked
    seen(north, "lena", at(-1))
    assert scan_parents(north, at(hours=2)) == 0
    assert len(crm.asked) == asked
    assert said(north, PARENT) == {}
    assert scan_parents(north, at(7)) == 0
    seen(north, "lena", at(13))
    assert scan_parents(north, at(14)) == 1


def test_while_opticrm_is_down_it_waits_for_the_next_scan(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    seen(north, "lena", at(-2))
    crm.faults.set("children", Fault(Kind.STATUS, status=503))
    assert scan_parents(north, at(hours=0)) == 0
    with tenant_context(north.id):
        assert not Digest.objects.exists()
    crm.faults.clear()
    assert scan_parents(north, at(hours=0.25)) == 1


def test_the_parents_before_it_went_down_have_theirs(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    seen(north, "lena", at(-2))
    with tenant_context(north.id):
        Person.objects.create(
            kind="PARENT", role="PARENT", crm_id="crm-two", code="two", email="two@example.org"
        )
    crm.schools["north"].parents["crm-two"] = {"name": "Two"}
    crm.schools["north"].children["crm-two"] = ["crm-lena"]

    def once(principal: Any) -> Any:
        crm.faults.set("children", Fault(Kind.STATUS, status=503))
        return found if (found := known.pop("first", None)) else children_of(principal)

    with tenant_context(north.id):
        known: dict[str, Any] = {"first": children_of(north.principal("pia"))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parents, "children_of", once)
        assert scan_parents(north, at()) == 1
    assert list(said(north, PARENT)) == ["pia"]
    crm.faults.clear()
    assert scan_parents(north, at(hours=0.25)) == 1
    assert list(said(north, PARENT)) == ["pia", "two"]


def test_who_gets_no_parents_digest(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    north, south = quiet_twins
    for twin in quiet_twins:
        seen(twin, "lena", at(-2))
    assert scan_parents(north, at()) == 0  # without an address
    reach(north, "pia", status="INACTIVE")
    assert scan_parents(north, at()) == 0
    reach(north, "pia", status="ACTIVE")
    assert scan_parents(north, at(3.5)) == 0  # too late: it would be news of long ago
    with tenant_context(north.id):
        wish = Preference.objects.create(person=north.people["pia"], key=PARENT, email=False)
        assert scan_parents(north, at()) == 0
        Preference.objects.filter(pk=wish.pk).update(email=None, frequency="NEVER")
        assert scan_parents(north, at()) == 0
        assert not crm.asked
        wish.delete()
    crm.schools["north"].children.clear()
    assert scan_parents(north, at()) == 0
    assert said(south, PARENT) == {}


def test_a_parents_week_is_at_their_hour(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    _, south = quiet_twins
    pia = reach(south, "pia", time_zone="Asia/Kathmandu")
    seen(south, "lena", at(-2))
    with tenant_context(south.id):
        ReaderProfile.objects.create(person=pia, digest_hour=19, digest_weekday=7)
    sunday = datetime.fromisoformat("2026-11-22T13:15Z")
    assert scan_parents(south, sunday - timedelta(seconds=1)) == 0
    assert scan_parents(south, sunday) == 1
    assert said(south, PARENT)["pia"]["weekOf"] == "2026-11-15"


def test_a_teachers_week(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    reach(north, "tom")
    reach(north, "uma")
    sums = make_course(north, "SUMS")
    rows: dict[str, dict[str, Any]] = {
        "new": {"enrolled_at": at(-1)},
        "newer": {"enrolled_at": at(1)},
        "done": {"status": "COMPLETED", "completed_at": at(-2)},
        "away": {"last_activity_at": at(-15)},
        "longer": {"last_activity_at": at(-22)},
        "here": {"last_activity_at": at(-13)},
        "left": {"status": "WITHDRAWN", "enrolled_at": at(-2)},
    }
    for name, facts in rows.items():
        make_student(north, name)
        enroll(north, name, sums, **facts)
    essay = work(north, sums, "Essay")
    grade(north, essay, "here", None)
    grade(north, essay, "away", None)
    grade(north, essay, "new", at(-1))
    assert [scan_teachers(north, at(hours=h)) for h in (-1, 0, 0.25)] == [0, 1, 0]
    assert said(north, TEACHER) == {
        "tom": {
            "weekOf": "2026-11-16",
            "courses": [
                {
                    "courseId": sums.pk,
                    "courseTitle": sums.title,
                    "enrolled": 1,
                    "completed": 1,
                    "toGrade": 2,
                    "inactive": 1,
                }
            ],
        }
    }
    is_written(north, TEACHER)


def test_co_teachers_hear_of_the_course_too_and_nobody_of_drafts(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    for name in ("tom", "uma", "asha"):
        reach(north, name)
    enroll(north, "sven", north.courses["ART"], enrolled_at=at(-1))
    draft = make_course(north, "SUMS", status="DRAFT")
    enroll(north, "sven", draft, enrolled_at=at(-1))
    assert scan_teachers(north, at()) == 2
    told = said(north, TEACHER)
    assert sorted(told) == ["tom", "uma"]
    assert all([c["courseTitle"] for c in d["courses"]] == ["Art for all"] for d in told.values())


def test_who_wants_no_teachers_digest_gets_none(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    tom = reach(north, "tom")
    enroll(north, "sven", north.courses["ART"], enrolled_at=at(-1))
    with tenant_context(north.id):
        Preference.objects.create(person=tom, key=TEACHER, email=False)
    assert scan_teachers(north, at()) == 0
    assert scan_teachers(north, at(4)) == 0


def cost(twin: Twin, scan: Any, when: datetime) -> int:
    with tenant_context(twin.id), CaptureQueriesContext(connection) as asked:
        scan(twin, when)
    return len(asked.captured_queries)


def teachers(twin: Twin, number: int, prefix: str) -> None:
    for n in range(number):
        name = f"{prefix}{n}"
        with tenant_context(twin.id):
            twin.people[name] = Person.objects.create(
                kind="USER", role="TEACHER", crm_id=name, code=name, email=f"{name}@example.org"
            )
        course = make_course(twin, f"C-{name}", creator=twin.people[name])
        enroll(twin, "sven", course, enrolled_at=at(-1))


def test_a_page_of_teachers_costs_the_same_for_many(quiet_twins: Twins) -> None:
    north, _ = quiet_twins
    teachers(north, 2, "a")
    few = cost(north, scan_teachers, at())
    with tenant_context(north.id):
        Digest.objects.all().delete()
        Notification.objects.all().delete()
    teachers(north, 20, "b")
    assert cost(north, scan_teachers, at()) == few
    assert len(said(north, TEACHER)) == 22


def test_parents_cost_no_more_than_asking_for_their_children(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    seen(north, "lena", at(-2))

    def more(number: int, prefix: str) -> None:
        for n in range(number):
            key = f"crm-{prefix}{n}"
            with tenant_context(north.id):
                Person.objects.create(
                    kind="PARENT", role="PARENT", crm_id=key, code=key, email=f"{key}@example.org"
                )
            crm.schools["north"].parents[key] = {"name": key}
            crm.schools["north"].children[key] = ["crm-lena"]

    more(2, "a")
    one = cost(north, lambda twin, _: children_of(twin.principal("pia")), at())
    few = cost(north, scan_parents, at()) - 2 * one
    more(10, "b")
    with tenant_context(north.id):
        Digest.objects.all().delete()
        Notification.objects.all().delete()
    assert cost(north, scan_parents, at()) - 12 * one == few
    assert len(said(north, PARENT)) == 12


def test_all_digests_of_an_institution(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    north, south = quiet_twins
    reach(north, "pia")
    reach(north, "uma")
    seen(north, "lena", at(-2))
    enroll(north, "sven", north.courses["ART"], enrolled_at=at(-1))
    with tenant_context(north.id), clock.frozen(at()):
        assert make_digests() == 2
        assert make_digests() == 0
    with tenant_context(south.id):
        assert not Notification.objects.exists()


def test_a_late_parents_week_does_not_call_next_what_was_due_meanwhile(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    math = north.courses["MATH"]
    seen(north, "lena", at(-2))
    work(north, math, "Yesterday", at(1))
    work(north, math, "Tomorrow", at(3))
    assert scan_parents(north, at(2)) == 1
    (child,) = said(north, PARENT)["pia"]["children"]
    assert [one["assignmentTitle"] for one in child["due"]] == ["Tomorrow"]
