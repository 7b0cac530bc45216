"""From the outbox to providers on loopback and back: what each attempt leaves behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.services import change_setting
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.links import UNSUBSCRIBE, verified
from optilearn.notifications.models import AddressState, Delivery, MessageTemplate, PushToken
from optilearn.people.models import Person
from tests.optilearn.notifications.support import NOON, later, outcome, payload, reach, told
from tests.support import fcm, mailserver, resend
from tests.support.fcm import FcmServer
from tests.support.mailserver import MailServer
from tests.support.resend import API_KEY, ResendServer
from tests.support.services import redis_url
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def lena(twins: Twins, settings: Any) -> Iterator[Person]:
    """Lena of North, reachable, at noon; no provider is there yet."""
    settings.REDIS_URL = redis_url()
    settings.SMTP_URL = settings.RESEND_API_KEY = settings.FIREBASE_CREDENTIALS = ""
    settings.PROVIDER_SECONDS, settings.LONGEST_ATTEMPT_SECONDS = 2, 12
    person = reach(twins[0], "lena", name="लेना Weber")
    _forget()
    with tenant_context(twins[0].id), frozen(NOON):
        yield person
    _forget()


def _forget() -> None:
    from optilearn.core.valkey import valkey
    from worker import providers

    for sender in (providers.email_sender, providers.push_sender):
        if sender.cache_info().currsize and (one := sender()) is not None:
            one.close()
        sender.cache_clear()
    for key in valkey().call("KEYS", "optilearn:pause:*"):
        valkey().call("DEL", key)


@pytest.fixture
def smtp(lena: Person, settings: Any) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.SMTP_URL = server.url
        yield server
        _forget()


@pytest.fixture
def resend_api(lena: Person, settings: Any) -> Iterator[ResendServer]:
    with ResendServer() as server:
        settings.RESEND_API_KEY, settings.RESEND_URL = API_KEY, server.url
        yield server
        _forget()


@pytest.fixture
def google(lena: Person, settings: Any) -> Iterator[FcmServer]:
    with FcmServer() as server:
        settings.FIREBASE_CREDENTIALS, settings.FCM_URL = server.credentials, server.url
        yield server
        _forget()


def send(person: Person, key: str = "ENROLL_WELCOME", **changes: Any) -> Delivery:
    services.send(key=key, to=person.pk, data=payload(key, **changes))
    return told(person)[-1]


def mail() -> None:
    from worker.mailing import deliver_emails

    deliver_emails()


def push() -> None:
    from worker.pushing import deliver_pushes

    deliver_pushes()


def device(person: Person, token: str) -> PushToken:
    digest = hashlib.sha256(token.encode()).digest()
    return PushToken.objects.create(
        person=person, token=token, token_hash=digest, platform="ANDROID", last_seen_at=NOON
    )


def test_a_mail_reaches_its_reader(lena: Person, smtp: MailServer) -> None:
    row = send(lena)
    mail()
    (got,) = smtp.mails
    message = got.message
    assert got.recipient == lena.email
    assert "लेना" in str(message["To"])
    assert "Algebra" in str(message["Subject"])
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"].strip("<>")
    said = verified(UNSUBSCRIBE, address.rpartition("/")[2])
    assert said is not None
    assert (said.subject_id, said.name) == (lena.pk, "ENROLL_WELCOME")
    assert outcome(row) == ("SENT", "")
    assert (row.provider, row.address, row.title) == ("SMTP", lena.email, message["Subject"])
    assert row.sent_at == NOON


def test_what_can_not_be_turned_off_has_no_way_out_and_says_so(
    lena: Person, smtp: MailServer
) -> None:
    send(lena, "ASSESS_GRADED")
    mail()
    message = smtp.mails[0].message
    assert "List-Unsubscribe" not in message
    assert "/u/" not in message.get_body().get_content()  # type: ignore[union-attr]


def test_the_institution_is_the_sender(lena: Person, smtp: MailServer) -> None:
    change_setting(
        key="notifications",
        change=lambda _: {"senderName": "Springdale, office", "replyTo": "office@example.org"},
    )
    send(lena)
    mail()
    message = smtp.mails[0].message
    assert message["From"].addresses[0].display_name == "Springdale, office"
    assert message["Reply-To"] == "office@example.org"


def test_without_a_provider_mail_waits(lena: Person) -> None:
    row = send(lena)
    mail()
    assert outcome(row) == ("PENDING", "")
    assert row.attempts == 0


def test_in_development_mail_becomes_files(lena: Person, settings: Any, tmp_path: Path) -> None:
    settings.SMTP_URL = (tmp_path / "our mail").as_uri()
    row = send(lena)
    mail()
    assert outcome(row)[0] == "SENT"
    (file,) = (tmp_path / "our mail").iterdir()
    assert message_from_bytes(file.read_bytes())["Message-ID"] == f"<{file.stem}>"


def test_a_dead_address_is_written_down(lena: Person, smtp: MailServer) -> None:
    smtp.refuse([lena.email])
    row = send(lena)
    mail()
    assert outcome(row)[0] == "FAILED"
    assert AddressState.objects.get().reason == "permanent_bounce"
    again = send(lena, courseTitle="Geometry")
    mail()
    assert outcome(again) == ("SKIPPED", "bounce")


def test_what_is_transient_is_tried_again_later(lena: Person, smtp: MailServer) -> None:
    smtp.faults.set(mailserver.Fault("rcpt", "451 4.3.0 Try again"), times=1)
    row = send(lena)
    mail()
    assert outcome(row)[0] == "PENDING"
    assert NOON + timedelta(seconds=15) <= row.due_at <= NOON + timedelta(seconds=30)
    assert not row.maybe_accepted
    assert len(row.history) == 1
    with frozen(row.due_at):
        mail()
    assert outcome(row)[0] == "SENT"
    assert len(smtp.mails) == 1


def test_one_after_the_other_gives_up_in_the_end(lena: Person, smtp: MailServer) -> None:
    smtp.faults.set(mailserver.Fault("mail", "451 4.3.0 Try again"))
    row = send(lena)
    for _ in range(15):
        with frozen(row.due_at):
            mail()
        row.refresh_from_db()
    assert (row.status, row.attempts) == ("FAILED", 15)
    assert row.due_at - NOON > timedelta(hours=5)


def test_a_template_that_is_broken_is_a_dead_letter(lena: Person, smtp: MailServer) -> None:
    MessageTemplate.objects.create(
        key="ENROLL_WELCOME", channel="EMAIL", locale="en", version=1, is_active=True,
        title="{{ courseTitle ", body="x",
    )  # fmt: skip
    row = send(lena)
    mail()
    assert outcome(row)[0] == "FAILED"
    assert row.reason == "broken_template"
    assert smtp.mails == []


def test_the_same_key_for_every_attempt(lena: Person, resend_api: ResendServer) -> None:
    for fault in (resend.Fault.TAKE_AND_ERROR, resend.Fault.TAKE_AND_DROP):
        resend_api.faults.set(fault, times=1)
        row = send(lena, courseTitle=str(fault))
        mail()
        assert outcome(row)[0] == "PENDING"
        assert row.maybe_accepted
        with frozen(row.due_at):
            mail()
        assert outcome(row)[0] == "SENT"
        assert row.provider_id
    assert len(resend_api.taken) == 2
    assert sorted(resend_api.asked.values()) == [2, 2]


def test_smtp_only_where_the_first_surely_did_not_take_it(
    lena: Person, resend_api: ResendServer, smtp: MailServer
) -> None:
    resend_api.faults.set(resend.Fault.UNAUTHORIZED)
    first = send(lena)
    mail()
    assert outcome(first)[0] == "SENT"
    assert (first.provider, len(smtp.mails)) == ("SMTP", 1)
    resend_api.faults.set(resend.Fault.TAKE_AND_DROP, times=1)
    second = send(lena, courseTitle="Geometry")
    mail()
    resend_api.faults.set(resend.Fault.UNAUTHORIZED)
    second.refresh_from_db()
    with frozen(second.due_at):
        mail()
    assert outcome(second)[0] == "PENDING"
    assert len(smtp.mails) == 1  # it may be under way already
    second.refresh_from_db()
    resend_api.faults.set(None)
    with frozen(second.due_at):
        mail()
    assert outcome(second)[0] == "SENT"
    assert second.provider == "RESEND"
    assert len(resend_api.taken) == 1


def test_what_may_have_been_taken_too_long_ago_is_left_to_a_person(
    lena: Person, resend_api: ResendServer
) -> None:
    resend_api.faults.set(resend.Fault.TAKE_AND_DROP)
    row = send(lena)
    mail()
    with frozen(later(hours=23, minutes=1)):
        mail()
    assert outcome(row)[0] == "FAILED"
    assert row.reason == "unsure"


def test_a_provider_that_has_had_enough_is_left_alone(
    lena: Person, resend_api: ResendServer
) -> None:
    resend_api.retry_after = 60
    resend_api.faults.set(resend.Fault.BUSY, times=1)
    rows = [send(lena, courseId=n) for n in range(5)]
    mail()
    assert sum(resend_api.asked.values()) == 1
    states = {(outcome(row)[0], row.attempts) for row in rows}
    assert states == {("PENDING", 1), ("PENDING", 0)}
    assert all(row.due_at >= NOON + timedelta(seconds=30) for row in rows[1:2])


def test_a_worker_that_lost_its_lease_changes_nothing(lena: Person) -> None:
    row = send(lena)
    (first,) = services.take(Channel.EMAIL, most=1, provider="SMTP").taken
    with frozen(first.lease_until):
        (second,) = services.take(Channel.EMAIL, most=1, provider="SMTP").taken
        assert not services.failed(first, services.Failure("refused"))
        assert not services.again(first, services.Failure("timeout"))
        services.release([first])
        row.refresh_from_db()
        assert (row.status, row.taken_by, row.attempts) == ("PENDING", second.token, 2)
        services.release([second])
        row.refresh_from_db()
        assert (row.taken_by, row.attempts, row.due_at) == (None, 1, first.lease_until)


def test_a_push_reaches_all_devices_and_none_twice(lena: Person, google: FcmServer) -> None:
    tablet, phone = device(lena, "tablet"), device(lena, "phone")
    google.tokens["phone"] = fcm.Fault.INTERNAL
    send(lena)
    (row,) = told(lena, Channel.PUSH)
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


def test_nobody_is_pushed_without_a_device_or_a_provider(lena: Person, google: FcmServer) -> None:
    send(lena)
    push()
    assert outcome(told(lena, Channel.PUSH)[0]) == ("SKIPPED", "no_device")


def test_without_a_provider_pushes_are_skipped(lena: Person) -> None:
    device(lena, "phone")
    send(lena)
    push()
    assert outcome(told(lena, Channel.PUSH)[0]) == ("SKIPPED", "not_configured")


def test_a_digest_that_failed_takes_its_items_with_it_and_back(
    lena: Person, smtp: MailServer, twins: Twins
) -> None:
    data = payload("LESSON_NEW_CONTENT")
    services.queue_for_digest(key="LESSON_NEW_CONTENT", to=lena.pk, data=data)
    (item,) = told(lena)
    digest = services.Carrier(lena.pk, payload("DIGEST"), "DAILY:1", (item.pk,))
    services.carry(key="DIGEST", carriers=[digest])
    carrier = told(lena)[-1]
    smtp.faults.set(mailserver.Fault("end", "554 5.6.0 No"), times=1)
    mail()
    assert (outcome(carrier)[0], outcome(item)[0]) == ("FAILED", "FAILED")
    services.replay(principal=twins[0].principal("asha"), delivery_ids=[item.pk, carrier.pk])
    assert (outcome(carrier)[0], outcome(item)[0]) == ("PENDING", "PENDING")
    mail()
    assert (outcome(carrier)[0], outcome(item)[0]) == ("SENT", "SENT")
    assert len(smtp.mails) == 1
