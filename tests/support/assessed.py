"""Work of twins that is assessed: grades, quizzes, peer reviews, attendance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from optilearn.assessment.models import Assignment, Grade, PeerReview, Submission
from optilearn.assessment.quizzes import services
from optilearn.live.models import Attendance, LiveClass
from tests.support.quizzes import a_quiz
from tests.support.twins import Twin

GRADED: Final = datetime(2026, 2, 3, 9, tzinfo=UTC)
POSTED: Final = datetime(2026, 2, 4, 9, tzinfo=UTC)


def assess(twin: Twin) -> None:
    """Grade both students, of whom Lena sees her grade, reviews Meera's work and takes a quiz."""
    sums = Assignment.objects.get(title="Sums")
    for enrollment, posted_at in zip(twin.enrollments, (POSTED, None), strict=True):
        Grade.objects.create(
            assignment=sums,
            enrollment=enrollment,
            student_id=enrollment.student_id,
            course_id=enrollment.course_id,
            raw_points=Decimal(70),
            deducted=Decimal(7),
            points=Decimal(63),
            is_excused=True,
            graded_at=GRADED,
            posted_at=posted_at,
        )
    lena, meera = twin.enrollments
    PeerReview.objects.create(
        assignment=sums,
        course_id=sums.course_id,
        submission=Submission.objects.get(enrollment=meera),
        enrollment=meera,
        student_id=meera.student_id,
        reviewer_id=lena.student_id,
        score=Decimal(50),
    )
    attend(twin)
    quiz, student = a_quiz(twin), twin.principal("lena")
    attempt = services.start_attempt(principal=student, lesson_id=quiz.lesson_id, access_code="")
    services.save_answer(
        principal=student, attempt_id=attempt, number=1, kind="MCQ", value="1", sequence=1
    )
    services.submit_attempt(principal=student, attempt_id=attempt)


def attend(twin: Twin) -> None:
    """Lena was in a live class."""
    lena = twin.enrollments[0]
    held = LiveClass.objects.create(
        course_id=lena.course_id,
        title="Fractions",
        starts_at=GRADED,
        ends_at=GRADED + timedelta(hours=1),
        host=twin.people["tom"],
        status=LiveClass.Status.ENDED,
        room=f"room-{twin.id}",
    )
    Attendance.objects.create(
        live_class=held,
        enrollment=lena,
        student_id=lena.student_id,
        course_id=lena.course_id,
        status=Attendance.Status.PRESENT,
        measured=Attendance.Status.PRESENT,
        present_seconds=3600,
        held_at=GRADED,
        class_seconds=3600,
    )
