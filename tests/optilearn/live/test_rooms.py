"""Rooms: who gets a token, when, and what is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from optilearn.core.errors import AppError
from optilearn.live.services import Report, enter_room, report_presence
from optilearn.live.tokens import Participant, room_token
from optilearn.people.models import Person
from tests.support.live_classes import NOW, SECRET, START, Classroom


def join(room: Classroom, name: str, key: int) -> tuple[int, Any]:
    return room.ask(name, "POST", f"live-classes/{key}/join")


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(
        token,
        SECRET,
        algorithms=["HS256"],
        audience="optilearn",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    return found


@pytest.mark.usefixtures("jitsi")
def test_a_student_gets_a_member_s_token_for_this_room_alone(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START - timedelta(minutes=10)
    status, entry = join(north, "lena", key)
    assert status == 200
    (found,) = north.classes()
    assert (entry["room"], entry["url"]) == (found.room, f"https://meet.example.org/{found.room}")
    assert entry["expiresAt"] == "2026-03-02T11:30:00Z"
    assert len(found.room) == 32
    assert set(found.room) <= set("0123456789abcdef")
    assert jwt.get_unverified_header(entry["token"]) == {"alg": "HS256", "typ": "JWT"}
    lena, now = north.twin.people["lena"], int(north.now.timestamp())
    assert claims_of(entry["token"]) == {
        "iss": "optilearn",
        "aud": "optilearn",
        "sub": "*",
        "room": found.room,
        "iat": now,
        "nbf": now - 60,
        "exp": int((START + timedelta(minutes=90)).timestamp()),
        "context": {
            "user": {
                "id": str(lena.pk),
                "name": "Lena",
                "moderator": "false",
                "affiliation": "member",
            },
            "features": {
                "screen-sharing": "true",
                "send-groupchat": "true",
                "create-polls": "false",
                "moderation": "false",
                "recording": "false",
                "livestreaming": "false",
                "transcription": "false",
                "file-upload": "false",
                "inbound-call": "false",
                "outbound-call": "false",
                "sip-inbound-call": "false",
                "sip-outbound-call": "false",
            },
        },
    }


@pytest.mark.usefixtures("jitsi")
def test_managers_are_moderators(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START
    for name in ("tom", "asha"):
        context = claims_of(join(north, name, key)[1]["token"])["context"]
        assert (context["user"]["moderator"], context["user"]["affiliation"]) == ("true", "owner")
        assert context["features"]["moderation"] == "true"
        assert context["features"]["recording"] == "false"


@pytest.mark.parametrize("name", ['Lena "The \\ Quote" O\'Neil </script>', "मीरा शर्मा", "", "😀"])
def test_names_of_every_kind_are_strings_in_the_token(name: str) -> None:
    token = room_token(
        app_id="optilearn",
        secret=SECRET,
        room="abc",
        participant=Participant(7, name, "", is_host=False),
        now=NOW,
        expires_at=START,
    )
    user = claims_of(token)["context"]["user"]
    assert user.get("name", "") == name
    assert "email" not in user
    assert all(isinstance(value, str) and value for value in user.values())


@pytest.mark.usefixtures("jitsi")
def test_the_name_and_the_address_are_those_of_today(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START
    with north.inside():
        Person.objects.filter(pk=north.twin.people["lena"].pk).update(
            name='लेना "L"', email="lena@example.org"
        )
    user = claims_of(join(north, "lena", key)[1]["token"])["context"]["user"]
    assert (user["name"], user["email"]) == ('लेना "L"', "lena@example.org")


@pytest.mark.usefixtures("jitsi")
def test_the_room_is_open_around_the_class(north: Classroom) -> None:
    key = north.schedule()["id"]
    for minutes, student, host in (
        (-61, 409, 409),
        (-11, 409, 200),
        (-10, 200, 200),
        (89, 200, 200),
    ):
        north.now = START + timedelta(minutes=minutes)
        assert join(north, "lena", key)[0] == student, minutes
        assert join(north, "tom", key)[0] == host, minutes
    north.now = START + timedelta(minutes=-11)
    details = join(north, "lena", key)[1]["details"]
    assert details == {"status": "SCHEDULED", "opensAt": "2026-03-02T09:50:00Z"}
    north.now = START + timedelta(minutes=90)
    assert join(north, "tom", key)[0] == 409


@pytest.mark.usefixtures("jitsi")
def test_nobody_enters_what_is_cancelled_or_over(north: Classroom) -> None:
    cancelled = north.schedule()["id"]
    north.done("tom", "POST", f"live-classes/{cancelled}/cancel")
    over = north.started()
    north.done("tom", "POST", f"live-classes/{over}/end")
    for key, word in ((cancelled, "canceled"), (over, "over")):
        for name in ("lena", "tom"):
            status, error = join(north, name, key)
            assert status == 409
            assert word in error["message"]
            assert north.report(name, key, "JOIN") == 409
    assert north.ask("tom", "POST", f"live-classes/{cancelled}/start")[0] == 409


@pytest.mark.usefixtures("jitsi")
def test_a_class_of_a_lesson_opens_with_the_lesson(north: Classroom) -> None:
    lesson = north.a_lesson(unlock_at=START + timedelta(minutes=5))
    key = north.schedule(lessonId=lesson.pk)["id"]
    north.now = START
    status, error = join(north, "lena", key)
    assert (status, error["code"]) == (403, "LESSON_LOCKED")
    north.pass_minutes(5)
    assert join(north, "lena", key)[0] == 200
    with north.inside():
        lesson.archived_at = north.now
        lesson.save()
    assert join(north, "lena", key)[0] == 200


@pytest.mark.usefixtures("jitsi")
def test_strangers_get_no_token(north: Classroom, south: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = south.now = START
    for name in ("sven", "pia", "uma", "anil"):
        assert join(north, name, key)[0] == 403, name
    for name in ("lena", "tom", "asha"):
        assert join(south, name, key)[0] == 404
        assert south.report(name, key, "JOIN") == 404
    assert north.report("sven", key, "JOIN") == 403


def test_without_a_video_server_it_says_so(north: Classroom) -> None:
    key = north.schedule()["id"]
    north.now = START
    status, error = join(north, "lena", key)
    assert (status, error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "video server" in error["message"]


@pytest.mark.usefixtures("jitsi")
def test_nobody_is_in_a_class_as_somebody_else(north: Classroom) -> None:
    key = north.schedule()["id"]
    acting = replace(north.twin.principal("lena"), actor_id=north.twin.people["asha"].pk)
    north.now = START
    report = Report(UUID(int=1), UUID(int=2), "JOIN")
    with north.inside(), pytest.raises(AppError, match="as somebody else"):
        enter_room(principal=acting, class_id=key)
    with north.inside(), pytest.raises(AppError, match="as somebody else"):
        report_presence(principal=acting, class_id=key, report=report)
