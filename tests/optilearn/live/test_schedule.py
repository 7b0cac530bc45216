"""Scheduling, moving and cancelling live classes, and who hears of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.courses.models import Course, Lesson, Module
from optilearn.enrollment.models import Enrollment
from optilearn.live.models import LiveClass
from optilearn.notifications.audiences import LearnersOf
from optilearn.notifications.delivery.recipients import resolve
from tests.support.live_classes import NOW, START, Classroom

WEEKLY = {"startsAt": "2026-03-16T10:00", "rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4"}
SCHEDULED = "LIVE_CLASS_SCHEDULED"
CANCELLED = "LIVE_CLASS_CANCELLED"


def starts(room: Classroom) -> list[str]:
    return [one.starts_at.isoformat()[5:16] for one in room.classes()]


def test_a_class_is_scheduled_and_announced_once(north: Classroom) -> None:
    found = north.schedule()
    assert (found["title"], found["host"]["name"], found["status"]) == (
        "Fractions",
        "Tom",
        "SCHEDULED",
    )
    assert (found["thresholdPercent"], found["isHost"], found["rule"]) == (75, True, None)
    (notice,) = north.notices(SCHEDULED)
    assert notice.data["moreClasses"] == 0
    assert notice.audience == {"kind": "LearnersOf", "course_id": north.twin.courses["MATH"].pk}
    seen = north.done("lena", "GET", f"live-classes/{found['id']}")
    assert (seen["isHost"], seen["isOpen"], seen["opensAt"]) == (
        False,
        False,
        "2026-03-02T09:50:00Z",
    )


def test_it_is_announced_to_those_whose_enrollment_opens_lessons(north: Classroom) -> None:
    course = north.twin.courses["MATH"]
    lena, meera = (north.twin.people[name].pk for name in ("lena", "मीरा"))
    with north.inside():
        own = Enrollment.objects.filter(course=course)
        own.filter(student_id=lena).update(status="COMPLETED")
        assert resolve(LearnersOf(course.pk)) == sorted([lena, meera])
        own.filter(student_id=meera).update(expires_at=NOW)
        assert resolve(LearnersOf(course.pk)) == [lena]
        own.filter(student_id=lena).update(status="WITHDRAWN")
        assert resolve(LearnersOf(course.pk)) == []


def test_a_series_keeps_the_time_of_the_clock_and_the_length(
    north: Classroom, south: Classroom
) -> None:
    first = north.schedule(**WEEKLY)
    assert starts(north) == ["03-16T10:00", "03-23T10:00", "03-30T09:00", "04-06T09:00"]
    assert {one.ends_at - one.starts_at for one in north.classes()} == {timedelta(hours=1)}
    assert len({one.room for one in north.classes()}) == 4
    assert first["rule"] == "FREQ=WEEKLY;BYDAY=MO;WKST=MO;BYHOUR=10;BYMINUTE=0;BYSECOND=0"
    (notice,) = north.notices(SCHEDULED)
    assert (notice.data["sessionId"], notice.data["moreClasses"]) == (first["id"], 3)
    south.schedule(**WEEKLY)
    assert starts(south) == ["03-16T04:30", "03-23T04:30", "03-30T04:30", "04-06T04:30"]


def test_an_instant_is_taken_as_it_is_and_a_local_time_by_the_school_s_clock(
    south: Classroom,
) -> None:
    assert (
        south.schedule(startsAt="2026-03-16T10:00:30+01:00")["startsAt"] == "2026-03-16T09:00:00Z"
    )
    assert south.schedule(startsAt="2026-03-16T10:00")["startsAt"] == "2026-03-16T04:30:00Z"


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"startsAt": (NOW - timedelta(hours=1)).isoformat()}, "/startsAt"),
        ({"rule": "FREQ=WEEKLY;BYDAY=MO"}, "/rule"),
        ({"rule": "FREQ=DAILY;COUNT=9999"}, "/rule"),
        ({"rule": "FREQ=SECONDLY;COUNT=2"}, "/rule"),
    ],
)
def test_what_cannot_be_a_class_is_refused_with_its_place(
    north: Classroom, values: dict[str, Any], path: str
) -> None:
    given = {"title": "Fractions", "startsAt": START.isoformat(), "minutes": 60} | values
    course = north.twin.courses["MATH"].pk
    status, error = north.ask("tom", "POST", f"courses/{course}/live-classes", **given)
    assert (status, error["code"], error["details"]) == (400, "VALIDATION_ERROR", [{"path": path}])
    assert north.classes() == []


def test_lessons_and_hosts_are_of_the_course(north: Classroom, south: Classroom) -> None:
    path = f"courses/{north.twin.courses['MATH'].pk}/live-classes"
    given = {"title": "Fractions", "startsAt": START.isoformat(), "minutes": 60}
    lesson, foreign = north.a_lesson(), south.a_lesson()
    with north.inside():
        text = Lesson.objects.get(course=north.twin.courses["MATH"], kind="TEXT")
        art = north.twin.courses["ART"]
        other = Lesson.objects.create(
            course=art, module=Module.objects.get(course=art), title="A", kind="LIVE", position=2
        )
    people, strangers = north.twin.people, south.twin.people
    for values, expected in (
        ({"lessonId": lesson.pk}, 201),
        ({"lessonId": text.pk}, 400),
        ({"lessonId": other.pk}, 400),
        ({"lessonId": foreign.pk}, 404),
        ({"hostId": people["tom"].pk}, 201),
        ({"hostId": people["uma"].pk}, 400),
        ({"hostId": people["lena"].pk}, 400),
        ({"hostId": strangers["tom"].pk}, 404),
    ):
        assert north.ask("tom", "POST", path, **(given | values))[0] == expected, values
    assert north.schedule("asha")["host"]["name"] == "Tom"
    with north.inside():
        Course.objects.filter(code="MATH").update(status="ARCHIVED")
    assert north.ask("tom", "POST", path, **given)[0] == 409


def test_a_lesson_with_a_class_is_archived_not_deleted(north: Classroom) -> None:
    lesson = north.a_lesson()
    north.schedule(lessonId=lesson.pk)
    assert north.done("tom", "DELETE", f"lessons/{lesson.pk}")["archived"] is True


def test_one_class_moves_and_students_hear_of_each_move(north: Classroom) -> None:
    key = north.schedule(**WEEKLY)["id"]
    path = f"live-classes/{key}"
    for time in ("11:00", "10:00", "11:00"):
        north.done("tom", "PATCH", path, startsAt=f"2026-03-16T{time}")
    assert starts(north) == ["03-16T11:00", "03-23T10:00", "03-30T09:00", "04-06T09:00"]
    assert len({one.dedupe for one in north.notices(SCHEDULED)}) == 4
    north.done("tom", "PATCH", path, startsAt="2026-03-16T11:00", title="Powers")
    assert len(north.notices(SCHEDULED)) == 4
    assert north.classes()[0].title == "Powers"


def test_this_and_the_following_move_on_the_wall_clock(north: Classroom) -> None:
    north.schedule(**WEEKLY)
    second = north.classes()[1]
    north.done(
        "tom",
        "PATCH",
        f"live-classes/{second.pk}",
        startsAt="2026-03-24T12:30",
        minutes=30,
        scope="FOLLOWING",
    )
    assert starts(north) == ["03-16T10:00", "03-24T12:30", "03-31T11:30", "04-07T11:30"]
    lengths = [(one.ends_at - one.starts_at) // timedelta(minutes=1) for one in north.classes()]
    assert lengths == [60, 30, 30, 30]
    notice = north.notices(SCHEDULED)[-1]
    assert (notice.data["sessionId"], notice.data["moreClasses"]) == (second.pk, 2)


def test_classes_that_are_over_or_cancelled_stay_as_they_are(north: Classroom) -> None:
    north.schedule(**WEEKLY)
    first, second, third, fourth = north.classes()
    with north.inside():
        LiveClass.objects.filter(pk=first.pk).update(status="ENDED")
    north.done("tom", "POST", f"live-classes/{third.pk}/cancel")
    status, error = north.ask("tom", "PATCH", f"live-classes/{first.pk}", title="No")
    assert (status, error["details"]) == (409, {"status": "ENDED"})
    assert north.ask("tom", "POST", f"live-classes/{first.pk}/cancel")[0] == 409
    assert north.ask("tom", "PATCH", f"live-classes/{third.pk}", title="No")[0] == 409
    north.done("tom", "PATCH", f"live-classes/{second.pk}", title="New", scope="ALL")
    assert [one.title for one in north.classes()] == ["Fractions", "New", "Fractions", "New"]
    north.done("tom", "POST", f"live-classes/{second.pk}/cancel", scope="ALL")
    assert [one.status for one in north.classes()] == ["ENDED"] + ["CANCELLED"] * 3
    first_notice, second_notice = north.notices(CANCELLED)
    assert (first_notice.data["sessionId"], first_notice.data["moreClasses"]) == (third.pk, 0)
    assert (second_notice.data["sessionId"], second_notice.data["moreClasses"]) == (second.pk, 1)
    assert fourth.status == "SCHEDULED"


def test_cancelling_twice_tells_nobody_twice(north: Classroom) -> None:
    key = north.schedule()["id"]
    for _ in range(2):
        assert north.done("tom", "POST", f"live-classes/{key}/cancel")["status"] == "CANCELLED"
    assert len(north.notices(CANCELLED)) == 1


def test_a_failed_change_leaves_neither_the_change_nor_the_notice(north: Classroom) -> None:
    key = north.schedule(**WEEKLY)["id"]
    past = (NOW - timedelta(days=1)).isoformat()
    path = f"live-classes/{key}"
    assert north.ask("tom", "PATCH", path, startsAt=past, scope="ALL")[0] == 400
    assert starts(north)[0] == "03-16T10:00"
    assert len(north.notices(SCHEDULED)) == 1


def test_the_list_takes_the_same_queries_at_any_length(north: Classroom) -> None:
    course = north.twin.courses["MATH"].pk

    def queries(name: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            north.done(name, "GET", f"courses/{course}/live-classes?status=SCHEDULED")
        return len(found)

    north.schedule()
    before = queries("tom"), queries("lena")
    north.schedule(**WEEKLY)
    assert (queries("tom"), queries("lena")) == before
    later = datetime(2026, 3, 29, tzinfo=UTC).isoformat().replace("+", "%2B")
    found = north.done("lena", "GET", f"courses/{course}/live-classes?since={later}")
    assert [one["startsAt"] for one in found] == ["2026-03-30T09:00:00Z", "2026-04-06T09:00:00Z"]


def test_strangers_see_no_class(north: Classroom, south: Classroom) -> None:
    key = north.schedule()["id"]
    course = north.twin.courses["MATH"].pk
    for path in (f"live-classes/{key}", f"courses/{course}/live-classes"):
        assert north.ask("sven", "GET", path)[0] == 403
        assert north.ask("pia", "GET", path)[0] == 403
        assert north.ask("uma", "GET", path)[0] == 403
        assert south.ask("tom", "GET", path)[0] == 404
        assert south.ask("lena", "GET", path)[0] == 404
    assert south.ask("tom", "POST", f"live-classes/{key}/cancel")[0] == 404
