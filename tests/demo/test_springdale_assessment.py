"""The school's quizzes, grades and reviews, by the product's own rules."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from optilearn.assessment.gradebook.totals.late import LatePolicy
from optilearn.assessment.peer_reviews.scoring import average_of, median_of, outliers
from optilearn.assessment.quizzes.questions.answers import as_written, check_answer
from optilearn.assessment.quizzes.questions.content import Content, content_of
from optilearn.assessment.quizzes.questions.marking import share_of
from optilearn.assessment.quizzes.services.marks import SHARE, decimal
from optilearn.assessment.rubrics.content import criteria_of, possible_of, rated, ratings_of
from optilearn.courses.services.richtext import sanitized
from optilearn.demo.springdale.calendar import TODAY, at
from optilearn.demo.springdale.content import is_hindi
from tests.support.school import school

pytestmark = pytest.mark.slow

NOW = at(TODAY, 24 * 3600)


def rows(table: str) -> list[Any]:
    return list(school().tables[f"assessment_{table}"])


def by_key(table: str) -> dict[int, Any]:
    return {row.id: row for row in rows(table)}


@cache
def contents() -> dict[int, Content]:
    return {row.id: content_of(json.loads(row.content)) for row in rows("questionversion")}


def newest() -> dict[tuple[int, int], Any]:
    """The newest submission of each enrollment and assignment."""
    ordered = sorted(rows("submission"), key=lambda row: (row.submitted_at, row.id))
    return {(row.enrollment_id, row.assignment_id): row for row in ordered}


def test_banks_have_questions_of_several_types_in_both_languages() -> None:
    kinds = Counter(row.kind for row in rows("question"))
    assert set(kinds) >= {"MCQ", "TRUE_FALSE", "NUMERIC", "SHORT_ANSWER", "MULTI_SELECT"}
    texts = [row.text for row in rows("questionversion")]
    assert sum(is_hindi(text) for text in texts) > 20 < sum(text.isascii() for text in texts)
    assert all(sanitized(text) == text for text in texts)
    categories = by_key("questioncategory")
    questions = by_key("question")
    for version in rows("questionversion"):
        question = questions[version.question_id]
        assert contents()[version.id].kind == question.kind
        category = categories[question.category_id]
        assert category.course_id == question.course_id
        assert categories[category.parent_id].course_id == question.course_id


def test_answers_earn_what_the_product_gives_them() -> None:
    of_attempt = defaultdict(list)
    for row in rows("answer"):
        of_attempt[row.attempt_id].append(row)
    quizzes = by_key("quiz")
    for attempt in rows("attempt"):
        answers = of_attempt[attempt.id]
        assert [row.number for row in answers] == [1, 2, 3, 4, 5]
        assert attempt.possible == sum(row.possible for row in answers)
        for row in answers:
            value = None if row.value is None else json.loads(row.value)
            check_answer(row.kind, value)
            assert (value is None) == (row.saved_at is None) == (row.sequence == 0)
            if row.saved_at is not None:
                assert attempt.started_at < row.saved_at < (attempt.submitted_at or NOW)
            content, order = contents()[row.version_id], row.order.strip("{}").split(",")
            share = share_of(content, as_written(content, value, order))
            assert share is not None
            expected = (decimal(share, SHARE), decimal(share * int(row.possible)))
            is_over = attempt.submitted_at is not None
            assert (row.share, row.points) == (expected if is_over else (None, None))
        if attempt.submitted_at is None:
            assert (attempt.status, attempt.points) == ("IN_PROGRESS", None)
            continue
        assert attempt.points == sum(row.points for row in answers)
        percent = quizzes[attempt.quiz_id].passing_percent
        assert attempt.has_passed == (100 * attempt.points >= percent * attempt.possible)


def test_attempts_agree_with_the_progress_of_their_lessons() -> None:
    lesson_of = {row.id: row.lesson_id for row in rows("quiz")}
    tried = defaultdict(list)
    for row in rows("attempt"):
        tried[row.enrollment_id, lesson_of[row.quiz_id]].append(row)
    for attempts in tried.values():
        assert [row.number for row in attempts] == list(range(1, len(attempts) + 1))
        for one, other in pairwise(attempts):
            assert one.submitted_at < other.started_at
    completed = 0
    for row in school().tables["enrollment_lessonprogress"]:
        attempts = tried.pop((row.enrollment_id, row.lesson_id), [])
        if not attempts:
            continue
        passed = [one.submitted_at for one in attempts if one.has_passed]
        assert passed == ([row.completed_at] if row.completed_at else [])
        completed += len(passed)
    assert not tried
    assert completed > 1_500


def test_each_attempt_that_ended_is_a_submission() -> None:
    ended = {row.id: row for row in rows("attempt") if row.submitted_at is not None}
    assert len(rows("attempt")) - len(ended) > 5
    work = [row for row in rows("submission") if row.attempt_id is not None]
    assert sorted(row.attempt_id for row in work) == sorted(ended)
    assignment_of = {row.id: row.assignment_id for row in rows("quiz")}
    possible = {row.id: row.max_score for row in rows("assignment")}
    for row in work:
        attempt = ended[row.attempt_id]
        assert row.assignment_id == assignment_of[attempt.quiz_id]
        assert row.submitted_at == attempt.submitted_at < row.graded_at
        assert row.score == attempt.points / attempt.possible * possible[row.assignment_id]


def test_a_grade_is_what_the_course_leaves_of_late_work_and_its_score() -> None:
    policies = {row.course_id: row for row in rows("gradingpolicy")}
    assignments, work = by_key("assignment"), newest()
    kinds: Counter[str] = Counter()
    for grade in rows("grade"):
        assignment = assignments[grade.assignment_id]
        row = work.get((grade.enrollment_id, grade.assignment_id))
        assert grade.posted_at <= grade.graded_at < NOW
        if grade.is_excused:
            assert (row, grade.points, assignment.kind) == (None, None, "ASSIGNMENT")
            kinds["excused"] += 1
            continue
        assert 0 <= grade.points <= grade.raw_points <= assignment.max_score
        if assignment.is_extra_credit:
            kinds["extra"] += 1
        elif assignment.kind != "QUIZ":
            assert grade.points == row.score
        late = timedelta(0)
        if row is not None:
            late = max(late, row.submitted_at - assignment.due_at)
        if grade.late_seconds is not None:
            kinds["forgiven"] += 1
            late = timedelta(seconds=grade.late_seconds)
        policy = policies.get(grade.course_id)
        rule = LatePolicy()
        if policy is not None:
            rule = LatePolicy(policy.late_percent, lowest_percent=policy.late_lowest_percent)
        expected = rule.deducted(grade.raw_points, assignment.max_score, late)
        assert (grade.points, grade.deducted) == expected
        kinds["late"] += grade.deducted > 0
    assert min(kinds[kind] for kind in ("excused", "extra", "late")) > 20
    assert kinds["forgiven"] >= 1


def test_scored_work_of_graded_courses_has_a_grade() -> None:
    courses = {row.course_id for row in rows("grade")}
    assert len(courses) == 10
    given = {(row.enrollment_id, row.assignment_id) for row in rows("grade")}
    for key, row in newest().items():
        if row.course_id in courses:
            assert (key in given) == (row.score is not None)
    best: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for row in rows("submission"):
        if row.attempt_id is not None:
            key = (row.enrollment_id, row.assignment_id)
            best[key] = max(best[key], row.score)
    points = {(row.enrollment_id, row.assignment_id): row.points for row in rows("grade")}
    assert {key: points[key] for key in best} == best


def history() -> Iterator[tuple[Any, list[Any]]]:
    """Each grade with its entries."""
    entries = defaultdict(list)
    for row in rows("gradechange"):
        entries[row.grade_id].append(row)
    for grade in rows("grade"):
        yield grade, entries[grade.id]


def test_history_leads_to_each_grade() -> None:
    causes: Counter[str] = Counter()
    for grade, entries in history():
        causes.update(row.cause for row in entries)
        assert len(entries) == grade.version
        assert entries[0].before is None
        for one, other in pairwise(entries):
            assert one.after == other.before
            assert one.at <= other.at
        last = json.loads(entries[-1].after)
        points = None if grade.points is None else str(grade.points)
        assert (last["points"], last["deducted"]) == (points, str(grade.deducted))
        assert (last["isExcused"], last["lateSeconds"]) == (grade.is_excused, grade.late_seconds)
        assert {row.author_id for row in entries} == {grade.grader_id}
        assert {row.student_id for row in entries} == {grade.student_id}
    assert set(causes) == {"MANUAL", "QUIZ"}


def test_weighted_courses_drop_the_lowest_homework() -> None:
    weights: dict[int, Decimal] = defaultdict(Decimal)
    for row in rows("gradegroup"):
        weights[row.course_id] += row.weight
    weighted = {row.course_id for row in rows("gradingpolicy") if row.is_weighted}
    assert weights == dict.fromkeys(weighted, Decimal(100))
    assert len(weighted) == 5
    assert any(row.drop_lowest for row in rows("gradegroup"))
    groups = by_key("gradegroup")
    for row in rows("assignment"):
        assert (row.group_id is not None) == (row.course_id in weighted)
        assert row.group_id is None or groups[row.group_id].course_id == row.course_id


def test_nobody_reviews_themselves_and_results_are_what_reviews_make() -> None:
    work, assignments = by_key("submission"), by_key("assignment")
    percent = {row.assignment_id: row.flag_percent for row in rows("peerreviewsettings")}
    rubrics = {row.id: criteria_of(json.loads(row.criteria)) for row in rows("rubricversion")}
    of_work = defaultdict(list)
    for row in rows("peerreview"):
        assert row.reviewer_id != row.student_id
        assert work[row.submission_id].student_id == row.student_id
        possible = assignments[row.assignment_id].max_score
        criteria = rubrics[row.rubric_version_id]
        assert possible_of(criteria) == possible
        assert rated(criteria, ratings_of(json.loads(row.ratings))) == row.score
        assert (row.status == "PENDING") == (row.score is None) == (row.submitted_at is None)
        assert row.submitted_at is None or row.assigned_at < row.submitted_at < NOW
        assert sanitized(row.comment) == row.comment
        of_work[row.assignment_id, row.enrollment_id].append(row)
    results = {(row.assignment_id, row.enrollment_id): row for row in rows("peerreviewresult")}
    assert results.keys() == of_work.keys()
    for key, found in of_work.items():
        assert len({row.reviewer_id for row in found}) == len(found) == 2
        written = [row for row in found if row.score is not None]
        scores = [row.score for row in written]
        result = results[key]
        assert (result.median, result.average) == (median_of(scores), average_of(scores))
        assert result.review_count == len(scores)
        assert (result.completed_at is not None) == (len(scores) == len(found))
        far = outliers(scores, assignments[key[0]].max_score, percent[key[0]])
        assert far == {n for n, row in enumerate(written) if row.status == "FLAGGED"}
    counts = Counter(row.status for row in rows("peerreview"))
    assert counts["SUBMITTED"] > counts["PENDING"] > counts["FLAGGED"] > 0


def test_essays_are_texts_of_assignments_that_accept_them() -> None:
    accepting = {row.id for row in rows("assignment") if row.accepts_text}
    texts = [row for row in rows("submission") if row.text]
    assert {row.assignment_id for row in texts} == accepting
    assert len(texts) > 200
    for row in texts:
        assert is_hindi(row.text)
        assert sanitized(row.text) == row.text
