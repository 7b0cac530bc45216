"""The codes that the catalog has words for are those that the records hold."""

from __future__ import annotations

import re
import shutil
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest

from optilearn.activity.models import ActivityEvent
from optilearn.analytics.presenting.values import values_of
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.assessment.models import Attempt, PeerReview, Question, Submission
from optilearn.compliance.models import Obligation
from optilearn.core.access.roles import Role
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Lesson
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.enrollment.schemas.fields import EnrollmentSource
from optilearn.live.models import Attendance
from optilearn.notifications.definitions import Category, Channel
from optilearn.notifications.models import Delivery
from optilearn.notifications.rules import Rule
from optilearn.people.models import Person
from optilearn.recognition.models import Certificate, PointsEntry
from reports.api import product_catalog
from reports.catalog.model import FieldType
from tests.support.twins import Twin

STAFF = [role for role in Role if role.is_staff]
SOURCES: dict[str, Any] = {
    "enrollments.status": Enrollment.Status,
    "enrollments.outcome": Enrollment.Outcome,
    "enrollments.source": get_args(EnrollmentSource.__value__),
    "courses.status": Course.Status,
    "lessons.kind": Lesson.Kind,
    "submissions.status": Submission.Status,
    "questions.kind": Question.Kind,
    "quizAttempts.status": Attempt.Status,
    "quizAnswers.kind": Question.Kind,
    "peerReviews.status": PeerReview.Status,
    "peerReviews.decision": PeerReview.Decision,
    "discussionPosts.status": ("VISIBLE", "HIDDEN", "DELETED"),
    "attendance.status": Attendance.Status,
    "certificates.status": Certificate.State,
    "points.kind": PointsEntry.Kind,
    "compliance.status": [one for one in Obligation.Status if one != "WITHDRAWN"],
    "lessonProgress.status": LessonProgress.Status,
    "activity.kind": ActivityEvent.Kind.names,
    "students.status": Person.Status,
    "staff.status": Person.Status,
    "staff.role": STAFF,
    "deliveries.category": Category,
    "deliveries.channel": Channel,
    "deliveries.status": Delivery.Status,
    "deliveries.rule": Rule,
}
FREE = {"assignments.kind"}
"""What a school calls them; words for the product's own are there."""
OWN = {"courses.code", "courses.category", "courses.currency", "deliveries.key"}
"""In capitals, and read as they are: most of them are a school's own."""


def declared() -> dict[str, tuple[tuple[str, str], ...]]:
    return {
        f"{entity.key}.{field.name}": field.choices
        for entity in product_catalog(()).entities
        for field in entity.fields
        if field.choices
    }


def test_each_code_of_the_records_has_a_label() -> None:
    found = declared()
    assert found.keys() == SOURCES.keys() | FREE
    for name, values in SOURCES.items():
        codes = [one.value if isinstance(one, Enum) else one for one in values]
        assert sorted(code for code, _label in found[name]) == sorted(codes), name


def test_a_field_of_capitals_has_choices(twins: tuple[Twin, Twin], tmp_path: Path) -> None:
    """In what the twins' snapshots hold no field has only codes that nobody has put into words."""
    known = declared().keys() | OWN
    bare: dict[str, set[str]] = {}
    for twin in twins:
        with tenant_context(twin.id):
            path = newest_snapshot().path
        copied = shutil.copy(path, tmp_path)  # the engine has the file itself open
        with duckdb.connect(str(copied), read_only=True) as file:
            for entity in product_catalog(()).entities:
                for field in entity.fields:
                    name = f"{entity.key}.{field.name}"
                    if field.type is not FieldType.TEXT or not field.column or name in known:
                        continue
                    rows = file.execute(
                        f'SELECT DISTINCT "{field.column}" FROM "{entity.table}"'
                    ).fetchall()
                    bare.setdefault(name, set()).update(value for (value,) in rows if value)
    assert len(bare) > 10
    wordless = {
        name
        for name, values in bare.items()
        if values and all(re.fullmatch(r"[A-Z]{3,}(_[A-Z]+)*", value) for value in values)
    }
    assert wordless == set()


@pytest.mark.parametrize(
    ("text", "codes"), [("act", ["ACTIVE"]), ("ACTI", ["ACTIVE"]), ("draw", [])]
)
def test_a_code_is_found_by_its_label(
    twins: tuple[Twin, Twin], text: str, codes: list[str]
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        found = values_of(
            principal=north.principal("asha"), entity="enrollments", path="status", text=text
        )
        elsewhere = values_of(
            principal=north.principal("asha"), entity="enrollments", path="status", text="zzz"
        )
    found, elsewhere = found["values"], elsewhere["values"]
    assert [one["value"] for one in found] == codes
    labels = dict(declared()["enrollments.status"])
    assert [one["label"] for one in found] == [labels[one["value"]] for one in found]
    assert elsewhere == []
