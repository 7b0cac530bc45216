"""How the outbox stands, against a count of its own, and as a scraper reads it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications import services
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import in_app
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.outbox.state import ChannelState, due_work, outbox_state
from tests.optilearn.notifications.support import NOON, later, notified, payload
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def states() -> dict[str, ChannelState]:
    return {state.channel: state for state in outbox_state()}


def test_the_queues_show_depth_age_rate_and_failures(
    north: Twin, django_assert_num_queries: Any
) -> None:
    with tenant_context(north.id), frozen(later(minutes=2)):
        with django_assert_num_queries(2):
            found = states()
        assert list(found) == ["EMAIL", "PUSH", "IN_APP", "RECIPIENTS"]
        assert found["IN_APP"].due == 2
        assert found["IN_APP"].oldest_seconds == 120
        assert found["EMAIL"].failed_lately == 1
        assert due_work() == ["PUSH", "IN_APP"]
        in_app.deliver_all_in_app()
        found = states()
        assert (found["IN_APP"].due, found["IN_APP"].sent_recently) == (0, 2)
        assert due_work() == ["PUSH"]
    assert call("GET", "/api/notifications/queues", token=token_of(north, "asha"))[0] == 200


def row(twin: Twin, status: str, **facts: Any) -> Delivery:
    """A mail to Lena, as it stands somewhere on its way."""
    notification = Notification.objects.create(key="ENROLL_WELCOME", dedupe="", due_at=NOON)
    given: dict[str, Any] = {"due_at": NOON, "created_at": NOON, "channel": "EMAIL"}
    return Delivery.objects.create(
        notification=notification,
        person=twin.people["lena"],
        key="ENROLL_WELCOME",
        category="COURSES",
        priority=3,
        status=status,
        **(given | facts),
    )


def counted(moment: datetime) -> dict[str, tuple[int, int, int, int, int, int]]:
    """The same numbers, one row after the other."""
    found = {}
    for channel in Channel:
        rows = list(Delivery.objects.filter(channel=channel))
        waiting = [r for r in rows if r.status in {"PENDING", "DEFERRED"}]
        plain = [r for r in waiting if not r.digest]
        alone = [r for r in rows if r.carrier_id is None]
        sent = [r.sent_at for r in alone if r.status == "SENT" and r.sent_at]
        ends = [
            datetime.fromisoformat(r.history[-1]["at"]) if r.history else r.created_at
            for r in alone
            if r.status == "FAILED"
        ]
        found[channel.value] = (
            sum(r.due_at <= moment for r in plain),
            sum(r.due_at > moment for r in plain),
            sum(bool(r.digest) and r.carrier_id is None for r in waiting),
            sum(at > moment - timedelta(minutes=5) for at in sent),
            sum(at > moment - timedelta(hours=24) for at in sent),
            sum(at > moment - timedelta(hours=24) for at in ends),
        )
    return found


def test_against_a_count_of_its_own(north: Twin) -> None:
    moment = later(hours=2)
    days = {"created_at": later(days=-3)}
    failed_now = {"history": [{"at": "2026-11-23T13:59:00Z", "what": "timeout", "why": ""}]}
    failed_before = {"history": [{"at": "2026-11-20T13:59:00Z", "what": "timeout", "why": ""}]}
    with tenant_context(north.id), frozen(moment):
        row(north, "PENDING", due_at=later(hours=3))
        row(north, "DEFERRED", due_at=later(hours=19), rule="quiet_hours")
        row(north, "PENDING", channel="PUSH", due_at=moment)
        digest = row(north, "SENT", sent_at=later(hours=1, minutes=58), **days)
        for _ in range(3):
            row(north, "SENT", sent_at=digest.sent_at, digest="DAILY", carrier=digest)
            row(north, "PENDING", digest="WEEKLY")
        row(north, "SENT", sent_at=later(hours=-21))
        row(north, "SENT", sent_at=later(hours=-21), **days)
        row(north, "SENT", sent_at=later(days=-3), **days)
        row(north, "FAILED", **failed_now, **days)
        row(north, "FAILED", **failed_before, **days)
        row(north, "FAILED", channel="IN_APP", reason="missing_template")
        noted = states()
        for channel, numbers in counted(moment).items():
            one = noted[channel]
            assert numbers == (
                one.due,
                one.later,
                one.for_digests,
                one.sent_recently,
                one.sent_lately,
                one.failed_lately,
            )
        email = noted["EMAIL"]
        assert (email.for_digests, email.sent_recently, email.sent_lately) == (3, 1, 3)
        assert email.failed_lately == 2


def test_messages_without_recipients_yet_are_waited_for_too(north: Twin) -> None:
    with tenant_context(north.id), frozen(NOON):
        for n in range(3):
            data = payload("PARENT_CHILD_ABSENT")
            lena = north.people["lena"].pk
            services.send(key="PARENT_CHILD_ABSENT", to=ParentsOf(lena), data=data, once=str(n))
        waiting = Notification.objects.filter(key="PARENT_CHILD_ABSENT")
        waiting.filter(once="1").update(due_at=later(hours=1), problem="OptiCRM is down.")
        waiting.filter(once="2").update(status="FAILED", problem="OptiCRM is down.")
    with tenant_context(north.id), frozen(later(minutes=11)):
        one = states()["RECIPIENTS"]
        assert (one.due, one.later, one.oldest_seconds, one.failed_lately) == (1, 1, 660, 1)
        Delivery.objects.all().delete()
        assert notified(north.people["lena"]) == []
    with frozen(later(minutes=11)), pytest.raises(CommandError, match=r"Stuck: RECIPIENTS\."):
        call_command("queues")


def test_the_health_command_fails_when_messages_are_stuck(
    north: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    with frozen(later(minutes=9)):
        call_command("queues")
        assert "IN_APP" in capsys.readouterr().out
    with frozen(later(minutes=11)), pytest.raises(CommandError, match="PUSH, IN_APP"):
        call_command("queues")


LINE = re.compile(r'([a-z_0-9]+)\{([a-z]+)="([A-Za-z_]+)"\} ([0-9.]+)')


def test_the_metrics_are_in_the_text_format(
    north: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    """A metric has its help, its type, and all its lines together."""
    with frozen(later(minutes=9)):
        call_command("queues", "--prometheus")
    found: dict[str, list[tuple[str, str]]] = {}
    now_in = ""
    said = capsys.readouterr().out
    assert said.endswith("\n")
    for text in said.splitlines():
        if text.startswith("# HELP "):
            now_in = text.split()[2]
            assert now_in not in found
            found[now_in] = []
        elif text.startswith("#"):
            assert text == f"# TYPE {now_in} gauge"
        else:
            match = LINE.fullmatch(text)
            assert match, text
            assert match[1] == now_in
            found[now_in].append((match[3], match[4]))
    assert dict(found["optilearn_outbox_due"])["IN_APP"] == "2"
    assert dict(found["optilearn_outbox_oldest_seconds"])["PUSH"] == "540.0"
    assert all(len(dict(lines)) == len(lines) > 0 for lines in found.values())
