"""The reports of finalize scripts: in order and out of it, doubled, late, forged."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from optilearn.core import clock
from optilearn.core.tenancy.context import current_institution_id
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from optilearn.live.models import Recording
from optilearn.live.recordings.services import file_arrived
from tests.support.jibri import MP4, JibriServer
from tests.support.live_classes import Classroom
from tests.support.recordings import REPORT, Studio, leases

Jibris = tuple[JibriServer, JibriServer]
READY = "LIVE_CLASS_RECORDING_READY"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def recorded(studio: Studio, **values: Any) -> tuple[int, str]:
    """A class whose recording has been stopped, and its session."""
    key = studio.room.started(**values)
    studio.press(key)
    assert studio.stop(key) == (200, {"status": "PROCESSING"})
    return key, studio.row(key).session_id


def test_from_the_stop_to_the_file(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    lesson = north.a_lesson()
    key, session_id = recorded(studio, lessonId=lesson.pk)
    assert (jibris[0].job, leases()) == (None, {})
    _, data = studio.announce(
        session_id, room=jibris[0].jobs[0]["callParams"]["callUrlInfo"]["callName"]
    )
    upload = data["upload"]
    assert upload["headers"] == {"Content-Type": "video/mp4", "If-None-Match": "*"}
    assert studio.send(upload) == 200
    assert studio.report(session_id) == (200, {"done": True})
    row = studio.row(key)
    with north.inside():
        file = File.objects.get(pk=row.file_id)
    course = north.twin.courses["MATH"].pk
    start = f"lms/{north.twin.id}/courses/{course}/lessons/{lesson.pk}/recordings/"
    assert file.key.startswith(start)
    assert (file.status, file.is_kept, file.owner_id, file.size_bytes) == (
        "READY",
        True,
        None,
        len(MP4),
    )
    assert studio.status(key) == "READY"
    (notice,) = north.notices(READY)
    assert notice.data["sessionId"] == key


def test_each_report_again_changes_nothing(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key, session_id = recorded(studio)
    first = studio.announce(session_id)[1]["upload"]
    assert studio.announce(session_id)[1]["upload"]["url"] == first["url"]
    assert studio.send(first) == 200
    assert studio.send(first) == 409
    for _ in range(3):
        assert studio.report(session_id)[0] == 200
        assert studio.announce(session_id) == (200, {"upload": None})
    assert studio.report(session_id, "failed") == (200, {"done": True})
    assert studio.status(key) == "READY"
    assert len(north.notices(READY)) == 1
    with north.inside():
        assert File.objects.filter(category="recordings").count() == 1


def test_a_film_that_comes_before_anybody_knows_of_a_stop(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key = north.started()
    studio.press(key)
    studio.bring(studio.row(key).session_id)
    assert studio.status(key) == "READY"
    assert leases() == {}
    assert studio.stop(key) == (200, {"status": "READY"})
    assert "stopService" not in jibris[0].calls
    assert studio.press(key)[1]["alreadyRecording"] is False
    assert studio.status(key) == "RECORDING"


def test_uploaded_before_anything_was_sent(studio: Studio, jibris: Jibris) -> None:
    key, session_id = recorded(studio)
    assert studio.report(session_id)[0] == 409
    upload = studio.announce(session_id)[1]["upload"]
    assert studio.report(session_id)[0] == 409
    assert studio.send(upload) == 200
    assert studio.report(session_id)[0] == 200
    assert studio.status(key) == "READY"


def test_there_is_no_film(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    key, session_id = recorded(studio)
    for _ in range(2):
        assert studio.report(session_id, "failed", failure="NO_MEDIA")[0] == 200
    assert (studio.row(key).status, studio.row(key).failure) == ("FAILED", "NO_MEDIA")
    assert studio.announce(session_id) == (200, {"upload": None})
    assert studio.report(session_id)[0] == 200
    assert studio.status(key) == "FAILED"
    assert north.notices(READY) == []
    assert studio.press(key)[0] == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 4 * 1024**3 + 1},
        {"size": 0},
        {"contentType": "text/html"},
        {"room": "another-room"},
    ],
)
def test_a_film_that_is_not_taken(studio: Studio, jibris: Jibris, changes: dict[str, Any]) -> None:
    key, session_id = recorded(studio)
    assert studio.announce(session_id, **changes) == (200, {"upload": None})
    assert (studio.row(key).status, studio.row(key).failure) == ("FAILED", "REFUSED")


def test_a_film_that_is_none(north: Classroom, studio: Studio, jibris: Jibris) -> None:
    key, session_id = recorded(studio)
    page = b"<html>" + b" " * (len(MP4) - 6)
    assert studio.send(studio.announce(session_id)[1]["upload"], page) == 200
    assert studio.report(session_id)[0] == 200
    assert (studio.row(key).status, studio.row(key).failure) == ("FAILED", "REFUSED")
    assert north.notices(READY) == []


@pytest.mark.parametrize("path", [REPORT, f"{REPORT}/upload"])
@pytest.mark.parametrize("minutes", [-6, 6])
def test_old_and_early_reports_are_refused(
    north: Classroom, studio: Studio, jibris: Jibris, path: str, minutes: int
) -> None:
    key, session_id = recorded(studio)
    at = north.now + timedelta(minutes=minutes)
    status, error = studio.post(path, {"sessionId": session_id}, at=at)
    assert (status, error["code"]) == (401, "AUTH_REQUIRED")
    assert studio.post(path, {"sessionId": session_id}, secret=OTHER_SECRET)[0] == 401
    assert studio.status(key) == "PROCESSING"


@pytest.mark.parametrize("path", [REPORT, f"{REPORT}/upload"])
def test_unsigned_and_unset(studio: Studio, jibris: Jibris, settings: Any, path: str) -> None:
    answer = Client().post(path, "{}", content_type="application/json")
    assert answer.status_code == 401
    settings.RECORDING_WEBHOOK_SECRETS = ()
    answer = Client().post(path, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        "null",
        '{"type": 7, "data": {}}',
        '{"type": "recording.uploaded"}',
        '{"sessionId": "x", "contentType": "video/mp4", "size": -1}',
        '{"sessionId": "", "contentType": "video/mp4", "size": 1}',
        '{"type": "recording.failed", "data": {"sessionId": "x", "failure": "LAZY"}}',
        json.dumps({"type": "x" * 20_000, "data": {"sessionId": "1"}}),
    ],
)
def test_what_is_no_report(studio: Studio, jibris: Jibris, body: str) -> None:
    for path in (REPORT, f"{REPORT}/upload"):
        assert studio.post(path, body)[0] == 400


@pytest.mark.parametrize(
    "session_id",
    [
        "unknown",
        "1-" + "0" * 32,
        "999999999-" + "0" * 32,
        "-1-" + "0" * 32,
        "9" * 30 + "-" + "0" * 32,
        "१-" + "0" * 32,
        "' OR 1=1 --",
        "../../etc/passwd",
        "a\0b",
    ],
)
def test_sessions_that_are_not_known(studio: Studio, jibris: Jibris, session_id: str) -> None:
    assert current_institution_id() is None
    assert studio.announce(session_id) == (200, {"upload": None})
    assert studio.report(session_id) == (200, {"done": False})
    assert studio.report(session_id, "failed") == (200, {"done": True})


def test_reports_of_another_kind_are_taken_and_mean_nothing(studio: Studio, jibris: Jibris) -> None:
    key, session_id = recorded(studio)
    assert studio.report(session_id, "applauded") == (200, {"done": True})
    assert studio.status(key) == "PROCESSING"


def test_a_film_that_comes_after_its_time_is_taken_all_the_same(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key, session_id = recorded(studio)
    north.pass_minutes(29)
    studio.tick()
    assert studio.status(key) == "PROCESSING"
    north.pass_minutes(1)
    studio.tick()
    assert (studio.row(key).status, studio.row(key).failure) == ("FAILED", "TIMED_OUT")
    studio.tick()
    studio.bring(session_id)
    assert (studio.row(key).status, studio.row(key).failure) == ("READY", "")
    assert len(north.notices(READY)) == 1


def test_a_film_that_is_on_its_way_has_longer(
    north: Classroom, studio: Studio, jibris: Jibris, settings: Any
) -> None:
    settings.RECORDING_TIMEOUT_MINUTES = 90
    key, session_id = recorded(studio)
    studio.announce(session_id)
    north.pass_minutes(89)
    studio.tick()
    assert studio.status(key) == "PROCESSING"
    north.pass_minutes(1)
    studio.tick()
    assert studio.row(key).failure == "TIMED_OUT"


def test_an_address_whose_file_was_swept_is_given_anew(
    north: Classroom, studio: Studio, jibris: Jibris
) -> None:
    key, session_id = recorded(studio)
    studio.announce(session_id)
    north.pass_minutes(25 * 60)
    with north.inside():
        assert sweep_orphans() == 1
    assert studio.report(session_id)[0] == 409
    studio.bring(session_id)
    assert studio.status(key) == "READY"


def test_a_school_whose_storage_is_full_gets_its_film_once_there_is_room(
    north: Classroom, studio: Studio, jibris: Jibris, settings: Any
) -> None:
    key, session_id = recorded(studio)
    before, settings.QUOTA_SCHOOL_MB = settings.QUOTA_SCHOOL_MB, 0
    assert studio.announce(session_id)[0] == 409
    settings.QUOTA_SCHOOL_MB = before
    studio.bring(session_id)
    assert studio.status(key) == "READY"


def test_a_notice_that_fails_leaves_the_recording_to_the_next_report(
    north: Classroom, studio: Studio, jibris: Jibris, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, session_id = recorded(studio)
    assert studio.send(studio.announce(session_id)[1]["upload"]) == 200
    with monkeypatch.context() as patched:
        patched.setattr(
            "optilearn.live.recordings.services.receiving.publish", lambda _event: 1 / 0
        )
        with pytest.raises(ZeroDivisionError), clock.frozen(north.now):
            file_arrived(session_id)
    assert studio.status(key) == "PROCESSING"
    assert studio.report(session_id)[0] == 200
    assert studio.status(key) == "READY"
    assert len(north.notices(READY)) == 1


def test_a_session_says_whose_it_is(
    north: Classroom, south: Classroom, studio: Studio, other: Studio, jibris: Jibris
) -> None:
    key, session_id = recorded(studio)
    south.now = north.now
    forged = session_id.replace(f"{north.twin.id}-", f"{south.twin.id}-")
    assert studio.announce(forged) == (200, {"upload": None})
    studio.bring(session_id)
    with south.inside():
        assert Recording.objects.count() == 0
        assert File.objects.filter(category="recordings").count() == 0
    assert south.notices(READY) == []
    assert studio.status(key) == "READY"
