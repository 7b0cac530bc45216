"""The log, dead letters, the queues and the rules."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications import services
from optilearn.notifications.models import Delivery, Preference
from tests.optilearn.notifications.support import NOON, later, payload, reach, take, told
from tests.support.door import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def ask(twin: Twin, method: str, path: str, body: Any = None) -> Any:
    status, envelope = call(
        method, f"/api/notifications{path}", token=token_of(twin, "asha"), body=body
    )
    return status, envelope


@pytest.fixture
def north(twins: Twins) -> Twin:
    """North, with a mail that failed, one that was skipped, and what else belongs to them."""
    twin = twins[0]
    lena, mira = reach(twin, "lena"), reach(twin, "मीरा", email="")
    with tenant_context(twin.id), frozen(NOON):
        services.send(key="ENROLL_WELCOME", to=[lena.pk, mira.pk], data=payload("ENROLL_WELCOME"))
        (taken,) = take()
        services.failed(taken, services.Failure("refused", "422 Invalid `to` field", "RESEND"))
    return twin


def test_the_log_says_why(north: Twin) -> None:
    status, envelope = ask(north, "GET", "/deliveries?channel=EMAIL&perPage=1")
    assert (status, envelope["meta"]["total"]) == (200, 2)
    _, envelope = ask(north, "GET", "/deliveries?status=FAILED")
    (dead,) = envelope["data"]
    assert (dead["reason"], dead["person"]["name"]) == ("refused", "Lena")
    assert dead["explanation"] == "The provider refused the message."
    _, envelope = ask(north, "GET", "/deliveries?rule=no_address")
    assert [row["person"]["name"] for row in envelope["data"]] == ["मीरा"]
    _, envelope = ask(north, "GET", f"/deliveries/{dead['id']}")
    (line,) = envelope["data"]["history"]
    assert (line["what"], line["why"]) == ("refused", "RESEND: 422 Invalid `to` field")
    assert envelope["data"]["data"] == payload("ENROLL_WELCOME")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=len", 3),
        ("q=मी", 3),
        ("key=ASSESS_GRADED", 0),
        ("since=2026-11-23T12:00:01Z", 0),
        ("until=2026-11-23T12:00:01Z&channel=PUSH", 2),
    ],
)
def test_the_log_can_be_searched(north: Twin, query: str, count: int) -> None:
    _, envelope = ask(north, "GET", f"/deliveries?{query}")
    assert envelope["meta"]["total"] == count


def test_the_log_asks_as_often_for_many_as_for_one(
    north: Twin, django_assert_num_queries: Any
) -> None:
    from optilearn.notifications.administration.schemas import DeliveryQuery
    from optilearn.notifications.administration.selectors import deliveries

    principal = north.principal("asha")
    with tenant_context(north.id):
        for size in (1, 100):
            with django_assert_num_queries(2):
                deliveries(principal, DeliveryQuery.model_validate({"perPage": size}))


def test_a_dead_letter_is_sent_again(north: Twin, twins: Twins) -> None:
    with tenant_context(north.id):
        ids = list(Delivery.objects.values_list("id", flat=True))
    assert ask(twins[1], "POST", "/deliveries/replay", {"ids": ids})[1]["data"]["replayed"] == 0
    assert ask(north, "POST", "/deliveries/replay", {"ids": ids})[1]["data"]["replayed"] == 1
    assert ask(north, "POST", "/deliveries/replay", {"ids": ids})[1]["data"]["replayed"] == 0
    with tenant_context(north.id):
        (row,) = told(north.people["lena"])
        assert (row.status, row.attempts, row.history[-1]["what"]) == ("PENDING", 0, "replayed")


def test_the_queues_tell_depth_age_rate_and_failures(north: Twin) -> None:
    with tenant_context(north.id), frozen(later(minutes=2)):
        from optilearn.notifications.selectors.queues import outbox_state, waiting_work

        states = {state.channel.value: state for state in outbox_state()}
        assert states["IN_APP"].due == 2
        assert states["IN_APP"].oldest_seconds == 120
        assert states["EMAIL"].failed_lately == 1
        assert waiting_work() == ["PUSH", "IN_APP"]
        services.deliver_all_in_app()
        states = {state.channel.value: state for state in outbox_state()}
        assert (states["IN_APP"].due, states["IN_APP"].sent_recently) == (0, 2)
        assert waiting_work() == ["PUSH"]
    assert ask(north, "GET", "/queues")[0] == 200


def test_the_health_command_fails_when_messages_are_stuck(
    north: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    with frozen(later(minutes=9)):
        call_command("queues")
        assert "IN_APP" in capsys.readouterr().out
        call_command("queues", "--prometheus")
        assert 'optilearn_outbox_due{channel="IN_APP"} 2' in capsys.readouterr().out
    with frozen(later(minutes=11)), pytest.raises(CommandError, match="PUSH, IN_APP"):
        call_command("queues")


def test_the_rules_can_be_changed(north: Twin) -> None:
    _, envelope = ask(north, "GET", "/policy")
    assert (envelope["data"]["dailyCap"], envelope["data"]["quietHours"]["start"]) == (
        8,
        "21:00",
    )
    status, envelope = ask(north, "PATCH", "/policy", {"dailyCap": 3})
    assert (status, envelope["data"]["dailyCap"]) == (200, 3)
    _, envelope = ask(north, "PATCH", "/policy", {"quietHours": {"start": "20:30", "end": "06:00"}})
    assert (envelope["data"]["dailyCap"], envelope["data"]["quietHours"]["start"]) == (
        3,
        "20:30",
    )
    for wrong in (
        {"dailyCap": 0},
        {"dailyCap": "many"},
        {"dalyCap": 3},
        {"quietHours": {"end": 7}},
        {"quietHours": {"end": "07:00Z"}},
    ):
        assert ask(north, "PATCH", "/policy", wrong)[0] == 400


def test_there_are_31_keys_in_the_readers_language(north: Twin) -> None:
    _, envelope = ask(north, "GET", "/keys")
    assert len(envelope["data"]) == 31


def test_what_was_told_long_ago_goes_and_stays_told(north: Twin) -> None:
    from optilearn.notifications.services.purging import purge

    with tenant_context(north.id):
        lena = north.people["lena"]
        data = payload("ENROLL_ACCESS_EXPIRING")
        with frozen(NOON):
            services.send(key="ENROLL_ACCESS_EXPIRING", to=lena.pk, data=data, once="1")
        Delivery.objects.update(status="SENT")
        Preference.objects.create(person=lena, key="ENROLL_WELCOME", email=False)
        with frozen(later(days=399)):
            purge()
            assert Delivery.objects.exists()
        with frozen(later(days=401)):
            assert purge() == 2
            assert not Delivery.objects.exists()
            assert purge() == 0
            sent = services.send(key="ENROLL_ACCESS_EXPIRING", to=lena.pk, data=data, once="1")
            assert sent is None
