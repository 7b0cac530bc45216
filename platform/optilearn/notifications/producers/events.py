"""Notifications of events: enrollments, published courses, new lessons.

Handlers run inside the transaction of the event. Rows that are loaded or copied into the tables
raise no events and cause no messages.
"""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from optilearn.core.clock import now
from optilearn.core.events import subscribe
from optilearn.core.tenancy.context import require_institution_id
from optilearn.courses.events import CoursePublished, LessonAdded
from optilearn.courses.selectors.messages import course_summaries, lesson_summary
from optilearn.enrollment.events import Enrolled, Returned
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.audiences import CandidatesFor, StudentsOf
from optilearn.notifications.services import send, send_bulk


def register() -> None:
    """Register the handlers; called once, when the app is ready.

    A student who is promoted from a waiting list is ``Enrolled`` too.
    """
    subscribe(Enrolled, welcome)
    subscribe(Returned, welcome)
    subscribe(CoursePublished, notify_course_published)
    subscribe(LessonAdded, notify_new_lesson)


def welcome(event: Enrolled | Returned) -> None:
    """Welcome students to a course: one message for each course of the batch.

    A course that isn't published yet is empty for them; they are welcomed when it is published.
    """
    students: dict[int, list[int]] = defaultdict(list)
    for one in event.subjects:
        students[one.course_id].append(one.student_id)
    for course in course_summaries(students).values():
        if course.is_live:
            data = {"courseId": course.id, "courseTitle": course.title}
            send(key="ENROLL_WELCOME", to=students[course.id], data=data)


def notify_course_published(event: CoursePublished) -> None:
    """Announce it to the students it is for, and welcome those who are enrolled already."""
    course_id = event.course_id
    course = course_summaries([course_id])[course_id]
    data = {"courseId": course.id, "courseTitle": course.title}
    once = f"course:{course_id}"
    send_bulk(key="ENROLL_WELCOME", to=StudentsOf(course_id), data=data, once=once)
    send_bulk(key="ENROLL_COURSE_PUBLISHED", to=CandidatesFor(course_id), data=data, once=once)


def notify_new_lesson(event: LessonAdded) -> None:
    """Notify the students of a PUBLISHED course of a new lesson, once for each lesson.

    A teacher who adds ten lessons doesn't send ten e-mails: the first one of a course's day is
    sent at once, and a daily digest lists all of them.
    """
    lesson = lesson_summary(event.lesson_id)
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
