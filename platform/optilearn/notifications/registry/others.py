"""Community, recognition, compliance, teaching, administration."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.core.access.policies import STAFF
from optilearn.core.access.roles import Role
from optilearn.notifications.definitions import Category, Channel, Definition, Priority
from optilearn.notifications.registry.learning import LEARNERS, TEACHERS

EVERYBODY: Final = frozenset(Role)
_COURSE: Final = {"courseId": 12, "courseTitle": "Algebra"}

DEFINITIONS: Final = (
    Definition(
        key="COMPLIANCE_DUE_REMINDER",
        label=_("Required training due"),
        description=_("A training that you have to complete is due soon."),
        category=Category.DEADLINES,
        available_to=EVERYBODY - {Role.PARENT},
        example={
            "requirementId": 3,
            "requirementTitle": "Fire safety",
            "dueAt": "2026-11-30",
            "overdueCount": 0,
            "owedCount": 0,
        },
        link="/compliance/{requirementId}",
        priority=Priority.HIGH,
    ),
    Definition(
        key="DISCUSSION_REPLY",
        label=_("Reply in a discussion"),
        description=_("Somebody replied to you, or in a discussion that you follow."),
        category=Category.COMMUNITY,
        available_to=LEARNERS | STAFF,
        example=_COURSE
        | {
            "threadId": 9,
            "threadTitle": "Question 4",
            "authorName": "Tom Reed",
            "excerpt": "Try it with x = 2.",
        },
        link="/courses/{courseId}/discussions/{threadId}",
    ),
    Definition(
        key="ANNOUNCEMENT_POSTED",
        label=_("Announcement"),
        description=_("The school or a teacher posted an announcement."),
        category=Category.COMMUNITY,
        available_to=EVERYBODY,
        example={
            "announcementId": 4,
            "title": "Sports day",
            "authorName": "Asha Rao",
            "excerpt": "No lessons on Friday.",
        },
        link="/announcements/{announcementId}",
    ),
    Definition(
        key="MESSAGE_RECEIVED",
        label=_("Message"),
        description=_("Somebody sent you a message."),
        category=Category.COMMUNITY,
        available_to=EVERYBODY,
        example={"threadId": 8, "authorName": "Tom Reed", "excerpt": "Could you come on Tuesday?"},
        link="/messages/{threadId}",
        priority=Priority.HIGH,
    ),
    Definition(
        key="CERTIFICATE_ISSUED",
        label=_("Certificate issued"),
        description=_("You received a certificate."),
        category=Category.RECOGNITION,
        available_to=LEARNERS | STAFF,
        example={"certificateId": 6, "certificateTitle": "Algebra", "number": "OL-2026-0006"},
        link="/certificates/{certificateId}",
    ),
    Definition(
        key="CERTIFICATE_EXPIRING",
        label=_("Certificate expires"),
        description=_("A certificate of yours expires soon."),
        category=Category.RECOGNITION,
        available_to=LEARNERS | STAFF,
        example={
            "certificateId": 6,
            "certificateTitle": "First aid",
            "expiresAt": "2026-12-31T18:29:00Z",
        },
        link="/certificates/{certificateId}",
    ),
    Definition(
        key="BADGE_EARNED",
        label=_("Badge earned"),
        description=_("You earned a badge."),
        category=Category.RECOGNITION,
        available_to=LEARNERS,
        example={"badgeId": 2, "badgeTitle": "Seven days in a row"},
        link="/badges",
        channels=frozenset({Channel.PUSH, Channel.IN_APP}),
        priority=Priority.LOW,
    ),
    Definition(
        key="REENGAGE_INACTIVE",
        label=_("We miss you"),
        description=_("You haven't opened a course for a while."),
        category=Category.REENGAGEMENT,
        available_to=LEARNERS,
        example=_COURSE | {"daysAway": 15, "progressPct": 40},
        link="/courses/{courseId}",
        channels=frozenset({Channel.EMAIL, Channel.PUSH}),
        can_change_frequency=False,
        priority=Priority.LOW,
        controls=("reengage", "inactiveDays"),
    ),
    Definition(
        key="TEACHER_SUBMISSION_RECEIVED",
        label=_("Work submitted"),
        description=_("A student submitted work in one of your courses."),
        category=Category.TEACHING,
        available_to=TEACHERS,
        example=_COURSE
        | {
            "assignmentId": 31,
            "assignmentTitle": "Essay 1",
            "studentId": 7,
            "studentName": "Lena Weber",
        },
        link="/teaching/courses/{courseId}/assignments/{assignmentId}",
        about="studentId",
        channels=frozenset({Channel.IN_APP, Channel.EMAIL}),
        priority=Priority.LOW,
    ),
    Definition(
        key="TEACHER_WEEKLY_DIGEST",
        label=_("Your courses this week"),
        description=_("Once a week: new students, completions, and work to grade."),
        category=Category.TEACHING,
        available_to=TEACHERS,
        example={
            "weekOf": "2026-11-16",
            "courses": [_COURSE | {"enrolled": 3, "completed": 1, "toGrade": 12, "inactive": 2}],
        },
        link="/teaching",
        channels=frozenset({Channel.EMAIL}),
        can_change_frequency=False,
        priority=Priority.LOW,
    ),
    Definition(
        key="ADMIN_REPORT_READY",
        label=_("Report ready"),
        description=_("A scheduled report is ready."),
        category=Category.ADMINISTRATION,
        # A school may send parents and students reports about themselves.
        available_to=EVERYBODY,
        example={
            "deliveryId": 301,
            "reportId": 14,
            "reportName": "Grades by class",
            "rows": 1204,
            "takenAt": "2026-11-23T00:30:00Z",
            "isStale": False,
            "downloadUrl": "https://learn.example.org/api/analytics/deliveries/301/files/xlsx",
            "files": [
                {
                    "name": "Grades by class 2026-11-23.xlsx",
                    "url": "https://learn.example.org/api/analytics/deliveries/301/files/xlsx",
                }
            ],
            "attachments": [],
            "subject": "Grades of the week",
            "note": "Please look at the classes below 60 %.",
        },
        # Where everybody finds it: parents and students open no report, and it may be a dashboard.
        link="/schedules/received",
        channels=frozenset({Channel.EMAIL, Channel.IN_APP}),
        can_change_frequency=False,
    ),
    Definition(
        key="ADMIN_SCHEDULE_PROBLEM",
        label=_("Scheduled report needs attention"),
        description=_("A schedule of yours failed or was paused."),
        category=Category.ADMINISTRATION,
        available_to=STAFF,
        example={
            "scheduleId": 5,
            "scheduleName": "Grades by class, every Monday",
            "reason": "UNOPENED",
            "problem": "",
            "isPaused": True,
        },
        link="/schedules/{scheduleId}",
        channels=frozenset({Channel.EMAIL, Channel.IN_APP}),
        can_change_frequency=False,
    ),
    Definition(
        key="ADMIN_ALERT_TRIGGERED",
        label=_("Alert"),
        description=_("A metric that you watch crossed its threshold."),
        category=Category.ADMINISTRATION,
        available_to=STAFF,
        example={
            "alertId": 3,
            "alertName": "Attendance low",
            "value": "71 %",
            "threshold": "75 %",
            "takenAt": "2026-11-23T00:30:00Z",
            "snapshotId": "20261123T003000Z-1f2e3d4c",
            "rows": [{"label": "Class 8A", "now": "71 %", "before": "78 %"}],
            "more": 2,
        },
        link="/alerts/{alertId}?snapshot={snapshotId}",
        can_change_frequency=False,
        priority=Priority.HIGH,
    ),
)
