"""Pushes from the outbox to Firebase on loopback: what each attempt leaves behind."""

from __future__ import annotations

import pytest

from optilearn.core.clock import frozen
from optilearn.notifications.definitions import Channel
from optilearn.notifications.models import PushToken
from optilearn.people.models import Person
from tests.optilearn.notifications.support import notified, outcome
from tests.support import fcm
from tests.support.fcm import FcmServer
from tests.worker.outboxes import device, push, send


def test_a_push_reaches_all_devices_and_none_twice(lena: Person, google: FcmServer) -> None:
    tablet, phone = device(lena, "tablet"), device(lena, "phone")
    google.tokens["phone"] = fcm.Fault.INTERNAL
    send(lena)
    (row,) = notified(lena, Channel.PUSH)
    push()
    assert outcome(row)[0] == "PENDING"
    assert row.devices == {str(tablet.pk): "delivered", str(phone.pk): "later"}
    google.tokens.clear()
    with frozen(row.due_at):
        push()
    assert outcome(row) == ("SENT", "")
    assert sorted(one.token for one in google.pushed) == ["phone", "tablet"]
    assert len({one.tag for one in google.pushed}) == 1


def test_dead_tokens_go_and_others_stay(lena: Person, google: FcmServer) -> None:
    for name, fault in (
        ("gone", fcm.Fault.UNREGISTERED),
        ("bad", fcm.Fault.BAD_TOKEN),
        ("other", fcm.Fault.OTHER_PROJECT),
        ("ours", fcm.Fault.INVALID),
        ("apple", fcm.Fault.PUSH_CREDENTIAL),
    ):
        device(lena, name)
        google.tokens[name] = fault
    device(lena, "good")
    send(lena)
    push()
    left = set(PushToken.objects.values_list("token", flat=True))
    assert left == {"ours", "apple", "good"}
    assert [one.token for one in google.pushed] == ["good"]


def test_a_push_that_one_device_has_is_sent_although_another_never_took_it(
    lena: Person, google: FcmServer
) -> None:
    device(lena, "tablet"), device(lena, "phone")
    google.tokens["phone"] = fcm.Fault.INTERNAL
    send(lena)
    (row,) = notified(lena, Channel.PUSH)
    for _ in range(15):
        row.refresh_from_db()
        with frozen(row.due_at):
            push()
    assert outcome(row) == ("SENT", "")
    assert sorted(row.devices.values()) == ["delivered", "later"]


def test_devices_that_hang_do_not_outlast_the_lease(
    lena: Person, google: FcmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next worker would send to them once more."""
    from worker import pushing

    for number in range(3):
        device(lena, f"device-{number}")
    send(lena)
    (row,) = notified(lena, Channel.PUSH)
    monkeypatch.setattr(pushing, "monotonic", iter([0.0]).__next__)  # long ago
    push()
    assert len(google.pushed) == 1
    assert sorted(outcome(row)) == ["", "PENDING"]
    assert sorted(row.devices.values()) == ["delivered", "later", "later"]
    monkeypatch.undo()
    with frozen(row.due_at):
        push()
    assert outcome(row)[0] == "SENT"
    assert len(google.pushed) == 3


def test_nobody_is_pushed_without_a_device_or_a_provider(lena: Person, google: FcmServer) -> None:
    send(lena)
    push()
    assert outcome(notified(lena, Channel.PUSH)[0]) == ("SKIPPED", "no_device")


def test_without_a_provider_pushes_are_skipped(lena: Person) -> None:
    device(lena, "phone")
    send(lena)
    push()
    assert outcome(notified(lena, Channel.PUSH)[0]) == ("SKIPPED", "not_configured")
