"""Live classes stand in calendars from their start to their end."""

from __future__ import annotations

from typing import Any

from django.test import Client

from optilearn.calendars.services import create_feed
from optilearn.core import clock
from optilearn.enrollment.models import Enrollment
from tests.support.live_classes import Classroom
from tests.support.twins import Twin

SPAN = "from=2026-03-01&to=2026-04-30"


def live_classes(room: Classroom, name: str) -> list[dict[str, Any]]:
    found = room.done(name, "GET", f"me/calendar?{SPAN}")
    return [one for one in found if one["kind"] == "LIVE_CLASS"]


def feed_of(room: Classroom, path: str) -> str:
    with clock.frozen(room.now):
        return Client().get(path).content.decode()


def test_students_and_teachers_of_the_course_have_it(twins: tuple[Twin, Twin]) -> None:
    north = Classroom(twins[0])
    key = north.schedule(rule="FREQ=WEEKLY;BYDAY=MO;COUNT=2")["id"]
    for name, student in (("lena", twins[0].people["lena"].pk), ("tom", None)):
        first, second = live_classes(north, name)
        assert (first["at"], first["endsAt"]) == ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")
        assert (first["liveClassId"], first["studentId"], first["isDone"]) == (key, student, False)
        assert second["at"] == "2026-03-09T10:00:00Z"
    for name in ("sven", "uma"):
        assert live_classes(north, name) == []
    assert live_classes(Classroom(twins[1]), "lena") == []
    with north.inside():
        Enrollment.objects.filter(student__code="lena").update(status="WITHDRAWN")
    assert live_classes(north, "lena") == []


def test_what_is_cancelled_is_gone_and_what_is_over_done(twins: tuple[Twin, Twin]) -> None:
    north = Classroom(twins[0])
    north.done("tom", "POST", f"live-classes/{north.schedule()['id']}/cancel")
    key = north.started()
    north.done("tom", "POST", f"live-classes/{key}/end")
    assert [(one["liveClassId"], one["isDone"]) for one in live_classes(north, "lena")] == [
        (key, True)
    ]


def test_a_feed_has_its_end_counts_its_moves_and_cancels_it(twins: tuple[Twin, Twin]) -> None:
    north = Classroom(twins[0])
    key = north.schedule(title="भिन्न")["id"]
    with north.inside():
        path = f"/api/calendars/{create_feed(principal=north.twin.principal('lena'))}.ics"
    event = feed_of(north, path).partition(f"UID:live-class-{key}-")[2].partition("END:VEVENT")[0]
    assert "DTSTART:20260302T100000Z\r\nDTEND:20260302T110000Z" in event
    assert ("SEQUENCE:0" in event, "TRANSP:OPAQUE" in event, "भिन्न" in event) == (True,) * 3
    north.done("tom", "PATCH", f"live-classes/{key}", minutes=30)
    event = feed_of(north, path).partition(f"UID:live-class-{key}-")[2].partition("END:VEVENT")[0]
    assert ("SEQUENCE:1" in event, "DTEND:20260302T103000Z" in event) == (True, True)
    north.done("tom", "POST", f"live-classes/{key}/cancel")
    event = feed_of(north, path).partition(f"UID:live-class-{key}-")[2].partition("END:VEVENT")[0]
    assert ("SEQUENCE:2" in event, "STATUS:CANCELLED" in event) == (True, True)
