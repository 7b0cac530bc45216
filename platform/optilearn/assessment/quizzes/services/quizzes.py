"""Writes of quizzes: settings and questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext as _

from optilearn.assessment import policies
from optilearn.assessment.assignments.policies import QUIZ
from optilearn.assessment.assignments.services.points import change_points_by_hand
from optilearn.assessment.gradebook.services.locks import lock_course
from optilearn.assessment.models import (
    Assignment,
    Attempt,
    Quiz,
    QuizSlot,
)
from optilearn.assessment.quizzes.services.deadlines import move_deadlines
from optilearn.assessment.quizzes.services.results import grade_attempts
from optilearn.assessment.quizzes.services.slots import check_slots
from optilearn.core import audit
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.courses.models import Lesson
from optilearn.enrollment.services import record_lesson_results
from optilearn.people.directory import erased_of


@transaction.atomic
def put_quiz(
    *, principal: Principal, lesson_id: int, values: Mapping[str, Any], version: int
) -> None:
    """Make the quiz of a lesson, or change it; its slots are replaced.

    Attempts that have begun keep their questions; their deadlines follow the new times. Results
    follow other points, another scoring and another pass mark; of grades that a person has set
    ``values["on_grades"]`` says if other points scale them. ``version`` is of the quiz that was
    read, 0 for a new one. Raises ``AppError``: FORBIDDEN, NOT_FOUND, CONFLICT, VALIDATION_ERROR
    with the place.
    """
    lesson = _locked_lesson(principal, lesson_id)
    if lesson.kind != Lesson.Kind.QUIZ:
        raise AppError(ErrorCode.CONFLICT, _("This lesson isn't a quiz."))
    quiz = Quiz.objects.select_related("assignment").filter(lesson_id=lesson_id).first()
    if (quiz.version if quiz else 0) != version:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Somebody else has changed this quiz. Reload it and try again."),
            {"version": quiz.version if quiz else 0},
        )
    given = dict(values)
    slots, points = given.pop("slots"), given.pop("points")
    on_grades = given.pop("on_grades", None)
    check_slots(lesson.course_id, slots)
    before = _scored(quiz) if quiz else None
    possible = quiz.assignment.max_score if quiz else points
    assignment = quiz.assignment if quiz else Assignment(course_id=lesson.course_id, kind=QUIZ)
    assignment.lesson_id, assignment.title = lesson_id, lesson.title
    assignment.max_score, assignment.pass_mark = points, given["passing_percent"]
    assignment.due_at = given["closes_at"]
    assignment.save()
    quiz = quiz or Quiz(course_id=lesson.course_id, lesson_id=lesson_id, version=0)
    quiz.assignment = assignment
    for name, value in given.items():
        setattr(quiz, name, value)
    quiz.version += 1
    quiz.save()
    QuizSlot.objects.filter(quiz_id=quiz.pk).delete()
    QuizSlot.objects.bulk_create(
        QuizSlot(quiz=quiz, course_id=lesson.course_id, position=number, **slot)
        for number, slot in enumerate(slots, start=1)
    )
    move_deadlines(quiz)
    if points != possible:
        change_points_by_hand(assignment, possible, on_grades, principal)
    if before is not None and _scored(quiz) != before:
        _grade_anew(principal, quiz)
    audit.record(action="quiz.set", actor=principal, target=f"quiz:{quiz.pk}")


def _locked_lesson(principal: Principal, lesson_id: int) -> Lesson:
    """Return a lesson that the principal manages, it and the course's enrollments locked."""
    course_id = Lesson.objects.filter(pk=lesson_id).values_list("course_id", flat=True).first()
    if course_id is None:
        raise not_found()
    policies.managed(principal, course_id)
    lock_course(course_id)  # before the quiz, as those who start attempts do
    # Completions of the lesson refer to it: they needn't wait.
    locked = Lesson.objects.select_for_update(no_key=True)
    lesson = locked.filter(pk=lesson_id, archived_at=None).first()
    if lesson is None:
        raise not_found()
    return lesson


def _scored(quiz: Quiz) -> tuple[object, ...]:
    """The settings that make results of attempts."""
    return quiz.scoring, quiz.assignment.max_score, quiz.passing_percent


def _grade_anew(principal: Principal, quiz: Quiz) -> None:
    """Write the results anew that the attempts make by changed settings; the course is locked.

    Who passes now has completed the lesson; what was completed stays so.
    """
    everybody = Attempt.objects.filter(quiz_id=quiz.pk)
    erased = erased_of(set(everybody.values_list("student_id", flat=True)))
    theirs = everybody.exclude(student_id__in=erased)  # what erased people reached stays
    graded = theirs.filter(status=Attempt.Status.GRADED, possible__gt=0)
    reached = Q(points__gte=F("possible") * quiz.passing_percent / 100)
    newly = graded.filter(reached, has_passed=False).values_list("enrollment_id", flat=True)
    events = dict.fromkeys(newly, "PASSED")
    graded.update(has_passed=Case(When(reached, then=True), default=False))
    ended = theirs.exclude(status=Attempt.Status.IN_PROGRESS)
    enrollment_ids = set(ended.values_list("enrollment_id", flat=True))
    grade_attempts(quiz, enrollment_ids, principal)
    record_lesson_results(lesson_id=quiz.lesson_id, events=events)
