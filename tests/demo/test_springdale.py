"""The made-up school: always the same, whole in itself, and shaped like a school."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from statistics import correlation, mean
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from optilearn.demo.springdale import REFERENCES, TABLES, School, make_school
from optilearn.demo.springdale.calendar import HOLIDAYS, TERMS, TODAY, at, is_school_day
from optilearn.demo.springdale.content import is_hindi
from tests.architecture.support import ROOT
from tests.support.school import school

pytestmark = pytest.mark.slow

INDIA = ZoneInfo("Asia/Kolkata")


def rows(table: str) -> list[Any]:
    return list(school().tables[table])


def digest(made: School) -> str:
    found = hashlib.sha256()
    for table, content in made.tables.items():
        found.update(table.encode())
        for row in content:
            found.update(repr(tuple(row)).encode())
    return found.hexdigest()


def test_another_process_makes_the_same_school() -> None:
    code = (
        "from optilearn.demo.springdale import make_school\n"
        "from tests.demo.test_springdale import digest\n"
        "print(digest(make_school()))"
    )
    said = subprocess.check_output(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": f"{ROOT}:{ROOT}/platform"},
        text=True,
    )
    assert said.strip() == digest(school())


def test_another_seed_makes_another_school() -> None:
    assert digest(make_school(seed=1)) != digest(school())


def test_its_size() -> None:
    kinds = Counter(person.kind for person in rows("people_person"))
    assert kinds.pop("PARENT") > 550
    assert kinds == {"STUDENT": 600, "USER": 40}
    assert len(rows("courses_course")) == 30
    assert len(rows("institutions_term")) == 2
    assert 3_500 < len(rows("enrollment_enrollment")) < 4_200
    assert 11_000 < len(rows("assessment_submission")) < 15_000
    assert 2_000 < len(rows("assessment_attempt")) < 4_000
    assert 100_000 < len(rows("activity_event")) < 200_000


@pytest.mark.parametrize("table", TABLES)
def test_keys_count_from_one_and_references_lead_somewhere(table: str) -> None:
    content = rows(table)
    assert [row.id for row in content] == list(range(1, len(content) + 1))
    for column in REFERENCES.keys() & set(TABLES[table]):
        target = len(rows(REFERENCES[column]))
        used = {getattr(row, column) for row in content} - {None}
        assert used <= set(range(1, target + 1)), column


@pytest.mark.parametrize(
    "table",
    [
        "enrollment_lessonprogress",
        "assessment_submission",
        "assessment_attempt",
        "assessment_grade",
        "assessment_peerreview",
        "assessment_peerreviewresult",
        "activity_event",
    ],
)
def test_what_concerns_an_enrollment_agrees_with_it(table: str) -> None:
    enrollments = {row.id: row for row in rows("enrollment_enrollment")}
    lessons = {row.id: row.course_id for row in rows("courses_lesson")}
    assignments = {row.id: row.course_id for row in rows("assessment_assignment")}
    for row in rows(table):
        enrollment = enrollments[row.enrollment_id]
        assert (row.student_id, row.course_id) == (enrollment.student_id, enrollment.course_id)
        if getattr(row, "lesson_id", None) is not None:
            assert lessons[row.lesson_id] == row.course_id
        if hasattr(row, "assignment_id"):
            assert assignments[row.assignment_id] == row.course_id


def test_nothing_happens_before_enrolling_or_after_the_last_day() -> None:
    end = at(TODAY, 24 * 3600)
    enrolled = {row.id: row.enrolled_at for row in rows("enrollment_enrollment")}
    for event in rows("activity_event"):
        assert enrolled[event.enrollment_id] < event.occurred_at < end
    for submission in rows("assessment_submission"):
        assert submission.submitted_at < end
        assert submission.graded_at is None or submission.submitted_at < submission.graded_at < end


def test_lessons_are_of_all_kinds_and_in_order() -> None:
    kinds = {lesson.kind for lesson in rows("courses_lesson")}
    assert kinds == {"TEXT", "VIDEO", "DOCUMENT", "QUIZ", "ASSIGNMENT", "LIVE"}
    positions = defaultdict(list)
    for lesson in rows("courses_lesson"):
        positions[lesson.module_id].append(lesson.position)
    assert all(found == [1, 2, 3, 4, 5] for found in positions.values())


def test_weights_add_up_and_late_means_late() -> None:
    weights: Mapping[int, Any] = defaultdict(int)
    due = {}
    for assignment in rows("assessment_assignment"):
        weights[assignment.course_id] += assignment.weight
        due[assignment.id] = assignment
    assert set(weights.values()) == {100}
    for submission in rows("assessment_submission"):
        assignment = due[submission.assignment_id]
        assert submission.is_late == (submission.submitted_at > assignment.due_at)
        if submission.score is not None:
            assert 0 <= submission.score <= assignment.max_score


def test_one_enrollment_for_each_student_and_course() -> None:
    pairs = Counter((row.student_id, row.course_id) for row in rows("enrollment_enrollment"))
    assert set(pairs.values()) == {1}
    used = Counter((row.enrollment_id, row.lesson_id) for row in rows("enrollment_lessonprogress"))
    assert set(used.values()) == {1}


def test_half_the_names_are_in_devanagari() -> None:
    names = [person.name for person in rows("people_person") if person.kind != "PARENT"]
    devanagari = [name for name in names if any("\u0900" <= letter <= "\u097f" for letter in name)]
    assert len(devanagari) == len(names) // 2
    hindi = {course.title for course in rows("courses_course") if is_hindi(course.title)}
    assert hindi == {"हिन्दी साहित्य", "कला और शिल्प"}


def test_weekdays_are_busy_and_holidays_quiet() -> None:
    local = Counter(event.occurred_at.astimezone(INDIA).date() for event in rows("activity_event"))
    school_days = mean(count for day, count in local.items() if is_school_day(day))
    sundays = mean(count for day, count in local.items() if day.weekday() == 6)
    passed = [day for day in HOLIDAYS if day in local and day.weekday() < 5]
    assert passed
    assert sundays < 0.85 * school_days
    assert mean(local[day] for day in passed) < 0.35 * school_days
    assert local[date(2026, 5, 20)] < 0.4 * school_days  # summer break
    hours = Counter(event.occurred_at.astimezone(INDIA).hour for event in rows("activity_event"))
    assert set(hours) <= set(range(7, 24))
    assert hours[18] > hours[13]


def test_marks_follow_use() -> None:
    use = Counter(event.enrollment_id for event in rows("activity_event"))
    highest = {row.id: row.max_score for row in rows("assessment_assignment")}
    marks = defaultdict(list)
    for row in rows("assessment_submission"):
        if row.score is not None and row.status == "GRADED":
            marks[row.enrollment_id].append(float(row.score / highest[row.assignment_id]))
    keys = sorted(marks)
    found = correlation([use[key] for key in keys], [mean(marks[key]) for key in keys])
    assert 0.3 < found < 0.8


def test_there_is_late_ungraded_and_resubmitted_work() -> None:
    submissions = rows("assessment_submission")
    late = sum(row.is_late for row in submissions) / len(submissions)
    ungraded = sum(row.score is None for row in submissions) / len(submissions)
    assert 0.03 < late < 0.2
    assert 0.01 < ungraded < 0.1
    assert all((row.score is None) == (row.graded_at is None) for row in submissions)
    tries = Counter((row.enrollment_id, row.assignment_id) for row in submissions)
    assert set(tries.values()) == {1, 2}


def test_a_few_are_at_risk_and_a_few_withdraw() -> None:
    enrollments = [row for row in rows("enrollment_enrollment") if row.status == "ACTIVE"]
    started = at(TERMS[1].starts_on, 0)
    silent_since = at(date(2026, 9, 4), 0)
    silent = [row for row in enrollments if not_seen_since(row.last_activity_at, silent_since)]
    assert 0.01 < len(silent) / len(enrollments) < 0.12
    assert all(row.enrolled_at < silent_since for row in silent)
    withdrawn = [row for row in rows("enrollment_enrollment") if row.withdrawn_at]
    assert 20 < len(withdrawn) < 90
    assert all(row.outcome == "WITHDRAWN" for row in withdrawn)
    assert started < silent_since


def not_seen_since(last: datetime | None, moment: datetime) -> bool:
    return last is None or last < moment


def test_the_first_term_is_over_and_the_second_under_way() -> None:
    term = {row.id: row.term_id for row in rows("courses_course")}
    statuses = Counter((term[row.course_id], row.status) for row in rows("enrollment_enrollment"))
    assert {status for number, status in statuses if number == 1} == {
        "COMPLETED", "ENDED", "WITHDRAWN",
    }  # fmt: skip
    assert {status for number, status in statuses if number == 2} == {
        "ACTIVE", "WITHDRAWN", "EXPIRED",
    }  # fmt: skip
    outcomes = Counter(row.outcome for row in rows("enrollment_enrollment"))
    assert outcomes["PASS"] > outcomes["FAIL"] > outcomes["DISTINCTION"] / 4 > 0


def test_courses_nobody_sees_have_nobody_in_them() -> None:
    statuses = Counter(course.status for course in rows("courses_course"))
    assert statuses == {"ARCHIVED": 14, "PUBLISHED": 14, "DRAFT": 1, "REVIEW": 1}
    used = {row.course_id for row in rows("enrollment_enrollment")}
    hidden = {row.id for row in rows("courses_course") if row.status in {"DRAFT", "REVIEW"}}
    assert len(used) == 28
    assert not used & hidden
    assert all(row.published_at is None for row in rows("courses_course") if row.id in hidden)


def test_attributes_are_those_declared() -> None:
    declared = defaultdict(set)
    for row in rows("institutions_attributedefinition"):
        declared[row.entity].add(row.key)
    assert {row.type for row in rows("institutions_attributedefinition")} == {
        "text", "integer", "decimal", "boolean", "date",
    }  # fmt: skip
    students = [row for row in rows("people_person") if row.kind == "STUDENT"]
    used = set().union(*(json.loads(row.attributes) for row in students))
    assert used == declared["students"]
    enrollments = rows("enrollment_enrollment")
    assert (
        set().union(*(json.loads(row.attributes) for row in enrollments))
        == (declared["enrollments"])
    )
