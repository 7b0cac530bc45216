"""E-mails from the outbox to providers on loopback: what each attempt leaves behind."""

from __future__ import annotations

import json
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from optilearn.core.clock import frozen
from optilearn.institutions.services import change_setting
from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import claims, replay, results
from optilearn.notifications.links import UNSUBSCRIBE, delivery_token, verified
from optilearn.notifications.models import AddressState, MessageTemplate
from optilearn.notifications.webhooks import resend as webhook
from optilearn.people.models import Person
from tests.optilearn.notifications.support import NOON, later, notified, outcome, payload
from tests.support import mailserver, resend
from tests.support.mailserver import MailServer
from tests.support.resend import ResendServer
from tests.support.twins import Twin
from tests.worker.outboxes import mail, send

Twins = tuple[Twin, Twin]


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
    assert message["Auto-Submitted"] == "auto-generated"
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
    message = message_from_bytes(file.read_bytes())
    assert f" {lena.email} {message['Subject']} " in file.name


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


def test_smtp_only_where_the_first_certainly_did_not_accept_it(
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


def test_an_uncertain_delivery_of_long_ago_is_left_to_a_person(
    lena: Person, resend_api: ResendServer
) -> None:
    resend_api.faults.set(resend.Fault.TAKE_AND_DROP)
    row = send(lena)
    mail()
    with frozen(later(hours=23, minutes=1)):
        mail()
    assert outcome(row)[0] == "FAILED"
    assert row.reason == "unsure"


def test_what_resend_took_and_failed_is_really_sent_again(
    lena: Person, resend_api: ResendServer, twins: Twins
) -> None:
    """By the same key it would only say once more that it took it."""
    row = send(lena)
    mail()
    about = {"tags": {"optilearn": delivery_token(twins[0].id, row.pk)}}
    report = {"type": "email.failed", "created_at": NOON.isoformat(), "data": about}
    webhook.receive("msg_1", json.dumps(report).encode())
    assert outcome(row)[0] == "FAILED"
    replay.replay(principal=twins[0].principal("asha"), delivery_ids=[row.pk])
    resend_api.faults.set(resend.Fault.TAKE_AND_DROP, times=1)
    mail()
    assert outcome(row)[0] == "PENDING"
    with frozen(row.due_at):
        mail()
    assert outcome(row)[0] == "SENT"
    assert sorted(resend_api.asked.values()) == [1, 2]  # each key for each of its attempts
    assert len({one.message_id for one in resend_api.taken.values()}) == 1


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
    (first,) = claims.claim_due(Channel.EMAIL, limit=1, provider="SMTP").claims
    with frozen(first.lease_until):
        (second,) = claims.claim_due(Channel.EMAIL, limit=1, provider="SMTP").claims
        assert not results.record_failed(first, results.Failure("refused"))
        assert not results.record_retry(first, results.Failure("timeout"))
        results.release([first])
        row.refresh_from_db()
        assert (row.status, row.taken_by, row.attempts) == ("PENDING", second.token, 2)
        results.release([second])
        row.refresh_from_db()
        assert (row.taken_by, row.attempts, row.due_at) == (None, 1, first.lease_until)


def test_items_get_the_outcome_of_a_digest_that_failed_and_was_replayed(
    lena: Person, smtp: MailServer, twins: Twins
) -> None:
    data = payload("LESSON_NEW_CONTENT")
    services.queue_for_digest(key="LESSON_NEW_CONTENT", to=lena.pk, data=data)
    (item,) = notified(lena)
    digest = services.DigestMessage(lena.pk, payload("DIGEST"), "DAILY:1", (item.pk,))
    services.send_digests(key="DIGEST", messages=[digest])
    summary = notified(lena)[-1]
    smtp.faults.set(mailserver.Fault("end", "554 5.6.0 No"), times=1)
    mail()
    assert (outcome(summary)[0], outcome(item)[0]) == ("FAILED", "FAILED")
    replay.replay(principal=twins[0].principal("asha"), delivery_ids=[item.pk, summary.pk])
    assert (outcome(summary)[0], outcome(item)[0]) == ("PENDING", "PENDING")
    mail()
    assert (outcome(summary)[0], outcome(item)[0]) == ("SENT", "SENT")
    assert len(smtp.mails) == 1
