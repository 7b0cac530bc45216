"""Messages of certificates: issued once, each reminder once, and none that isn't true any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.producers import recognition
from optilearn.people.models import Person
from optilearn.recognition.models import Certificate
from tests.optilearn.enrollment.world import enroll, make_student
from tests.optilearn.notifications.support import reach
from tests.optilearn.notifications.test_outdated import EVENING, morning_of
from tests.support.certificates import MARCH, awarding, certified, complete, done
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
EXPIRING = "CERTIFICATE_EXPIRING"


def sent(twin: Twin, key: str) -> list[Notification]:
    with tenant_context(twin.id):
        return list(Notification.objects.filter(key=key).order_by("id"))


def scan(twin: Twin, at: datetime) -> int:
    with tenant_context(twin.id), frozen(at):
        return recognition.remind_expiring_certificates()


def days_before(certificate: Certificate, days: float) -> datetime:
    assert certificate.expires_at is not None
    return certificate.expires_at - timedelta(days=days)


def test_the_holder_is_told_once(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    (one,) = sent(north, "CERTIFICATE_ISSUED")
    assert one.data == {
        "certificateId": found.pk,
        "certificateTitle": "Math for all",
        "number": found.number,
    }
    with tenant_context(north.id):
        people = set(Delivery.objects.filter(notification=one).values_list("person_id", flat=True))
    assert people == {found.student_id}
    done(north, "asha", "POST", f"/certificates/{found.pk}/reissue", {"reason": "New name."})
    assert len(sent(north, "CERTIFICATE_ISSUED")) == 2  # of the new one


def test_each_reminder_comes_once(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=12)
    moments = (120, 90.01, 90, 89, 60, 60, 31, 30, 8, 7, 1, 0, -1)
    counts = [scan(north, days_before(found, days)) for days in moments]
    assert counts == [0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0]
    assert len(sent(north, EXPIRING)) == 4


@pytest.mark.parametrize(
    ("away", "back", "reminders"), [(91, 81, [90]), (95, 25, [30]), (61, 51, [60]), (8, -2, [])]
)
def test_after_a_pause_only_the_nearest_is_sent(
    twins: Twins, away: int, back: int, reminders: list[int]
) -> None:
    north = twins[0]
    found = certified(north, valid_months=12)
    before = len(sent(north, EXPIRING))
    scan(north, days_before(found, away))
    earlier = len(sent(north, EXPIRING)) - before
    for _again in range(2):
        scan(north, days_before(found, back))
    new = sent(north, EXPIRING)[before + earlier :]
    assert [str(one.once).rsplit(":", 1)[1] for one in new] == [str(one) for one in reminders]


def test_a_short_validity_has_no_reminder_of_before_its_issue(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=1)  # 31 days
    assert [scan(north, days_before(found, days)) for days in (31, 29, 7)] == [0, 1, 1]


def test_revoked_and_gone_people_are_not_reminded(twins: Twins) -> None:
    north = twins[0]
    found = certified(north, valid_months=12)
    other = certified(north, "मीरा", valid_months=12)
    done(north, "asha", "POST", f"/certificates/{found.pk}/revoke", {"reason": "A mistake."})
    with tenant_context(north.id):
        Person.objects.filter(pk=other.student_id).update(status="INACTIVE")
    assert scan(north, days_before(found, 60)) == 0


def test_a_worker_that_is_killed_between_pages_sends_nothing_twice(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = twins[0]
    for n in range(5):
        make_student(north, f"s{n}")
        enroll(north, f"s{n}", north.courses["MATH"])
    with tenant_context(north.id), frozen(MARCH):
        awarding(north, valid_months=12)
        for n in range(5):
            complete(north, f"s{n}")
        found = Certificate.objects.latest("id")
    monkeypatch.setattr(recognition, "_CHUNK", 2)
    real, calls = recognition.send_each, []

    def killed(**given: Any) -> int:
        calls.append(given)
        if len(calls) == 2:
            raise DatabaseError("killed")
        return real(**given)

    monkeypatch.setattr(recognition, "send_each", killed)
    with pytest.raises(DatabaseError):
        scan(north, days_before(found, 60))
    assert len(sent(north, EXPIRING)) == 2
    assert scan(north, days_before(found, 59)) == 3
    assert scan(north, days_before(found, 58)) == 0
    assert len({one.data["certificateId"] for one in sent(north, EXPIRING)}) == 5


@pytest.mark.parametrize(
    ("is_revoked", "expected"), [(False, ("PENDING", "")), (True, ("SKIPPED", "outdated"))]
)
def test_one_that_is_revoked_at_night_is_not_announced(
    twins: Twins, is_revoked: bool, expected: tuple[str, str]
) -> None:
    north = twins[0]
    with tenant_context(north.id):
        lena = reach(north, "lena")
    found = certified(north, at=EVENING)

    def revoke() -> None:
        if is_revoked:
            Certificate.objects.filter(pk=found.pk).update(revoked_at=EVENING)

    with tenant_context(north.id):
        assert morning_of(lena, revoke) == expected
