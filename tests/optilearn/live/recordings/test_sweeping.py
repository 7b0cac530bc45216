"""Killed starts, dead jobs, stops that fail, classes that end while they are recorded."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.live.models import Recording
from optilearn.live.recordings.services import starting
from tests.support.jibri import Fault, JibriServer
from tests.support.live_classes import START, Classroom
from tests.support.recordings import Studio, leases

Jibris = tuple[JibriServer, JibriServer]


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def killed_at(monkeypatch: pytest.MonkeyPatch, studio: Studio, key: int, name: str) -> None:
    """Tom presses record, and the process ends as it would call that function."""

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(starting, name, dies)
        with pytest.raises(Killed), studio.room.inside():
            starting.start(principal=studio.room.twin.principal("tom"), class_id=key)


def test_a_start_that_was_killed_after_the_jibri_began_goes_on(
    north: Classroom, studio: Studio, jibris: Jibris, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = north.started()
    killed_at(monkeypatch, studio, key, "_confirm")
    assert (studio.status(key), jibris[0].job is None) == ("PENDING", False)
    assert studio.press(key)[1]["alreadyRecording"] is True
    studio.tick()
    assert studio.status(key) == "PENDING", "it may still be starting"
    north.pass_minutes(2)
    studio.tick()
    assert studio.status(key) == "RECORDING"
    studio.stop(key)
    assert jibris[0].job is None
    studio.bring(studio.row(key).session_id)
    assert studio.status(key) == "READY"


@pytest.mark.parametrize("name", ["_find_jibri", "_ask", "_take"])
def test_a_start_that_was_killed_before_has_failed(
    north: Classroom,
    studio: Studio,
    jibris: Jibris,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    key = north.started()
    killed_at(monkeypatch, studio, key, name)
    north.pass_minutes(2)
    for _ in range(2):
        studio.tick()
        assert (studio.row(key).status, studio.row(key).failure) == ("FAILED", "NOT_STARTED")
        assert leases() == {}
    assert studio.press(key)[0] == 201


def test_a_killed_start_that_is_stopped_meanwhile(
    north: Classroom, studio: Studio, jibris: Jibris, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = north.started()
    killed_at(monkeypatch, studio, key, "_confirm")
    assert studio.stop(key) == (200, {"status": "PROCESSING"})
    studio.tick()
    assert jibris[0].job is not None, "it may still be starting"
    north.pass_minutes(2)
    studio.tick()
    assert (jibris[0].job, leases()) == (None, {})


def test_a_stop_while_it_starts_is_carried_out_by_the_start(
    north: Classroom, studio: Studio, jibris: Jibris, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = north.started()
    ask = starting._ask

    def and_stopped(*given: Any) -> None:
        ask(*given)
        assert studio.stop(key) == (200, {"status": "PROCESSING"})
        assert jibris[0].job is not None

    monkeypatch.setattr(starting, "_ask", and_stopped)
    assert studio.press(key)[0] == 201
    assert (jibris[0].job, leases()) == (None, {})
    assert studio.status(key) == "PROCESSING"


def test_a_stop_while_no_jibri_takes_it_leaves_nothing(
    north: Classroom, studio: Studio, jibris: Jibris, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = north.started()
    for one in jibris:
        one.faults.set(Fault.RACED)
    ask = starting._ask

    def and_stopped(*given: Any) -> None:
        studio.stop(key)
        ask(*given)

    monkeypatch.setattr(starting, "_ask", and_stopped)
    assert studio.press(key)[0] == 503
    assert (studio.status(key), leases()) == ("NONE", {})


def test_a_job_that_died_is_no_recording_any_more(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    first, _ = jibris
    key = north.started()
    studio.press(key)
    first.job = None  # Chrome crashed: nothing is written, and nobody is called
    studio.tick()
    assert studio.status(key) == "RECORDING", "it may still be starting"
    north.pass_minutes(2)
    studio.tick()
    assert (studio.status(key), leases()) == ("PROCESSING", {})
    assert studio.press(key)[1]["alreadyRecording"] is False
    north.pass_minutes(30)
    studio.tick()
    with north.inside():
        found = Recording.objects.order_by("id").values_list("status", "failure")
        assert list(found) == [("FAILED", "TIMED_OUT"), ("RECORDING", "")]


def test_a_jibri_that_cannot_be_asked_goes_on_recording(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key = north.started()
    studio.press(key)
    north.pass_minutes(2)
    jibris[0].health_faults.set(Fault.ERROR)
    studio.tick()
    assert studio.status(key) == "RECORDING"


@pytest.mark.parametrize("by", ["host", "time"])
def test_a_class_that_ends_ends_its_recording(
    north: Classroom, studio: Studio, jibris: Jibris, by: str
) -> None:
    key = north.started()
    studio.press(key)
    if by == "host":
        north.pass_minutes(60)
        north.done("tom", "POST", f"live-classes/{key}/end")
    else:
        north.pass_minutes(90)
        north.tick()
    assert studio.status(key) == "PROCESSING"
    assert jibris[0].job is not None, "no transaction waits for a Jibri"
    studio.tick()
    assert (jibris[0].job, leases()) == (None, {})
    studio.bring(studio.row(key).session_id)
    assert studio.status(key) == "READY"


def test_a_stop_that_fails_is_repeated(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    first, _ = jibris
    key = north.started()
    studio.press(key)
    north.pass_minutes(5)
    first.faults.set(Fault.ERROR)
    assert studio.stop(key) == (200, {"status": "PROCESSING"})
    assert first.url in leases()
    studio.tick()
    assert first.calls.count("stopService") == 1, "the first stop may still be on its way"
    north.pass_minutes(1.1)
    studio.tick()
    first.faults.set(None)
    assert first.calls.count("stopService") == 2
    north.pass_minutes(1.1)
    studio.tick()
    assert (first.job, leases()) == (None, {})


def test_the_film_s_arrival_frees_no_jibri_that_is_being_stopped(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    """Otherwise the next class gets the Jibri, and the stop that is on its way ends that one."""
    first, _ = jibris
    key = north.started()
    studio.press(key)
    north.pass_minutes(5)
    first.faults.set(Fault.DROP)
    studio.stop(key)
    studio.announce(studio.row(key).session_id)
    assert first.url in leases()


def test_a_jibri_that_the_operator_took_away_is_forgotten(
    north: Classroom, studio: Studio, jibris: Jibris, settings: Any
) -> None:
    key = north.started()
    studio.press(key)
    north.pass_minutes(5)
    settings.JIBRI_URLS = (jibris[1].url,)
    studio.stop(key)
    assert leases() == {}
    assert "stopService" not in jibris[0].calls


def test_one_school_s_worker_leaves_the_other_s_recordings(
    north: Classroom, south: Classroom, studio: Studio, other: Studio, jibris: Jibris
) -> None:
    key = north.started()
    studio.press(key)
    studio.stop(key)
    studio.press(key)
    south.now = START
    south.pass_minutes(600)
    other.tick()
    assert studio.status(key) == "RECORDING"
    assert list(leases()) == [jibris[0].url]
    assert jibris[0].job is not None
