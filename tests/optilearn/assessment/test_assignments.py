"""Assignments over HTTP: authoring, and what a changed due date or changed points do to grades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Assignment, Grade, GradeChange, Submission
from optilearn.courses.models import Lesson, Module
from tests.support.assignments import Classroom, a_rubric, an_assignment, handed_in
from tests.support.twins import Twin

DUE = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], DUE - timedelta(days=3))


def add(room: Classroom, **values: Any) -> Any:
    return room.done("tom", "POST", f"courses/{room.course}/assignments", **values)


def change(room: Classroom, assignment: Any, **values: Any) -> tuple[int, Any]:
    key = assignment if isinstance(assignment, int) else assignment["id"]
    with room.inside():
        version = Assignment.objects.get(pk=key).version
    return room.ask("tom", "PATCH", f"assignments/{key}", **{"version": version} | values)


def test_an_assignment_is_added_changed_listed_and_archived(room: Classroom) -> None:
    made = add(
        room,
        title="Essay",
        instructions="<p>Write.<script>alert(1)</script></p>",
        submissionTypes=["TEXT", "FILE"],
        maxScore=20,
        dueAt=DUE.isoformat(),
        fileTypes=["application/pdf"],
    )
    assert (made["instructions"], made["version"]) == ("<p>Write.</p>", 1)
    assert (made["submissionTypes"], made["maxAttempts"]) == (["TEXT", "FILE"], None)
    status, changed = change(room, made, title="Long essay", isArchived=True)
    assert (status, changed["title"], changed["isArchived"]) == (200, "Long essay", True)
    listed = room.done("tom", "GET", f"courses/{room.course}/assignments")
    assert [one["title"] for one in listed] == ["Sums"]
    archived = room.done("tom", "GET", f"courses/{room.course}/assignments?archived=true")
    assert [one["id"] for one in archived] == [made["id"]]
    assert room.ask("lena", "GET", f"learning/assignments/{made['id']}")[0] == 404


def test_of_two_who_change_it_the_second_one_has_to_look_again(room: Classroom) -> None:
    made = add(room, title="Essay")
    assert change(room, made, title="First")[0] == 200
    status, error = room.ask("asha", "PATCH", f"assignments/{made['id']}", version=1, title="Late")
    assert (status, error["code"], error["details"]) == (409, "CONFLICT", {"version": 2})


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"title": " "}, "/title"),
        ({"title": "\u200b"}, "/title"),
        ({"maxScore": 0}, "/maxScore"),
        ({"fileTypes": ["application/x-evil"]}, "/fileTypes"),
        ({"groupId": 999_999}, "/groupId"),
        ({"groupSetId": 999_999}, "/groupSetId"),
        ({"rubricId": 999_999}, "/rubricId"),
        ({"lessonId": 999_999}, "/lessonId"),
        ({"maxAttempts": 0}, "/maxAttempts"),
    ],
)
def test_bad_values_name_their_place(room: Classroom, values: dict[str, Any], place: str) -> None:
    path = f"courses/{room.course}/assignments"
    status, error = room.ask("tom", "POST", path, **{"title": "Essay"} | values)
    assert (status, error["code"]) == (400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == place


def test_times_come_in_their_order(room: Classroom) -> None:
    path = f"courses/{room.course}/assignments"
    times = {"dueAt": DUE.isoformat(), "closesAt": (DUE - timedelta(days=1)).isoformat()}
    assert room.ask("tom", "POST", path, title="Essay", **times)[0] == 400
    made = add(room, title="Essay", dueAt=DUE.isoformat())
    status, error = change(room, made, closesAt=times["closesAt"])
    assert (status, error["details"][0]["path"]) == (400, "/closesAt")


def test_anonymous_marking_needs_a_release_by_hand(room: Classroom) -> None:
    path = f"courses/{room.course}/assignments"
    assert room.ask("tom", "POST", path, title="Essay", isAnonymous=True)[0] == 400
    made = add(room, title="Essay", isAnonymous=True, postsManually=True)
    status, error = change(room, made, postsManually=False)
    assert (status, error["details"][0]["path"]) == (400, "/postsManually")


def test_only_lessons_for_assignments_have_one(room: Classroom) -> None:
    with room.inside():
        module = Module.objects.filter(course_id=room.course).earliest("id")
        texts = Lesson.objects.filter(course_id=room.course).earliest("id").pk
        own = Lesson.objects.create(
            course_id=room.course, module=module, title="Work", kind="ASSIGNMENT", position=5
        ).pk
    path = f"courses/{room.course}/assignments"
    assert room.ask("tom", "POST", path, title="Essay", lessonId=texts)[0] == 400
    assert add(room, title="Essay", lessonId=own)["lessonId"] == own


def test_a_later_due_date_gives_points_back_with_an_entry_in_history(room: Classroom) -> None:
    room.done("tom", "PATCH", f"courses/{room.course}/grading", latePercent=10)
    with room.inside():
        essay = an_assignment(room.twin, dueAt=DUE.isoformat())
    room.now = DUE + timedelta(hours=30)
    with room.inside():
        work = handed_in(room.twin, essay)
    assert work.is_late
    room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=10, version=0)
    with room.inside():
        assert Grade.objects.get(assignment=essay).points == Decimal("8.00")
    moved = (DUE + timedelta(days=1)).isoformat()
    assert change(room, essay.pk, dueAt=moved)[0] == 200
    with room.inside():
        grade = Grade.objects.get(assignment=essay)
        work.refresh_from_db()
        causes = list(GradeChange.objects.order_by("id").values_list("cause", "after__points"))
    assert (grade.points, grade.deducted, work.score) == (9, 1, Decimal("9.00"))
    assert causes == [("MANUAL", "8.00"), ("ASSIGNMENT", "9.00")]
    assert change(room, essay.pk, dueAt=None)[0] == 200
    with room.inside():
        work.refresh_from_db()
    assert (work.is_late, work.score) == (False, Decimal("10.00"))


def test_other_points_under_grades_need_a_word(room: Classroom) -> None:
    with room.inside():
        essay = an_assignment(room.twin)
        work = handed_in(room.twin, essay)
    room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=7.5, version=0)
    status, error = change(room, essay.pk, maxScore=20)
    assert (status, error["details"]["choices"]) == (409, ["SCALE", "RETAIN"])
    with room.inside():
        essay.refresh_from_db()
    assert essay.max_score == 10
    assert change(room, essay.pk, maxScore=20, onGrades="SCALE")[0] == 200
    with room.inside():
        work.refresh_from_db()
        assert Grade.objects.get(assignment=essay).points == Decimal("15.00")
    assert work.score == Decimal("15.00")
    assert change(room, essay.pk, maxScore=30, onGrades="RETAIN")[0] == 200
    with room.inside():
        assert Grade.objects.get(assignment=essay).points == Decimal("15.00")


def test_imported_scores_are_scaled_too(room: Classroom) -> None:
    with room.inside():
        sums = Assignment.objects.get(course_id=room.course)
    assert change(room, sums.pk, maxScore=50)[0] == 409
    assert change(room, sums.pk, maxScore=50, onGrades="SCALE")[0] == 200
    with room.inside():
        scores = list(Submission.objects.filter(assignment=sums).values_list("score", flat=True))
    assert sorted(scores) == [Decimal("19.00"), Decimal("35.75")]


def test_used_assignments_are_archived_not_deleted(room: Classroom) -> None:
    with room.inside():
        unused, used = an_assignment(room.twin), an_assignment(room.twin)
        handed_in(room.twin, used)
    assert room.ask("tom", "DELETE", f"assignments/{unused.pk}")[0] == 200
    status, error = room.ask("tom", "DELETE", f"assignments/{used.pk}")
    assert (status, error["code"]) == (409, "CONFLICT")
    assert change(room, used.pk, isArchived=True)[0] == 200
    book = room.done("tom", "GET", f"courses/{room.course}/grading")
    counts = {one["assignmentId"]: one["counts"] for one in book["items"]}
    assert counts[used.pk] is False


def test_a_rubric_sets_the_points(room: Classroom) -> None:
    with room.inside():
        rubric = a_rubric(room.twin)
    made = add(room, title="Essay", rubricId=rubric, maxScore=99)
    assert made["maxScore"] == 10
    status, error = change(room, made, maxScore=12)
    assert (status, error["details"][0]["path"]) == (400, "/maxScore")
    assert change(room, made, rubricId=None, maxScore=12)[1]["maxScore"] == 12


def test_a_list_takes_the_same_statements_for_any_number(room: Classroom) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            room.done("tom", "GET", f"courses/{room.course}/assignments")
        return len(seen)

    statements()  # the first request reads what the process remembers
    before = statements()
    with room.inside():
        for _ in range(3):
            handed_in(room.twin, an_assignment(room.twin))
    assert statements() == before


def test_a_quiz_is_changed_in_its_lesson(room: Classroom) -> None:
    with room.inside():
        quiz = Assignment.objects.create(course_id=room.course, title="Quiz", kind="QUIZ")
    assert room.ask("tom", "GET", f"assignments/{quiz.pk}")[0] == 409
    assert room.ask("tom", "DELETE", f"assignments/{quiz.pk}")[0] == 409
    assert room.ask("lena", "GET", f"learning/assignments/{quiz.pk}")[0] == 404
