"""The reads of assignments and marking take the statements that they say, at any number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.assignments import selectors
from optilearn.assessment.assignments.schemas import AssignmentsQuery
from optilearn.assessment.groups.selectors import group_sets
from optilearn.assessment.groups.services import NewGroup, add_group_set
from optilearn.assessment.marking import selectors as marking
from optilearn.assessment.marking import services
from optilearn.assessment.marking.schemas import ModerationQuery, RegradesQuery, SubmissionsQuery
from optilearn.assessment.models import Assignment, RegradeRequest, Submission
from optilearn.assessment.rubrics.schemas import RubricsQuery
from optilearn.assessment.rubrics.selectors import rubric, rubrics
from optilearn.core.access.principal import Principal
from tests.support.assignments import Classroom, a_file, a_rubric, an_assignment, handed_in
from tests.support.twins import Twin

Read = Callable[[Principal, Principal, Assignment], Any]
READS: list[tuple[str, int, Read]] = [
    ("assignments", 2, lambda t, _, a: selectors.assignments(t, a.course_id, AssignmentsQuery())),
    ("assignment", 2, lambda t, _, a: selectors.assignment_for_staff(t, a.pk)),
    ("extensions", 3, lambda t, _, a: selectors.extensions(t, a.pk)),
    ("own assignments", 5, lambda _, s, a: selectors.own_assignments(s, a.course_id)),
    ("own assignment", 6, lambda _, s, a: selectors.own_assignment(s, a.pk)),
    ("own submissions", 4, lambda _, s, a: selectors.own_submissions(s, a.pk)),
    ("own submission", 5, lambda _, s, a: selectors.own_submission(s, newest(a).pk)),
    ("queue", 3, lambda t, _, a: marking.submissions(t, a.pk, SubmissionsQuery())),
    ("submission", 9, lambda t, _, a: marking.submission_for_staff(t, newest(a).pk)),
    ("moderation", 4, lambda t, _, a: marking.moderation(t, a.pk, ModerationQuery())),
    ("regrades", 3, lambda t, _, a: marking.regrades(t, a.course_id, RegradesQuery())),
    ("regrade", 3, lambda t, _, a: marking.regrade(t, asked(a).pk)),
    ("own regrade", 2, lambda _, s, a: marking.own_regrade(s, asked(a).pk)),
    ("own regrades", 4, lambda _, s, a: marking.own_regrades(s, a.pk)),
    ("rubrics", 3, lambda t, _, a: rubrics(t, a.course_id, RubricsQuery())),
    ("rubric", 5, lambda t, _, a: rubric(t, a.rubric_id)),
    ("group sets", 4, lambda t, _, a: group_sets(t, a.course_id)),
]


def newest(assignment: Assignment) -> Submission:
    return Submission.objects.filter(assignment=assignment, student__code="lena").latest("id")


def asked(assignment: Assignment) -> RegradeRequest:
    return RegradeRequest.objects.get(grade__assignment=assignment)


def filled(room: Classroom) -> Assignment:
    """An assignment with everything that hangs on one, of both students."""
    twin = room.twin
    add_group_set(
        principal=twin.principal("tom"),
        course_id=room.course,
        name="Projects",
        groups=[NewGroup(one.student.code, (one.pk,)) for one in twin.enrollments],
    )
    essay = an_assignment(twin, rubricId=a_rubric(twin), submissionTypes=["TEXT", "FILE"])
    for who in ("lena", "मीरा"):
        for _ in range(2):
            work = handed_in(twin, essay, who, file_ids=(a_file(twin, who),))
        for marker, version in (("tom", 0), ("asha", 1)):
            services.mark_submission(
                principal=twin.principal(marker),
                submission_id=work.pk,
                given=services.MarkGiven(points=Decimal(5), version=version),
            )
        services.add_comment(
            principal=twin.principal("tom"), submission_id=work.pk, text="Good", anchor=None
        )
    services.request_regrade(
        principal=twin.principal("lena"), assignment_id=essay.pk, reason="Page 2?"
    )
    return essay


@pytest.mark.slow
@pytest.mark.parametrize(("number", "read"), [one[1:] for one in READS], ids=[r[0] for r in READS])
def test_a_read_takes_so_many_statements(twins: tuple[Twin, Twin], number: int, read: Read) -> None:
    room = Classroom(twins[0], datetime(2026, 3, 1, 9, tzinfo=UTC))
    tom, lena = room.twin.principal("tom"), room.twin.principal("lena")
    with room.inside():
        essay = filled(room)
    room.now += timedelta(minutes=1)
    with room.inside(), CaptureQueriesContext(connection) as seen:
        read(tom, lena, essay)
    lookups = sum(name in read.__code__.co_names for name in ("newest", "asked"))
    assert len(seen) - lookups == number, [one["sql"][:90] for one in seen]
