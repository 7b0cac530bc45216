"""Notifications of students: courses, deadlines, grades, live classes."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.core.access.policies import ADMINS
from optilearn.core.access.roles import Role
from optilearn.notifications.definitions import Category, Channel, Definition, Priority

LEARNERS: Final = frozenset({Role.STUDENT})
TEACHERS: Final = ADMINS | {Role.TEACHER}
_COURSE: Final = {"courseId": 12, "courseTitle": "Algebra"}
_ASSIGNMENT: Final = _COURSE | {
    "assignmentId": 31,
    "assignmentTitle": "Essay 1",
    "dueAt": "2026-11-30T18:29:00Z",
}
_GRADE: Final = _COURSE | {
    "assignmentId": 31,
    "assignmentTitle": "Essay 1",
    "score": "41",
    "maxScore": "50",
}
_LIVE: Final = _COURSE | {
    "sessionId": 5,
    "sessionTitle": "Fractions, live",
    "startsAt": "2026-11-30T10:30:00Z",
}
_LIVE_SERIES: Final = _LIVE | {"moreClasses": 11}
_GRADES_LINK: Final = "/courses/{courseId}/assignments/{assignmentId}"

DEFINITIONS: Final = (
    Definition(
        key="ENROLL_WELCOME",
        label=_("Welcome to a course"),
        description=_("You were enrolled in a course."),
        category=Category.COURSES,
        available_to=LEARNERS,
        example=_COURSE,
        link="/courses/{courseId}",
    ),
    Definition(
        key="ENROLL_COURSE_PUBLISHED",
        label=_("New course"),
        description=_("A course that you can enroll in was published."),
        category=Category.COURSES,
        available_to=LEARNERS,
        example=_COURSE,
        link="/courses/{courseId}",
        priority=Priority.LOW,
    ),
    Definition(
        key="ENROLL_ACCESS_EXPIRING",
        label=_("Access ends soon"),
        description=_("Your access to a course ends in a few days."),
        category=Category.COURSES,
        available_to=LEARNERS,
        example=_COURSE | {"expiresAt": "2026-12-01T18:29:00Z"},
        link="/courses/{courseId}",
        priority=Priority.HIGH,
        controls=("expiringDays",),
    ),
    Definition(
        key="LESSON_ASSIGNMENT_DUE_REMINDER",
        label=_("Assignment due soon"),
        description=_("An assignment that you haven't submitted is due soon."),
        category=Category.DEADLINES,
        available_to=LEARNERS,
        example=_ASSIGNMENT,
        link=_GRADES_LINK,
        priority=Priority.HIGH,
        controls=("dueHours",),
    ),
    Definition(
        key="LESSON_ASSIGNMENT_OVERDUE",
        label=_("Assignment overdue"),
        description=_("An assignment that you haven't submitted is overdue."),
        category=Category.DEADLINES,
        available_to=LEARNERS,
        example=_ASSIGNMENT,
        link=_GRADES_LINK,
        priority=Priority.HIGH,
    ),
    Definition(
        key="LESSON_NEW_CONTENT",
        label=_("New lesson"),
        description=_("A lesson was added to one of your courses."),
        category=Category.DEADLINES,
        available_to=LEARNERS,
        example=_COURSE | {"lessonId": 40, "lessonTitle": "Fractions"},
        link="/courses/{courseId}/lessons/{lessonId}",
        priority=Priority.LOW,
    ),
    Definition(
        key="ASSESS_GRADED",
        label=_("Graded"),
        description=_("Your work was graded. This can't be turned off."),
        category=Category.GRADES,
        available_to=LEARNERS,
        example=_GRADE,
        link=_GRADES_LINK,
        can_disable=False,
        can_change_frequency=False,
        priority=Priority.HIGH,
    ),
    Definition(
        key="ASSESS_PEER_GRADED",
        label=_("Graded by peers"),
        description=_("All peer reviews of your work are in."),
        category=Category.GRADES,
        available_to=LEARNERS,
        example=_GRADE,
        link=_GRADES_LINK,
    ),
    Definition(
        key="ASSESS_RETURNED",
        label=_("Returned to you"),
        description=_("Your teacher returned your work so that you can improve it."),
        category=Category.GRADES,
        available_to=LEARNERS,
        example=_COURSE
        | {
            "assignmentId": 31,
            "assignmentTitle": "Essay 1",
            "comment": "Cite two sources, please.",
        },
        link=_GRADES_LINK,
        priority=Priority.HIGH,
    ),
    Definition(
        key="PEER_REVIEW_ASSIGNED",
        label=_("Peer review to do"),
        description=_("You were asked to review a classmate's work."),
        category=Category.GRADES,
        available_to=LEARNERS,
        example=_ASSIGNMENT | {"reviewId": 77},
        link="/courses/{courseId}/reviews/{reviewId}",
    ),
    Definition(
        key="PEER_REVIEW_DUE_REMINDER",
        label=_("Peer review due soon"),
        description=_("A peer review that you were asked to do is due soon."),
        category=Category.GRADES,
        available_to=LEARNERS,
        example=_ASSIGNMENT | {"reviewId": 77},
        link="/courses/{courseId}/reviews/{reviewId}",
        priority=Priority.HIGH,
    ),
    Definition(
        key="LIVE_CLASS_SCHEDULED",
        label=_("Live class scheduled"),
        description=_("A live class in one of your courses was scheduled or moved."),
        category=Category.LIVE,
        available_to=LEARNERS,
        example=_LIVE_SERIES,
        link="/live/{sessionId}",
    ),
    Definition(
        key="LIVE_CLASS_STARTING",
        label=_("Live class starts"),
        description=_("A live class in one of your courses starts now. This can't be turned off."),
        category=Category.LIVE,
        available_to=LEARNERS | TEACHERS,
        example=_LIVE,
        link="/live/{sessionId}",
        channels=frozenset({Channel.PUSH, Channel.IN_APP}),
        can_disable=False,
        can_change_frequency=False,
        priority=Priority.URGENT,
    ),
    Definition(
        key="LIVE_CLASS_CANCELLED",
        label=_("Live class canceled"),
        description=_("A live class in one of your courses was canceled."),
        category=Category.LIVE,
        available_to=LEARNERS,
        example=_LIVE_SERIES,
        link="/live/{sessionId}",
        can_change_frequency=False,
        priority=Priority.HIGH,
    ),
    Definition(
        key="LIVE_CLASS_RECORDING_READY",
        label=_("Recording ready"),
        description=_("The recording of a live class is ready to watch."),
        category=Category.LIVE,
        available_to=LEARNERS,
        example=_LIVE,
        link="/live/{sessionId}",
    ),
)
