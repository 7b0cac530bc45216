"""The grades that quizzes make: lateness, release, removal, changed settings, messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment import selectors
from optilearn.assessment.models import Assignment, Attempt, Grade, Quiz, Submission
from optilearn.assessment.quizzes import services
from optilearn.assessment.quizzes.services import submitting
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from tests.optilearn.assessment.test_quizzes import START, Class
from tests.support.quizzes import CAPITAL, ESSAY, SUM
from tests.support.twins import Twin

DAY = timedelta(days=1)


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> Class:
    return Class(twins[0])


def mark(school: Class, who: str = "tom") -> Any:
    """Lena's mark for the quiz, as Tom or as she sees it."""
    course, enrollment = school.made.course_id, school.twin.enrollments[0].pk
    path = f"courses/{course}/gradebook/{enrollment}"
    own = f"learning/courses/{course}/grades"
    found = school.done(who, "GET", path if who == "tom" else own)["marks"]
    return next(one for one in found if one["assignmentId"] == school.made.assignment_id)


def give(school: Class, **body: Any) -> Any:
    enrollment = school.twin.enrollments[0].pk
    return school.done(
        "tom", "PUT", f"assignments/{school.made.assignment_id}/grades/{enrollment}", **body
    )


def change(school: Class, **settings: Any) -> Any:
    path = f"lessons/{school.made.lesson_id}/quiz"
    quiz = school.done("tom", "GET", path)
    slots = [{"questionId": one["questionId"]} for one in quiz["slots"]]
    return school.done("tom", "PUT", path, version=quiz["version"], slots=slots, **settings)


def told(school: Class) -> list[Decimal]:
    """The low marks for the quiz that parents would hear of."""
    with school.inside():
        found = selectors.low_grades(START - DAY, school.now + DAY, 40, after=0, limit=9)
        return [one.score for one in found if one.assignment_id == school.made.assignment_id]


def states(school: Class) -> dict[int, str]:
    """The states of the quiz's attempts, by their ids."""
    with school.inside():
        return dict(Attempt.objects.filter(quiz=school.made).values_list("id", "status"))


def more_time(school: Class) -> None:
    lena = school.twin.people["lena"].pk
    path = f"courses/{school.made.course_id}/accommodations/{lena}"
    school.done("tom", "PUT", path, timeFactor=2)


def test_an_attempt_in_its_own_time_is_never_late_nor_missing(school: Class) -> None:
    school.quiz(time_limit_seconds=600, closes_at=START + timedelta(minutes=10))
    more_time(school)
    grading = f"courses/{school.made.course_id}/grading"
    school.done("tom", "PATCH", grading, missingPercent=0)
    attempt = school.start()
    school.wait(minutes=15)
    assert mark(school)["isMissing"] is False
    lena = school.twin.people["lena"].pk
    with school.inside():
        missing = selectors.missing_of([lena], START, school.now)
    assert school.made.assignment_id not in {one.assignment_id for one in missing}
    school.answer_all(attempt)
    school.done("tom", "PATCH", grading, latePercent=10)
    assert (mark(school)["points"], mark(school)["deducted"]) == (100.0, 0.0)


def test_changed_points_and_scoring_grade_anew(school: Class) -> None:
    school.quiz(scoring="LAST")
    school.answer_all(school.start())
    school.submit(school.start())
    assert mark(school)["points"] == 0.0
    change(school, scoring="BEST", points=10)
    assert mark(school)["points"] == 10.0
    course = school.made.course_id
    newest = school.done("tom", "GET", f"courses/{course}/grade-changes")[0]
    assert (newest["cause"], newest["author"]["name"]) == ("QUIZ", "Tom")


def test_a_removed_grade_is_that_of_the_attempts_again(school: Class) -> None:
    school.quiz()
    give(school, comment="Good luck!", version=0)
    school.answer_all(school.start())
    assert (mark(school)["points"], mark(school)["comment"]) == (100.0, "Good luck!")
    give(school, points=10, version=mark(school)["version"])
    give(school, version=mark(school)["version"])
    assert mark(school)["points"] == 100.0


