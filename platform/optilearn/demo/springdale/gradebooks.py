"""Gradebooks of the core subjects in the term under way: rules, grades and their history.

The points of a grade are the score of the newest submission, which reports have always counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from optilearn.assessment.gradebook.totals.late import HUNDREDTH, LatePolicy
from optilearn.demo.springdale.assessment_records import (
    Attempt,
    Grade,
    GradeChange,
    GradeGroup,
    GradingPolicy,
)
from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.curriculum import Plan
from optilearn.demo.springdale.quizzing import MAX_SCORE, Quizzes, ended_by_student
from optilearn.demo.springdale.records import Assignment, Enrollment, Submission

_NOW: Final = at(TODAY, 18 * 3600)
_BONUS_ON: Final = at(TODAY - timedelta(8), 15 * 3600)
_NOTHING: Final = Decimal("0.00")
_GROUPS: Final = (
    ("Homework", "ASSIGNMENT", Decimal("45.00"), 1),
    ("Quizzes", "QUIZ", Decimal("15.00"), 0),
    ("Examination", "EXAM", Decimal("40.00"), 0),
)
"""Name, the kind of its assignments, weight in percent, marks that are dropped."""
_LATE_PERCENT: Final = Decimal("2.00")
_LATE_LOWEST: Final = Decimal("20.00")
_EXCUSED, _BONUS = 0.15, 0.3
_EVERY_WEIGHTED, _EVERY_BONUS = 2, 3
"""Each so-manieth course has weighted groups with a rule for late work, or extra credit."""
_COMMENTS: Final = (
    "",
    "",
    "Well done.",
    "Show each step, please.",
    "Good, but check your units.",
    "बहुत अच्छा काम।",
    "हर चरण लिखिए।",
)
_EXCUSES: Final = ("Medical leave.", "Away at the district games.", "बीमारी के कारण अनुपस्थित।")


@dataclass
class Gradebooks:
    """All that grades are made of, collected with running keys."""

    policies: list[GradingPolicy] = field(default_factory=list)
    groups: list[GradeGroup] = field(default_factory=list)
    grades: list[Grade] = field(default_factory=list)
    changes: list[GradeChange] = field(default_factory=list)

    def add(self, grade: Grade, cause: str, reason: str = "") -> None:
        """Add a new grade with its entry in history; its key is still to be given."""
        grade = grade._replace(id=len(self.grades) + 1)
        self.grades.append(grade)
        self.enter(grade, None, cause, reason)

    def enter(self, grade: Grade, before: str | None, cause: str, reason: str = "") -> None:
        """Add an entry to a grade's history."""
        key = len(self.changes) + 1
        self.changes.append(
            GradeChange(
                key, grade.id, grade.student_id, grade.graded_at,
                grade.grader_id, cause, before, _state(grade), reason,
            )
        )  # fmt: skip


def gradebooks(
    rng: Random,
    plans: Iterable[Plan],
    assignments: list[Assignment],
    enrollments: list[Enrollment],
    work: tuple[list[Submission], Quizzes],
) -> Gradebooks:
    """Gradebooks of the plans; assignments get their groups, and some courses extra credit."""
    into = Gradebooks()
    submissions, quizzes = work
    teachers: dict[int, int] = {}
    rules: dict[int, LatePolicy] = {}
    for number, plan in enumerate(plans):
        course_id = plan.course.id
        teachers[course_id] = plan.course.creator_id
        rules[course_id] = LatePolicy()
        if number % _EVERY_WEIGHTED == 0:
            rules[course_id] = _weigh(into, course_id, assignments)
        if number % _EVERY_BONUS == 0:
            bonus = _bonus(assignments, plan, into.groups)
            _grade_bonus(into, rng, bonus, enrollments, plan.course.creator_id)
    by_key = {one.id: one for one in assignments if one.course_id in teachers}
    newest = {(row.enrollment_id, row.assignment_id): row for row in submissions}
    for row in newest.values():
        if row.assignment_id in by_key and row.score is not None:
            moment = row.graded_at or _NOW
            grade = _grade(row, row.assignment_id, moment, teachers[row.course_id])
            grade = grade._replace(comment=rng.choice(_COMMENTS))
            _add_work(into, grade, row, by_key[row.assignment_id], rules[row.course_id])
    _excuse(into, rng, (by_key, teachers), enrollments, newest)
    _grade_quizzes(into, quizzes)
    return into


def _weigh(into: Gradebooks, course_id: int, assignments: list[Assignment]) -> LatePolicy:
    """Give a course weighted groups, the lowest homework dropped, and a rule for late work."""
    rule = LatePolicy(_LATE_PERCENT, timedelta(days=1), _LATE_LOWEST)
    into.policies.append(
        GradingPolicy(len(into.policies) + 1, course_id, rule.percent, rule.lowest_percent)
    )
    keys: dict[str, int] = {}
    for position, (name, kind, weight, dropped) in enumerate(_GROUPS, start=1):
        keys[kind] = len(into.groups) + 1
        into.groups.append(GradeGroup(keys[kind], course_id, name, weight, dropped, 0, position))
    for place, one in enumerate(assignments):
        if one.course_id == course_id:
            assignments[place] = one._replace(group_id=keys[one.kind])
    return rule


