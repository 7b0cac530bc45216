"""Who may record what, by which Jibri, and what is left when none takes the job."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.live.models import JibriLease, Recording
from tests.support.jibri import Fault, JibriServer
from tests.support.live_classes import Classroom
from tests.support.recordings import Studio, leases

Jibris = tuple[JibriServer, JibriServer]


def test_a_host_records_a_class(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    key = north.started()
    assert studio.status(key) == "NONE"
    status, data = studio.press(key)
    assert (status, data["alreadyRecording"]) == (201, False)
    first, second = jibris
    row = studio.row(key)
    assert (row.status, row.pk, row.started_by_id) == (
        "RECORDING",
        data["recordingId"],
        north.twin.people["tom"].pk,
    )
    assert first.calls == ["health", "startService"]
    with north.inside():
        room = row.live_class.room
    assert first.jobs == [
        {
            "sessionId": row.session_id,
            "callParams": {
                "callUrlInfo": {"baseUrl": "https://meet.example.org", "callName": room}
            },
            "callLoginParams": {
                "domain": "recorder.meet.example.org",
                "username": "recorder",
                "password": "a recorder's password",
            },
            "sinkType": "file",
        }
    ]
    assert second.calls == []
    assert leases() == {first.url: row.session_id}
    assert studio.status(key) == "RECORDING"


def test_the_second_press_finds_it_recording(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key = north.started()
    _, data = studio.press(key)
    status, again = studio.press(key, "asha")
    assert (status, again) == (
        200,
        {"recordingId": data["recordingId"], "alreadyRecording": True},
    )
    assert len(jibris[0].jobs) == 1


def test_who_may_not(
    north: Classroom, south: Classroom, studio: Studio, other: Studio, jibris: Jibris
) -> None:
    key = north.started()
    south.now = north.now
    for who, name, expected in (
        (studio, "lena", 403),
        (studio, "uma", 403),
        (other, "tom", 404),
        (other, "asha", 404),
    ):
        assert who.press(key, name)[0] == expected
        assert who.stop(key, name)[0] == expected
    assert jibris[0].calls == []
    assert studio.status(key) == "NONE"


@pytest.mark.parametrize("end", ["not started", "ended", "cancelled"])
def test_only_a_class_that_goes_on(
    north: Classroom, studio: Studio, jibris: Jibris, end: str
) -> None:
    key = north.schedule()["id"]
    if end == "cancelled":
        north.done("tom", "POST", f"live-classes/{key}/cancel")
    if end == "ended":
        key = north.started()
        north.done("tom", "POST", f"live-classes/{key}/end")
    status, error = studio.press(key)
    assert (status, error["code"]) == (409, "CONFLICT")
    assert jibris[0].calls == []


def test_without_jibris(north: Classroom, studio: Studio, settings: Any) -> None:
    settings.JIBRI_URLS = ()
    key = north.started()
    status, error = studio.press(key)
    assert (status, error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert studio.status(key) == "NONE"
    assert studio.stop(key) == (200, {"status": "NONE"})


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.MISSING, Fault.RACED])
def test_the_next_jibri_takes_what_the_first_refuses(
    north: Classroom, studio: Studio, jibris: Jibris, fault: Fault
) -> None:
    first, second = jibris
    first.faults.set(fault)
    key = north.started()
    assert studio.press(key)[0] == 201
    assert first.calls == ["health", "startService"]
    assert leases() == {second.url: studio.row(key).session_id}


@pytest.mark.parametrize(
    "fault", [Fault.UNHEALTHY, Fault.EXPIRED, Fault.ERROR, Fault.NONSENSE, Fault.DROP]
)
def test_a_jibri_that_is_not_well_is_not_asked(
    north: Classroom, studio: Studio, jibris: Jibris, fault: Fault
) -> None:
    first, second = jibris
    first.health_faults.set(fault)
    key = north.started()
    assert studio.press(key)[0] == 201
    assert first.calls == ["health"]
    assert list(leases()) == [second.url]


def test_a_jibri_that_hangs_is_stopped_before_the_next_is_asked(
    north: Classroom, studio: Studio, jibris: Jibris, settings: Any
) -> None:
    settings.JIBRI_READ_SECONDS = 1.5
    first, second = jibris
    first.faults.set(Fault.TAKE_AND_HANG, 1)
    key = north.started()
    assert studio.press(key)[0] == 201
    assert first.calls == ["health", "startService", "stopService"]
    assert first.job is None
    row = studio.row(key)
    assert row.session_id == second.jobs[0]["sessionId"] != first.jobs[0]["sessionId"]
    assert leases() == {second.url: row.session_id}


def test_one_that_hangs_for_good_keeps_its_lease_until_it_is_stopped(
    north: Classroom, studio: Studio, jibris: Jibris, settings: Any
) -> None:
    settings.JIBRI_READ_SECONDS = 1.5
    first, second = jibris
    first.faults.plan = lambda number, _: Fault.TAKE_AND_HANG if number == 1 else Fault.HANG
    key = north.started()
    assert studio.press(key)[0] == 201
    lost = first.jobs[0]["sessionId"]
    assert leases() == {first.url: lost, second.url: studio.row(key).session_id}
    first.faults.plan = None
    settings.JIBRI_READ_SECONDS = 10.0
    studio.tick()
    assert first.job is not None, "its stop may still be on its way"
    north.pass_minutes(1.1)
    studio.tick()
    assert first.job is None
    assert leases() == {second.url: studio.row(key).session_id}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.RACED, {"busy": 2}),
        (Fault.ERROR, {"unreachable": 2}),
        (Fault.MISSING, {"misconfigured": 2}),
    ],
)
def test_when_no_jibri_takes_it_nothing_is_left(
    north: Classroom, studio: Studio, jibris: Jibris, fault: Fault, words: dict[str, int]
) -> None:
    for one in jibris:
        one.faults.set(fault)
    key = north.started()
    status, error = studio.press(key)
    assert (status, error["code"], error["details"]) == (
        503,
        "SERVICE_UNAVAILABLE",
        {"recorders": words},
    )
    assert ("in use" in error["message"]) == (fault is Fault.RACED)
    assert (leases(), studio.status(key)) == ({}, "NONE")
    for one in jibris:
        one.faults.set(None)
    assert studio.press(key)[0] == 201


def test_jibris_that_are_down(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    for one in jibris:
        one.stop()
    key = north.started()
    assert studio.press(key)[1]["details"] == {"recorders": {"unreachable": 2}}
    assert leases() == {}


def test_two_schools_never_share_a_jibri(
    north: Classroom, south: Classroom, studio: Studio, other: Studio, jibris: Jibris
) -> None:
    first, second = jibris
    ours, theirs = north.started(), south.started()
    assert (studio.press(ours)[0], other.press(theirs)[0]) == (201, 201)
    assert leases() == {
        first.url: studio.row(ours).session_id,
        second.url: other.row(theirs).session_id,
    }
    assert first.calls == ["health", "startService"], "a lease is enough to leave it alone"
    third = north.started()
    assert studio.press(third)[1]["details"] == {"recorders": {"busy": 2}}


def test_a_stop_after_the_jibri_went_to_another_class_stops_nothing(
    north: Classroom, south: Classroom, studio: Studio, other: Studio, jibris: Jibris
) -> None:
    first, second = jibris
    second.stop()
    ours = north.started()
    studio.press(ours)
    lost = studio.row(ours)
    # The room was left, and the lease ran out with nobody looking.
    first.job = None
    south.now = north.now + timedelta(hours=3)
    with clock.frozen(south.now):
        assert JibriLease.objects.get().expires_at < clock.now()
    theirs = int(south.schedule(startsAt=(south.now + timedelta(minutes=5)).isoformat())["id"])
    south.done("tom", "POST", f"live-classes/{theirs}/start")
    assert other.press(theirs)[0] == 201
    north.now = south.now
    assert studio.stop(ours) == (200, {"status": "PROCESSING"})
    studio.tick()
    assert "stopService" not in first.calls
    assert first.job == first.jobs[1]
    assert first.job["sessionId"] == other.row(theirs).session_id != lost.session_id
    assert other.status(theirs) == "RECORDING"


def test_a_lease_that_is_over_takes_no_jibri_that_is_at_work(
    north: Classroom, south: Classroom, studio: Studio, other: Studio, jibris: Jibris
) -> None:
    first, second = jibris
    second.stop()
    studio.press(north.started())
    south.now = north.now + timedelta(hours=3)
    theirs = int(south.schedule(startsAt=(south.now + timedelta(minutes=5)).isoformat())["id"])
    south.done("tom", "POST", f"live-classes/{theirs}/start")
    assert other.press(theirs)[1]["details"] == {"recorders": {"busy": 1, "unreachable": 1}}
    assert first.job is not None
    assert first.calls.count("startService") == 1
    with south.inside():
        assert Recording.objects.count() == 0
