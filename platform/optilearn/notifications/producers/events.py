"""What is told when it happens: of enrolling, and of what is added to a course.

All of it runs inside the transaction of what happened. Rows that are loaded or copied into the
tables don't pass here and cause no messages.
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
    """Listen; called once, when the app is ready.

    Who is promoted from a waiting list is announced as ENROLLED too.
    """
    events.listen(Kind.ENROLLED, welcome)
    events.listen(Kind.RETURNED, welcome)
    hooks.course_published.register(tell_published)
    hooks.lesson_added.register(tell_new_lesson)


def welcome(batch: Sequence[Event]) -> None:
    """Welcome students to a course: one message for each course of the batch.

    In a course that isn't published yet they find nothing; they are welcomed when it is.
    """
    students: dict[int, list[int]] = defaultdict(list)
    for event in batch:
        students[event.course_id].append(event.student_id)
    for course in courses_told(students).values():
        if course.is_live:
            data = {"courseId": course.id, "courseTitle": course.title}
            send(key="ENROLL_WELCOME", to=students[course.id], data=data)


def tell_published(course_id: int) -> None:
    """Tell who may take it, and welcome those whom the school enrolled before."""
    course = courses_told([course_id])[course_id]
    data = {"courseId": course.id, "courseTitle": course.title}
    once = f"course:{course_id}"
    send_bulk(key="ENROLL_WELCOME", to=StudentsOf(course_id), data=data, once=once)
    send_bulk(key="ENROLL_COURSE_PUBLISHED", to=CandidatesFor(course_id), data=data, once=once)


def tell_new_lesson(lesson_id: int) -> None:
    """Tell the students of a PUBLISHED course of a new lesson, of each once.

    A teacher who adds ten of them doesn't send ten e-mails: a student is told of the first of a
    course's day at once, and a daily digest lists all of them.
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
