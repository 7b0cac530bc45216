"""A teacher's week: who joined, who finished, what waits to be graded, who stayed away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from optilearn.assessment.selectors import waiting_to_be_graded
from optilearn.core.clock import now
from optilearn.courses.telling import courses_taught
from optilearn.enrollment.selectors.weekly import Span, changes_in
from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.digests.readers import (
    TEACHERS,
    WEEKLY,
    Awaiting,
    Kind,
    awaiting,
    settle,
)
from optilearn.notifications.policy import policy_of
from optilearn.notifications.services import Carrier, carry

KIND: Final = Kind("TEACHER_WEEKLY_DIGEST", WEEKLY, TEACHERS)
LATEST: Final = timedelta(days=3)
"""After a longer pause of the worker the week isn't told any more."""


def make_teachers_digests(institution: InstitutionRow) -> int:
    """Make the teachers' digests that are due; how many. A page of them is one transaction."""
    away = timedelta(days=policy_of(institution.settings).inactive_days)
    made = 0
    for page in awaiting(KIND, institution):
        timely = [one for one in page if now() - one.due.at < LATEST]
        if timely:
            made += _make(timely, away)
    return made


@transaction.atomic
def _make(page: Sequence[Awaiting], away: timedelta) -> int:
    # Who has nothing to hear is remembered too, so that the week isn't counted at every scan.
    ours = settle(KIND, page)
    told = _told([one for one in page if one.person_id in ours], away)
    carriers = [
        Carrier(
            one.person_id,
            {"weekOf": one.due.day - timedelta(days=7), "courses": told[one.person_id]},
            KIND.once(one),
        )
        for one in page
        if one.person_id in told
    ]
    return carry(key=KIND.key, carriers=carriers) if carriers else 0


def _told(page: Sequence[Awaiting], away: timedelta) -> dict[int, list[dict[str, Any]]]:
    """The courses in which something happened, by teacher. Four queries for a page."""
    due = {one.person_id: one.due for one in page}
    taught = courses_taught(due)
    spans = [Span(one.course_id, due[one.person_id].since, due[one.person_id].at) for one in taught]
    to_grade = waiting_to_be_graded({one.course_id for one in taught})
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one, changes in zip(taught, changes_in(spans, away), strict=True):
        numbers = {
            "enrolled": changes.enrolled,
            "completed": changes.completed,
            "toGrade": to_grade.get(one.course_id, 0),
            "inactive": changes.inactive,
        }
        if any(numbers.values()):
            course = {"courseId": one.course_id, "courseTitle": one.title}
            told[one.person_id].append(course | numbers)
    return dict(told)
