"""Notifications of events: enrollments, published courses, new lessons.

Handlers run inside the transaction of the event. Rows that are loaded or copied into the tables
raise no events and cause no messages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from optilearn.core.clock import now
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses import hooks
from optilearn.courses.telling import courses_told, lesson_told
from optilearn.enrollment import events
from optilearn.enrollment.events import Event, Kind
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.audiences import CandidatesFor, StudentsOf
from optilearn.notifications.services import send, send_bulk


def register() -> None:
    """Register the handlers; called once, when the app is ready.

    A student who is promoted from a waiting list is announced as ENROLLED too.
    """
    events.listen(Kind.ENROLLED, welcome)
    events.listen(Kind.RETURNED, welcome)
    hooks.course_published.register(notify_course_published)
    hooks.lesson_added.register(notify_new_lesson)


def welcome(batch: Sequence[Event]) -> None:
    """Welcome students to a course: one message for each course of the batch.

    A course that isn't published yet is empty for them; they are welcomed when it is published.
    """
    students: dict[int, list[int]] = defaultdict(list)
    for event in batch:
        students[event.course_id].append(event.student_id)
    for course in courses_told(students).values():
        if course.is_live:
            data = {"courseId": course.id, "courseTitle": course.title}
            send(key="ENROLL_WELCOME", to=students[course.id], data=data)


def notify_course_published(course_id: int) -> None:
    """Announce it to the students it is for, and welcome those who are enrolled already."""
    course = courses_told([course_id])[course_id]
    data = {"courseId": course.id, "courseTitle": course.title}
    once = f"course:{course_id}"
    send_bulk(key="ENROLL_WELCOME", to=StudentsOf(course_id), data=data, once=once)
    send_bulk(key="ENROLL_COURSE_PUBLISHED", to=CandidatesFor(course_id), data=data, once=once)


def notify_new_lesson(lesson_id: int) -> None:
    """Notify the students of a PUBLISHED course of a new lesson, once for each lesson.

    A teacher who adds ten lessons doesn't send ten e-mails: the first one of a course's day is
    sent at once, and a daily digest lists all of them.
    """
    lesson = lesson_told(lesson_id)
    if lesson is None or lesson.course.status != "PUBLISHED":
        return
    course = lesson.course
    zone = ZoneInfo(institution_by_id(require_institution_id()).time_zone)
    send_bulk(
        key="LESSON_NEW_CONTENT",
        to=StudentsOf(course.id),
        data={
            "courseId": course.id,
            "courseTitle": course.title,
            "lessonId": lesson.id,
            "lessonTitle": lesson.title,
        },
        once=f"lesson:{lesson.id}",
        dedupe=f"new:{course.id}:{now().astimezone(zone).date()}",
    )
