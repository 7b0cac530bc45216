"""Modules and lessons: their order, their rules, their text, and what a copy takes along."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core.events import subscribe
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.events import RequiredLessonsChanged
from optilearn.courses.models import Course, Lesson, LessonOverride
from optilearn.courses.services.copying import moved
from optilearn.courses.services.richtext import sanitized
from optilearn.files.models import File
from tests.optilearn.courses.test_courses import COURSES, ask, made
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def built(twin: Twin, modules: int = 2, lessons: int = 2) -> dict[str, Any]:
    """A course of Tom's with as many modules of as many lessons; its outline."""
    course = made(twin, code="BUILT", startsOn="2026-01-12", endsOn="2026-04-03")
    for number in range(modules):
        path = f"{COURSES}/{course['id']}/modules"
        _, outline = ask(twin, "tom", "POST", path, {"title": f"M{number}"})
        module = outline["modules"][-1]["id"]
        for each in range(lessons):
            body = {"title": f"L{number}.{each}", "kind": "TEXT"}
            status, data = ask(twin, "tom", "POST", f"/api/modules/{module}/lessons", body)
            assert status == 201, data
    return dict(ask(twin, "tom", "GET", f"{COURSES}/{course['id']}/outline")[1])


def shape(outline: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(m["title"], [x["title"] for x in m["lessons"]]) for m in outline["modules"]]


def order_of(outline: dict[str, Any]) -> dict[str, Any]:
    return {
        "modules": [
            {"id": m["id"], "lessons": [x["id"] for x in m["lessons"]]} for m in outline["modules"]
        ]
    }


class TestOrder:
    def test_modules_and_lessons_move(self, twins: Twins) -> None:
        outline = built(twins[0])
        order = order_of(outline)["modules"]
        first, second = order
        first["lessons"], second["lessons"] = (
            [second["lessons"][1]],
            [
                second["lessons"][0],
                *reversed(first["lessons"]),
            ],
        )
        path = f"{COURSES}/{outline['courseId']}/order"
        status, moved_outline = ask(twins[0], "tom", "PUT", path, {"modules": [second, first]})
        assert status == 200
        assert shape(moved_outline) == [("M1", ["L1.0", "L0.1", "L0.0"]), ("M0", ["L1.1"])]

    def test_an_order_that_misses_or_repeats_something_moves_nothing(self, twins: Twins) -> None:
        outline = built(twins[0])
        other = Lesson
        with tenant_context(twins[0].id):
            strange = other.objects.get(course=twins[0].courses["MATH"]).pk
        good = order_of(outline)["modules"]
        spoilt = [
            [good[0]],
            [good[0], good[0]],
            [good[0], {"id": good[1]["id"], "lessons": good[1]["lessons"][:1]}],
            [good[0], {"id": good[1]["id"], "lessons": [*good[1]["lessons"], strange]}],
            [
                good[0],
                {"id": good[1]["id"], "lessons": [*good[1]["lessons"], good[0]["lessons"][0]]},
            ],
        ]
        path = f"{COURSES}/{outline['courseId']}"
        for modules in spoilt:
            status, error = ask(twins[0], "tom", "PUT", f"{path}/order", {"modules": modules})
            assert (status, error["code"]) == (409, "CONFLICT")
        assert shape(ask(twins[0], "tom", "GET", f"{path}/outline")[1]) == shape(outline)

    def test_it_costs_the_same_at_any_size(self, twins: Twins) -> None:
        counts = []
        for lessons in (1, 8):
            outline = built(twins[0], lessons=lessons)
            path = f"{COURSES}/{outline['courseId']}"
            with CaptureQueriesContext(connection) as queries:
                ask(twins[0], "tom", "PUT", f"{path}/order", order_of(outline))
            counts.append(len(queries))
            with CaptureQueriesContext(connection) as queries:
                ask(twins[0], "tom", "GET", f"{path}/outline")
            counts.append(len(queries))
            assert ask(twins[0], "tom", "DELETE", path)[0] == 200
        assert counts[:2] == counts[2:]


