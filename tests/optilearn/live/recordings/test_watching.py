"""Who may watch recordings, and how they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.enrollment.models import Enrollment
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from optilearn.live.models import Recording
from optilearn.live.recordings.selectors import recorded_classes, recordings_of_class
from optilearn.live.recordings.services import purge_recordings
from tests.support.jibri import MP4, JibriServer
from tests.support.live_classes import Classroom
from tests.support.recordings import Studio

Jibris = tuple[JibriServer, JibriServer]


def ready(studio: Studio, **values: Any) -> tuple[int, int]:
    """A class with a recording, and the recording."""
    key = studio.room.started(**values)
    studio.press(key)
    studio.stop(key)
    studio.bring(studio.row(key).session_id)
    return key, studio.row(key).pk


def test_students_of_the_course_watch_it(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    lesson = north.a_lesson()
    key, recording = ready(studio, lessonId=lesson.pk)
    for path in (f"live-classes/{key}/recordings", f"lessons/{lesson.pk}/recordings"):
        (found,) = north.done("lena", "GET", path)
        assert (found["id"], found["status"], found["sizeBytes"], found["failure"]) == (
            recording,
            "READY",
            len(MP4),
            None,
        )
    address = north.done("lena", "GET", f"recordings/{recording}/url")
    assert address["url"].startswith("http://testserver/api/files/objects/")
    path = address["url"].removeprefix("http://testserver")
    with clock.frozen(north.now):
        response = Client().get(path, headers={"Range": "bytes=0-11"})
        assert (response.status_code, b"".join(response)) == (206, MP4[:12])  # type: ignore[arg-type]
        assert "Fractions.mp4" in response["Content-Disposition"]
        north.pass_minutes(61)
    with clock.frozen(north.now):
        assert Client().get(path).status_code == 403


def test_nobody_else_does(
    north: Classroom, south: Classroom, studio: Studio, jibris: Jibris
) -> None:
    lesson = north.a_lesson()
    key, recording = ready(studio, lessonId=lesson.pk)
    with north.inside():
        file = studio.row(key).file_id
    south.now = north.now
    paths = (
        f"live-classes/{key}/recordings",
        f"lessons/{lesson.pk}/recordings",
        f"recordings/{recording}/url",
        f"files/{file}/url",
    )
    for path in paths:
        assert north.ask("lena", "GET", path)[0] == 200
        assert north.ask("tom", "GET", path)[0] == 200
        assert north.ask("sven", "GET", path)[0] in {403, 404}
        assert north.ask("pia", "GET", path)[0] in {403, 404}
        assert north.ask("uma", "GET", path)[0] in {403, 404}
        assert south.ask("asha", "GET", path)[0] == 404
    with north.inside():
        Enrollment.objects.filter(student__code="lena").update(status="WITHDRAWN")
    assert {north.ask("lena", "GET", path)[0] for path in paths} <= {403, 404}


def test_a_locked_lesson_locks_its_recordings(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    lesson = north.a_lesson()
    key, recording = ready(studio, lessonId=lesson.pk)
    with north.inside():
        lesson.closes_at = north.now - timedelta(minutes=1)
        lesson.save()
    for path in (
        f"live-classes/{key}/recordings",
        f"lessons/{lesson.pk}/recordings",
        f"recordings/{recording}/url",
    ):
        status, error = north.ask("lena", "GET", path)
        assert (status, error["code"]) == (403, "LESSON_LOCKED")
        assert north.ask("tom", "GET", path)[0] == 200


def test_students_see_what_they_can_watch_and_hosts_all(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key = north.started()
    studio.press(key)
    studio.stop(key)
    studio.report(studio.row(key).session_id, "failed")
    failed = studio.row(key).pk
    studio.press(key)
    path = f"live-classes/{key}/recordings"
    assert north.done("lena", "GET", path) == []
    found = north.done("tom", "GET", path)
    assert [(one["status"], one["failure"]) for one in found] == [
        ("FAILED", "NO_MEDIA"),
        ("RECORDING", None),
    ]
    assert north.ask("tom", "GET", f"recordings/{failed}/url")[0] == 404


def test_a_host_removes_a_recording_for_good(
    north: Classroom, south: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key, recording = ready(studio)
    path = f"recordings/{recording}"
    south.now = north.now
    assert north.ask("lena", "DELETE", path)[0] == 403
    assert north.ask("uma", "DELETE", path)[0] == 403
    assert south.ask("asha", "DELETE", path)[0] == 404
    with north.inside():
        assert recorded_classes([key]) == {key}
    assert north.done("tom", "DELETE", path) == {"done": True}
    assert north.ask("tom", "DELETE", path)[0] == 404
    assert studio.status(key) == "NONE"
    with north.inside():
        assert recorded_classes([key]) == set()
    north.pass_minutes(1)
    with north.inside():
        assert sweep_orphans() == 1
        assert not File.objects.filter(category="recordings").exists()


def test_what_is_going_on_is_not_removed(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    key = north.started()
    studio.press(key)
    assert north.ask("tom", "DELETE", f"recordings/{studio.row(key).pk}")[0] == 409


def test_recordings_end_after_their_time(
    north: Classroom, studio: Studio, jibris: Jibris, settings: Any
) -> None:
    settings.RECORDING_KEEP_DAYS = 30
    key, _ = ready(studio)
    studio.press(key)
    north.pass_minutes(30 * 24 * 60 - 1)
    with north.inside():
        assert purge_recordings() == 0
    north.pass_minutes(2)
    with north.inside():
        assert [purge_recordings(), purge_recordings()] == [1, 0]
        assert list(Recording.objects.values_list("status", flat=True)) == ["RECORDING"]
    north.pass_minutes(1)
    with north.inside():
        assert sweep_orphans() == 1


@pytest.mark.parametrize("number", [1, 6])
def test_the_list_costs_the_same_however_long_it_is(
    north: Classroom, studio: Studio, jibris: Jibris, number: int
) -> None:
    key = north.started()
    for _ in range(number):
        studio.press(key)
        studio.stop(key)
        studio.bring(studio.row(key).session_id)
    with north.inside(), CaptureQueriesContext(connection) as found:
        rows = recordings_of_class(north.twin.principal("tom"), key)
    assert len(rows) == number
    assert len(found) == 3
