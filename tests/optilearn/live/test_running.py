"""The passing of time: reminders, classes that nobody ends, workers that are killed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optilearn.live.models import Attendance, LiveClass
from optilearn.live.services import end_overdue
from optilearn.notifications.delivery.due import DueDelivery
from optilearn.notifications.delivery.outdated import outdated
from tests.support.live_classes import START, Classroom
from tests.support.waiting import waiting

STARTING = "LIVE_CLASS_STARTING"


def status_of(room: Classroom, key: int) -> str:
    with room.inside():
        return LiveClass.objects.get(pk=key).status


def test_students_are_reminded_ten_minutes_before_once(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START - timedelta(minutes=11)
    assert north.tick() == (0, 0)
    north.pass_minutes(1)
    assert [north.tick()[0] for _ in range(3)] == [1, 0, 0]
    (notice,) = north.notices(STARTING)
    assert notice.data["sessionId"] == key
    assert notice.expires_at == START + timedelta(hours=1)


def test_a_moved_class_is_announced_again(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START - timedelta(minutes=5)
    assert north.tick()[0] == 1
    later = (START + timedelta(hours=2)).isoformat()
    north.done("tom", "PATCH", f"live-classes/{key}", startsAt=later)
    assert north.tick()[0] == 0
    north.now = START + timedelta(hours=2)
    assert north.tick()[0] == 1
    assert len(north.notices(STARTING)) == 2


def test_nobody_is_reminded_of_what_is_cancelled_or_over(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.done("tom", "POST", f"live-classes/{key}/cancel")
    north.schedule()
    north.now = START + timedelta(hours=1)
    assert north.tick() == (0, 0)
    assert north.notices(STARTING) == []


def test_a_class_that_nobody_ends_is_ended_half_an_hour_later_as_planned(north: Classroom) -> None:
    key = north.started()
    north.report("lena", key, "JOIN")
    north.now = START + timedelta(minutes=89)
    assert north.tick()[1] == 0
    north.pass_minutes(1)
    assert [north.tick()[1] for _ in range(2)] == [1, 0]
    with north.inside():
        found = LiveClass.objects.get(pk=key)
        lena = Attendance.objects.get(live_class=found, student__code="lena")
    assert (found.status, found.ended_at) == ("ENDED", START + timedelta(hours=1))
    assert (lena.status, lena.present_seconds) == ("PRESENT", 3600)
    assert len(north.notices("PARENT_CHILD_ABSENT")) == 1


def test_a_class_without_its_teacher_did_not_take_place(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START
    north.report("lena", key, "JOIN")
    north.now = START + timedelta(hours=2)
    assert north.tick()[1] == 1
    assert (status_of(north, key), north.attendance(key)) == ("ENDED", {})
    assert north.notices("PARENT_CHILD_ABSENT") == []


def test_a_host_in_the_room_is_enough(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START
    north.report("lena", key, "JOIN")
    north.report("tom", key, "JOIN")
    north.now = START + timedelta(hours=2)
    north.tick()
    assert north.attendance(key) == {"lena": "PRESENT", "मीरा": "ABSENT"}


def test_a_class_that_starts_after_its_plan_counts_as_it_was_held(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START + timedelta(minutes=65)
    north.done("tom", "POST", f"live-classes/{key}/start")
    north.report("lena", key, "JOIN")
    north.now = START + timedelta(minutes=90)
    north.tick()
    assert north.attendance(key) == {"lena": "PRESENT", "मीरा": "ABSENT"}


def test_a_worker_that_is_killed_before_the_notices_leaves_all_to_the_next(
    north: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = north.started()
    broken = north.schedule(startsAt=START.isoformat())["id"]
    north.now = START + timedelta(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr("optilearn.live.services.attendance.publish", lambda _event: 1 / 0)
        assert north.tick()[1] == 1  # the one that nobody held is told to nobody
    assert (status_of(north, key), status_of(north, broken)) == ("LIVE", "ENDED")
    assert north.attendance(key) == {}
    assert north.tick()[1] == 1
    assert len(north.attendance(key)) == 2
    assert len(north.notices("PARENT_CHILD_ABSENT")) == 2


def test_one_institution_s_worker_leaves_the_other_s_classes(
    north: Classroom, south: Classroom
) -> None:
    key = north.started()
    south.now = START + timedelta(hours=5)
    with south.inside():
        assert end_overdue() == 0
    assert status_of(north, key) == "LIVE"


def test_messages_that_waited_are_not_sent_when_they_are_untrue(north: Classroom) -> None:
    key = north.started()
    north.pass_minutes(60)
    north.done("tom", "POST", f"live-classes/{key}/end")
    meera = north.twin.people["मीरा"].pk
    messages = [
        _waiting(north, 1, "LIVE_CLASS_SCHEDULED", {"sessionId": key, "startsAt": START}),
        _waiting(north, 2, "PARENT_CHILD_ABSENT", {"sessionId": key, "childId": meera}),
        _waiting(north, 3, "PARENT_CHILD_ABSENT", {"sessionId": key, "childId": 10**9}),
    ]
    with north.inside():
        assert outdated(messages) == {1, 3}
    other = north.schedule(startsAt=(north.now + timedelta(hours=1)).isoformat())
    for delivery, starts_at in ((1, other["startsAt"]), (2, START.isoformat())):
        messages = [
            _waiting(
                north,
                delivery,
                "LIVE_CLASS_SCHEDULED",
                {"sessionId": other["id"], "startsAt": starts_at},
            )
        ]
        with north.inside():
            assert outdated(messages) == ({2} if delivery == 2 else set())


def _waiting(room: Classroom, number: int, key: str, data: dict[str, Any]) -> DueDelivery:
    """A delivery that has waited for an hour."""
    given = {
        name: value.isoformat() if name == "startsAt" and not isinstance(value, str) else value
        for name, value in data.items()
    }
    return waiting(number, key, given, at=room.now)
