"""The five suppression rules, each alone and in their order."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.services import remember
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import claims, in_app, results
from optilearn.notifications.models import (
    AddressState,
    DailyCount,
    Delivery,
    Preference,
    ReaderProfile,
)
from optilearn.people.models import Person
from tests.optilearn.notifications.support import (
    NOON,
    claim,
    later,
    notified,
    outcome,
    payload,
    reach,
)
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
NIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


def send(person: Person, key: str = "ENROLL_WELCOME", **changes: Any) -> None:
    services.send(key=key, to=person.pk, data=payload(key, **changes))


@pytest.fixture
def lena(twins: Twins) -> Any:
    """Lena of North, reachable, at noon."""
    person = reach(twins[0], "lena")
    with tenant_context(twins[0].id), frozen(NOON):
        yield person


def test_what_no_rule_stops_goes_out_with_a_lease(lena: Person) -> None:
    send(lena)
    (claimed,) = claim()
    assert claimed.delivery.email == lena.email
    assert claimed.attempt == 1
    assert claimed.lease_until > NOON
    assert claim() == []
    with frozen(claimed.lease_until + timedelta(seconds=1)):
        (again,) = claim()
    assert again.attempt == 2
    assert again.token != claimed.token
    assert again.maybe_accepted


def test_nobody_to_send_it_to(lena: Person, twins: Twins) -> None:
    send(lena)
    send(twins[0].people["sven"])  # no address
    Person.objects.filter(pk=lena.pk).update(status="INACTIVE")
    assert claim() == []
    assert outcome(notified(lena)[0]) == ("SKIPPED", "inactive")
    assert outcome(notified(twins[0].people["sven"])[0]) == ("SKIPPED", "no_address")


def test_a_preference_changed_meanwhile_counts(lena: Person) -> None:
    send(lena)
    Preference.objects.create(person=lena, key="ENROLL_WELCOME", email=False)
    assert claim() == []
    assert outcome(notified(lena)[0]) == ("SKIPPED", "preference")


def test_never_means_from_now_on(lena: Person) -> None:
    send(lena)
    Preference.objects.create(person=lena, key="ENROLL_WELCOME", frequency="NEVER")
    for channel in (Channel.EMAIL, Channel.PUSH):
        assert claim(channel) == []
    in_app.deliver_in_app()
    assert {outcome(notified(lena, channel)[0]) for channel in Channel} == {
        ("SKIPPED", "preference")
    }


def test_what_is_of_no_use_any_more_is_not_sent(lena: Person) -> None:
    services.send(
        key="LIVE_CLASS_STARTING",
        to=lena.pk,
        data=payload("LIVE_CLASS_STARTING"),
        expires_at=later(hours=1),
    )
    with frozen(later(hours=2)):
        assert claim(Channel.PUSH) == []
    assert outcome(notified(lena, Channel.PUSH)[0]) == ("SKIPPED", "expired")


def test_nothing_goes_to_an_address_that_bounced(lena: Person) -> None:
    AddressState.objects.create(address=lena.email.lower(), suppressed_at=NOON, reason="complaint")
    Person.objects.filter(pk=lena.pk).update(email=lena.email.upper())
    send(lena)
    assert claim() == []
    row = notified(lena)[0]
    assert outcome(row) == ("SKIPPED", "bounce")
    assert row.reason == "complaint"
    assert len(claim(Channel.PUSH)) == 1  # the address has nothing to do with devices


def test_the_same_within_a_day_is_sent_once_on_each_channel(lena: Person) -> None:
    send(lena)
    send(lena)
    send(lena, courseTitle="Geometry")
    assert len(claim()) == 2
    assert len(claim(Channel.PUSH)) == 2
    with frozen(later(hours=23)):
        send(lena)
        assert [one for one in claim() if one.attempt == 1] == []
    assert [outcome(row)[1] for row in notified(lena)] == ["", "duplicate", "", "duplicate"]


def test_the_same_a_day_later_is_sent_again(lena: Person) -> None:
    send(lena)
    claim()
    with frozen(later(hours=24, seconds=1)):
        send(lena)
        assert len(claim()) == 1 + 1  # the first one's lease is over, and it was not settled


def test_a_failed_message_suppresses_no_duplicate(lena: Person) -> None:
    send(lena)
    (claimed,) = claim()
    assert results.record_failed(claimed, results.Failure("refused"))
    send(lena)
    assert len(claim()) == 1


def test_what_may_have_arrived_is_not_repeated_though_it_failed(lena: Person) -> None:
    send(lena)
    (claimed,) = claim()
    assert results.record_failed(claimed, results.Failure("timeout", maybe_accepted=True))
    send(lena)
    assert claim() == []
    assert outcome(notified(lena)[-1]) == ("SKIPPED", "duplicate")


def test_a_suppressed_message_suppresses_no_duplicate(lena: Person) -> None:
    remember(key="notifications", value={"dailyCap": 1})
    with frozen(NOON):
        send(lena, courseId=1)
        assert len(claim()) == 1
        send(lena)
        assert claim() == []
    assert outcome(notified(lena)[-1]) == ("SKIPPED", "daily_cap")
    with frozen(later(hours=20)):  # the next morning, within a day of the first
        send(lena)
        assert [one.delivery.data["courseId"] for one in claim() if one.attempt == 1] == [
            payload("ENROLL_WELCOME")["courseId"]
        ]


def test_a_message_without_a_device_suppresses_no_duplicate(lena: Person) -> None:
    send(lena)
    (claimed,) = claim(Channel.PUSH)
    assert results.record_skipped(claimed, "no_device")
    send(lena)
    assert len(claim(Channel.PUSH)) == 1


def test_eight_mails_and_pushes_a_day(lena: Person) -> None:
    for n in range(6):
        send(lena, courseId=n)
    mails, pushes = claim(), claim(Channel.PUSH)
    assert (len(mails), len(pushes)) == (6, 2)
    assert DailyCount.objects.get(person=lena).count == 8
    assert [outcome(row)[1] for row in notified(lena, Channel.PUSH)] == ["", ""] + 4 * ["daily_cap"]
    assert in_app.deliver_in_app() == 6  # the inbox disturbs nobody
    with frozen(later(days=1)):
        send(lena, courseId=7)
        assert len(claim(Channel.PUSH)) == 1 + 2  # two leases are over


def test_the_least_urgent_get_half_of_the_day(lena: Person) -> None:
    for n in range(8):
        send(lena, "ENROLL_COURSE_PUBLISHED", courseId=n)
        send(lena, "LESSON_ASSIGNMENT_DUE_REMINDER", assignmentId=n)
    claimed = claim()
    keys = [one.delivery.key for one in claimed]
    assert keys == 8 * ["LESSON_ASSIGNMENT_DUE_REMINDER"]  # the more urgent went first
    with frozen(later(days=1)):
        for n in range(8):
            send(lena, "ENROLL_COURSE_PUBLISHED", courseId=100 + n)
        fresh = [one for one in claim() if one.attempt == 1]
    assert len(fresh) == 4


def test_the_cap_is_the_institutions(lena: Person) -> None:
    remember(key="notifications", value={"dailyCap": 1})
    send(lena, courseId=1)
    send(lena, courseId=2)
    send(lena, "ASSESS_GRADED")
    # A grade can't be turned off, and no cap keeps it back; it counts, so it used the day up.
    assert [one.delivery.key for one in claim()] == ["ASSESS_GRADED"]


def test_a_retry_counts_once(lena: Person) -> None:
    send(lena)
    for _ in range(3):
        (claimed,) = claim()
        results.record_retry(claimed, results.Failure("unavailable", retry_after=0))
        Delivery.objects.update(due_at=NOON)
    assert DailyCount.objects.get(person=lena).count == 1


def test_nobody_is_asked_to_come_back_twice_in_a_fortnight(lena: Person) -> None:
    send(lena, "REENGAGE_INACTIVE")
    (first,) = claim()
    assert len(claim(Channel.PUSH)) == 1  # the same message on another channel
    assert results.record_retry(first, results.Failure("unavailable"))
    for days, expected in ((13, "reengage_cooldown"), (15, "")):
        with frozen(later(days=days)):
            send(lena, "REENGAGE_INACTIVE", daysAway=days)
            claim()
        assert outcome(notified(lena)[-1])[1] == expected


def test_at_night_it_waits_for_the_morning(lena: Person) -> None:
    with frozen(NIGHT):
        send(lena)
        send(lena, "ASSESS_GRADED")
        assert [one.delivery.key for one in claim()] == ["ASSESS_GRADED"]
        assert in_app.deliver_in_app() == 2
    row = next(row for row in notified(lena) if row.key == "ENROLL_WELCOME")
    assert outcome(row) == ("DEFERRED", "quiet_hours")
    assert row.due_at == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    with frozen(row.due_at):
        assert [one.delivery.key for one in claim()][-1] == "ENROLL_WELCOME"
    assert outcome(row) == ("PENDING", "")
    # What waited counts for the day on which it goes out.
    assert {c.day.day: c.count for c in DailyCount.objects.all()} == {23: 1, 24: 1}


def test_a_retry_at_night_waits_too(lena: Person) -> None:
    with frozen(datetime(2026, 11, 23, 20, 59, tzinfo=UTC)):
        send(lena)
        (claimed,) = claim()
        results.record_retry(claimed, results.Failure("unavailable"))
    with frozen(NIGHT):
        assert claim() == []
    assert outcome(notified(lena)[0]) == ("DEFERRED", "quiet_hours")


def test_the_night_is_the_persons(lena: Person, twins: Twins) -> None:
    mira = reach(twins[0], "मीरा", time_zone="Asia/Kathmandu")
    ReaderProfile.objects.create(person=lena, quiet_enabled=False)
    with frozen(NIGHT):
        send(lena)
        send(mira)
        assert [one.delivery.person_id for one in claim()] == [lena.pk]
    assert notified(mira)[0].due_at == datetime(2026, 11, 24, 1, 15, tzinfo=UTC)
    ReaderProfile.objects.create(person=mira, quiet_start=time(3), quiet_end=time(4))
    with frozen(notified(mira)[0].due_at):
        assert mira.pk in {one.delivery.person_id for one in claim()}


def test_digests_come_at_the_hour_that_was_chosen(lena: Person) -> None:
    carrier = services.DigestMessage(lena.pk, payload("DIGEST"), "DAILY:2026-11-23")
    with frozen(NIGHT):
        services.send_digests(key="DIGEST", messages=[carrier])
        assert len(claim()) == 1


def test_what_a_digest_carries_ends_with_it(lena: Person) -> None:
    data = payload("LESSON_NEW_CONTENT")
    services.queue_for_digest(key="LESSON_NEW_CONTENT", to=lena.pk, data=data)
    (item,) = notified(lena)
    carrier = services.DigestMessage(lena.pk, payload("DIGEST"), "DAILY:2026-11-23", (item.pk,))
    services.send_digests(key="DIGEST", messages=[carrier])
    AddressState.objects.create(address=lena.email, suppressed_at=NOON, reason="complaint")
    assert claim() == []
    assert [outcome(row) for row in notified(lena)] == 2 * [("SKIPPED", "bounce")]
    assert {row.reason for row in notified(lena)} == {"complaint"}


def test_the_first_rule_that_fits_is_the_one_recorded(lena: Person) -> None:
    """bounce, duplicate, daily cap, re-engage cooldown, quiet hours."""
    remember(key="notifications", value={"dailyCap": 1})

    def rule_of(**changes: Any) -> str:
        send(lena, "REENGAGE_INACTIVE", **changes)
        assert claim() == []
        return outcome(notified(lena)[-1])[1]

    with frozen(NIGHT - timedelta(hours=3)):
        send(lena, "REENGAGE_INACTIVE")
        (first,) = claim()
        results.record_sent(first, provider="SMTP", provider_id="", message=written(first))
    with frozen(NIGHT):
        DailyCount.objects.filter(person=lena).update(count=0)
        assert rule_of(daysAway=3) == "reengage_cooldown"
        DailyCount.objects.filter(person=lena).update(count=1)
        assert rule_of(daysAway=4) == "daily_cap"
        assert rule_of() == "duplicate"
        AddressState.objects.create(address=lena.email, suppressed_at=NOON, reason="complaint")
        assert rule_of() == "bounce"


def written(claimed: claims.Claim) -> Any:
    from optilearn.notifications.rendering.renderer import RenderedMessage

    return RenderedMessage("Subject", "", "<p>", "text", "https://x.example/", None)


def test_no_rule_mixes_two_institutions(lena: Person, twins: Twins) -> None:
    south = twins[1]
    other = reach(south, "lena", email=lena.email)
    AddressState.objects.create(address=lena.email, suppressed_at=NOON, reason="complaint")
    send(lena)
    assert claim() == []
    with tenant_context(south.id):
        send(other)
        assert len(claim()) == 1
