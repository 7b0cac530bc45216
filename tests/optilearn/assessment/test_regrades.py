"""A question marked again: preview, the three ways, later attempts, and what people have set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Answer, GradeChange, QuizRegrade, Submission
from optilearn.enrollment.models import LessonProgress
from tests.optilearn.assessment.test_quizzes import Class
from tests.support.quizzes import CAPITAL, ESSAY, SUM
from tests.support.twins import Twin

LENA, MEERA = "lena", "मीरा"


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> Class:
    found = Class(twins[0])
    found.quiz(CAPITAL, SUM, points=100, passing_percent=50, max_attempts=5)
    return found


def attempt_of(school: Class, who: str, *values: Any) -> Any:
    """An attempt with these answers, in order; submitted."""
    attempt = school.start(who)
    for question, value in zip(attempt["questions"], values, strict=False):
        if value is not None:
            path = f"learning/attempts/{attempt['id']}/answers/{question['number']}"
            school.done(who, "PUT", path, kind=question["kind"], value=value, sequence=1)
    return school.done(who, "POST", f"learning/attempts/{attempt['id']}/submit")


def question_of(school: Class, kind: str) -> int:
    path = f"lessons/{school.made.lesson_id}/quiz"
    ids = [one["questionId"] for one in school.done("tom", "GET", path)["slots"]]
    kinds = {school.done("tom", "GET", f"questions/{key}")["kind"]: key for key in ids}
    return int(kinds[kind])


def lyon_is_right(school: Class, *more: dict[str, Any]) -> int:
    question = question_of(school, "MCQ")
    options = [{"key": "a", "text": "Paris"}, {"key": "b", "text": "Lyon!", "isRight": True}]
    content = {"kind": "MCQ", "options": [*options, *more]}
    school.done("tom", "PATCH", f"questions/{question}", content=content)
    return question


def regrade(school: Class, question: int, method: str, *, applies: bool = True) -> Any:
    path = f"quizzes/{school.made.pk}/regrades"
    body = {"questionId": question, "method": method}
    plan = school.done("tom", "POST", path, **body)
    if not applies:
        return plan
    done = school.done("tom", "POST", path, applyToken=plan["token"], **body)
    assert done["applied"]
    assert done["attempts"] == plan["attempts"]
    return done


def points(plan: Any) -> list[tuple[str, float, float]]:
    return [
        (one["student"]["code"], one["before"]["points"], one["after"]["points"])
        for one in plan["attempts"]
    ]


def test_a_preview_says_who_changes_and_changes_nothing(school: Class) -> None:
    attempt_of(school, LENA, "1", "2")
    attempt_of(school, MEERA, "2", "3")
    question = lyon_is_right(school)
    plan = regrade(school, question, "NEW_KEY", applies=False)
    assert points(plan) == [(LENA, 4.0, 3.0), (MEERA, 0.0, 1.0)]
    assert plan["attempts"][0]["before"] == {"points": 4.0, "hasPassed": True, "grade": 100.0}
    assert plan["attempts"][0]["after"] == {"points": 3.0, "hasPassed": True, "grade": 75.0}
    with school.inside():
        assert QuizRegrade.objects.count() == 0
        assert Answer.objects.filter(key_version__isnull=False).count() == 0
    assert school.graded().points == 100


def test_the_new_key_holds_for_marks_grades_and_what_students_see(school: Class) -> None:
    lena = attempt_of(school, LENA, "1", "2")
    regrade(school, lyon_is_right(school), "NEW_KEY")
    seen = school.done(LENA, "GET", f"learning/attempts/{lena['id']}")
    first = seen["questions"][0]
    assert (seen["points"], first["points"], first["key"]["options"]) == (3.0, 0.0, ["2"])
    assert [one["text"] for one in first["content"]["options"]] == ["Paris", "Lyon"]  # as answered
    grade = school.graded()
    assert grade.points == 75
    with school.inside():
        change = GradeChange.objects.filter(grade=grade).latest("id")
        assert (change.cause, change.before["points"], change.after["points"]) == (
            "REGRADE",
            "100.00",
            "75.00",
        )
        assert Submission.objects.get(attempt_id=lena["id"]).score == 75
    (row,) = school.done("tom", "GET", f"quizzes/{school.made.pk}/regrades")
    assert (row["method"], row["attempts"], row["questionVersion"]) == ("NEW_KEY", 1, 2)


def test_by_either_key_nobody_loses(school: Class) -> None:
    attempt_of(school, LENA, "1", "2")
    attempt_of(school, MEERA, "2", "3")
    plan = regrade(school, lyon_is_right(school), "EITHER")
    assert points(plan) == [(MEERA, 0.0, 1.0)]
    assert plan["unchanged"] == 1
    again = regrade(school, question_of(school, "MCQ"), "EITHER", applies=False)
    assert points(again) == []


def test_everybody_gets_all_points_and_who_passes_now_completes(school: Class) -> None:
    attempt_of(school, MEERA, None, None)
    plan = regrade(school, question_of(school, "NUMERIC"), "EVERYBODY")
    (one,) = plan["attempts"]
    assert (one["before"]["hasPassed"], one["after"]["hasPassed"]) == (False, True)
    with school.inside():
        progress = LessonProgress.objects.get(lesson_id=school.made.lesson_id)
        assert progress.status == "COMPLETED"


def test_an_attempt_that_ends_later_is_marked_by_the_same_key(school: Class) -> None:
    attempt = school.start(LENA)
    question = lyon_is_right(school)
    regrade(school, question, "EITHER")
    school.save(attempt, 1, "1")
    ended = school.submit(attempt)
    assert (ended["points"], ended["questions"][0]["key"]["options"]) == (1.0, ["2"])
    # One that began after the change has the new version, whose key alone counts.
    assert attempt_of(school, MEERA, "1")["points"] == 0.0


def test_what_a_person_has_set_stays(school: Class) -> None:
    lena = attempt_of(school, LENA, "1", "2")
    school.done("tom", "PUT", f"attempts/{lena['id']}/answers/1/grade", points=0.5)
    path = f"assignments/{school.made.assignment_id}/grades/{school.twin.enrollments[0].pk}"
    version = school.graded().version
    school.done("tom", "PUT", path, points=99, version=version)
    plan = regrade(school, lyon_is_right(school), "NEW_KEY")
    assert (plan["gradedByHand"], plan["attempts"]) == (1, [])
    numeric = question_of(school, "NUMERIC")
    school.done(
        "tom",
        "PATCH",
        f"questions/{numeric}",
        content={"kind": "NUMERIC", "answers": [{"value": "7"}]},
    )
    plan = regrade(school, numeric, "NEW_KEY")
    assert points(plan) == [(LENA, 3.5, 0.5)]
    assert plan["attempts"][0]["isGradeSetByHand"]
    assert school.graded().points == 99


def test_other_options_and_essays_have_only_one_way(twins: tuple[Twin, Twin]) -> None:
    school = Class(twins[0])
    school.quiz(CAPITAL, ESSAY)
    attempt_of(school, LENA, "1", "Because.")
    question = lyon_is_right(school, {"key": "c", "text": "Nice"})
    path = f"quizzes/{school.made.pk}/regrades"
    for key in (question, question_of(school, "ESSAY")):
        status, error = school.ask("tom", "POST", path, questionId=key, method="EITHER")
        assert (status, error["code"], error["details"]["reason"]) == (
            409,
            "CONFLICT",
            "OTHER_CONTENT",
        )
    essay = regrade(school, question_of(school, "ESSAY"), "EVERYBODY")
    assert points(essay) == [(LENA, 1.0, 5.0)]
    assert school.graded().points == 100


def test_marks_that_change_after_the_preview_are_not_overwritten(school: Class) -> None:
    attempt_of(school, LENA, "1", "2")
    question = lyon_is_right(school)
    plan = regrade(school, question, "NEW_KEY", applies=False)
    attempt_of(school, MEERA, "2", "2")
    path = f"quizzes/{school.made.pk}/regrades"
    body = {"questionId": question, "method": "NEW_KEY", "applyToken": plan["token"]}
    assert school.ask("tom", "POST", path, **body)[0] == 200  # hers is of the new version already
    assert school.ask("tom", "POST", path, **body)[0] == 409
    assert school.graded().points == Decimal(75)


def test_statements_do_not_grow_with_attempts(school: Class) -> None:
    counts = []
    question = question_of(school, "NUMERIC")
    for number in range(3):
        for _more in range(number):
            attempt_of(school, LENA, "1", "2")
        content = {"kind": "NUMERIC", "answers": [{"value": str(90 + number)}]}
        attempt_of(school, MEERA, "1", str(90 + number))
        school.done("tom", "PATCH", f"questions/{question}", content=content)
        plan = regrade(school, question, "NEW_KEY", applies=False)
        body = {"questionId": question, "method": "NEW_KEY", "applyToken": plan["token"]}
        with CaptureQueriesContext(connection) as queries:
            school.done("tom", "POST", f"quizzes/{school.made.pk}/regrades", **body)
        counts.append(len(queries))
    assert counts[1] == counts[2]
