"""Notifications of parents about their children."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.core.access.roles import Role
from optilearn.notifications.definitions import Category, Channel, Definition, Priority

PARENTS: Final = frozenset({Role.PARENT})
_CHILD: Final = {"childId": 7, "childName": "Mira Shah"}
_GRADE: Final = _CHILD | {
    "courseId": 12,
    "courseTitle": "Algebra",
    "assignmentId": 31,
    "assignmentTitle": "Essay 1",
    "score": "41",
    "maxScore": "50",
}

DEFINITIONS: Final = (
    Definition(
        key="PARENT_CHILD_GRADED",
        label=_("Your child was graded"),
        description=_("Work of your child was graded."),
        category=Category.PARENTS,
        available_to=PARENTS,
        example=_GRADE,
        link="/children/{childId}",
        about="childId",
    ),
    Definition(
        key="PARENT_CHILD_LOW_GRADE",
        label=_("Low grade"),
        description=_("A grade of your child is below the school's threshold."),
        category=Category.PARENTS,
        available_to=PARENTS,
        example=_GRADE | {"score": "14", "threshold": 40},
        link="/children/{childId}",
        about="childId",
        priority=Priority.HIGH,
        controls=("lowGradePercent", "lowGradeGraceMinutes"),
    ),
    Definition(
        key="PARENT_CHILD_ABSENT",
        label=_("Your child was absent"),
        description=_("Your child missed a live class."),
        category=Category.PARENTS,
        available_to=PARENTS,
        example=_CHILD
        | {
            "courseId": 12,
            "courseTitle": "Algebra",
            "sessionId": 5,
            "sessionTitle": "Fractions, live",
            "startsAt": "2026-11-30T10:30:00Z",
        },
        link="/children/{childId}",
        about="childId",
        priority=Priority.HIGH,
    ),
    Definition(
        key="PARENT_WEEKLY_DIGEST",
        label=_("Your children this week"),
        description=_("Once a week: progress, grades, and due dates."),
        category=Category.PARENTS,
        available_to=PARENTS,
        example={
            "weekOf": "2026-11-16",
            "children": [
                {
                    "childId": 7,
                    "childName": "Mira Shah",
                    "courses": [{"courseTitle": "Algebra", "progressPct": 60}],
                    "grades": [{"assignmentTitle": "Essay 1", "score": "41", "maxScore": "50"}],
                    "due": [{"assignmentTitle": "Essay 2", "dueAt": "2026-11-30T18:29:00Z"}],
                }
            ],
        },
        link="/children",
        channels=frozenset({Channel.EMAIL}),
        can_change_frequency=False,
        priority=Priority.LOW,
    ),
)
