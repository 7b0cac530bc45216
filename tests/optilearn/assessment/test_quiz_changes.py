"""Around attempts: changed settings, people who leave or are erased, what nobody can read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from optilearn.assessment.models import Answer, Attempt, Grade
from optilearn.assessment.quizzes.services import submit_due_attempts
from optilearn.enrollment.models import Enrollment, LessonProgress
from tests.optilearn.assessment.test_quiz_grades import change, give, mark
from tests.optilearn.assessment.test_quizzes import Class
from tests.optilearn.assessment.test_regrades import attempt_of, question_of, regrade
from tests.support.quizzes import CAPITAL, ESSAY, SUM, a_question
from tests.support.twins import Twin

GREEN: dict[str, Any] = {
    "name": "Grass",
    "text": "<p>Grass is …</p>",
    "content": {"kind": "SHORT_ANSWER", "answers": [{"text": "green"}]},
}


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> Class:
    return Class(twins[0])


def erase(school: Class, who: str = "lena") -> None:
    person = school.twin.people[who].pk
    words = {"confirm": who, "reason": "Asked for it."}
    assert school.ask("asha", "POST", f"people/{person}/erase", **words)[0] == 200


def leave(school: Class, status: str = Enrollment.Status.WITHDRAWN) -> None:
    with school.inside():
        Enrollment.objects.filter(student=school.twin.people["lena"]).update(status=status)


def test_another_pass_mark_is_that_of_earlier_attempts_too(school: Class) -> None:
    school.quiz(passing_percent=60, max_attempts=1)
    attempt = attempt_of(school, "lena", "1")
    assert (attempt["points"], attempt["hasPassed"]) == (1.0, False)
    change(school, passingPercent=20, maxAttempts=1)
    path = f"learning/lessons/{school.made.lesson_id}/quiz"
    assert school.done("lena", "GET", path)["attempts"][0]["hasPassed"] is True
    with school.inside():
        progress = LessonProgress.objects.filter(lesson_id=school.made.lesson_id)
        assert progress.get().status == "COMPLETED"
    change(school, passingPercent=90, maxAttempts=1)
    assert school.done("lena", "GET", path)["attempts"][0]["hasPassed"] is False
    with school.inside():
        assert progress.get().status == "COMPLETED"


@pytest.mark.parametrize(("choice", "points"), [("SCALE", 9), ("RETAIN", 90)])
def test_other_points_need_a_decision_about_grades_set_by_hand(
    school: Class, choice: str, points: int
) -> None:
    school.quiz(points=100)
    attempt_of(school, "lena", "1", "2")
    attempt_of(school, "मीरा", "1")
    give(school, points=90, version=mark(school)["version"])
    path = f"lessons/{school.made.lesson_id}/quiz"
    quiz = school.done("tom", "GET", path)
    slots = [{"questionId": one["questionId"]} for one in quiz["slots"]]
    wanted = {"version": quiz["version"], "slots": slots, "points": 10}
    status, error = school.ask("tom", "PUT", path, **wanted)
    assert (status, error["details"]["path"]) == (409, "/onGrades")
    school.done("tom", "PUT", path, onGrades=choice, **wanted)
    with school.inside():
        grades = Grade.objects.filter(assignment_id=school.made.assignment_id)
        found = dict(grades.values_list("student__code", "points"))
    assert found == {"lena": Decimal(points), "मीरा": Decimal("2.50")}


def test_a_grader_s_words_wait_for_the_release(school: Class) -> None:
    school.quiz(CAPITAL, ESSAY)
    with school.inside():
        school.made.assignment.posts_manually = True
        school.made.assignment.save()
    attempt = attempt_of(school, "lena", "1", "Because.")
    path = f"learning/attempts/{attempt['id']}"
    school.done("tom", "PUT", f"attempts/{attempt['id']}/answers/2/grade", points=1, comment="9/10")
    seen = school.done("lena", "GET", path)
    assert (seen["points"], "9/10" in str(seen)) == (None, False)
    school.done(
        "tom", "POST", f"assignments/{school.made.assignment_id}/post-grades", isPosted=True
    )
    assert "9/10" in str(school.done("lena", "GET", path))


def test_an_answer_that_nobody_can_read_waits_for_a_person(school: Class) -> None:
    """As another version might have stored it: the others are marked, and so is the rest of it."""
    school.quiz(CAPITAL, SUM)
    attempt = school.start()
    school.save(attempt, 2, "2")
    with school.inside():
        Answer.objects.filter(attempt_id=attempt["id"], number=1).update(value=["x", ["y"]])
    ended = school.submit(attempt)
    assert (ended["status"], ended["points"]) == ("SUBMITTED", 3.0)
    shown = school.done("tom", "GET", f"attempts/{attempt['id']}")["questions"][0]
    assert (shown["value"], shown["points"]) == (["x", ["y"]], None)
    question = question_of(school, "MCQ")
    assert regrade(school, question, "EVERYBODY", applies=False)["attempts"] == []
    school.done("tom", "PUT", f"attempts/{attempt['id']}/answers/1/grade", points=1, comment="")
    assert school.done("lena", "GET", f"learning/attempts/{attempt['id']}")["points"] == 4.0


def test_a_regrade_leaves_the_marks_of_erased_people(school: Class) -> None:
    school.quiz(GREEN, SUM, points=100)
    for who in ("lena", "मीरा"):
        attempt_of(school, who, "green", "2")
    erase(school)
    question = question_of(school, "SHORT_ANSWER")
    content = {"kind": "SHORT_ANSWER", "answers": [{"text": "verde"}]}
    school.done("tom", "PATCH", f"questions/{question}", content=content)
    plan = regrade(school, question, "NEW_KEY")
    assert [one["student"]["code"] for one in plan["attempts"]] == ["मीरा"]
    with school.inside():
        marks = Attempt.objects.order_by("student__code").values_list("points", flat=True)
        assert sorted(marks) == [Decimal(3), Decimal(4)]
    found = school.done("tom", "GET", f"quizzes/{school.made.pk}/analysis")["questions"]
    assert {one["name"]: one["blank"] for one in found} == {"Grass": 0, "Sum": 0}


def test_an_erased_person_s_attempt_ends_while_their_words_are_there(school: Class) -> None:
    school.quiz(GREEN, SUM)
    attempt = school.start()
    school.save(attempt, 1, "green")
    erase(school)
    with school.inside():
        found = Attempt.objects.get(pk=attempt["id"])
        assert (found.status, found.points) == ("GRADED", Decimal(1))
        assert Answer.objects.get(attempt=found, number=1).value is None
        assert Grade.objects.get(assignment_id=school.made.assignment_id).points == Decimal(25)


def test_who_has_left_saves_and_submits_nothing(school: Class) -> None:
    school.quiz(time_limit_seconds=600)
    attempt = school.start()
    school.save(attempt, 1, "1")
    leave(school)
    status, error = school.save(attempt, 2, "2", sequence=2)
    assert (status, error["code"]) == (403, "ENROLLMENT_REQUIRED")
    submit = f"learning/attempts/{attempt['id']}/submit"
    assert school.ask("lena", "POST", submit)[0] == 403
    leave(school, Enrollment.Status.ACTIVE)
    assert school.save(attempt, 2, "2", sequence=2)[0] == 200
    leave(school)
    school.wait(minutes=12)
    with school.inside():
        assert submit_due_attempts() == 1  # what was saved in time counts


def test_a_draw_needs_as_many_questions(school: Class) -> None:
    school.quiz(CAPITAL)
    with school.inside():
        a_question(school.twin, SUM | {"tags": ["easy"]})
    path = f"lessons/{school.made.lesson_id}/quiz"
    slots = [{"draw": 1}, {"draw": 2, "tags": ["easy"]}]
    status, error = school.ask("tom", "PUT", path, version=1, slots=slots)
    assert (status, error["message"]) == (400, "Only 1 questions can be drawn here.")
    assert error["details"][0]["path"] == "/slots/1/draw"
    slots[1]["draw"] = 1
    school.done("tom", "PUT", path, version=1, slots=slots)


def test_shown_after_the_close_needs_a_close(school: Class) -> None:
    school.quiz()
    path = f"lessons/{school.made.lesson_id}/quiz"
    status, error = school.ask("tom", "PUT", path, version=1, showMarks="AFTER_CLOSE")
    assert (status, "closes" in str(error)) == (400, True)


@pytest.mark.parametrize(
    ("number", "value", "code"),
    [(1, "9", "NO_SUCH_PLACE"), (1, 1, "NO_ANSWER"), (2, 3.145, "NO_ANSWER")],
)
def test_what_is_no_answer_is_refused_with_the_form(
    school: Class, number: int, value: Any, code: str
) -> None:
    school.quiz()
    attempt = school.start()
    status, error = school.save(attempt, number, value)
    assert (status, error["details"][0]["path"], error["details"][0]["code"]) == (
        400, "/value", code,
    )  # fmt: skip
    path = f"learning/attempts/{attempt['id']}/answers/{number}"
    kind = attempt["questions"][number - 1]["kind"]
    assert school.ask("lena", "PUT", path, kind=kind, sequence=5)[0] == 400, "null is said"


@pytest.mark.parametrize("typed", ["gre\u00aden", "\ufeffgreen", "green\u200b", " GREEN "])
def test_what_nobody_sees_makes_no_answer_wrong(school: Class, typed: str) -> None:
    school.quiz(GREEN)
    assert attempt_of(school, "lena", typed)["points"] == 1.0


def test_a_preview_s_token_is_for_its_own_way(school: Class) -> None:
    school.quiz()
    attempt_of(school, "lena", "1", "2")
    question = question_of(school, "MCQ")
    plan = regrade(school, question, "NEW_KEY", applies=False)
    status, _error = school.ask(
        "tom", "POST", f"quizzes/{school.made.pk}/regrades",
        questionId=question, method="EITHER", applyToken=plan["token"],
    )  # fmt: skip
    assert status == 409


def test_a_number_is_no_moment(school: Class) -> None:
    school.quiz()
    path = f"lessons/{school.made.lesson_id}/quiz"
    for wrong in (1_900_000_000, "1900000000", 1.9e9):
        status, error = school.ask("tom", "PUT", path, version=1, closesAt=wrong)
        assert (status, "/closesAt" in str(error)) == (400, True)
