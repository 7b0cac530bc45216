"""The outbox of e-mails."""

from __future__ import annotations

import logging
from contextlib import closing

from django.conf import settings

from optilearn.notifications import services
from optilearn.notifications.definitions import Channel
from optilearn.notifications.links import delivery_token, unsubscribe_url
from optilearn.notifications.webhooks.resend import times_failed
from worker.channels.email.message import Email
from worker.delivering import Work, each_due, settle, wait_for_turn
from worker.providers import PER_SECOND, email_sender, first_for_email

log = logging.getLogger(__name__)


def deliver_emails() -> None:
    """Send what is due, for as long as a task may go on. Without a provider it waits."""
    first = first_for_email()
    if not first:
        return
    email_sender()  # settings that it can't read stop us before anything is taken
    with closing(each_due(Channel.EMAIL, first)) as due:
        for work in due:
            asked = work.taken.asked or first
            if wait := wait_for_turn(asked, PER_SECOND[asked]):
                services.release([work.taken], seconds=wait)
                break
            _deliver(work, asked)


def _deliver(work: Work, recorded: str) -> None:
    """``recorded`` is who stands in the row as asked: whoever else is asked is written down."""

    def before(provider: str) -> None:
        nonlocal recorded
        if provider != recorded and not services.asking(work.taken, provider):
            raise LeaseOverError
        recorded = provider

    taken = work.taken
    try:
        outcome = email_sender().send(
            email_of(work), asked=taken.asked, maybe_accepted=taken.maybe_accepted, before=before
        )
    except LeaseOverError:
        log.warning("The lease of delivery %s was over before it was sent.", taken.id)
        return
    settle(work, outcome)


class LeaseOverError(RuntimeError):
    """The delivery is another worker's by now: no provider is asked."""


def email_of(work: Work) -> Email:
    """The e-mail of a delivery: the same for each of its attempts.

    What the provider took and reported as failed, and an administrator sends again, has a key of
    its own: by the old one the provider would only repeat that it took it.
    """
    institution, policy, facts = work.batch.institution, work.batch.policy, work.taken.facts
    token = delivery_token(institution.id, facts.id)
    return Email(
        idempotency_key=_idempotency_key(work),
        message_id=f"<{token}@{settings.MAIL_FROM.rpartition('@')[2]}>",
        from_name=policy.sender_name or institution.name,
        from_address=settings.MAIL_FROM,
        to_name=facts.name,
        to_address=facts.email,
        subject=work.wording.title,
        text=work.wording.text,
        html=work.wording.html,
        reply_to=policy.reply_to,
        headers=_headers(work),
        tags={"optilearn": token, "key": facts.key},
    )


def _idempotency_key(work: Work) -> str:
    key = f"optilearn-{work.batch.institution.id}-{work.taken.id}"
    failures = times_failed(work.taken.id) if work.taken.asked else 0
    return f"{key}-{failures}" if failures else key


def _headers(work: Work) -> dict[str, str]:
    """That no person wrote it (RFC 3834), so that no holiday reply comes; and the way out.

    Locked keys have none (RFC 2369, RFC 8058), and say so.
    """
    facts = work.taken.facts
    headers = {"Auto-Submitted": "auto-generated"}
    if facts.definition.is_locked:
        return headers
    url = unsubscribe_url(work.batch.institution.id, facts.person_id, facts.key)
    return headers | {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
