"""The second provider is asked only for what the first surely didn't take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.mailserver import MailServer
from tests.support.resend import API_KEY, Fault, ResendServer
from tests.worker.channels.mails import mail
from worker.channels.email.resend import Resend
from worker.channels.email.sending import EmailSender
from worker.channels.email.smtp import Smtp
from worker.channels.outcomes import Accepted, Later, Outcome, Rejected


@dataclass
class Post:
    resend: ResendServer
    smtp: MailServer
    sender: EmailSender
    asked: list[str] = field(default_factory=list)

    def send(self, asked: str = "", *, maybe: bool = False) -> Outcome:
        self.asked.clear()
        return self.sender.send(mail(), asked=asked, maybe_accepted=maybe, before=self.asked.append)


@pytest.fixture
def post(timeout: float) -> Iterator[Post]:
    with ResendServer() as resend, MailServer() as smtp:
        sender = EmailSender(Resend(API_KEY, resend.url, timeout), Smtp(smtp.url, timeout))
        yield Post(resend, smtp, sender)
        sender.close()


def test_resend_first(post: Post) -> None:
    outcome = post.send()
    assert isinstance(outcome, Accepted)
    assert outcome.provider == "RESEND"
    assert post.asked == ["RESEND"]
    assert not post.smtp.mails


@pytest.mark.parametrize("fault", [None, Fault.UNAUTHORIZED, Fault.UNVERIFIED, Fault.DAILY_QUOTA])
def test_smtp_for_messages_that_resend_certainly_did_not_accept(
    post: Post, fault: Fault | None
) -> None:
    if fault:
        post.resend.faults.set(fault)
    else:
        post.resend.stop()
    outcome = post.send()
    assert isinstance(outcome, Accepted)
    assert outcome.provider == "SMTP"
    assert post.asked == ["RESEND", "SMTP"]
    assert [taken.message_id for taken in post.smtp.mails] == [mail().message_id]


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.HANG, Fault.TAKE_AND_HANG, Fault.DROP, Fault.TAKE_AND_DROP, Fault.ERROR),
        *(Fault.TAKE_AND_ERROR, Fault.BAD_GATEWAY, Fault.BUSY, Fault.IN_PROGRESS, Fault.INVALID),
    ],
)
def test_no_second_provider_otherwise(post: Post, fault: Fault) -> None:
    post.resend.faults.set(fault)
    assert isinstance(post.send(), Later | Rejected)
    assert post.asked == ["RESEND"]
    assert not post.smtp.mails


def test_never_once_resend_may_have_it(post: Post) -> None:
    post.resend.stop()
    outcome = post.send("RESEND", maybe=True)
    assert isinstance(outcome, Later)
    assert post.asked == ["RESEND"]
    assert not post.smtp.mails
    assert isinstance(post.send("RESEND"), Accepted)  # it surely hasn't: SMTP may
    assert post.asked == ["RESEND", "SMTP"]


@pytest.mark.parametrize("maybe", [False, True])
def test_what_smtp_was_asked_for_stays_with_smtp(post: Post, maybe: bool) -> None:
    outcome = post.send("SMTP", maybe=maybe)
    assert isinstance(outcome, Accepted)
    assert outcome.provider == "SMTP"
    assert post.asked == ["SMTP"]
    assert not post.resend.asked


@pytest.mark.parametrize(
    ("has_resend", "has_smtp", "asked", "maybe", "expected"),
    [
        (True, False, "", False, ["RESEND"]),
        (False, True, "", False, ["SMTP"]),
        (False, False, "", False, []),
        (True, False, "SMTP", False, ["RESEND"]),  # SMTP surely hasn't it, and is gone
        (True, False, "SMTP", True, []),
        (False, True, "RESEND", False, ["SMTP"]),
        (False, True, "RESEND", True, []),
    ],
)
def test_with_one_provider_or_none(
    post: Post, has_resend: bool, has_smtp: bool, asked: str, maybe: bool, expected: list[str]
) -> None:
    resend = Resend(API_KEY, post.resend.url, 10) if has_resend else None
    smtp = Smtp(post.smtp.url, 10) if has_smtp else None
    sender = EmailSender(resend, smtp)
    asked_providers: list[str] = []
    outcome = sender.send(mail(), asked=asked, maybe_accepted=maybe, before=asked_providers.append)
    sender.close()
    assert asked_providers == expected
    if expected:
        assert isinstance(outcome, Accepted)
    else:
        assert isinstance(outcome, Later)
        assert outcome.reason == "misconfigured"


def test_what_cannot_be_written_down_is_not_sent(post: Post) -> None:
    def refuse(provider: str) -> None:
        raise RuntimeError(provider)

    with pytest.raises(RuntimeError):
        post.sender.send(mail(), asked="", maybe_accepted=False, before=refuse)
    assert not post.resend.asked
