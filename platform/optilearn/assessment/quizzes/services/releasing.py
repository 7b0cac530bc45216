"""Grades of quizzes that show marks after their end are released when it has passed."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from optilearn.assessment.gradebook.services.history import Cause, change, record, state_of
from optilearn.assessment.models import Grade, GradeChange, Quiz
from optilearn.assessment.quizzes.selectors.quizzes import allowances_of, window_of
from optilearn.assessment.quizzes.visibility import Show
from optilearn.core import clock

_AT_ONCE: Final = 500


@transaction.atomic
def release_closed() -> int:
    """Release what is due in the institution in force, for each student after their own end.

    Grades that somebody has hidden stay hidden. Some hundred at once; idempotent.
    """
    now = clock.now()
    waiting = Grade.objects.select_for_update(of=("self",), skip_locked=True).filter(
        posted_at=None,
        points__isnull=False,
        assignment__posts_manually=False,
        assignment__quizzes__show_marks=Show.AFTER_CLOSE,
        assignment__quizzes__closes_at__lte=now,
    )
    hidden = GradeChange.objects.filter(grade=OuterRef("pk"), cause=Cause.HIDDEN)
    grades = list(waiting.filter(~Exists(hidden)).order_by("id")[:_AT_ONCE])
    quizzes = {
        quiz.assignment_id: quiz
        for quiz in Quiz.objects.filter(assignment_id__in={one.assignment_id for one in grades})
    }
    entries = []
    for assignment_id, quiz in quizzes.items():
        own = [grade for grade in grades if grade.assignment_id == assignment_id]
        allowances = allowances_of({grade.student_id for grade in own}, quiz.course_id)
        for grade in own:
            closes_at = window_of(quiz).closes_for(allowances[grade.student_id])
            if closes_at is not None and closes_at <= now:
                before = state_of(grade)
                grade.posted_at, grade.version = now, grade.version + 1
                entries.append(change(grade, before, Cause.POSTED, None))
    released = [entry.grade for entry in entries]
    Grade.objects.bulk_update(released, ["posted_at", "version"])
    record(entries)
    return len(released)