def test_the_second_of_two_comments_is_told(school: Class) -> None:
    school.quiz()
    give(school, points=5, comment="A", version=0)
    give(school, points=5, comment="B", version=1)
    enrollment = school.twin.enrollments[0].pk
    path = f"assignments/{school.made.assignment_id}/grades/{enrollment}"
    assert school.ask("tom", "PUT", path, points=5, comment="C", version=1)[0] == 409


def test_a_comment_keeps_the_score_of_an_imported_submission(school: Class) -> None:
    school.quiz()
    with school.inside():
        sums = Assignment.objects.exclude(kind="QUIZ").get(course_id=school.made.course_id).pk
    path = f"assignments/{sums}/grades/{school.twin.enrollments[0].pk}"
    graded = school.done("tom", "PUT", path, comment="Well done.", version=0)
    found = next(one for one in graded["marks"] if one["assignmentId"] == sums)
    assert (found["points"], found["comment"]) == (71.5, "Well done.")
    with school.inside():
        assert Submission.objects.get(
            assignment_id=sums, enrollment=school.twin.enrollments[0]
        ).score == Decimal("71.50")


def test_a_removed_grade_leaves_the_submission_ungraded(school: Class) -> None:
    school.quiz()
    with school.inside():
        sums = Assignment.objects.exclude(kind="QUIZ").get(course_id=school.made.course_id).pk
    path = f"assignments/{sums}/grades/{school.twin.enrollments[0].pk}"
    school.done("tom", "PUT", path, points=80, version=0)
    school.done("tom", "PUT", path, version=1)
    with school.inside():
        left = Submission.objects.get(assignment_id=sums, enrollment=school.twin.enrollments[0])
    assert (left.score, left.status, left.graded_at) == (None, "SUBMITTED", None)


@pytest.mark.parametrize("hides", ["postsManually", "hidden again"])
def test_marks_that_are_not_released_are_nowhere(school: Class, hides: str) -> None:
    school.quiz()
    assignment = f"assignments/{school.made.assignment_id}"
    if hides == "postsManually":
        school.done("tom", "PATCH", f"{assignment}/grading", postsManually=True)
    attempt = school.answer_all(school.start())
    school.submit(school.start())
    if hides == "hidden again":
        school.done("tom", "POST", f"{assignment}/post-grades", isPosted=False)
    change(school, passingPercent=50)  # resets nothing
    school.submit(school.start())
    assert school.done("lena", "GET", f"learning/attempts/{attempt['id']}")["points"] is None
    own = school.done("lena", "GET", f"learning/lessons/{school.made.lesson_id}/quiz")
    assert {one["points"] for one in own["attempts"]} == {None}
    assert mark(school, "lena")["points"] is None
    assert told(school) == []
    school.done("tom", "POST", f"{assignment}/post-grades", isPosted=True)
    assert mark(school, "lena")["points"] == 100.0


def test_parents_hear_of_the_grade_that_counts(school: Class) -> None:
    school.quiz(scoring="BEST")
    school.answer_all(school.start())
    school.submit(school.start())
    assert told(school) == []
    change(school, scoring="LAST")
    assert told(school) == [Decimal("0.00")]


def test_marks_shown_after_the_end_are_released_then(school: Class) -> None:
    school.quiz(show_marks="AFTER_CLOSE", closes_at=START + DAY)
    school.answer_all(school.start())
    with school.inside():
        assert services.release_closed() == 0
    assert mark(school, "lena")["points"] is None
    with school.inside():
        work = Submission.objects.get(assignment_id=school.made.assignment_id)
        assert (work.score, work.status) == (None, "GRADED")  # reports of hers don't show it either
    school.wait(days=2)
    with school.inside():
        assert [services.release_closed() for _ in range(2)] == [1, 0]
        work.refresh_from_db()
        assert (work.score, work.graded_at) == (Decimal(100), START)
    assert mark(school, "lena")["points"] == 100.0


def test_a_hidden_grade_of_missing_work_is_not_noticed(school: Class) -> None:
    school.quiz(closes_at=START + timedelta(hours=1))
    school.done("tom", "PATCH", f"courses/{school.made.course_id}/grading", missingPercent=20)
    assignment = f"assignments/{school.made.assignment_id}/grading"
    school.done("tom", "PATCH", assignment, postsManually=True)
    school.wait(days=1)
    before = mark(school, "lena")
    assert (before["isMissing"], before["points"]) == (True, 20.0)
    give(school, points=90, comment="Handed in on paper.", version=0)
    assert mark(school, "lena") == before


