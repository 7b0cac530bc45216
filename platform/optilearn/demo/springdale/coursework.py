"""Work in the term under way as teachers and students see it: quizzes, grades, reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from optilearn.demo.springdale.calendar import TODAY
from optilearn.demo.springdale.curriculum import Curriculum
from optilearn.demo.springdale.gradebooks import gradebooks, score_of
from optilearn.demo.springdale.learning import Learning
from optilearn.demo.springdale.quizzing import Quizzes, quizzes
from optilearn.demo.springdale.records import Submission
from optilearn.demo.springdale.reviewing import COURSE, reviews


def coursework(
    chance: Callable[[str], Random], curriculum: Curriculum, done: Learning
) -> dict[str, Sequence[tuple[Any, ...]]]:
    """The tables of assessment. What was handed in keeps its scores; attempts are added to it."""
    running = [plan for plan in curriculum.plans if plan.lessons and plan.term.ends_on >= TODAY]
    core = [plan for plan in running if plan.grade]
    hindi = [plan for plan in running if plan.course.title == COURSE]
    assignments, submissions = list(curriculum.assignments), list(done.submissions)
    quizzing = quizzes(chance("quizzes"), core, assignments, done.progress)
    reviewed = reviews(chance("reviews"), hindi, assignments, submissions)
    graded = gradebooks(
        chance("gradebooks"), core, assignments, done.enrollments, (submissions, quizzing)
    )
    submissions += _attempted(quizzing, len(submissions))
    return {
        "assessment_gradingpolicy": graded.policies,
        "assessment_gradegroup": graded.groups,
        "assessment_rubric": reviewed.rubrics,
        "assessment_rubricversion": reviewed.versions,
        "assessment_assignment": assignments,
        "assessment_questioncategory": quizzing.categories,
        "assessment_question": quizzing.questions,
        "assessment_questionversion": quizzing.versions,
        "assessment_quiz": quizzing.quizzes,
        "assessment_quizslot": quizzing.slots,
        "assessment_attempt": quizzing.attempts,
        "assessment_answer": quizzing.answers,
        "assessment_submission": submissions,
        "assessment_grade": graded.grades,
        "assessment_gradechange": graded.changes,
        "assessment_peerreviewsettings": reviewed.settings,
        "assessment_peerreview": reviewed.reviews,
        "assessment_peerreviewresult": reviewed.results,
    }


def _attempted(quizzing: Quizzes, before: int) -> list[Submission]:
    """A submission for each attempt that has ended, as the product makes one."""
    assignment_of = {quiz.id: quiz.assignment_id for quiz in quizzing.quizzes}
    ended = [one for one in quizzing.attempts if one.submitted_at is not None]
    return [
        Submission(
            id=before + number,
            assignment_id=assignment_of[one.quiz_id],
            enrollment_id=one.enrollment_id,
            student_id=one.student_id,
            course_id=one.course_id,
            status="GRADED",
            submitted_at=one.submitted_at,
            score=score_of(one),
            is_late=False,
            is_banked=False,
            graded_at=one.submitted_at + timedelta(seconds=1),
            attempt_id=one.id,
        )
        for number, one in enumerate(ended, start=1)
        if one.submitted_at is not None
    ]