def _bonus(assignments: list[Assignment], plan: Plan, groups: list[GradeGroup]) -> Assignment:
    """An assignment that gives points on top, worked on in class."""
    course_id = plan.course.id
    group = next((one.id for one in groups if one.course_id == course_id), None)
    bonus = Assignment(
        id=len(assignments) + 1,
        course_id=course_id,
        lesson_id=None,
        title="Olympiad problems",
        kind="ASSIGNMENT",
        due_at=at(plan.term.ends_on, 86_399),
        weight=_NOTHING,
        max_score=Decimal("5.00"),
        pass_mark=None,
        group_id=group,
        is_extra_credit=True,
    )
    assignments.append(bonus)
    return bonus


def _grade_bonus(
    into: Gradebooks,
    rng: Random,
    bonus: Assignment,
    enrollments: list[Enrollment],
    teacher_id: int,
) -> None:
    for row in enrollments:
        if row.course_id == bonus.course_id and row.status == "ACTIVE" and rng.random() < _BONUS:
            points = Decimal(rng.randint(1, 5)).quantize(HUNDREDTH)
            grade = _grade(row, bonus.id, _BONUS_ON, teacher_id)
            into.add(grade._replace(raw_points=points, points=points), "MANUAL")


def _add_work(
    into: Gradebooks, grade: Grade, row: Submission, assignment: Assignment, rule: LatePolicy
) -> None:
    """Add the grade of a scored submission: the score is what lateness has left of it.

    Where lateness can't have left so much, it was forgiven, and history says so.
    """
    score, possible = row.score or _NOTHING, assignment.max_score
    late = max(timedelta(0), row.submitted_at - assignment.due_at)
    begun = -(-late // rule.interval)
    wanted = (possible * rule.percent * begun / 100).quantize(HUNDREDTH)
    for raw in (score + wanted, score):
        left, deducted = rule.deducted(raw, possible, late)
        if raw <= possible and left == score:
            given = grade._replace(raw_points=raw, deducted=deducted.quantize(HUNDREDTH))
            into.add(given._replace(points=score), "MANUAL")
            return
    given = grade._replace(raw_points=score, deducted=deducted.quantize(HUNDREDTH), points=left)
    into.add(given, "MANUAL")
    before = into.changes[-1].after
    into.grades[-1] = grade._replace(
        id=into.grades[-1].id, raw_points=score, points=score, late_seconds=0, version=2
    )
    into.enter(into.grades[-1], before, "MANUAL", "Handed in late with an apology.")


def _excuse(
    into: Gradebooks,
    rng: Random,
    known: tuple[dict[int, Assignment], dict[int, int]],
    enrollments: list[Enrollment],
    newest: dict[tuple[int, int], Submission],
) -> None:
    """Excuse some of those who have handed in nothing for homework that was due."""
    by_key, teachers = known
    due = [one for one in by_key.values() if one.kind == "ASSIGNMENT" and one.due_at < _NOW]
    for row in enrollments:
        for one in due:
            is_missing = one.course_id == row.course_id and (row.id, one.id) not in newest
            if not is_missing or row.status != "ACTIVE" or rng.random() >= _EXCUSED:
                continue
            moment = min(_NOW, one.due_at + timedelta(hours=rng.randint(8, 60)))
            grade = _grade(row, one.id, moment, teachers[row.course_id])
            excuse = rng.choice(_EXCUSES)
            into.add(grade._replace(is_excused=True, comment=excuse), "MANUAL", excuse)


def _grade_quizzes(into: Gradebooks, quizzes: Quizzes) -> None:
    """The best attempt is the grade; each better one has its entry in history."""
    assignment_of = {quiz.id: quiz.assignment_id for quiz in quizzes.quizzes}
    for (_enrollment, quiz_id), attempts in ended_by_student(quizzes).items():
        grade = None
        for attempt in attempts:
            score = score_of(attempt)
            if grade is not None and (grade.points or _NOTHING) >= score:
                continue
            moment = attempt.submitted_at or _NOW
            if grade is None:
                new = Grade(
                    id=0,
                    assignment_id=assignment_of[quiz_id],
                    enrollment_id=attempt.enrollment_id,
                    student_id=attempt.student_id,
                    course_id=attempt.course_id,
                    raw_points=score,
                    points=score,
                    graded_at=moment,
                    posted_at=moment,
                )
                into.add(new, "QUIZ")
            else:
                before = into.changes[-1].after
                into.grades[-1] = grade._replace(
                    raw_points=score, points=score, graded_at=moment, version=grade.version + 1
                )
                into.enter(into.grades[-1], before, "QUIZ")
            grade = into.grades[-1]


def score_of(attempt: Attempt) -> Decimal:
    """An attempt's points as points of its assignment."""
    points = attempt.points or _NOTHING
    return (points / attempt.possible * MAX_SCORE).quantize(HUNDREDTH)


def _grade(
    row: Enrollment | Submission, assignment_id: int, moment: datetime, grader_id: int
) -> Grade:
    """A student's grade, without points yet."""
    return Grade(
        id=0,
        assignment_id=assignment_id,
        enrollment_id=row.id if isinstance(row, Enrollment) else row.enrollment_id,
        student_id=row.student_id,
        course_id=row.course_id,
        grader_id=grader_id,
        graded_at=moment,
        posted_at=moment,
    )


def _state(grade: Grade) -> str:
    """A grade as history has it (``assessment/gradebook/services/history.py``)."""
    return json.dumps(
        {
            "rawPoints": None if grade.raw_points is None else f"{grade.raw_points:.2f}",
            "deducted": f"{grade.deducted:.2f}",
            "points": None if grade.points is None else f"{grade.points:.2f}",
            "isExcused": grade.is_excused,
            "lateSeconds": grade.late_seconds,
            "isPosted": True,
        },
        sort_keys=True,
    )