def test_scores_of_imported_work_can_be_hidden_too(school: Class) -> None:
    school.quiz()
    with school.inside():
        sums = Assignment.objects.exclude(kind="QUIZ").get(course_id=school.made.course_id).pk
    school.done("tom", "POST", f"assignments/{sums}/post-grades", isPosted=False)
    own = school.done("lena", "GET", f"learning/courses/{school.made.course_id}/grades")
    assert [one["points"] for one in own["marks"] if one["assignmentId"] == sums] == [None]


def test_a_quiz_goes_with_its_lesson_unless_it_was_used(school: Class) -> None:
    made = school.quiz()
    school.done("tom", "DELETE", f"lessons/{made.lesson_id}")
    with school.inside():
        assert not Lesson.objects.filter(pk=made.lesson_id).exists()
        assert not Assignment.objects.filter(pk=made.assignment_id).exists()
    made = school.quiz(SUM, closes_at=START + timedelta(hours=1))
    school.answer_all(school.start())
    school.done("tom", "DELETE", f"lessons/{made.lesson_id}")
    school.wait(days=1)
    school.done("tom", "PATCH", f"courses/{made.course_id}/grading", missingPercent=0)
    other = school.twin.enrollments[1].pk
    sheet = school.done("tom", "GET", f"courses/{made.course_id}/gradebook/{other}")
    assert sheet["final"]["percent"] == 38.0


def test_a_first_attempt_that_waits_is_no_grade_yet(school: Class) -> None:
    school.quiz(ESSAY, scoring="FIRST")
    first = school.answer_all(school.start())
    school.submit(school.start())
    assert school.grade() is None
    school.done("tom", "PUT", f"attempts/{first['id']}/answers/1/grade", points=4)
    assert mark(school)["points"] == 100.0


def test_a_quiz_of_nothing_is_neither_passed_nor_graded(school: Class) -> None:
    school.quiz(CAPITAL | {"points": 0})
    assert school.submit(school.start())["hasPassed"] is None
    assert school.grade() is None


def test_the_gradebook_has_the_lessons_title(school: Class) -> None:
    school.quiz()
    school.done("tom", "PATCH", f"lessons/{school.made.lesson_id}", title="Renamed")
    items = school.done("tom", "GET", f"courses/{school.made.course_id}/grading")["items"]
    titles = {one["assignmentId"]: one["title"] for one in items}
    assert titles[school.made.assignment_id] == "Renamed"


def test_nobody_reads_notes_for_graders_or_hidden_feedback(school: Class) -> None:
    notes = {"kind": "ESSAY", "notesForGraders": "Look for dates.", "maxCharacters": 9}
    school.quiz(CAPITAL, ESSAY | {"content": notes}, show_feedback="NEVER")
    attempt = school.start()
    assert school.save(attempt, 2, "Far too long")[0] == 400
    ended = school.answer_all(attempt)
    assert "Look for dates." not in str(ended)
    assert "Indeed." not in str(ended)
    seen = school.done("tom", "GET", f"attempts/{ended['id']}")
    assert seen["questions"][1]["notesForGraders"] == "Look for dates."
    assert seen["questions"][0]["answerFeedback"] == ["Indeed."]