class TestLessons:
    def add(self, twin: Twin, **values: Any) -> tuple[int, Any]:
        outline = built(twin, modules=1, lessons=0)
        path = f"/api/modules/{outline['modules'][0]['id']}/lessons"
        return ask(twin, "tom", "POST", path, {"title": "x", "kind": "TEXT"} | values)

    @pytest.mark.parametrize(
        ("kind", "rule", "threshold"),
        [
            ("TEXT", "MARKED", None),
            ("VIDEO", "WATCHED", 90),
            ("DOCUMENT", "OPENED", None),
            ("QUIZ", "PASSED", None),
            ("ASSIGNMENT", "SUBMITTED", None),
            ("LIVE", "ATTENDED", None),
            ("EMBED", "MARKED", None),
        ],
    )
    def test_each_kind_has_its_rule(
        self, twins: Twins, kind: str, rule: str, threshold: int | None
    ) -> None:
        status, data = self.add(twins[0], kind=kind)
        assert status == 201
        assert (data["completion"], data["completionThreshold"]) == (rule, threshold)

    @pytest.mark.parametrize(
        "values",
        [
            {"kind": "SONG"},
            {"kind": "TEXT", "completion": "WATCHED", "completionThreshold": 50},
            {"kind": "VIDEO", "completion": "WATCHED", "completionThreshold": 101},
            {"kind": "TEXT", "completion": "TIME"},
            {"kind": "LIVE", "completion": "PASSED"},
            {"unlockAt": "2026-02-01T10:00:00Z", "closesAt": "2026-02-01T10:00:00Z"},
            {"unlockAt": "2026-02-01T10:00:00"},
            {"unlockAfterDays": -1},
            {"embedUrl": "javascript:alert(1)"},
            {"embedUrl": "http://plain.example"},
            {"fileId": 10**9},
            {"durationSeconds": 0},
        ],
    )
    def test_bad_values(self, twins: Twins, values: dict[str, Any]) -> None:
        status, error = self.add(twins[0], **values)
        assert (status, error["code"]) == (400, "VALIDATION_ERROR")

    def test_somebody_elses_file_is_not_there(self, twins: Twins) -> None:
        north, south = twins
        files = {}
        for twin, owner in ((north, "uma"), (north, "tom"), (south, "tom")):
            with tenant_context(twin.id):
                files[twin.id, owner] = File.objects.create(
                    owner=twin.people[owner],
                    category="document",
                    key=f"{twin.id}/{owner}",
                    name="a.pdf",
                    content_type="application/pdf",
                    size_bytes=1,
                    status="READY",
                ).pk
        outline = built(north, modules=1, lessons=0)
        path = f"/api/modules/{outline['modules'][0]['id']}/lessons"
        for key, expected in (
            ((north.id, "tom"), 201),
            ((north.id, "uma"), 400),
            ((south.id, "tom"), 400),
        ):
            body = {"title": "x", "kind": "DOCUMENT", "fileId": files[key]}
            assert ask(north, "tom", "POST", path, body)[0] == expected, key

    def test_a_used_lesson_is_archived_and_an_unused_one_is_gone(self, twins: Twins) -> None:
        told: list[int] = []
        subscribe(RequiredLessonsChanged, lambda event: told.append(event.course_id))
        math = twins[0].courses["MATH"].pk
        with tenant_context(twins[0].id):
            used = Lesson.objects.get(course_id=math)
        status, data = ask(twins[0], "tom", "DELETE", f"/api/lessons/{used.pk}")
        assert (status, data) == (200, {"deleted": False, "archived": True})
        assert ask(twins[0], "tom", "DELETE", f"/api/lessons/{used.pk}")[0] == 404
        assert told == [math]
        _, outline = ask(twins[0], "tom", "GET", f"{COURSES}/{math}/outline")
        assert outline["modules"][0]["lessons"] == []
        status, lesson = self.add(twins[0])
        assert ask(twins[0], "tom", "DELETE", f"/api/lessons/{lesson['id']}")[1]["deleted"]

    def test_a_module_with_lessons_stays(self, twins: Twins) -> None:
        outline = built(twins[0], modules=1, lessons=1)
        module = outline["modules"][0]
        assert ask(twins[0], "tom", "DELETE", f"/api/modules/{module['id']}")[0] == 409
        ask(twins[0], "tom", "DELETE", f"/api/lessons/{module['lessons'][0]['id']}")
        assert ask(twins[0], "tom", "DELETE", f"/api/modules/{module['id']}")[0] == 200

    def test_an_archived_course_is_not_built_on(self, twins: Twins) -> None:
        outline = built(twins[0], modules=1, lessons=1)
        path = f"{COURSES}/{outline['courseId']}"
        ask(twins[0], "tom", "POST", f"{path}/status", {"status": "ARCHIVED"})
        assert ask(twins[0], "tom", "POST", f"{path}/modules", {"title": "x"})[0] == 403
        lesson = outline["modules"][0]["lessons"][0]["id"]
        assert ask(twins[0], "tom", "PATCH", f"/api/lessons/{lesson}", {"title": "x"})[0] == 403


