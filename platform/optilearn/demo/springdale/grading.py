"""Work handed in, and its marks: they follow ability, use and punctuality, with some luck."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.people import Learner
from optilearn.demo.springdale.records import Assignment, Submission

_CENT: Final = Decimal("0.01")
_NOW: Final = at(TODAY, 18 * 3600)


@dataclass
class Grades:
    """A student's submissions, and the weighted percentage so far; ``None`` without any mark."""

    submissions: list[Submission] = field(default_factory=list)
    percent: float | None = None


class Grader:
    """Hands work in for students, and marks it."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def work(
        self, enrollment: int, learner: Learner, plan: Plan, diligence: float, last_day: date
    ) -> Grades:
        """All work due until the student's last day. ``diligence`` is 1 for a middling student."""
        grades = Grades()
        earned = weights = 0.0
        for assignment in plan.assignments:
            if assignment.due_at >= min(_NOW, at(last_day, 86_399)):
                continue
            weights += float(assignment.weight)
            if self.rng.random() > _chance_to_submit(assignment, diligence):
                continue
            share = self._share(assignment, learner, diligence)
            handed_in = self._submissions(
                assignment, (enrollment, learner.person.id), share, diligence
            )
            grades.submissions += handed_in
            if handed_in and handed_in[-1].score is not None:
                earned += float(assignment.weight) * share
            elif handed_in:
                weights -= float(assignment.weight)  # not marked yet: it counts neither way
        grades.percent = 100 * earned / weights if weights else None
        return grades

    def _share(self, assignment: Assignment, learner: Learner, diligence: float) -> float:
        """The share of the points, 0 to 1."""
        exam = assignment.kind == "EXAM"
        mean = (0.52 if exam else 0.60) + 0.10 * learner.ability + 0.12 * (min(diligence, 2) - 1)
        return max(0.0, min(1.0, mean + self.rng.gauss(0, 0.10)))

    def _submissions(
        self, assignment: Assignment, who: tuple[int, int], share: float, diligence: float
    ) -> list[Submission]:
        """One row, or two where a first try was returned and done again."""
        rng = self.rng
        when = self._handed_in_at(assignment, diligence)
        if when > _NOW:
            return []
        score = (assignment.max_score * Decimal(f"{share:.4f}") * 2).to_integral_value() / 2
        row = Submission(
            id=0,
            assignment_id=assignment.id,
            enrollment_id=who[0],
            student_id=who[1],
            course_id=assignment.course_id,
            status="GRADED",
            submitted_at=when,
            score=score.quantize(_CENT),
            is_late=when > assignment.due_at,
            is_banked=False,
            graded_at=self._graded_at(when),
        )
        if row.graded_at is None or row.graded_at > _NOW:
            row = row._replace(status="SUBMITTED", score=None, graded_at=None)
        if assignment.kind != "ASSIGNMENT" or rng.random() >= 0.04:
            return [row]
        earlier = when - timedelta(hours=rng.randint(30, 60))
        first = row._replace(
            status="RETURNED",
            submitted_at=earlier,
            is_late=earlier > assignment.due_at,
            score=(score / 2).quantize(_CENT),
            graded_at=earlier + timedelta(hours=rng.randint(2, 20)),
        )
        return [first, row]

    def _handed_in_at(self, assignment: Assignment, diligence: float) -> datetime:
        rng = self.rng
        if assignment.kind == "EXAM":  # sat together in the morning
            return assignment.due_at - timedelta(minutes=rng.randint(1, 25))
        if rng.random() < 0.06 + 0.10 * max(0.0, 1.3 - diligence):
            return assignment.due_at + timedelta(minutes=rng.randint(5, 5 * 1440))
        # Most work arrives in the last evening.
        return assignment.due_at - timedelta(minutes=int(rng.expovariate(1 / 900)) + 1)

    def _graded_at(self, submitted: datetime) -> datetime | None:
        """A few days later; one in forty is forgotten."""
        if self.rng.random() < 0.025:
            return None
        return submitted + timedelta(minutes=int(self.rng.gammavariate(2.2, 1800)))


def _chance_to_submit(assignment: Assignment, diligence: float) -> float:
    if assignment.kind == "EXAM":
        return 0.985 if diligence > 0.4 else 0.85
    return max(0.05, min(0.98, 0.42 + 0.5 * diligence))