def test_the_worker_leaves_attempts_that_were_given_more_time(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.quiz(time_limit_seconds=600)
    attempt = school.start()
    school.wait(minutes=12)
    end = submitting.end_attempts

    def meanwhile(*given: Any, **options: Any) -> list[int]:
        more_time(school)
        return end(*given, **options)

    monkeypatch.setattr(submitting, "end_attempts", meanwhile)
    with school.inside():
        assert services.submit_due_attempts() == 0
    found = school.done("lena", "GET", f"learning/attempts/{attempt['id']}")
    assert found["status"] == "IN_PROGRESS"


def test_one_attempt_that_fails_holds_up_no_other(
    school: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.quiz(time_limit_seconds=600)
    first = school.start()
    second = school.start("मीरा")
    school.wait(hours=1)
    mark_attempts = submitting.mark_attempts

    def mark_others(quiz: Quiz, attempts: Sequence[Attempt]) -> None:
        if first["id"] in [one.pk for one in attempts]:
            raise RuntimeError("injected")
        mark_attempts(quiz, attempts)

    with monkeypatch.context() as broken, school.inside():
        broken.setattr(submitting, "mark_attempts", mark_others)
        assert services.submit_due_attempts() == 2
        assert services.submit_due_attempts() == 0
    assert states(school) == {first["id"]: "SUBMITTED", second["id"]: "GRADED"}
    found = school.done("lena", "GET", f"learning/attempts/{first['id']}")
    assert (found["isBeingMarked"], found["points"], found["ended"]) == (True, None, "TIME")
    with school.inside():
        services.submit_due_attempts()
    assert states(school) == {first["id"]: "GRADED", second["id"]: "GRADED"}
    again = school.done("lena", "GET", f"learning/attempts/{first['id']}")
    assert (again["isBeingMarked"], again["points"]) == (False, 0.0)


def test_a_class_is_marked_in_as_many_statements_as_one_student(school: Class) -> None:
    counts = []
    for students in (["lena"], ["lena", "मीरा"]):
        school.quiz(time_limit_seconds=600)
        for who in students:
            school.start(who)
        school.wait(hours=1)
        with school.inside(), CaptureQueriesContext(connection) as queries:
            assert services.submit_due_attempts() == len(students)
        assert set(states(school).values()) == {"GRADED"}
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 39


def test_an_overdue_attempt_makes_room_for_the_next(school: Class) -> None:
    school.quiz(time_limit_seconds=600)
    first = school.start()
    school.wait(hours=2)
    second = school.start()
    assert (second["number"], second["id"] != first["id"]) == (2, True)


def test_less_time_ends_an_attempt_now_and_not_before(school: Class) -> None:
    school.quiz(time_limit_seconds=3_600)
    attempt = school.start()
    school.wait(minutes=30)
    change(school, timeLimitSeconds=600)
    assert school.start()["deadlineAt"] == "2026-03-01T09:30:00Z"
    assert school.save(attempt, 1, "1")[0] == 200


@pytest.mark.parametrize(
    ("text", "status"),
    [("<script>x</script>", 400), ("<audio src=x></audio>", 400), ("<b>bold</b>", 201)],
)
def test_an_option_of_which_nothing_is_left_is_refused(
    school: Class, text: str, status: int
) -> None:
    content = {
        "kind": "MCQ",
        "options": [{"key": "a", "text": text, "isRight": True}, {"key": "b", "text": "B"}],
    }
    path = f"courses/{school.twin.courses['MATH'].pk}/questions"
    found, answer = school.ask("tom", "POST", path, **CAPITAL | {"content": content})
    assert found == status
    if status == 400:
        assert answer["details"][0]["path"].startswith("/content/")


def test_a_gap_has_to_stand_in_the_text(school: Class) -> None:
    content = {"kind": "FILL_BLANK", "blanks": [{"key": "a", "answers": [{"text": "two"}]}]}
    path = f"courses/{school.twin.courses['MATH'].pk}/questions"
    given = CAPITAL | {"content": content}
    assert school.ask("tom", "POST", path, **given)[0] == 400
    assert school.ask("tom", "POST", path, **given | {"text": "1 + 1 = [[a]]"})[0] == 201


def test_a_category_of_archived_questions_can_go(school: Class) -> None:
    course = school.twin.courses["MATH"].pk
    categories = f"courses/{course}/question-categories"
    category = school.done("tom", "POST", categories, name="Old")[0]["id"]
    school.quiz(CAPITAL | {"categoryId": category})
    school.start()
    question = school.done("tom", "GET", f"courses/{course}/questions")[0]["id"]
    school.done("tom", "PUT", f"lessons/{school.made.lesson_id}/quiz", version=1, slots=[])
    school.done("tom", "DELETE", f"questions/{question}")
    school.done("tom", "DELETE", f"question-categories/{category}")
    with tenant_context(school.twin.id):
        assert Grade.objects.count() == 0
