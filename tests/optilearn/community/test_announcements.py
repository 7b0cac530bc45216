"""Announcements: written for an audience, found by it alone, changed with a history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.community.announcements import rules
from optilearn.community.announcements.schemas import AnnouncementQuery
from optilearn.community.announcements.selectors import announcements as listed
from optilearn.community.models import Announcement, AnnouncementVersion
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.people.models import Person
from tests.optilearn.community.announcing import post, seen_by
from tests.support.community import NOON, School
from tests.support.twins import PEOPLE, Twin

OTHERS = [name for name, (kind, _role) in PEOPLE.items() if kind != "PARENT"]
"""Everybody but the parent, whose children are asked of OptiCRM."""


def place(school: School, name: str, **facts: str) -> None:
    with school.inside():
        Person.objects.filter(code=name).update(**facts)


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ({"isForEveryone": True}, [n for n in OTHERS if n != "asha"]),
        ({"roles": ["TEACHER", "LIBRARIAN"]}, ["lila", "tom", "uma"]),
        ({"sectionIds": ["6A"]}, ["lena"]),
        ({"classIds": ["6"]}, ["lena", "मीरा"]),
        ({"classIds": ["6"], "roles": ["FINANCE"]}, ["finn", "lena", "मीरा"]),
    ],
)
def test_it_is_found_by_its_audience_alone(
    twins: tuple[Twin, Twin], audience: dict[str, Any], readers: list[str]
) -> None:
    north, south = map(School, twins)
    for school in (north, south):
        place(school, "lena", class_id="6", section_id="6A")
        place(school, "मीरा", class_id="6", section_id="6B")
    post(north, **audience)
    assert seen_by(north, *OTHERS) == [name for name in OTHERS if name in readers]
    assert seen_by(south, *OTHERS) == []


def test_of_a_course_its_teachers_and_active_students_find_it(school: School) -> None:
    courses = {code: course.pk for code, course in school.twin.courses.items()}
    post(school, courseIds=[courses["MATH"]])
    assert seen_by(school, *OTHERS) == ["tom", "lena", "मीरा"]
    lena = school.twin.enrollments[0].pk
    for facts in ({"status": "WITHDRAWN"}, {"status": "ACTIVE", "expires_at": NOON}):
        with school.inside():
            Enrollment.objects.filter(pk=lena).update(**facts)
        assert seen_by(school, "lena", "मीरा") == ["मीरा"]
    with school.inside():
        Course.objects.filter(code="MATH").update(status="DRAFT")
    assert seen_by(school, *OTHERS) == ["tom"]
    post(school, courseIds=[courses["ART"]])
    assert seen_by(school, "uma", "tom") == ["uma", "tom"]  # Tom is a co-teacher


def test_who_left_the_school_finds_nothing(school: School) -> None:
    key = post(school, isForEveryone=True)
    place(school, "lena", status="INACTIVE")
    assert seen_by(school, "मीरा") == ["मीरा"]
    assert school.ask("lena", "GET", f"announcements/{key}")[0] in {401, 403, 404}


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"isForEveryone": True}, (403, "FORBIDDEN")),
        ({"roles": ["STUDENT"]}, (403, "FORBIDDEN")),
        ({"courseIds": ["ART", "MATH"], "classIds": ["6"]}, (403, "FORBIDDEN")),
        ({"courseIds": []}, (403, "FORBIDDEN")),
    ],
)
def test_teachers_announce_to_their_own_courses(
    school: School, wanted: dict[str, Any], refusal: tuple[int, str]
) -> None:
    if "courseIds" in wanted:
        own = [school.twin.courses[code].pk for code in wanted["courseIds"]]
        wanted = wanted | {"courseIds": own}
    body = {"title": "Test", "text": "On Monday"} | wanted
    assert school.refused("tom", "POST", "announcements", **body) == refusal
    both = [course.pk for course in school.twin.courses.values()]
    assert post(school, "tom", courseIds=both)
    assert school.refused(
        "uma", "POST", "announcements", title="Test", text="On Monday", courseIds=both
    ) == (403, "FORBIDDEN")


def test_what_is_not_there_can_not_be_addressed(twins: tuple[Twin, Twin]) -> None:
    north, south = map(School, twins)
    theirs = [south.twin.courses["MATH"].pk]
    for wanted, refusal in (
        ({"courseIds": theirs}, (404, "NOT_FOUND")),
        ({"sectionIds": ["6A", "nowhere"]}, (400, "/sectionIds")),
        ({"classIds": ["nowhere"]}, (400, "/classIds")),
        ({}, (400, "")),
        ({"isForEveryone": True, "expiresAt": "2026-03-02T12:00:00Z"}, (400, "/expiresAt")),
    ):
        body: dict[str, Any] = {"title": "Test", "text": "On Monday", **wanted}
        assert north.refused("asha", "POST", "announcements", **body) == refusal
    key = post(south, isForEveryone=True)
    for method, part in (("GET", ""), ("PUT", "/read"), ("GET", "/receipts"), ("PATCH", "")):
        body = {"title": "Ours"} if method == "PATCH" else {}
        path = f"announcements/{key}{part}"
        assert north.refused("asha", method, path, **body) == (404, "NOT_FOUND")


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "<p> </p>", "<script>alert(1)</script>"])
def test_a_text_has_something_in_it(school: School, text: str) -> None:
    body = {"title": "Test", "isForEveryone": True, "text": text}
    assert school.refused("asha", "POST", "announcements", **body)[0] == 400
    with school.inside():
        assert not Announcement.objects.exists()


def test_texts_are_harmless_and_as_they_were_written(school: School) -> None:
    text = '<p onclick="x()">खेल दिवस<script>alert(1)</script> <b>शुक्रवार</b></p>'
    key = post(school, title="खेल दिवस", text=text, isForEveryone=True)
    found = school.done("lena", "GET", f"announcements/{key}")
    assert (found["title"], found["text"]) == (
        "खेल दिवस",
        "<p>खेल दिवस <b>शुक्रवार</b></p>",
    )
    assert school.done("lena", "GET", "announcements")[0]["preview"] == "खेल दिवस शुक्रवार"
    for name, length in (("title", 201), ("text", 50_001)):
        body = {"title": "Test", "text": "Text", "isForEveryone": True, name: "x" * length}
        assert school.refused("asha", "POST", "announcements", **body)[0] == 400


def test_a_change_leaves_the_earlier_text_as_a_version(school: School) -> None:
    key = post(school, "tom", courseIds=[school.twin.courses["MATH"].pk])
    school.now += timedelta(hours=1)
    path = f"announcements/{key}"
    school.done("asha", "PATCH", path, title="Sports day, moved")
    school.done("tom", "PATCH", path, title="Sports day, moved", isPinned=True)
    found = school.done("tom", "GET", f"{path}/versions")
    assert [(one["number"], one["title"], one["author"]["name"]) for one in found] == [
        (2, "Sports day, moved", "Asha"),
        (1, "Sports day", "Tom"),
    ]
    seen = school.done("lena", "GET", path)
    assert (seen["title"], seen["isPinned"]) == ("Sports day, moved", True)
    assert seen["editedAt"] == "2026-03-02T13:00:00Z"


def test_the_audience_is_fixed_once_it_is_published(school: School) -> None:
    key = post(school, roles=["TEACHER"])
    for change in ({"roles": ["STUDENT"]}, {"includeParents": True}, {"publishAt": None}):
        path = f"announcements/{key}"
        assert school.refused("asha", "PATCH", path, **change) == (409, "CONFLICT")
    later = post(school, roles=["TEACHER"], publishAt="2026-03-03T12:00:00Z")
    school.done("asha", "PATCH", f"announcements/{later}", roles=[], sectionIds=[], classIds=[],
                courseIds=[school.twin.courses["MATH"].pk])  # fmt: skip
    found = school.done("asha", "GET", f"announcements/managed/{later}")
    assert (found["roles"], found["courseIds"]) == ([], [school.twin.courses["MATH"].pk])
    assert school.refused("asha", "PATCH", f"announcements/{later}", courseIds=[]) == (400, "")


def test_what_is_withdrawn_is_gone_for_good(school: School) -> None:
    key = post(school, isForEveryone=True)
    for _ in range(2):
        assert school.done("asha", "POST", f"announcements/{key}/withdraw")["status"] == "WITHDRAWN"
    assert school.refused("lena", "GET", f"announcements/{key}") == (404, "NOT_FOUND")
    assert school.refused("asha", "PATCH", f"announcements/{key}", title="Again") == (
        409,
        "CONFLICT",
    )
    assert [one["id"] for one in school.done("asha", "GET", "announcements/managed")] == [key]


def test_what_is_over_is_gone(school: School) -> None:
    key = post(school, isForEveryone=True, expiresAt="2026-03-02T14:00:00Z")
    assert seen_by(school, "lena") == ["lena"]
    school.now += timedelta(hours=2)
    assert seen_by(school, "lena") == []
    with school.inside():
        found = Announcement.objects.get(pk=key)
        for moment in (school.now - timedelta(seconds=1), school.now):
            assert rules.is_shown(found.status, found.expires_at, moment) is (moment < school.now)
    school.done("asha", "PATCH", f"announcements/{key}", expiresAt=None)
    assert seen_by(school, "lena") == ["lena"]


def test_a_request_that_is_sent_again_changes_nothing(school: School) -> None:
    first = post(school, isForEveryone=True, requestId="one")
    assert post(school, isForEveryone=True, requestId="one", title="Other") == first
    assert post(school, isForEveryone=True, requestId="two") != first
    with school.inside():
        assert AnnouncementVersion.objects.count() == Announcement.objects.count() == 2


def test_pinned_ones_come_first_then_the_newest_page_by_page(school: School) -> None:
    keys = []
    for number in range(5):
        school.now += timedelta(minutes=1)
        keys.append(post(school, isForEveryone=True, title=f"{number}", isPinned=number == 1))
    pages = [
        school.done("lena", "GET", f"announcements?perPage=2&page={page}") for page in (1, 2, 3)
    ]
    assert [one["title"] for page in pages for one in page] == ["1", "4", "3", "2", "0"]
    course = school.twin.courses["MATH"].pk
    post(school, "tom", courseIds=[course])
    (only,) = school.done("lena", "GET", f"announcements?courseId={course}")
    assert only["author"]["name"] == "Tom"


def test_a_list_takes_one_query_however_long_it_is(school: School) -> None:
    def count() -> int:
        principal = school.twin.principal("lena")
        query = AnnouncementQuery(per_page=100)
        with (
            tenant_context(school.twin.id),
            frozen(school.now),
            CaptureQueriesContext(connection) as asked,
        ):
            rows, total = listed(principal, query)
            assert len(rows) == total
        return len(asked)

    post(school, isForEveryone=True)
    few = count()
    for _ in range(20):
        post(school, isForEveryone=True)
    assert count() == few == 1
