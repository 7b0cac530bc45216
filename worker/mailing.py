"""Send e-mails from the outbox."""

from __future__ import annotations

import logging
from contextlib import closing

from django.conf import settings

from optilearn.notifications import worker_api as notifications
from optilearn.notifications.worker_api import Channel
from worker.channels.email.message import Attachment, Email
from worker.channels.outcomes import Later
from worker.delivering import Work, each_due, record_outcome, wait_for_slot
from worker.providers import PER_SECOND, email_sender, first_for_email

log = logging.getLogger(__name__)


def deliver_emails() -> None:
    """Send due e-mails, for as long as a task may run; none while no provider is configured."""
    first = first_for_email()
    if not first:
        return
    email_sender()  # invalid settings raise before anything is claimed
    with closing(each_due(Channel.EMAIL, first)) as due:
        for work in due:
            asked = work.claim.asked or first
            if wait := wait_for_slot(asked, PER_SECOND[asked]):
                notifications.release([work.claim], seconds=wait)
                break
            _deliver(work, asked)


def _deliver(work: Work, recorded: str) -> None:
    """``recorded`` is the provider in the row; another one is recorded before it is asked."""

    def before(provider: str) -> None:
        nonlocal recorded
        if provider != recorded and not notifications.record_attempt(work.claim, provider):
            raise LeaseOverError
        recorded = provider

    claim = work.claim
    try:
        email = email_of(work)
    except notifications.AttachmentsUnavailableError as error:
        record_outcome(work, Later("attachments_unavailable", str(error)))
        return
    try:
        outcome = email_sender().send(
            email, asked=claim.asked, maybe_accepted=claim.maybe_accepted, before=before
        )
    except LeaseOverError:
        log.warning("The lease of delivery %s ended before it was sent.", claim.id)
        return
    record_outcome(work, outcome)


class LeaseOverError(RuntimeError):
    """Another worker may have claimed the delivery: no provider is asked."""


def email_of(work: Work) -> Email:
    """Return the e-mail of a delivery: the same for each of its attempts.

    A delivery that the provider accepted and then reported as failed gets a new idempotency key
    when it is replayed: with the old one the provider would only repeat its first answer.
    """
    institution, policy, due = work.batch.institution, work.batch.policy, work.claim.delivery
    token = notifications.delivery_token(institution.id, due.id)
    return Email(
        idempotency_key=_idempotency_key(work),
        message_id=f"<{token}@{settings.MAIL_FROM.rpartition('@')[2]}>",
        from_name=policy.sender_name or institution.name,
        from_address=settings.MAIL_FROM,
        to_name=due.name,
        to_address=due.email,
        subject=work.message.title,
        text=work.message.text,
        html=work.message.html,
        reply_to=policy.reply_to,
        headers=_headers(work),
        tags={"optilearn": token, "key": due.key},
        attachments=[
            Attachment(one.name, one.content_type, one.content)
            for one in notifications.attachments_of(due.data, due.person_id)
        ],
    )


def _idempotency_key(work: Work) -> str:
    key = f"optilearn-{work.batch.institution.id}-{work.claim.id}"
    failures = notifications.times_failed(work.claim.id) if work.claim.asked else 0
    return f"{key}-{failures}" if failures else key


def _headers(work: Work) -> dict[str, str]:
    """Return the headers against automatic replies (RFC 3834) and for unsubscribing.

    Locked keys have no unsubscribe headers (RFC 2369, RFC 8058).
    """
    due = work.claim.delivery
    headers = {"Auto-Submitted": "auto-generated"}
    if due.definition.is_locked:
        return headers
    url = notifications.unsubscribe_url(work.batch.institution.id, due.person_id, due.key)
    return headers | {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