class TestCopy:
    def test_the_content_with_its_dates_moved(self, twins: Twins) -> None:
        north, _ = twins  # Europe/London: the clocks change on 29 March 2026
        outline = built(north)
        lesson = outline["modules"][0]["lessons"][0]["id"]
        change = {
            "unlockAt": "2026-03-01T09:00:00Z",
            "closesAt": "2026-03-20T17:30:00Z",
            "content": "<p>नमस्ते</p>",
            "isRequired": False,
        }
        ask(north, "tom", "PATCH", f"/api/lessons/{lesson}", change)
        with tenant_context(north.id):
            LessonOverride.objects.create(
                lesson_id=lesson, course_id=outline["courseId"], section_id="s"
            )
        body = {"code": "AGAIN", "startsOn": "2026-02-09"}
        status, copy = ask(north, "uma", "POST", f"{COURSES}/{outline['courseId']}/copy", body)
        assert status == 201
        assert (copy["status"], copy["endsOn"], copy["title"]) == ("DRAFT", "2026-05-01", "One")
        assert copy["teacher"]["name"] == "Uma"
        _, again = ask(north, "uma", "GET", f"{COURSES}/{copy['id']}/outline")
        assert shape(again) == shape(outline)
        _, first = ask(
            north, "uma", "GET", f"/api/lessons/{again['modules'][0]['lessons'][0]['id']}"
        )
        assert first["unlockAt"] == "2026-03-29T08:00:00Z"  # nine o'clock in summer time
        assert first["closesAt"] == "2026-04-17T16:30:00Z"
        assert (first["content"], first["isRequired"]) == ("<p>नमस्ते</p>", False)
        with tenant_context(north.id):
            assert LessonOverride.objects.count() == 1
            assert Course.objects.get(pk=copy["id"]).starts_on == date(2026, 2, 9)

    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
        st.integers(-800, 800),
        st.sampled_from(["Europe/London", "Asia/Kolkata", "America/New_York", "Asia/Kathmandu"]),
    )
    def test_a_moved_instant_keeps_its_local_time(
        self, instant: datetime, days: int, zone: str
    ) -> None:
        later = moved(instant, days, ZoneInfo(zone))
        assert later is not None
        before, after = instant.astimezone(ZoneInfo(zone)), later.astimezone(ZoneInfo(zone))
        skipped = (before.replace(tzinfo=None).time()) != after.replace(tzinfo=None).time()
        if not skipped:
            assert (after.date() - before.date()).days == days
        else:  # only a time that the clocks skip can change, by the hour they skip
            assert after.utcoffset() != before.utcoffset()

    def test_it_costs_the_same_at_any_size(self, twins: Twins) -> None:
        counts = []
        for lessons in (1, 9):
            outline = built(twins[0], lessons=lessons)
            path = f"{COURSES}/{outline['courseId']}"
            with CaptureQueriesContext(connection) as queries:
                _, copy = ask(twins[0], "tom", "POST", f"{path}/copy", {"code": f"X{lessons}"})
            counts.append(len(queries))
            for gone in (path, f"{COURSES}/{copy['id']}"):
                assert ask(twins[0], "tom", "DELETE", gone)[0] == 200
        assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p onclick=x()>a<script>alert(1)</script></p>", "<p>a</p>"),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer nofollow">x</a>'),
        ('<img src=x onerror="alert(1)">', '<img src="x">'),
        ("<iframe src=//evil></iframe><svg onload=x>", ""),
        ("<style>p{}</style><p style='x'>नमस्ते</p>", "<p>नमस्ते</p>"),
        ("<math><mtext></p><img src=x onerror=x>", ""),
        ("<b>unclosed", "<b>unclosed</b>"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("", ""),
    ],
)
def test_rich_text_can_not_act(html: str, kept: str) -> None:
    assert sanitized(html) == kept


@given(st.text())
def test_what_is_sanitised_stays_as_it_is(html: str) -> None:
    once = sanitized(html)
    assert sanitized(once) == once
