"""The teachers' weekly digest: new, completed and inactive enrollments, and work to grade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from optilearn.assessment.selectors import waiting_to_be_graded
from optilearn.core.clock import now
from optilearn.courses.selectors.messages import courses_taught
from optilearn.enrollment.selectors.weekly import Span, changes_in
from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.digests.readers import (
    TEACHERS,
    WEEKLY,
    DigestKind,
    DueReader,
    due_readers,
    record_digests,
)
from optilearn.notifications.policy import policy_of
from optilearn.notifications.services import DigestMessage, send_digests

KIND: Final = DigestKind("TEACHER_WEEKLY_DIGEST", WEEKLY, TEACHERS)
LATEST: Final = timedelta(days=3)
"""After a longer pause of the worker the week is skipped."""


def send_teacher_digests(institution: InstitutionRow) -> int:
    """Send the teachers' digests that are due; return how many. A page is one transaction."""
    away = timedelta(days=policy_of(institution.settings).inactive_days)
    sent = 0
    for page in due_readers(KIND, institution):
        timely = [one for one in page if now() - one.due.at < LATEST]
        if timely:
            sent += _send_page(timely, away)
    return sent


@transaction.atomic
def _send_page(page: Sequence[DueReader], away: timedelta) -> int:
    # Teachers without news are recorded too, so that their week isn't counted at every scan.
    recorded = record_digests(KIND, page)
    found = _courses_by_teacher([one for one in page if one.person_id in recorded], away)
    messages = [
        DigestMessage(
            one.person_id,
            {"weekOf": one.due.day - timedelta(days=7), "courses": found[one.person_id]},
            KIND.once(one),
        )
        for one in page
        if one.person_id in found
    ]
    return send_digests(key=KIND.key, messages=messages) if messages else 0


def _courses_by_teacher(
    page: Sequence[DueReader], away: timedelta
) -> dict[int, list[dict[str, Any]]]:
    """Return the courses in which something happened, by teacher. Four queries for a page."""
    due = {one.person_id: one.due for one in page}
    taught = courses_taught(due)
    spans = [Span(one.course_id, due[one.person_id].since, due[one.person_id].at) for one in taught]
    to_grade = waiting_to_be_graded({one.course_id for one in taught})
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one, changes in zip(taught, changes_in(spans, away), strict=True):
        numbers = {
            "enrolled": changes.enrolled,
            "completed": changes.completed,
            "toGrade": to_grade.get(one.course_id, 0),
            "inactive": changes.inactive,
        }
        if any(numbers.values()):
            course = {"courseId": one.course_id, "courseTitle": one.title}
            found[one.person_id].append(course | numbers)
    return dict(found)
