"""Item analysis against the definitions, written a second time with the standard library."""

from __future__ import annotations

import random
import statistics
from datetime import timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Answer, Attempt, QuestionVersion
from tests.optilearn.assessment.test_quizzes import START, Class
from tests.support.quizzes import CAPITAL, ESSAY, SUM
from tests.support.twins import Twin

Marks = list[list[float]]
"""Points by attempt and question."""


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> Class:
    found = Class(twins[0])
    found.quiz(CAPITAL, SUM, CAPITAL | {"name": "Third", "points": 2}, max_attempts=99)
    return found


def store(school: Class, marks: Marks, *, status: str = "GRADED") -> None:
    """Attempts with these points, of both students in turn; None for what wasn't answered."""
    with school.inside():
        versions = list(
            QuestionVersion.objects.filter(question__course=school.made.course_id).order_by("id")
        )
        used = Attempt.objects.filter(quiz=school.made).count()
        for number, points in enumerate(marks, start=used):
            enrollment = school.twin.enrollments[number % 2]
            attempt = Attempt.objects.create(
                quiz=school.made,
                assignment_id=school.made.assignment_id,
                enrollment=enrollment,
                student_id=enrollment.student_id,
                course_id=enrollment.course_id,
                number=number // 2 + 1,
                status=status,
                started_at=START + timedelta(minutes=number),
                points=sum(points),
                possible=6,
            )
            Answer.objects.bulk_create(
                Answer(
                    attempt=attempt,
                    student_id=enrollment.student_id,
                    course_id=enrollment.course_id,
                    question_id=version.question_id,
                    number=place,
                    version=version,
                    kind=version.question.kind,
                    possible=version.question.points,
                    points=None if status != "GRADED" else Decimal(str(mark)),
                    value=None if mark == 0 else "1",
                )
                for place, (version, mark) in enumerate(zip(versions, points, strict=True), 1)
            )


def analysis(school: Class, attempts: str = "ALL") -> Any:
    return school.done("tom", "GET", f"quizzes/{school.made.pk}/analysis?attempts={attempts}")


def close(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= 0.0051


def expected(marks: Marks, place: int) -> dict[str, float | None]:
    item = [row[place] for row in marks]
    rest = [sum(row) - row[place] for row in marks]
    has_spread = len(set(item)) > 1 and len(set(rest)) > 1
    largest = statistics.covariance(sorted(item), sorted(rest)) if has_spread else 0
    return {
        "deviation": statistics.stdev(item),
        "discrimination": 100 * statistics.correlation(item, rest) if has_spread else None,
        "efficiency": 100 * statistics.covariance(item, rest) / largest if largest else None,
    }


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_those_of_the_definitions(school: Class, seed: int) -> None:
    rng = random.Random(seed)
    marks = [
        [float(rng.randint(0, 1)), rng.choice([0, 0.75, 1.5, 3]), rng.choice([0, 0, 2])]
        for _attempt in range(rng.randint(3, 40))
    ]
    store(school, marks)
    found = analysis(school)
    percents = [100 * sum(row) / 6 for row in marks]
    assert found["attempts"] == len(marks)
    assert close(found["meanPercent"], statistics.mean(percents))
    assert close(found["medianPercent"], statistics.median(percents))
    assert close(found["deviationPercent"], statistics.stdev(percents))
    by_name = {one["name"]: one for one in found["questions"]}
    for place, (name, possible) in enumerate([("Capital", 1), ("Sum", 3), ("Third", 2)]):
        one = by_name[name]
        assert close(one["facility"], 100 * statistics.mean(row[place] for row in marks) / possible)
        assert one["blank"] == sum(row[place] == 0 for row in marks)
        for key, value in expected(marks, place).items():
            assert close(one[key], value), (name, key, one[key], value)
    variances = [statistics.variance(row[place] for row in marks) for place in range(3)]
    alpha = 3 / 2 * (1 - sum(variances) / statistics.variance(map(sum, marks)))
    assert close(found["alpha"], alpha)
    assert close(found["errorRatio"], 100 * sqrt(1 - alpha))
    assert close(found["standardError"], sqrt(1 - alpha) * statistics.stdev(percents))


def test_no_spread_is_no_value_and_two_attempts_are_too_few(school: Class) -> None:
    store(school, [[1, 3, 0], [1, 0, 0]])
    found = analysis(school)
    assert (found["alpha"], found["errorRatio"]) == (None, None)
    capital = found["questions"][0]
    assert (capital["facility"], capital["deviation"], capital["discrimination"]) == (100, 0, None)
    assert capital["efficiency"] is None


@pytest.mark.parametrize("part", [0.01, 0.07, 0.1, 0.3, 0.33])
def test_questions_that_agree_wholly_leave_nothing_to_chance(school: Class, part: float) -> None:
    store(school, [[part * n, part * n, part * n] for n in (0, 1, 2, 3, 3)])
    found = analysis(school)
    assert (found["alpha"], found["errorRatio"], found["standardError"]) == (1.0, 0.0, 0.0)
    assert {one["discrimination"] for one in found["questions"]} == {100.0}


@pytest.mark.parametrize("mark", [0.05, 0.1, 0.33, 1])
def test_a_mark_that_all_have_tells_nobody_apart(school: Class, mark: float) -> None:
    store(school, [[mark, 3, 0], [mark, 0, 2], [mark, 3, 2], [mark, 0, 0], [mark, 3, 0]])
    capital = next(one for one in analysis(school)["questions"] if one["name"] == "Capital")
    found = (capital["deviation"], capital["discrimination"], capital["efficiency"])
    assert found == (0, None, None)


def test_first_last_and_best_attempts(school: Class) -> None:
    store(school, [[0, 0, 0], [1, 3, 2], [1, 3, 2], [0, 3, 0], [1, 0, 0], [0, 0, 2]])
    assert {
        which: (analysis(school, which)["attempts"], analysis(school, which)["meanPercent"])
        for which in ("FIRST", "LAST", "BEST", "ALL")
    } == {"FIRST": (2, 50.0), "LAST": (2, 25.0), "BEST": (2, 100.0), "ALL": (6, 50.0)}


def test_what_waits_for_a_grader_is_counted_apart(twins: tuple[Twin, Twin]) -> None:
    school = Class(twins[0])
    school.quiz(CAPITAL, ESSAY)
    attempt = school.start()
    school.answer_all(attempt)
    assert (analysis(school)["attempts"], analysis(school)["waiting"]) == (0, 1)
    assert analysis(school)["questions"] == []
    school.done("tom", "PUT", f"attempts/{attempt['id']}/answers/2/grade", points=3)
    found = analysis(school, "FIRST")
    assert [one["facility"] for one in found["questions"]] == [100.0, 75.0]


def test_statements_do_not_grow_with_attempts(school: Class) -> None:
    counts = []
    for number in (2, 12):
        store(school, [[1, 3, 0], [0, 0, 2]] * number)
        analysis(school)
        with CaptureQueriesContext(connection) as queries:
            analysis(school)
        counts.append(len(queries))
    assert counts[0] == counts[1]
