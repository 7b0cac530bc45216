"""Resend's answers, each told apart by a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.loopback import Answer
from tests.support.resend import API_KEY, Fault, ResendServer
from tests.worker.channels.mails import UNSUBSCRIBE, mail
from worker.channels.email.resend import Resend
from worker.channels.outcomes import Accepted, Later, Rejected


@pytest.fixture
def server() -> Iterator[ResendServer]:
    with ResendServer() as running:
        yield running


@pytest.fixture
def resend(server: ResendServer, timeout: float) -> Iterator[Resend]:
    made = Resend(API_KEY, server.url, timeout)
    yield made
    made.close()


def test_the_request_to_resend(server: ResendServer, resend: Resend) -> None:
    outcome = resend.send(mail(to_name='मीरा "M" शाह', subject="परिणाम\r\nBcc: eve@x"))
    taken = server.taken["delivery-1"]
    assert outcome == Accepted("RESEND", taken.id)
    assert taken.body == {
        "from": '"Springdale School" <no-reply@learn.example.org>',
        "to": ['"मीरा \\"M\\" शाह" <lena1@example.test>'],
        "subject": "परिणाम Bcc: eve@x",
        "html": mail().html,
        "text": mail().text,
        "headers": {"Message-ID": "<1.delivery@learn.example.org>"} | UNSUBSCRIBE,
        "tags": [{"name": "optilearn", "value": "abc-_123"}],
        "reply_to": "office@springdale.example",
    }


def test_one_connection_serves_all_and_its_loss_is_survived(
    server: ResendServer, resend: Resend
) -> None:
    for number in range(5):
        assert isinstance(resend.send(mail(number)), Accepted)
    assert server.connections == 1
    server.stop()
    assert resend.send(mail(6)).__class__ is Later
    server.start()
    assert isinstance(resend.send(mail(6)), Accepted)


@pytest.mark.parametrize(
    ("fault", "reason", "maybe", "wait"),
    [
        (Fault.HANG, "timeout", True, None),
        (Fault.DROP, "no_reply", True, None),
        (Fault.ERROR, "unavailable", True, None),
        (Fault.BAD_GATEWAY, "unavailable", True, None),
        (Fault.IN_PROGRESS, "in_progress", True, None),
        (Fault.BUSY, "rate_limited", False, 1.0),
        (Fault.DAILY_QUOTA, "quota_exceeded", False, 3_600.0),
        (Fault.UNAUTHORIZED, "misconfigured", False, None),
        (Fault.UNVERIFIED, "misconfigured", False, None),
    ],
)
def test_transient_refusals(
    server: ResendServer, resend: Resend, fault: Fault, reason: str, maybe: bool, wait: float | None
) -> None:
    server.faults.set(fault, times=1)
    outcome = resend.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.provider, outcome.reason) == ("RESEND", reason)
    assert (outcome.maybe_accepted, outcome.retry_after) == (maybe, wait)
    assert not server.taken
    assert isinstance(resend.send(mail()), Accepted)


@pytest.mark.parametrize("fault", [Fault.TAKE_AND_HANG, Fault.TAKE_AND_DROP, Fault.TAKE_AND_ERROR])
def test_a_message_accepted_without_a_reply_is_not_accepted_twice(
    server: ResendServer, resend: Resend, fault: Fault
) -> None:
    server.faults.set(fault, times=1)
    outcome = resend.send(mail())
    assert isinstance(outcome, Later)
    assert outcome.maybe_accepted
    assert resend.send(mail()) == Accepted("RESEND", server.taken["delivery-1"].id)
    assert server.asked["delivery-1"] == 2
    assert len(server.taken) == 1


def test_a_key_that_was_used_for_another_text_was_accepted(
    server: ResendServer, resend: Resend
) -> None:
    resend.send(mail())
    assert resend.send(mail(subject="Another")) == Accepted("RESEND", "")
    assert server.taken["delivery-1"].subject == mail().subject


@pytest.mark.parametrize("fault", [Fault.INVALID, Fault.BAD_REQUEST])
def test_permanent_refusals(server: ResendServer, resend: Resend, fault: Fault) -> None:
    server.faults.set(fault)
    outcome = resend.send(mail())
    assert isinstance(outcome, Rejected)
    assert (outcome.reason, outcome.bad_address) == ("refused", False)
    assert "lena" not in outcome.detail
    assert outcome.detail.startswith(fault.value)


def test_a_wrong_key_and_a_wrong_address(server: ResendServer) -> None:
    for resend in (Resend("re_wrong", server.url, 10), Resend(API_KEY, server.url + "/x", 10)):
        outcome = resend.send(mail())
        resend.close()
        assert isinstance(outcome, Later)
        assert (outcome.reason, outcome.maybe_accepted) == ("misconfigured", False)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "<html>Welcome</html>"),
        Answer(200, {}),
        Answer(200, []),
        Answer(200, {"id": "1"}, {"Content-Encoding": "gzip"}),
        Answer(202, "[" * 100_000),
    ],
)
def test_a_yes_that_names_no_message_is_none(
    server: ResendServer, resend: Resend, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of whoever else answers there: its readers would never get the mail."""
    monkeypatch.setattr(server, "answer", lambda _: answer)
    outcome = resend.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("no_reply", True)


@pytest.mark.parametrize("url", ["", "api.resend.example", "ftp://127.0.0.1:1"])
def test_an_address_that_is_none(url: str) -> None:
    resend = Resend(API_KEY, url, 1)
    outcome = resend.send(mail())
    resend.close()
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("misconfigured", False)


def test_a_closed_port(server: ResendServer, resend: Resend) -> None:
    server.stop()
    outcome = resend.send(mail())
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.maybe_accepted) == ("unreachable", False)
