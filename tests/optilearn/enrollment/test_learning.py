"""What a student sees of courses and lessons, and what keeps lessons shut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Lesson, LessonOverride, Module, Prerequisite
from optilearn.enrollment import services
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.enrollment.schemas.learning import LearningQuery
from optilearn.enrollment.selectors.learning import learning_course, my_courses
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import (
    Twins,
    add_lesson,
    ask,
    count_queries,
    enroll,
    fresh,
    lessons_of,
    make_course,
    refused,
)

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def locks(body: dict[str, Any]) -> list[tuple[bool, str | None, str | None]]:
    return [
        (lesson["lock"]["locked"], lesson["lock"]["reason"], lesson["lock"]["unlocksAt"])
        for module in body["data"]["modules"]
        for lesson in module["lessons"]
    ]


def test_a_course_with_its_lessons_and_locks(twins: Twins) -> None:
    north, _ = twins
    course = make_course(
        north,
        "BIO",
        {"title": "पहला", "is_required": False},
        {"unlock_at": NOW + timedelta(days=1)},
        {"unlock_after_days": 80},
        {"unlock_at": NOW - timedelta(days=1), "unlock_after_days": 999},
        {"closes_at": NOW},
        {"archived_at": NOW},
    )
    with tenant_context(north.id):
        Module.objects.create(course=course, title="Empty", position=0)
    enroll(north, "lena", course)
    with clock.frozen(NOW):
        status, body = ask(north, "lena", "GET", f"/learning/courses/{course.pk}")
    assert status == 200
    data = body["data"]
    assert [module["title"] for module in data["modules"]] == ["Empty", "One"]
    assert locks(body) == [
        (False, None, None),
        (True, "NOT_YET", "2026-03-21T12:00:00Z"),
        # 80 days after 12 January, 09:00, on the wall in London, where it is summer by then.
        (True, "NOT_YET", "2026-04-02T08:00:00Z"),
        (False, None, None),
        (True, "CLOSED", None),
    ]
    assert data["enrollment"]["requiredLessons"] == 4
    assert data["resume"] == {"lessonId": data["modules"][1]["lessons"][0]["id"], "seconds": 0}
    assert not data["isPreview"]


def test_two_queries_for_a_course_and_a_third_for_overrides(twins: Twins) -> None:
    north, _ = twins
    small, large = make_course(north, "B1", {}), make_course(north, "B2", *[{}] * 60)
    for course in (small, large):
        enroll(north, "lena", course)
        assert count_queries(north, "lena", partial(learning_course, course_id=course.pk)) == 2
    with tenant_context(north.id):
        lesson = Lesson.objects.filter(course=large)[0]
        LessonOverride.objects.create(lesson=lesson, course=large, section_id="9Z")
    assert count_queries(north, "lena", partial(learning_course, course_id=large.pk)) == 3


def test_overrides(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", *[{"unlock_at": NOW + timedelta(days=1)}] * 4)
    own, sections, both, none = lessons_of(north, course)
    early, late = NOW - timedelta(days=1), NOW + timedelta(days=9)
    with tenant_context(north.id):
        Person.objects.filter(code="lena").update(section_id="8A")
        lena = north.people["lena"]
        make = LessonOverride.objects.create
        make(course=course, lesson=own, student=lena, unlock_at=early)
        make(course=course, lesson=sections, section_id="8A", unlock_at=early, closes_at=NOW)
        make(course=course, lesson=both, section_id="8A", unlock_at=late)
        make(course=course, lesson=both, student=lena, unlock_at=early)
        make(course=course, lesson=none, section_id="8B", unlock_at=early)
        make(course=course, lesson=none, student=north.people["sven"], unlock_at=early)
    enroll(north, "lena", course)
    enroll(north, "sven", course)
    with clock.frozen(NOW):
        found = locks(ask(north, "lena", "GET", f"/learning/courses/{course.pk}")[1])
        assert [reason for _, reason, _ in found] == [None, "CLOSED", None, "NOT_YET"]
        found = locks(ask(north, "sven", "GET", f"/learning/courses/{course.pk}")[1])
        assert [reason for _, reason, _ in found] == ["NOT_YET", "NOT_YET", "NOT_YET", None]
        expected = [200, 403, 200, 403]
        for lesson, status in zip((own, sections, both, none), expected, strict=True):
            assert ask(north, "lena", "GET", f"/learning/lessons/{lesson.pk}")[0] == status


def test_a_locked_lesson_says_why_and_until_when(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {"unlock_at": NOW}, {"closes_at": NOW})
    later, over = lessons_of(north, course)
    own = enroll(north, "lena", course)
    with clock.frozen(NOW - timedelta(microseconds=1)):
        for method, part, body in (
            ("GET", "", None),
            ("PUT", "/progress", {"seconds": 1}),
            ("POST", "/complete", None),
        ):
            answer = ask(north, "lena", method, f"/learning/lessons/{later.pk}{part}", body)
            assert refused(answer) == (403, "LESSON_LOCKED")
            assert answer[1]["error"]["details"] == {
                "reason": "NOT_YET",
                "unlocksAt": "2026-03-20T12:00:00Z",
            }
        assert ask(north, "lena", "GET", f"/learning/lessons/{over.pk}")[0] == 200
    with clock.frozen(NOW):
        assert ask(north, "lena", "GET", f"/learning/lessons/{later.pk}")[0] == 200
        answer = ask(north, "lena", "GET", f"/learning/lessons/{over.pk}")
        assert answer[1]["error"]["details"] == {"reason": "CLOSED", "unlocksAt": None}
    with tenant_context(north.id):
        assert LessonProgress.objects.filter(enrollment=own).count() == 2


def test_opening_begins_a_lesson(twins: Twins) -> None:
    north, _ = twins
    course = make_course(
        north,
        "BIO",
        {"kind": "VIDEO", "content": "<p>नमस्ते</p>", "completion": "WATCHED"},
        {"completion": "OPENED"},
    )
    own = enroll(north, "lena", course)
    video, text = lessons_of(north, course)
    with clock.frozen(NOW):
        body = ask(north, "lena", "GET", f"/learning/lessons/{video.pk}")[1]["data"]
        assert (body["content"], body["captions"]) == ("<p>नमस्ते</p>", [])
        assert body["progress"]["status"] == "STARTED"
        assert fresh(north, own).last_activity_at == NOW
        body = ask(north, "lena", "GET", f"/learning/lessons/{text.pk}")[1]["data"]
        assert body["progress"]["status"] == "COMPLETED"
    assert str(fresh(north, own).progress_pct) == "50.00"
    resume = ask(north, "lena", "GET", f"/learning/courses/{course.pk}")[1]["data"]["resume"]
    assert resume["lessonId"] == video.pk


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lena", (403, "ENROLLMENT_REQUIRED")),
        ("pia", (403, "FORBIDDEN")),
        ("uma", (403, "FORBIDDEN")),
        ("anil", (403, "FORBIDDEN")),
    ],
)
def test_who_may_not_open(twins: Twins, name: str, expected: tuple[int, str]) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {})
    (lesson,) = lessons_of(north, course)
    assert refused(ask(north, name, "GET", f"/learning/lessons/{lesson.pk}")) == expected
    assert refused(ask(north, name, "GET", f"/learning/courses/{course.pk}")) == expected


@pytest.mark.parametrize("name", ["tom", "asha"])
def test_managers_preview_without_a_trace(twins: Twins, name: str) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {"unlock_at": "2090-01-01T00:00Z"}, status="DRAFT")
    (lesson,) = lessons_of(north, course)
    body = ask(north, name, "GET", f"/learning/lessons/{lesson.pk}")[1]["data"]
    assert body["progress"] is None
    body = ask(north, name, "GET", f"/learning/courses/{course.pk}")[1]["data"]
    assert (body["isPreview"], body["enrollment"]) == (True, None)
    answer = ask(north, name, "POST", f"/learning/lessons/{lesson.pk}/complete")
    assert refused(answer) == (403, "FORBIDDEN")
    answer = ask(north, name, "PUT", f"/learning/lessons/{lesson.pk}/progress", {})
    assert refused(answer) == (403, "FORBIDDEN")
    with tenant_context(north.id):
        assert not LessonProgress.objects.filter(lesson=lesson).exists()


@pytest.mark.parametrize(
    ("course", "enrollment", "lesson", "expected"),
    [
        ({"status": "DRAFT"}, {}, {}, (404, "NOT_FOUND")),
        ({"status": "REVIEW"}, {}, {}, (404, "NOT_FOUND")),
        ({"target_class_ids": ["8"]}, None, {}, (404, "NOT_FOUND")),
        ({}, {}, {"archived_at": NOW}, (404, "NOT_FOUND")),
        ({}, {"status": "WITHDRAWN"}, {}, (403, "ENROLLMENT_REQUIRED")),
        ({}, {"status": "ENDED"}, {}, (403, "ENROLLMENT_REQUIRED")),
        ({}, {"expires_at": NOW}, {}, (403, "ENROLLMENT_REQUIRED")),
        ({}, {"status": "COMPLETED", "expires_at": NOW}, {}, (403, "ENROLLMENT_REQUIRED")),
        ({"status": "ARCHIVED"}, {}, {}, None),
        ({"target_class_ids": ["8"]}, {}, {}, None),
        ({}, {"status": "COMPLETED"}, {}, None),
    ],
)
def test_what_shuts_a_lesson(
    twins: Twins,
    course: dict[str, Any],
    enrollment: dict[str, Any] | None,
    lesson: dict[str, Any],
    expected: tuple[int, str] | None,
) -> None:
    north, _ = twins
    made = make_course(north, "BIO", lesson, **course)
    if enrollment is not None:
        enroll(north, "lena", made, **enrollment)
    with clock.frozen(NOW):
        answer = ask(north, "lena", "GET", f"/learning/lessons/{lessons_of(north, made)[0].pk}")
    assert (answer[0] == 200) if expected is None else (refused(answer) == expected)


def test_what_comes_first_stops_who_enrolled_by_themselves_and_has_not_begun(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "B2", {}, {})
    begun, new = lessons_of(north, course)
    for name, source in (("lena", "SELF"), ("मीरा", "SELF"), ("sven", "MANUAL")):
        enroll(north, name, course, source=source)
    assert ask(north, "lena", "GET", f"/learning/lessons/{begun.pk}")[0] == 200
    with tenant_context(north.id):
        Prerequisite.objects.create(course=course, requires=make_course(north, "B1"))
    path = f"/learning/lessons/{new.pk}"
    assert ask(north, "lena", "GET", path)[0] == 200
    assert ask(north, "sven", "GET", path)[0] == 200
    answer = ask(north, "मीरा", "GET", path)
    assert answer[1]["error"]["details"] == {"reason": "PREREQUISITE", "unlocksAt": None}


def test_my_courses(twins: Twins) -> None:
    north, _ = twins
    hidden = make_course(north, "DRAFT", {}, status="DRAFT")
    course = make_course(north, "BIO", {}, {"is_required": False}, {}, title="जीव विज्ञान")
    enroll(north, "lena", hidden)
    own = enroll(north, "lena", course, last_activity_at=NOW)
    status, body = ask(north, "lena", "GET", "/learning/courses")
    assert (status, body["meta"]["total"]) == (200, 2)
    row = body["data"][0]
    assert row["enrollmentId"] == own.pk
    assert row["course"]["title"] == "जीव विज्ञान"
    assert (row["completedLessons"], row["requiredLessons"]) == (0, 2)
    assert ask(north, "sven", "GET", "/learning/courses")[1]["data"] == []
    assert ask(north, "lena", "GET", "/learning/courses?status=ENDED")[1]["data"] == []
    for order in ("title", "-progress", "-enrolledAt"):
        assert len(ask(north, "lena", "GET", f"/learning/courses?order={order}")[1]["data"]) == 2
    for wrong in ("perPage=101", "page=0", "status=X", "order=x", "studentId=1"):
        assert ask(north, "lena", "GET", f"/learning/courses?{wrong}")[0] == 400
    for name in ("tom", "pia"):
        assert ask(north, name, "GET", "/learning/courses")[0] == 403


def test_my_courses_are_as_many_queries_for_one_as_for_forty(twins: Twins) -> None:
    north, _ = twins
    for n in range(40):
        enroll(north, "lena", make_course(north, f"C{n}", {}))
    for size in (1, 40):
        query = LearningQuery.model_validate({"perPage": size})
        assert count_queries(north, "lena", partial(my_courses, query=query)) == 1


def test_the_other_institutions_lessons_are_not_there(twins: Twins) -> None:
    north, south = twins
    course = south.courses["MATH"]
    lesson = lessons_of(south, course)[0]
    for name in ("asha", "lena", "pia"):
        assert ask(north, name, "GET", f"/learning/lessons/{lesson.pk}")[0] == 404
        assert ask(north, name, "PUT", f"/learning/lessons/{lesson.pk}/progress", {})[0] == 404
        assert ask(north, name, "POST", f"/learning/lessons/{lesson.pk}/complete")[0] == 404
        assert ask(north, name, "GET", f"/learning/courses/{course.pk}")[0] == 404
    for absent in (0, 2**40, 2**70):
        assert ask(north, "lena", "GET", f"/learning/lessons/{absent}")[0] == 404


def test_a_lesson_is_a_few_queries_and_no_more_when_opened_again(twins: Twins) -> None:
    north, _ = twins
    key = lessons_of(north, north.courses["MATH"])[0].pk
    for _again in range(2):
        # What it is and to whom, the lock, the activity, the beginning, the progress.
        assert (
            count_queries(
                north, "lena", lambda who: services.open_lesson(principal=who, lesson_id=key)
            )
            == 5
        )


def test_a_lesson_that_a_teacher_takes_away_counts_no_more(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {}, {})
    own = enroll(north, "lena", course)
    done, gone = lessons_of(north, course)
    assert ask(north, "lena", "POST", f"/learning/lessons/{done.pk}/complete")[0] == 200
    assert fresh(north, own).status == "ACTIVE"
    assert ask(north, "tom", "DELETE", f"/lessons/{gone.pk}")[0] == 200
    assert fresh(north, own).status == "COMPLETED"


def test_progress_of_imports_without_a_start(twins: Twins) -> None:
    """An enrollment that doesn't know when it began, with a lesson that counts days from it."""
    north, _ = twins
    course = make_course(north, "BIO", {"unlock_after_days": 5})
    enroll(north, "lena", course, enrolled_at=None, progress_pct=None)
    (lesson,) = lessons_of(north, course)
    assert ask(north, "lena", "GET", f"/learning/lessons/{lesson.pk}")[0] == 200
    body = ask(north, "lena", "GET", f"/learning/courses/{course.pk}")[1]["data"]
    assert body["enrollment"]["progressPct"] == 0
    with tenant_context(north.id):
        assert Enrollment.objects.filter(course=course).count() == 1
        assert Course.objects.filter(pk=course.pk).exists()
        add_lesson(course, Module.objects.get(course=course))
