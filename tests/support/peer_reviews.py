"""An assignment under peer review, for tests: students, their work, its reviews."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from optilearn.assessment.events import SubmissionsReceived
from optilearn.assessment.models import (
    Assignment,
    PeerReview,
    PeerReviewSettings,
    Rubric,
    RubricVersion,
    Submission,
    SubmissionFile,
)
from optilearn.core import clock
from optilearn.core.events import publish
from optilearn.core.tenancy.context import tenant_context
from optilearn.enrollment.models import Enrollment
from optilearn.files.models import File
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.twins import Twin

START: Final = datetime(2026, 3, 1, 9, tzinfo=UTC)
DUE: Final = START + timedelta(days=7)
REVIEWS_DUE: Final = START + timedelta(days=14)
CRITERIA: Final = [
    {
        "key": "proof",
        "title": "Proof",
        "levels": [
            {"key": "whole", "title": "Whole", "points": "6"},
            {"key": "none", "title": "None", "points": "0"},
        ],
    },
    {
        "key": "style",
        "title": "Style",
        "levels": [
            {"key": "good", "title": "Good", "points": "4"},
            {"key": "poor", "title": "Poor", "points": "1"},
        ],
    },
]


def an_assignment(twin: Twin, **values: Any) -> Assignment:
    """Make an assignment of ten points in MATH."""
    given = {"title": "Essay", "due_at": DUE, "max_score": 10, "posts_manually": False} | values
    return Assignment.objects.create(course=twin.courses["MATH"], **given)


def reviewed(assignment: Assignment, count: int = 2, **values: Any) -> PeerReviewSettings:
    """Put it under peer review, with a fixed seed."""
    given = {"due_at": REVIEWS_DUE, "seed": 7} | values
    return PeerReviewSettings.objects.create(
        assignment=assignment, course_id=assignment.course_id, review_count=count, **given
    )


def a_student(twin: Twin, name: str) -> Enrollment:
    """Enroll a student in MATH, new to the school or not."""
    person = twin.people.get(name) or Person.objects.create(
        kind="STUDENT",
        role="STUDENT",
        crm_id=f"crm-{name}",
        code=name,
        name=name.title(),
        email=f"{name}@example.org",
    )
    twin.people[name] = person
    found, is_new = Enrollment.objects.get_or_create(
        student=person, course=twin.courses["MATH"], defaults={"enrolled_at": START}
    )
    if is_new:
        twin.enrollments.append(found)
    return found


def handed_in(enrollment: Enrollment, assignment: Assignment, **values: Any) -> Submission:
    """Submit a student's work, as ``assignments`` does."""
    given = {"text": "<p>Because.</p>", "submitted_at": clock.now()} | values
    made = Submission.objects.create(
        assignment=assignment,
        enrollment=enrollment,
        student_id=enrollment.student_id,
        course_id=enrollment.course_id,
        **given,
    )
    publish(SubmissionsReceived(assignment.pk, (made.pk,)))
    return made


def a_rubric(twin: Twin) -> Rubric:
    """Make a rubric of ten points in MATH."""
    rubric = Rubric.objects.create(course=twin.courses["MATH"], title="Essays")
    RubricVersion.objects.create(rubric=rubric, number=1, criteria=CRITERIA)
    return rubric


def with_file(submission: Submission, name: str = "lena-essay.pdf") -> File:
    """Give the work a file of its author's."""
    file = File.objects.create(
        owner_id=submission.student_id,
        course_id=submission.course_id,
        category="submissions",
        key=f"lms/{submission.pk}/{name.encode().hex()}.pdf",
        name=name,
        content_type="application/pdf",
        size_bytes=9,
        status="READY",
        ready_at=clock.now(),
    )
    SubmissionFile.objects.create(submission=submission, file=file, position=1)
    return file


class Seminar:
    """Tom's assignment in MATH under peer review, and who takes part."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.now = START

    @contextmanager
    def inside(self) -> Iterator[None]:
        with clock.frozen(self.now), tenant_context(self.twin.id):
            yield

    def open(self, count: int = 2, *, settings: dict[str, Any] | None = None, **values: Any) -> int:
        with self.inside():
            self.assignment = an_assignment(self.twin, **values)
            self.settings = reviewed(self.assignment, count, **(settings or {}))
        return self.assignment.pk

    def submit(self, *names: str, **values: Any) -> list[Submission]:
        """Each submits, a minute after the other."""
        made = []
        for name in names:
            self.now += timedelta(minutes=1)
            with self.inside():
                made.append(handed_in(a_student(self.twin, name), self.assignment, **values))
        return made

    def ask(self, who: str, method: str, path: str, /, **body: Any) -> tuple[int, Any]:
        with clock.frozen(self.now):
            status, answer = call(
                method, f"/api/{path}", token=token_of(self.twin, who), body=body or None
            )[:2]
        return status, answer["data"] if status < 400 else answer["error"]

    def done(self, who: str, method: str, path: str, /, **body: Any) -> Any:
        status, data = self.ask(who, method, path, **body)
        assert status in {200, 201}, data
        return data

    def reviews(self, **wanted: Any) -> list[PeerReview]:
        with self.inside():
            found = PeerReview.objects.filter(assignment=self.assignment, **wanted)
            return list(found.select_related("reviewer", "student").order_by("id"))

    def of(self, author: str) -> list[PeerReview]:
        """The reviews of somebody's work."""
        return self.reviews(student=self.twin.people[author])

    def by(self, reviewer: str) -> list[PeerReview]:
        """The reviews that somebody was asked for."""
        return self.reviews(reviewer=self.twin.people[reviewer])

    def write(self, review: PeerReview, score: float | None, **content: Any) -> Any:
        """Save and submit a review as its reviewer."""
        who, path = review.reviewer.code, f"peer-reviews/{review.pk}"
        given = content if score is None else {"score": score} | content
        self.done(who, "PUT", path, **given)
        return self.done(who, "POST", f"{path}/submit")

    def write_all(self, author: str, *scores: float) -> None:
        for review, score in zip(self.of(author), scores, strict=True):
            self.write(review, score)
