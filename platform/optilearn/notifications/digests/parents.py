"""A parent's week: progress, grades, and what is due next, of each child.

Whose children they are is asked of OptiCRM each time and written down nowhere but in the
e-mail. What waits for a parent's own weekly digest of items comes in an e-mail of its own:
that one they chose message by message, this one as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from optilearn.assessment.selectors import Grade, Missing, grades_of, missing_of
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.clock import now
from optilearn.core.errors import AppError
from optilearn.crm.errors import CrmDown
from optilearn.crm.selectors import Child, children_of
from optilearn.enrollment.selectors.weekly import Progress, progress_of
from optilearn.institutions.selectors import InstitutionRow
from optilearn.notifications.digests.hours import Due
from optilearn.notifications.digests.readers import (
    PARENTS,
    WEEKLY,
    Awaiting,
    Kind,
    awaiting,
    settle,
)
from optilearn.notifications.producers.facts import points
from optilearn.notifications.services import Carrier, carry

KIND: Final = Kind("PARENT_WEEKLY_DIGEST", WEEKLY, PARENTS)
LATEST: Final = timedelta(days=3)
"""So long OptiCRM is asked again; a week's news that comes later is none."""
AT_ONCE: Final = 50
"""Parents in a transaction, whose children are asked for before it begins."""

Asked = Sequence[tuple[Awaiting, Sequence[Child]]]


@dataclass
class Facts:
    """What there is to say of children, by their ids."""

    courses: Mapping[int, list[Progress]] = field(default_factory=dict)
    grades: Mapping[int, list[Grade]] = field(default_factory=dict)
    due: Mapping[int, list[Missing]] = field(default_factory=dict)


def make_parents_digests(institution: InstitutionRow) -> int:
    """Make the parents' digests that are due; how many.

    While OptiCRM is down nothing is made and nothing is remembered: the next scan asks again.
    """
    made = 0
    for page in awaiting(KIND, institution):
        timely = [one for one in page if now() - one.due.at < LATEST]
        for group in _groups(timely):
            asked, is_down = _asked(group, institution)
            made += _make(asked)
            if is_down:
                return made
    return made


def _groups(page: Sequence[Awaiting]) -> Iterator[Sequence[Awaiting]]:
    for start in range(0, len(page), AT_ONCE):
        yield page[start : start + AT_ONCE]


@transaction.atomic
def _make(asked: Asked) -> int:
    # Who has nothing to hear is remembered too: OptiCRM is asked once a week for each.
    ours = settle(KIND, [one for one, _ in asked])
    facts = _facts(asked)
    carriers = [
        carrier
        for one, children in asked
        if one.person_id in ours and (carrier := _carrier(one, children, facts))
    ]
    return carry(key=KIND.key, carriers=carriers) if carriers else 0


def _asked(group: Sequence[Awaiting], institution: InstitutionRow) -> tuple[Asked, bool]:
    """Those whose children OptiCRM told, and whether it went down meanwhile."""
    found: list[tuple[Awaiting, Sequence[Child]]] = []
    for one in group:
        try:
            found.append((one, children_of(_principal(one, institution))))
        except AppError as error:
            if isinstance(error.__cause__, CrmDown):
                return found, True
    return found, False


def _principal(one: Awaiting, institution: InstitutionRow) -> Principal:
    """The parent, as whom their children are asked for."""
    return Principal(
        institution_id=institution.id,
        institution_slug=institution.slug,
        person_id=one.person_id,
        role=Role.PARENT,
        name=one.reader.name,
        locale=one.reader.locale,
    )


def _facts(asked: Asked) -> Facts:
    """Three queries for all of the children; each parent's own span is cut out of them."""
    ids = sorted({child.person_id for _, children in asked for child in children})
    if not ids:
        return Facts()
    spans = [one.due for one, _ in asked]
    since, at = min(due.since for due in spans), max(due.at for due in spans)
    courses, grades, due = defaultdict(list), defaultdict(list), defaultdict(list)
    for progress in progress_of(ids, since):
        courses[progress.student_id].append(progress)
    for grade in grades_of(ids, since, at):
        grades[grade.student_id].append(grade)
    first, last = min(due.at for due in spans), max(due.until for due in spans)
    for missing in missing_of(ids, first, last):
        due[missing.student_id].append(missing)
    return Facts(courses, grades, due)


def _carrier(one: Awaiting, children: Sequence[Child], facts: Facts) -> Carrier | None:
    told = [_child(child, one.due, facts) for child in children]
    if not any(has_news for _, has_news in told):
        return None
    data = {
        "weekOf": one.due.day - timedelta(days=7),
        "children": [
            child for child, _ in told if child["courses"] or child["grades"] or child["due"]
        ],
    }
    return Carrier(one.person_id, data, KIND.once(one))


def _child(child: Child, week: Due, facts: Facts) -> tuple[dict[str, Any], bool]:
    """What is told of a child, and whether any of it is news: progress alone may be old."""
    courses = [
        one
        for one in facts.courses.get(child.person_id, [])
        if one.completed_at is None or week.since <= one.completed_at < week.at
    ]
    grades = [
        one
        for one in facts.grades.get(child.person_id, [])
        if week.since <= one.graded_at < week.at
    ]
    # A late one doesn't call next what was due meanwhile.
    begin = max(week.at, now())
    due = [one for one in facts.due.get(child.person_id, []) if begin < one.due_at <= week.until]
    was_seen = any(
        one.completed_at or (one.last_activity_at and one.last_activity_at >= week.since)
        for one in courses
    )
    told = {
        "childId": child.person_id,
        "childName": child.name,
        "courses": [
            {"courseTitle": one.course_title, "progressPct": one.progress_pct} for one in courses
        ],
        "grades": [
            {
                "assignmentTitle": one.assignment_title,
                "score": points(one.score),
                "maxScore": points(one.max_score),
            }
            for one in grades
        ],
        "due": [{"assignmentTitle": one.assignment_title, "dueAt": one.due_at} for one in due],
    }
    return told, bool(grades or due or was_seen)
