"""Rubrics over HTTP: versions, marks that stay with theirs, points that assignments follow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from optilearn.assessment.models import Assignment, PeerReview, SubmissionMark
from tests.support.assignments import (
    SOURCES,
    STYLE,
    Classroom,
    a_rubric,
    an_assignment,
    handed_in,
)
from tests.support.peer_reviews import reviewed
from tests.support.twins import Twin

GOOD = {"criterion": "sources", "level": "good"}
NONE = {"criterion": "sources", "level": "none"}


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], datetime(2026, 3, 1, 9, tzinfo=UTC))


@pytest.fixture
def rubric(room: Classroom) -> int:
    with room.inside():
        return a_rubric(room.twin)


def change(room: Classroom, rubric: int, version: int, **values: Any) -> tuple[int, Any]:
    return room.ask("tom", "PATCH", f"rubrics/{rubric}", version=version, **values)


def reworded(text: str) -> list[dict[str, Any]]:
    return [SOURCES | {"title": text}, STYLE]


def test_other_criteria_are_a_new_version(room: Classroom, rubric: int) -> None:
    shown = room.done("tom", "GET", f"rubrics/{rubric}")
    assert (shown["version"], shown["possible"]) == (1, 10.0)
    assert [one["key"] for one in shown["criteria"]] == ["sources", "style"]
    assert change(room, rubric, 1, title="Long essays")[1]["version"] == 1
    assert change(room, rubric, 1, criteria=[SOURCES, STYLE])[1]["version"] == 1
    assert change(room, rubric, 1, criteria=reworded("References"))[1]["version"] == 2
    status, error = change(room, rubric, 1, title="Old")
    assert (status, error["details"]) == (409, {"version": 2})


def test_a_rating_of_every_criterion_makes_the_grade(room: Classroom, rubric: int) -> None:
    with room.inside():
        essay = an_assignment(room.twin, rubricId=rubric)
        work = handed_in(room.twin, essay)
    path = f"submissions/{work.pk}/mark"
    open_one = room.done("tom", "PUT", path, ratings=[GOOD], version=0)
    assert (open_one["marks"][0]["points"], open_one["grade"]) == (None, None)
    style = {"criterion": "style", "level": "clear", "points": 4.5, "comment": "Nearly"}
    marked = room.done("tom", "PUT", path, ratings=[GOOD, style], version=0)
    assert (marked["grade"]["points"], marked["marks"][0]["rubricVersion"]) == (8.5, 1)
    seen = room.done("lena", "GET", f"learning/submissions/{work.pk}")
    assert [one["comment"] for one in seen["ratings"]] == ["", "Nearly"]


@pytest.mark.parametrize(
    ("ratings", "place"),
    [
        ([GOOD, NONE], "/ratings/1"),
        ([{"criterion": "wit", "level": "good"}], "/ratings/0"),
        ([{"criterion": "sources", "level": "best"}], "/ratings/0"),
        ([{"criterion": "sources", "level": "good", "points": 3}], "/ratings/0"),
        ([{"criterion": "style", "points": 7}], "/ratings/0"),
    ],
)
def test_ratings_fit_the_rubric(
    room: Classroom, rubric: int, ratings: list[dict[str, Any]], place: str
) -> None:
    with room.inside():
        work = handed_in(room.twin, an_assignment(room.twin, rubricId=rubric))
    status, error = room.ask(
        "tom", "PUT", f"submissions/{work.pk}/mark", ratings=ratings, version=0
    )
    assert (status, error["details"][0]["path"]) == (400, place)
    with room.inside():
        assert not SubmissionMark.objects.exists()


def test_marks_stay_as_they_were_and_say_so(room: Classroom, rubric: int) -> None:
    with room.inside():
        work = handed_in(room.twin, an_assignment(room.twin, rubricId=rubric))
    style = {"criterion": "style", "level": "clear"}
    room.done("tom", "PUT", f"submissions/{work.pk}/mark", ratings=[GOOD, style], version=0)
    status, changed = change(room, rubric, 1, criteria=reworded("References"))
    assert (status, changed["marksOfEarlierVersions"]) == (200, 1)
    shown = room.done("tom", "GET", f"submissions/{work.pk}")
    mark = shown["marks"][0]
    assert (mark["rubricVersion"], mark["isOutdated"], mark["points"]) == (1, True, 10.0)
    assert shown["rubric"]["version"] == 2
    again = room.done("tom", "PUT", f"submissions/{work.pk}/mark", ratings=[NONE, style], version=1)
    assert (again["marks"][0]["rubricVersion"], again["grade"]["points"]) == (2, 6.0)


def test_assignments_follow_its_points_until_grades_are_given(room: Classroom, rubric: int) -> None:
    with room.inside():
        essay = an_assignment(room.twin, rubricId=rubric)
        work = handed_in(room.twin, essay)
    assert change(room, rubric, 1, criteria=[SOURCES])[0] == 200
    with room.inside():
        essay.refresh_from_db()
    assert essay.max_score == 4
    room.done("tom", "PUT", f"submissions/{work.pk}/mark", ratings=[GOOD], version=0)
    status, error = change(room, rubric, 2, criteria=[SOURCES, STYLE])
    assert (status, error["code"]) == (409, "CONFLICT")
    with room.inside():
        assert Assignment.objects.get(pk=essay.pk).max_score == 4


def test_a_rubric_without_points_is_for_no_assignment(room: Classroom) -> None:
    with room.inside():
        rubric = a_rubric(room.twin, SOURCES | {"counts": False})
    path = f"courses/{room.course}/assignments"
    status, error = room.ask("tom", "POST", path, title="Essay", rubricId=rubric)
    assert (status, error["details"][0]["path"]) == (400, "/rubricId")


def test_criteria_have_different_keys(room: Classroom) -> None:
    path = f"courses/{room.course}/rubrics"
    assert room.ask("tom", "POST", path, title="Twice", criteria=[SOURCES, SOURCES])[0] == 400
    assert room.ask("tom", "POST", path, title="Empty", criteria=[])[0] == 400


def test_a_copy_is_one_of_its_own(room: Classroom, rubric: int) -> None:
    art = room.twin.courses["ART"].pk
    copy = room.done("tom", "POST", f"rubrics/{rubric}/copy", courseId=art, title="For art")
    assert (copy["courseId"], copy["title"], copy["possible"]) == (art, "For art", 10.0)
    change(room, rubric, 1, criteria=[SOURCES])
    assert room.done("tom", "GET", f"rubrics/{copy['id']}")["possible"] == 10.0
    assert room.ask("uma", "POST", f"rubrics/{rubric}/copy", courseId=art)[0] == 403


def test_one_that_marks_have_is_archived(room: Classroom, rubric: int) -> None:
    with room.inside():
        essay = an_assignment(room.twin, rubricId=rubric)
        work = handed_in(room.twin, essay)
    room.done("tom", "PUT", f"submissions/{work.pk}/mark", ratings=[GOOD], version=0)
    assert room.ask("tom", "DELETE", f"rubrics/{rubric}")[0] == 409
    room.done("tom", "PATCH", f"assignments/{essay.pk}", version=1, rubricId=None)
    assert room.done("tom", "DELETE", f"rubrics/{rubric}") == {"isGone": False}
    listed = room.done("tom", "GET", f"courses/{room.course}/rubrics?archived=true")
    assert [one["id"] for one in listed] == [rubric]
    with room.inside():
        unused = a_rubric(room.twin)
    assert room.done("tom", "DELETE", f"rubrics/{unused}") == {"isGone": True}


def test_a_rubric_that_only_reviews_have_is_archived(room: Classroom, rubric: int) -> None:
    with room.inside():
        essay = an_assignment(room.twin, rubricId=rubric)
        reviewed(essay, 1)
        for who in ("lena", "मीरा"):
            handed_in(room.twin, essay, who)
        assert PeerReview.objects.filter(rubric_version__rubric_id=rubric).count() == 2
    room.done("tom", "PATCH", f"assignments/{essay.pk}", rubricId=None)
    assert room.ask("tom", "DELETE", f"rubrics/{rubric}")[0] == 200
    assert room.done("tom", "GET", f"rubrics/{rubric}")["isArchived"]
