"""The parents' weekly digest: progress, grades, and the next due dates of each child.

OptiCRM is asked for a parent's children each time; the answer is stored nowhere but in the
e-mail. The weekly digest of items that a parent may have chosen is an e-mail of its own.
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
    DigestKind,
    DueReader,
    due_readers,
    record_digests,
)
from optilearn.notifications.payloads import points
from optilearn.notifications.services import DigestMessage, send_digests

KIND: Final = DigestKind("PARENT_WEEKLY_DIGEST", WEEKLY, PARENTS)
LATEST: Final = timedelta(days=3)
"""Up to this delay OptiCRM is asked again; later the week is skipped."""
GROUP_SIZE: Final = 50
"""Parents of one transaction; their children are looked up before it begins."""

ParentsWithChildren = Sequence[tuple[DueReader, Sequence[Child]]]


@dataclass
class ChildData:
    """Progress, grades and due work by the child's id."""

    courses: Mapping[int, list[Progress]] = field(default_factory=dict)
    grades: Mapping[int, list[Grade]] = field(default_factory=dict)
    due: Mapping[int, list[Missing]] = field(default_factory=dict)


def send_parent_digests(institution: InstitutionRow) -> int:
    """Send the parents' digests that are due; return how many.

    While OptiCRM is down none is sent and none is recorded: the next scan tries again.
    """
    sent = 0
    for page in due_readers(KIND, institution):
        timely = [one for one in page if now() - one.due.at < LATEST]
        for group in _groups(timely):
            parents, is_down = _with_children(group, institution)
            sent += _send_page(parents)
            if is_down:
                return sent
    return sent


def _groups(page: Sequence[DueReader]) -> Iterator[Sequence[DueReader]]:
    for start in range(0, len(page), GROUP_SIZE):
        yield page[start : start + GROUP_SIZE]


@transaction.atomic
def _send_page(parents: ParentsWithChildren) -> int:
    # Parents without news are recorded too, so that OptiCRM is asked once a week for each.
    recorded = record_digests(KIND, [one for one, _ in parents])
    data = _child_data(parents)
    messages = [
        message
        for one, children in parents
        if one.person_id in recorded and (message := _message(one, children, data))
    ]
    return send_digests(key=KIND.key, messages=messages) if messages else 0


def _with_children(
    group: Sequence[DueReader], institution: InstitutionRow
) -> tuple[ParentsWithChildren, bool]:
    """Return the parents whose children OptiCRM listed, and whether it went down meanwhile."""
    found: list[tuple[DueReader, Sequence[Child]]] = []
    for one in group:
        try:
            found.append((one, children_of(_principal(one, institution))))
        except AppError as error:
            if isinstance(error.__cause__, CrmDown):
                return found, True
    return found, False


def _principal(one: DueReader, institution: InstitutionRow) -> Principal:
    """Return the parent as a principal: children are looked up on the parent's behalf."""
    return Principal(
        institution_id=institution.id,
        institution_slug=institution.slug,
        person_id=one.person_id,
        role=Role.PARENT,
        name=one.reader.name,
        locale=one.reader.locale,
    )


def _child_data(parents: ParentsWithChildren) -> ChildData:
    """Read all children in three queries; ``_child`` selects each parent's own period."""
    ids = sorted({child.person_id for _, children in parents for child in children})
    if not ids:
        return ChildData()
    spans = [one.due for one, _ in parents]
    since, at = min(due.since for due in spans), max(due.at for due in spans)
    courses, grades, due = defaultdict(list), defaultdict(list), defaultdict(list)
    for progress in progress_of(ids, since):
        courses[progress.student_id].append(progress)
    for grade in grades_of(ids, since, at):
        grades[grade.student_id].append(grade)
    first, last = min(due.at for due in spans), max(due.until for due in spans)
    for missing in missing_of(ids, first, last):
        due[missing.student_id].append(missing)
    return ChildData(courses, grades, due)


def _message(one: DueReader, children: Sequence[Child], known: ChildData) -> DigestMessage | None:
    found = [_child(child, one.due, known) for child in children]
    if not any(has_news for _, has_news in found):
        return None
    data = {
        "weekOf": one.due.day - timedelta(days=7),
        "children": [
            child for child, _ in found if child["courses"] or child["grades"] or child["due"]
        ],
    }
    return DigestMessage(one.person_id, data, KIND.once(one))


def _child(child: Child, week: Due, known: ChildData) -> tuple[dict[str, Any], bool]:
    """Return a child's part of the payload, and True if any of it is news."""
    courses = [
        one
        for one in known.courses.get(child.person_id, [])
        if one.completed_at is None or week.since <= one.completed_at < week.at
    ]
    grades = [
        one
        for one in known.grades.get(child.person_id, [])
        if week.since <= one.graded_at < week.at
    ]
    # In a late digest, work that became due meanwhile isn't listed as next.
    begin = max(week.at, now())
    due = [one for one in known.due.get(child.person_id, []) if begin < one.due_at <= week.until]
    was_active = any(
        one.completed_at or (one.last_activity_at and one.last_activity_at >= week.since)
        for one in courses
    )
    found = {
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
    return found, bool(grades or due or was_active)
