"""What is told when it happens, and who an audience is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Module
from optilearn.courses.schemas import CopyIn
from optilearn.courses.services.content import add_lesson, add_module
from optilearn.courses.services.copying import copy_course
from optilearn.courses.services.courses import move_course
from optilearn.enrollment.events import Enrolled, Subject, publish_batch
from optilearn.enrollment.services import enroll_students, return_to_course, withdraw
from optilearn.notifications.audiences import CandidatesFor, People, StudentsOf, TeachersOf
from optilearn.notifications.delivery.expansion import expand
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.delivery.recipients import resolve
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.producers import events
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import count_queries, enroll, make_course, make_student
from tests.optilearn.notifications.support import NOON, later
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture(autouse=True)
def _listening() -> None:
    events.register()


def notified(twin: Twin, key: str) -> list[tuple[list[int], dict[str, object], str | None]]:
    """Whom a key was sent to by name of the outbox, with what, and once for what."""
    with tenant_context(twin.id):
        found = Notification.objects.filter(key=key).order_by("id")
        return [(row.recipients, row.audience, row.once) for row in found]


def readers(twin: Twin, key: str) -> list[str]:
    """Who got it, after the workers have looked up and written everybody."""
    with tenant_context(twin.id):
        expand()
        found = Delivery.objects.filter(key=key, channel="IN_APP")
        return sorted(found.values_list("person__code", flat=True))


def publish(twin: Twin, course: Course) -> None:
    with tenant_context(twin.id):
        move_course(principal=twin.principal("asha"), course_id=course.pk, status="PUBLISHED")


def lesson(twin: Twin, course: Course, title: str = "Fractions") -> int:
    with tenant_context(twin.id):
        module = Module.objects.filter(course=course).order_by("id")[0]
        return add_lesson(
            principal=twin.principal("tom"),
            module_id=module.pk,
            values={"title": title, "kind": "TEXT"},
        )


def test_who_enrols_or_comes_back_is_welcomed(twins: Twins) -> None:
    north, south = twins
    course, sven = make_course(north, "SUMS"), north.people["sven"]
    with tenant_context(north.id), clock.frozen(NOON):
        given = enroll_students(
            principal=north.principal("tom"), course_id=course.pk, student_ids=[sven.pk]
        )
        assert notified(north, "ENROLL_WELCOME") == [([sven.pk], {}, None)]
        withdraw(principal=north.principal("tom"), enrollment_id=given[0]["id"])
        return_to_course(principal=north.principal("tom"), enrollment_id=given[0]["id"])
        assert len(notified(north, "ENROLL_WELCOME")) == 2
        deliver_in_app()
        rows = Delivery.objects.filter(channel="IN_APP").order_by("id")
        # The same within a day is told once.
        assert list(rows.values_list("status", "rule")) == [("SENT", ""), ("SKIPPED", "duplicate")]
    assert notified(south, "ENROLL_WELCOME") == []


def test_a_batch_is_one_message_for_each_course(twins: Twins) -> None:
    north, _ = twins
    courses = [make_course(north, "A"), make_course(north, "B")]
    students = [make_student(north, f"s{n}").pk for n in range(150)]
    batch = [Subject(n, student, courses[0].pk) for n, student in enumerate(students)]
    batch.append(Subject(999, students[0], courses[1].pk))

    def announce(size: int) -> int:
        return count_queries(north, "tom", lambda _: publish_batch(Enrolled, batch[:size]))

    assert announce(1) == announce(90)
    with tenant_context(north.id):
        Notification.objects.all().delete()
    enrollment_events_of(north, batch)
    found = notified(north, "ENROLL_WELCOME")
    assert sorted(len(people) for people, _, _ in found) == [1, 150]
    assert len(readers(north, "ENROLL_WELCOME")) == 151


def enrollment_events_of(twin: Twin, batch: list[Subject]) -> None:
    with tenant_context(twin.id):
        publish_batch(Enrolled, batch)


def test_students_of_a_draft_are_welcomed_when_it_is_published(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS", status="DRAFT")
    with tenant_context(north.id):
        enroll_students(
            principal=north.principal("tom"),
            course_id=course.pk,
            student_ids=[north.people["sven"].pk],
        )
    assert notified(north, "ENROLL_WELCOME") == []
    publish(north, course)
    assert readers(north, "ENROLL_WELCOME") == ["sven"]


def test_a_published_course_is_announced_once_to_its_candidates(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS", status="DRAFT")
    enroll(north, "lena", course)
    publish(north, course)
    publish(north, course)
    with tenant_context(north.id):
        move_course(principal=north.principal("asha"), course_id=course.pk, status="ARCHIVED")
    once = f"course:{course.pk}"
    audience = {"kind": "CandidatesFor", "course_id": course.pk}
    assert notified(north, "ENROLL_COURSE_PUBLISHED") == [([], audience, once)]
    with tenant_context(north.id):  # nobody is told of what is hidden again meanwhile
        assert resolve(CandidatesFor(course.pk)) == []


def test_a_new_lesson_of_a_published_course_is_announced(twins: Twins) -> None:
    north, _ = twins
    course = north.courses["MATH"]
    key = lesson(north, course)
    ((_, audience, once),) = notified(north, "LESSON_NEW_CONTENT")
    assert audience == {"kind": "StudentsOf", "course_id": course.pk}
    assert once == f"lesson:{key}"
    assert readers(north, "LESSON_NEW_CONTENT") == ["lena", "मीरा"]


def test_nothing_is_sent_about_drafts_copies_and_archived_courses(twins: Twins) -> None:
    north, _ = twins
    draft = make_course(north, "SUMS", {"title": "First"}, status="DRAFT")
    enroll(north, "lena", draft)
    lesson(north, draft)
    with tenant_context(north.id):
        copy_course(
            principal=north.principal("tom"),
            course_id=north.courses["MATH"].pk,
            wanted=CopyIn(code="MATH2"),
        )
        add_module(principal=north.principal("tom"), course_id=draft.pk, values={"title": "Two"})
        assert not Notification.objects.exists()


def test_ten_lessons_of_a_day_are_one_message_and_the_next_days_another(twins: Twins) -> None:
    north, _ = twins
    course = north.courses["MATH"]
    for hours in (0, 1, 2, 23):
        with clock.frozen(later(hours=hours)):
            lesson(north, course, f"After {hours}")
    with tenant_context(north.id), clock.frozen(later(hours=24)):
        expand()
        deliver_in_app()
        found = Delivery.objects.filter(person=north.people["lena"], channel="IN_APP")
        assert sorted(found.values_list("status", "title")) == [
            ("SENT", found.get(notification__data__lessonTitle="After 0").title),
            ("SENT", found.get(notification__data__lessonTitle="After 23").title),
            ("SKIPPED", ""),
            ("SKIPPED", ""),
        ]


def test_students_are_those_with_access_now(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "SUMS")
    rows: dict[str, dict[str, Any]] = {
        "in": {},
        "ends": {"expires_at": later(days=1)},
        "over": {"expires_at": later(days=-1)},
        "done": {"status": "COMPLETED"},
        "left": {"status": "WITHDRAWN"},
        "gone": {},
    }
    for name, facts in rows.items():
        make_student(north, name, status="INACTIVE" if name == "gone" else "ACTIVE")
        enroll(north, name, course, **facts)
    with tenant_context(north.id), clock.frozen(NOON):
        found = [north.people["in"].pk, north.people["ends"].pk]
        assert resolve(StudentsOf(course.pk)) == found
        Course.objects.filter(pk=course.pk).update(status="DRAFT")
        assert resolve(StudentsOf(course.pk)) == []


def test_candidates_are_the_students_a_course_is_targeted_at(twins: Twins) -> None:
    north, south = twins
    course = make_course(north, "SUMS", target_class_ids=["6"], target_section_ids=["7A"])
    six = make_student(north, "six", class_id="6", section_id="6B")
    seven = make_student(north, "seven", class_id="7", section_id="7A")
    make_student(north, "other", class_id="7", section_id="7B")
    make_student(north, "left", class_id="6", status="INACTIVE")
    make_student(south, "six", class_id="6")
    for name, status in (("was", "WITHDRAWN"), ("is", "ACTIVE")):
        make_student(north, name, class_id="6")
        enroll(north, name, course, status=status)
    with tenant_context(north.id):
        assert resolve(CandidatesFor(course.pk)) == [six.pk, seven.pk]
        rows = Course.objects.filter(pk=course.pk)
        rows.update(target_class_ids=[], target_section_ids=[])
        everybody = resolve(CandidatesFor(course.pk))
        students = Person.objects.filter(kind="STUDENT", status="ACTIVE").count()
        assert len(everybody) == students - 2
        rows.update(self_enrollment=False)
        assert resolve(CandidatesFor(course.pk)) == []
    with tenant_context(south.id):
        assert resolve(CandidatesFor(course.pk)) == []


def test_teachers_and_people(twins: Twins) -> None:
    north, south = twins
    tom, uma = north.people["tom"].pk, north.people["uma"].pk
    with tenant_context(north.id):
        assert resolve(TeachersOf(north.courses["ART"].pk)) == sorted([tom, uma])
        assert resolve(TeachersOf(north.courses["MATH"].pk)) == [tom]
        assert resolve(People((3, 1))) == [3, 1]
        assert resolve(TeachersOf(south.courses["ART"].pk)) == []


def test_dates_are_the_institutions(twins: Twins) -> None:
    _, south = twins
    evening = datetime.fromisoformat("2026-11-23T18:29Z")  # one minute before Kolkata's midnight
    for moment in (evening, evening + timedelta(minutes=1)):
        with clock.frozen(moment):
            lesson(south, south.courses["MATH"])
    course = south.courses["MATH"].pk
    with tenant_context(south.id):
        marks = Notification.objects.order_by("id").values_list("dedupe", flat=True)
        assert list(marks) == [f"new:{course}:2026-11-23", f"new:{course}:2026-11-24"]
