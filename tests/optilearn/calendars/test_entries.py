"""What stands in a calendar, for whom, and at which moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Accommodation, Assignment, Extension
from optilearn.calendars.selectors.entries import calendar_of
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Lesson, LessonOverride
from optilearn.enrollment.models import Enrollment
from optilearn.institutions.models import Holiday
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.opticrm import opticrm_of
from tests.support.quizzes import a_quiz
from tests.support.twins import Twin

NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
SPAN = "from=2026-01-15&to=2026-04-15"


@pytest.fixture
def north(twins: tuple[Twin, Twin]) -> Iterator[Twin]:
    with clock.frozen(NOW), tenant_context(twins[0].id):
        yield twins[0]


def entries(twin: Twin, name: str, span: str = SPAN) -> list[dict[str, Any]]:
    status, body = call("GET", f"/api/me/calendar?{span}", token=token_of(twin, name))
    assert status == 200, body
    found: list[dict[str, Any]] = body["data"]
    return found


def of(found: list[dict[str, Any]], kind: str) -> list[Any]:
    return [one["at"] or (one["startsOn"], one["endsOn"]) for one in found if one["kind"] == kind]


def extend(twin: Twin, due_at: datetime, **whose: Any) -> None:
    assignment = Assignment.objects.get(title="Sums")
    Extension.objects.create(
        assignment=assignment, course=twin.courses["MATH"], due_at=due_at, **whose
    )


def test_a_student_has_the_school_s_days_and_their_own_dates(north: Twin) -> None:
    Holiday.objects.create(name="होली", starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 4))
    found = entries(north, "lena")
    assert [(one["kind"], one["title"], one["isDone"]) for one in found] == [
        ("TERM", "Spring", False),
        ("ASSIGNMENT_DUE", "Sums", True),
        ("HOLIDAY", "होली", False),
    ]
    assert of(found, "TERM") == [("2026-01-12", "2026-04-03")]
    assert of(found, "ASSIGNMENT_DUE") == ["2026-02-01T12:00:00Z"]
    assert found[1]["courseTitle"] == "Math for all"
    assert [one["kind"] for one in entries(north, "sven")] == ["TERM", "HOLIDAY"]


def test_an_extension_moves_the_due_date_of_its_students_alone(north: Twin) -> None:
    Person.objects.filter(pk=north.people["मीरा"].pk).update(section_id="8B")
    extend(north, datetime(2026, 2, 10, 18, tzinfo=UTC), student=north.people["lena"])
    extend(north, datetime(2026, 2, 12, 18, tzinfo=UTC), section_id="8B")
    due = {name: of(entries(north, name), "ASSIGNMENT_DUE") for name in ("lena", "मीरा", "tom")}
    assert due == {
        "lena": ["2026-02-10T18:00:00Z"],
        "मीरा": ["2026-02-12T18:00:00Z"],
        "tom": ["2026-02-01T12:00:00Z"],
    }


def test_a_due_date_that_is_extended_beyond_the_days_is_not_among_them(north: Twin) -> None:
    extend(north, datetime(2026, 2, 10, 18, tzinfo=UTC), student=north.people["lena"])
    assert of(entries(north, "lena", "from=2026-01-25&to=2026-02-05"), "ASSIGNMENT_DUE") == []
    assert len(of(entries(north, "lena", "from=2026-02-10&to=2026-02-10"), "ASSIGNMENT_DUE")) == 1


def test_extra_time_moves_the_close_of_a_quiz(north: Twin) -> None:
    a_quiz(
        north,
        timeLimitSeconds=3600,
        opensAt="2026-02-02T09:00:00Z",
        closesAt="2026-02-02T17:00:00Z",
    )
    Accommodation.objects.create(
        student=north.people["lena"], course=north.courses["MATH"], time_factor="1.5"
    )
    closes = {name: of(entries(north, name), "QUIZ_CLOSES") for name in ("lena", "मीरा", "tom")}
    assert closes == {
        "lena": ["2026-02-02T17:30:00Z"],
        "मीरा": ["2026-02-02T17:00:00Z"],
        "tom": ["2026-02-02T17:00:00Z"],
    }
    found = entries(north, "lena")
    assert of(found, "QUIZ_OPENS") == ["2026-02-02T09:00:00Z"]
    assert of(found, "ASSIGNMENT_DUE") == ["2026-02-01T12:00:00Z"], "a quiz is there once"


def test_lessons_open_by_the_day_of_the_enrollment_across_the_change_of_clocks(
    north: Twin,
) -> None:
    """Lena joined at 09:00 in London in winter; 80 days later it is summer time."""
    lesson = Lesson.objects.get(course=north.courses["MATH"], title="Start")
    Lesson.objects.filter(pk=lesson.pk).update(unlock_after_days=80)
    assert of(entries(north, "lena"), "LESSON_UNLOCKS") == ["2026-04-02T08:00:00Z"]
    assert of(entries(north, "tom"), "LESSON_UNLOCKS") == [], "no day for all"
    LessonOverride.objects.create(
        lesson=lesson, course=lesson.course, student=north.people["lena"],
        unlock_at="2026-03-01T10:00:00Z",
    )  # fmt: skip
    assert of(entries(north, "lena"), "LESSON_UNLOCKS") == ["2026-03-01T10:00:00Z"]
    assert of(entries(north, "मीरा"), "LESSON_UNLOCKS") == ["2026-04-02T08:00:00Z"]


def test_what_a_student_can_not_open_is_not_in_their_calendar(north: Twin) -> None:
    own = Enrollment.objects.filter(student=north.people["lena"])
    own.update(expires_at=datetime(2026, 1, 28, 10, tzinfo=UTC))
    found = entries(north, "lena")
    assert of(found, "ACCESS_ENDS") == ["2026-01-28T10:00:00Z"]
    own.update(expires_at=None, status=Enrollment.Status.WITHDRAWN)
    assert {one["kind"] for one in entries(north, "lena")} == {"TERM"}
    own.update(status=Enrollment.Status.ACTIVE)
    Course.objects.filter(code="MATH").update(status=Course.Status.DRAFT)
    assert {one["kind"] for one in entries(north, "lena")} == {"TERM"}
    assert of(entries(north, "tom"), "ASSIGNMENT_DUE") == []


def test_archived_work_is_gone(north: Twin) -> None:
    lesson = Lesson.objects.get(course=north.courses["MATH"])
    Assignment.objects.filter(title="Sums").update(lesson=lesson)
    Lesson.objects.filter(pk=lesson.pk).update(archived_at=NOW)
    assert of(entries(north, "lena"), "ASSIGNMENT_DUE") == []


def test_parents_see_the_dates_of_the_children_that_opticrm_names(north: Twin) -> None:
    with opticrm_of(north) as server:
        (due,) = (one for one in entries(north, "pia") if one["kind"] == "ASSIGNMENT_DUE")
        assert due["studentId"] == north.people["lena"].pk
        server.schools["north"].children["crm-pia"] = []
        assert {one["kind"] for one in entries(north, "pia")} == {"TERM"}


def test_without_opticrm_a_parent_is_told_so(north: Twin) -> None:
    status, body = call("GET", "/api/me/calendar", token=token_of(north, "pia"))
    assert (status, body["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize(
    ("span", "place"),
    [
        ("from=2026-02-30", "/from"),
        ("from=2026-03-01&to=2026-02-01", "/from"),
        ("from=2026-01-01&to=2027-12-31", "/to"),
        ("to=2027-12-31", "/to"),
        ("from=0001-01-01", "/from"),
        ("to=9999-12-31", "/to"),
    ],
)
def test_days_that_are_none_are_refused(north: Twin, span: str, place: str) -> None:
    status, body = call("GET", f"/api/me/calendar?{span}", token=token_of(north, "lena"))
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert place in str(body["error"]["details"])


def test_days_are_those_of_the_school(twins: tuple[Twin, Twin]) -> None:
    """20:00 in London is the next day in Kolkata."""
    for twin, day in zip(twins, ("2026-02-01", "2026-02-02"), strict=True):
        with clock.frozen(NOW), tenant_context(twin.id):
            Assignment.objects.filter(title="Sums").update(
                due_at=datetime(2026, 2, 1, 20, tzinfo=UTC)
            )
            on = of(entries(twin, "lena", f"from={day}&to={day}"), "ASSIGNMENT_DUE")
            assert on == ["2026-02-01T20:00:00Z"]


def test_the_cost_does_not_grow_with_the_work(north: Twin) -> None:
    lena, zone = north.principal("lena"), ZoneInfo("Europe/London")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            calendar_of(lena, date(2026, 1, 1), date(2026, 6, 30), zone)
        return len(asked)

    first = queries()
    assert first <= 8
    course = north.courses["MATH"]
    for day in range(1, 29):
        Assignment.objects.create(
            course=course, title=f"More {day}", due_at=datetime(2026, 2, day, 9, tzinfo=UTC)
        )
    assert queries() == first
