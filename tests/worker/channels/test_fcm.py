"""Every row of FCM's table of errors, answered by a real server on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.fcm import PROJECT, Fault, FcmServer
from tests.support.loopback import Answer
from worker.channels.push.fcm import Fcm
from worker.channels.push.message import Device, Push
from worker.channels.push.outcomes import DeviceOutcome, DeviceStatus
from worker.channels.push.payload import MAX_BYTES

pytestmark = pytest.mark.slow

PLATFORMS = ("ANDROID", "IOS", "WEB")


@pytest.fixture(scope="module")
def running() -> Iterator[FcmServer]:
    with FcmServer() as server:
        yield server


@pytest.fixture
def server(running: FcmServer) -> FcmServer:
    running.pushed.clear()
    running.tokens.clear()
    running.faults.set(None)
    running.faults.plan = None
    running.oauth_fault = None
    running.revoked = set()
    running.asked = running.grants = 0
    return running


@pytest.fixture
def fcm(server: FcmServer, timeout: float) -> Iterator[Fcm]:
    made = Fcm(server.credentials, server.url, timeout)
    yield made
    made.close()


def push(*platforms: str, **other: Any) -> Push:
    devices = [Device(n, f"token-{n}", platform) for n, platform in enumerate(platforms, 1)]
    about: dict[str, Any] = {
        "tag": "delivery-7",
        "title": "परिणाम",
        "body": "18 of 20",
        "url": "https://learn.example.org/courses/12",
        "devices": devices,
        "data": {"key": "ASSESS_GRADED"},
        "ttl_seconds": 600,
    }
    return Push(**(about | other))


def one(fcm: Fcm) -> DeviceOutcome:
    return fcm.send(push("ANDROID"))[1]


def test_each_device_gets_its_own(server: FcmServer, fcm: Fcm) -> None:
    outcomes = fcm.send(push(*PLATFORMS))
    assert [outcomes[n].kind for n in (1, 2, 3)] == [DeviceStatus.DELIVERED] * 3
    assert outcomes[2].message_id == f"projects/{PROJECT}/messages/2"
    android, ios, web = (taken.message for taken in server.pushed)
    assert android and ios and web  # noqa: PT018 - one fact
    for message in (android, ios, web):
        assert message["notification"] == {"title": "परिणाम", "body": "18 of 20"}
        assert message["data"] == {
            "key": "ASSESS_GRADED",
            "url": "https://learn.example.org/courses/12",
            "tag": "delivery-7",
        }
    assert android["token"] == "token-1"
    assert android["android"] == {
        "priority": "high",
        "ttl": "600s",
        "notification": {"tag": "delivery-7"},
    }
    headers = ios["apns"]["headers"]
    assert headers["apns-collapse-id"] == "delivery-7"
    assert abs(int(headers["apns-expiration"]) - time.time() - 600) < 60
    assert ios["apns"]["payload"]["aps"]["thread-id"] == "ASSESS_GRADED"
    assert web["webpush"]["headers"] == {"TTL": "600"}
    assert web["webpush"]["notification"]["tag"] == "delivery-7"
    assert web["webpush"]["fcm_options"] == {"link": "https://learn.example.org/courses/12"}


def test_one_connection_and_one_oauth_token_serve_all(server: FcmServer, fcm: Fcm) -> None:
    connections = server.connections
    for _ in range(4):
        one(fcm)
    assert (server.grants, server.connections - connections) == (1, 2)


def test_several_projects_in_one_process(server: FcmServer, fcm: Fcm) -> None:
    other = Fcm(server.credentials, server.url, 10)
    assert one(other).kind is DeviceStatus.DELIVERED
    other.close()
    assert one(fcm).kind is DeviceStatus.DELIVERED


@pytest.mark.parametrize(
    ("fault", "kind", "reason", "wait"),
    [
        (Fault.UNREGISTERED, DeviceStatus.REMOVE, "unregistered", None),
        (Fault.BAD_TOKEN, DeviceStatus.REMOVE, "bad_token", None),
        (Fault.NEVER_A_TOKEN, DeviceStatus.REMOVE, "bad_token", None),
        (Fault.INVALID, DeviceStatus.KEEP, "invalid", None),
        (Fault.OTHER_PROJECT, DeviceStatus.REMOVE, "other_project", None),
        (Fault.PUSH_CREDENTIAL, DeviceStatus.KEEP, "push_credential", None),
        (Fault.BUSY, DeviceStatus.LATER, "rate_limited", 7.0),
        (Fault.BUSY_SILENT, DeviceStatus.LATER, "rate_limited", 60.0),
        (Fault.UNAVAILABLE, DeviceStatus.LATER, "unavailable", 30.0),
        (Fault.INTERNAL, DeviceStatus.LATER, "unavailable", 10.0),
        (Fault.BAD_GATEWAY, DeviceStatus.LATER, "unavailable", 10.0),
        (Fault.DROP, DeviceStatus.LATER, "no_reply", None),
        (Fault.HANG, DeviceStatus.LATER, "no_reply", None),
        (Fault.TAKE_AND_DROP, DeviceStatus.LATER, "no_reply", None),
    ],
)
def test_the_table(
    server: FcmServer, fcm: Fcm, fault: Fault, kind: DeviceStatus, reason: str, wait: float | None
) -> None:
    server.tokens["token-1"] = fault
    outcome = one(fcm)
    assert (outcome.kind, outcome.reason, outcome.retry_after) == (kind, reason, wait)
    assert server.asked == 1  # we retry, the library doesn't
    assert server.grants == 1
    assert outcome.needs_an_administrator == (reason in {"other_project", "push_credential"})


@pytest.mark.parametrize("fault", [Fault.UNAUTHENTICATED, Fault.DENIED])
def test_a_refusal_that_is_not_fcms_refreshes_the_oauth_token_once(
    server: FcmServer, fcm: Fcm, fault: Fault
) -> None:
    server.faults.set(fault)
    outcome = one(fcm)
    assert (outcome.kind, outcome.reason) == (DeviceStatus.LATER, "misconfigured")
    assert outcome.needs_an_administrator
    assert (server.asked, server.grants) == (2, 2)
    server.faults.set(fault, times=1)
    assert one(fcm).kind is DeviceStatus.DELIVERED


def test_an_oauth_token_that_was_revoked(server: FcmServer, fcm: Fcm) -> None:
    one(fcm)
    server.revoke()
    assert one(fcm).kind is DeviceStatus.DELIVERED
    assert server.grants == 2


def test_an_oauth_server_that_refuses_or_fails(server: FcmServer, fcm: Fcm) -> None:
    server.oauth_fault = Answer(400, {"error": "invalid_grant", "error_description": "Gone"})
    outcome = one(fcm)
    assert (outcome.kind, outcome.reason) == (DeviceStatus.LATER, "misconfigured")
    assert server.asked == 0
    server.oauth_fault = Answer(drop=True)
    assert one(fcm).reason == "unreachable"
    server.oauth_fault = None
    assert one(fcm).kind is DeviceStatus.DELIVERED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(400, {"error": "invalid_request"}), "no_reply"),
        (Answer(401, {"error": "invalid_token"}), "misconfigured"),
        (Answer(503, {"error": {"details": 5}}), "no_reply"),
        (Answer(200, []), "no_reply"),
        (Answer(200, None), "no_reply"),
        (Answer(200, {}), "no_reply"),
        (Answer(429, {}, {"Retry-After": "Mon, 23 Nov 99999999999 12:00:00 GMT"}), "rate_limited"),
    ],
)
def test_answers_that_are_none(
    server: FcmServer, fcm: Fcm, monkeypatch: pytest.MonkeyPatch, answer: Answer, reason: str
) -> None:
    one(fcm)
    monkeypatch.setattr(server, "answer", lambda _: answer)
    outcome = one(fcm)
    assert (outcome.kind, outcome.reason) == (DeviceStatus.LATER, reason)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Answer(200, "<html>Welcome</html>"), "no_reply"),
        (Answer(200, [1]), "no_reply"),
        (Answer(503, {"error": "temporarily"}), "unreachable"),
    ],
)
def test_strange_oauth_servers(
    server: FcmServer, fcm: Fcm, fault: Answer, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # google-auth waits before it asks again
    server.oauth_fault = fault
    outcome = one(fcm)
    assert (outcome.kind, outcome.reason) == (DeviceStatus.LATER, reason)


def test_an_oauth_server_that_hangs_when_it_is_asked_anew(server: FcmServer, fcm: Fcm) -> None:
    one(fcm)
    server.revoke()
    server.oauth_fault = Answer(hang=True)
    assert one(fcm).reason == "unreachable"


def test_no_device_is_asked_when_the_time_is_over(server: FcmServer, fcm: Fcm) -> None:
    outcomes = fcm.send(push(*PLATFORMS), until=time.monotonic())
    assert [outcomes[n].kind for n in (1, 2, 3)] == [
        DeviceStatus.DELIVERED,
        DeviceStatus.LATER,
        DeviceStatus.LATER,
    ]
    assert outcomes[3].reason == "no_time"
    assert [taken.token for taken in server.pushed] == ["token-1"]


def test_a_closed_port(server: FcmServer, fcm: Fcm) -> None:
    one(fcm)
    server.stop()
    try:
        outcome = one(fcm)
    finally:
        server.start()
    assert (outcome.kind, outcome.reason) == (DeviceStatus.LATER, "unreachable")
    assert one(fcm).kind is DeviceStatus.DELIVERED


def test_a_bad_token_stops_no_other_device_and_a_full_quota_stops_all(
    server: FcmServer, fcm: Fcm
) -> None:
    server.tokens["token-1"] = Fault.UNREGISTERED
    outcomes = fcm.send(push("ANDROID", "IOS"))
    assert [outcomes[n].kind for n in (1, 2)] == [DeviceStatus.REMOVE, DeviceStatus.DELIVERED]
    server.tokens["token-1"] = Fault.BUSY
    asked = server.asked
    outcomes = fcm.send(push("ANDROID", "IOS"))
    assert outcomes[1] == outcomes[2]
    assert server.asked == asked + 1


def size(message: dict[str, Any] | None) -> int:
    counted = {name: value for name, value in (message or {}).items() if name != "token"}
    return len(json.dumps(counted, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("letter", ["x", "प", '"', "😀", "a\n"])
def test_what_is_too_long_is_cut(server: FcmServer, fcm: Fcm, platform: str, letter: str) -> None:
    assert fcm.send(push(platform, body=letter * 6_000))[1].kind is DeviceStatus.DELIVERED
    (taken,) = server.pushed
    assert taken.message
    assert MAX_BYTES - 32 <= size(taken.message) <= MAX_BYTES
    assert taken.message["notification"]["title"] == "परिणाम"
    assert taken.message["notification"]["body"].endswith("…")
    assert taken.message["data"]["key"] == "ASSESS_GRADED"


def test_a_title_or_data_without_end_are_cut_too(server: FcmServer, fcm: Fcm) -> None:
    fcm.send(push("ANDROID", title="प" * 5_000, body="b" * 5_000))
    fcm.send(push("ANDROID", data={"key": "K", "more": "m" * 9_000}))
    for taken in server.pushed:
        assert size(taken.message) <= MAX_BYTES
        assert taken.tag == "delivery-7"


def test_data_has_strings_by_names_of_our_own(server: FcmServer, fcm: Fcm) -> None:
    data = {"from": "tom", "gcm.x": "1", "google.y": "2", "n": 3, "notification": "4"}
    fcm.send(push("WEB", data=data, url="http://127.0.0.1:8000/x", tag="म" * 40))
    message = server.pushed[0].message
    assert message
    assert message["data"] == {
        "x_from": "tom",
        "x_gcm.x": "1",
        "x_google.y": "2",
        "x_notification": "4",
        "n": "3",
        "url": "http://127.0.0.1:8000/x",
        "tag": "म" * 40,
    }
    assert message["webpush"]["notification"]["tag"] == "म" * 21  # 64 bytes at most, whole letters
    assert "fcm_options" not in message["webpush"]  # a link there must be https


@pytest.mark.parametrize("credentials", ["{}", "no json", '{"type": "service_account"}'])
def test_credentials_that_cannot_be_read(credentials: str) -> None:
    with pytest.raises(ValueError):
        Fcm(credentials, "http://127.0.0.1:1", 1)
