"""What students think of courses, and what teachers move for some of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, LessonOverride
from optilearn.enrollment.services.ratings import plain_text
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import (
    Twins,
    ask,
    enroll,
    lessons_of,
    make_course,
    refused,
)


def totals(twins: Twins, course: Course) -> tuple[int, int]:
    with tenant_context(twins[0].id):
        row = Course.objects.get(pk=course.pk)
    return row.rating_count, row.rating_total


def test_one_rating_each_changeable(twins: Twins) -> None:
    north, _ = twins
    course = north.courses["MATH"]
    path = f"/courses/{course.pk}/rating"
    assert ask(north, "lena", "PUT", path, {"stars": 5, "comment": "बहुत अच्छा <3"})[0] == 200
    assert ask(north, "मीरा", "PUT", path, {"stars": 2})[0] == 200
    assert totals(twins, course) == (2, 7)
    assert (
        ask(north, "lena", "PUT", path, {"stars": 3, "comment": "<script>x</script>R&D"})[0] == 200
    )
    assert totals(twins, course) == (2, 5)
    body = ask(north, "lena", "GET", f"{path}s")[1]
    assert [
        (one["stars"], one["comment"], one["isOwn"], one["studentName"]) for one in body["data"]
    ] == [
        (3, "R&D", True, None),
        (2, "", False, None),
    ]
    names = [one["studentName"] for one in ask(north, "tom", "GET", f"{path}s")[1]["data"]]
    assert names == ["Lena", "मीरा"]
    assert ask(north, "uma", "GET", f"{path}s")[1]["data"][0]["studentName"] is None
    assert ask(north, "lena", "DELETE", path)[0] == 200
    assert ask(north, "lena", "DELETE", path)[0] == 404
    assert totals(twins, course) == (1, 2)


@pytest.mark.parametrize(
    "body", [{}, {"stars": 0}, {"stars": 6}, {"stars": 2.5}, {"stars": 5, "comment": "x" * 2001}]
)
def test_stars_are_one_to_five(twins: Twins, body: dict[str, Any]) -> None:
    path = f"/courses/{twins[0].courses['MATH'].pk}/rating"
    assert refused(ask(twins[0], "lena", "PUT", path, body)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ACTIVE", 200),
        ("COMPLETED", 200),
        ("WITHDRAWN", 403),
        ("EXPIRED", 403),
        ("ENDED", 403),
        (None, 403),
    ],
)
def test_who_takes_the_course_rates_it(twins: Twins, status: str | None, expected: int) -> None:
    north, _ = twins
    course = make_course(north, "BIO")
    if status:
        enroll(north, "lena", course, status=status)
    assert ask(north, "lena", "PUT", f"/courses/{course.pk}/rating", {"stars": 4})[0] == expected
    assert ask(north, "tom", "PUT", f"/courses/{course.pk}/rating", {"stars": 4})[0] == 403


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>fine</b>", "fine"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", ""),
        ("&amp;lt;b&amp;gt;x", "x"),
        ("a < b", "a < b"),
        ("  नमस्ते  ", "नमस्ते"),
        ("<img src=x onerror=alert(1)>", ""),
    ],
)
def test_comments_are_plain(text: str, expected: str) -> None:
    assert plain_text(text) == expected


@given(st.text(alphabet="<>&;/!-ltgamps crib=\"'नx", max_size=60))
def test_no_tag_survives(text: str) -> None:
    import nh3

    plain = plain_text(text)
    assert "<script" not in plain
    assert not nh3.is_html(plain) or plain_text(plain) == plain


def test_overrides_are_set_listed_and_removed(twins: Twins) -> None:
    north, south = twins
    lesson = lessons_of(north, north.courses["MATH"])[0]
    path = f"/lessons/{lesson.pk}/overrides"
    lena = north.people["lena"].pk
    own = {"studentId": lena, "unlockAt": "2026-05-01T10:00:00+05:30", "reason": "बीमार थी"}
    assert ask(north, "tom", "PUT", path, own)[0] == 200
    assert ask(north, "tom", "PUT", path, own | {"reason": "again"})[0] == 200
    section = {"sectionId": "8A", "closesAt": "2026-06-01T00:00:00Z"}
    unknown = ask(north, "asha", "PUT", path, section)
    assert refused(unknown) == (400, "VALIDATION_ERROR")
    assert unknown[1]["error"]["details"][0]["path"] == "/sectionId"
    with tenant_context(north.id):
        Person.objects.filter(code="sven").update(section_id="8A")
    assert ask(north, "asha", "PUT", path, section)[0] == 200
    body = ask(north, "tom", "GET", path)[1]
    assert body["meta"]["total"] == 2
    assert [
        (one["studentId"], one["studentName"], one["sectionId"], one["reason"], one["unlockAt"])
        for one in body["data"]
    ] == [(None, None, "8A", "", None), (lena, "Lena", None, "again", "2026-05-01T04:30:00Z")]
    assert ask(north, "tom", "DELETE", f"{path}?sectionId=8A")[0] == 200
    assert ask(north, "tom", "DELETE", f"{path}?sectionId=8A")[0] == 404
    assert ask(north, "tom", "DELETE", f"{path}?studentId={lena}")[0] == 200
    with tenant_context(north.id):
        assert not LessonOverride.objects.exists()
    for name, expected in (("uma", 403), ("lena", 403), ("pia", 403), ("anil", 403)):
        assert ask(north, name, "GET", path)[0] == expected
        assert ask(north, name, "PUT", path, own)[0] == expected
        assert ask(north, name, "DELETE", f"{path}?studentId={lena}")[0] == expected
    assert ask(south, "asha", "PUT", path, section)[0] == 404


@pytest.mark.parametrize(
    "change",
    [
        {"studentId": None},
        {"sectionId": "8A"},
        {"unlockAt": None},
        {"closesAt": "2026-05-01T00:00:00Z"},
        {"unlockAt": "2026-05-01T10:00:00"},
        {"unlockAt": "9999-12-31T23:59:59-12:00"},
        {"studentId": 2**62},
        {"sectionId": ""},
    ],
)
def test_overrides_that_make_no_sense(twins: Twins, change: dict[str, Any]) -> None:
    north, south = twins
    lesson = lessons_of(north, north.courses["MATH"])[0]
    body = {"studentId": north.people["lena"].pk, "unlockAt": "2026-05-01T00:00:00Z"}
    path = f"/lessons/{lesson.pk}/overrides"
    assert refused(ask(north, "tom", "PUT", path, body | change)) == (400, "VALIDATION_ERROR")
    for stranger in (north.people["tom"].pk, south.people["lena"].pk):
        assert ask(north, "tom", "PUT", path, body | {"studentId": stranger})[0] == 400
    assert ask(north, "tom", "DELETE", path)[0] == 400
