"""The log, dead letters, the queues and the rules."""

from __future__ import annotations

import re
from typing import Any

import pytest

from optilearn.core.clock import frozen
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution
from optilearn.notifications import services
from optilearn.notifications.administration.explanations import explanation
from optilearn.notifications.models import Delivery, Preference
from optilearn.notifications.rules import Rule
from tests.optilearn.notifications.support import NOON, later, notified, payload
from tests.support.client import call, token_of
from tests.support.database import ROOT
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def ask(twin: Twin, method: str, path: str, body: Any = None) -> Any:
    status, envelope = call(
        method, f"/api/notifications{path}", token=token_of(twin, "asha"), body=body
    )
    return status, envelope


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
        (row,) = notified(north.people["lena"])
        assert (row.status, row.attempts, row.history[-1]["what"]) == ("PENDING", 0, "replayed")


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


def test_part_of_the_quiet_hours_leaves_the_rest(north: Twin) -> None:
    ask(north, "PATCH", "/policy", {"quietHours": {"start": "20:00", "end": "06:00"}})
    _, envelope = ask(north, "PATCH", "/policy", {"quietHours": {"enabled": False}})
    assert envelope["data"]["quietHours"] == {"enabled": False, "start": "20:00", "end": "06:00"}
    _, envelope = ask(north, "PATCH", "/policy", {"quietHours": {"end": "06:30"}, "dailyCap": None})
    assert envelope["data"]["quietHours"] == {"enabled": False, "start": "20:00", "end": "06:30"}


def test_what_was_never_set_is_the_default_as_it_is_then(north: Twin) -> None:
    ask(north, "PATCH", "/policy", {"dailyCap": 3})
    ask(north, "PATCH", "/policy", {"quietHours": {"start": "20:00"}})
    kept = Institution.objects.get(pk=north.id).settings["notifications"]
    assert kept == {"dailyCap": 3, "quietHours": {"start": "20:00"}}
    with tenant_context(north.id):
        entries = AuditEntry.objects.filter(action="notifications.policy").order_by("id")
        details = [entry.details for entry in entries]
        assert details == [{"fields": ["daily_cap"]}, {"fields": ["quiet_hours"]}]


@pytest.mark.parametrize(
    "change",
    [
        {"replyTo": "the office"},
        {"replyTo": "office@school.test, head@school.test"},
        {"replyTo": "office@school.test\r\nBcc: everybody@school.test"},
        {"quietHours": {"start": "07:00"}},
        {"quietHours": {"start": "22:00", "end": "22:00"}},
    ],
)
def test_rules_that_would_stop_mails_or_do_nothing_are_refused(north: Twin, change: Any) -> None:
    status, envelope = ask(north, "PATCH", "/policy", change | {"dailyCap": 5})
    assert (status, envelope["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert "notifications" not in Institution.objects.get(pk=north.id).settings


def test_who_mails_are_from(north: Twin) -> None:
    sender = {"senderName": "  उत्तर विद्यालय ", "replyTo": " office@school.test "}
    _, envelope = ask(north, "PATCH", "/policy", sender)
    assert envelope["data"]["senderName"] == "उत्तर विद्यालय"
    assert envelope["data"]["replyTo"] == "office@school.test"
    _, envelope = ask(north, "PATCH", "/policy", {"senderName": "", "replyTo": ""})
    assert (envelope["data"]["senderName"], envelope["data"]["replyTo"]) == ("", "")


def reasons_of_the_channels() -> set[str]:
    """Every code that a channel, a report or the worker can leave on a delivery."""
    calls = r"(?:Later|Rejected)\(\s*\"([a-z_]+)\"|_set_reason\(delivery.*\"([a-z_]+)\"\)"
    others = r"DeviceStatus\.(?:KEEP|LATER), \"([a-z_]+)\"|reason ?= ?\"([a-z_]+)\""
    sources = [*(ROOT / "worker").rglob("*.py")]
    sources += (ROOT / "platform/optilearn/notifications").rglob("*.py")
    found = {
        code
        for source in sources
        for match in re.finditer(f"{calls}|{others}", source.read_text())
        for code in match.groups()
        if code
    }
    assert {"refused", "push_credential", "provider_failed", "complaint", "unsure"} <= found
    return found - {"wording"}  # the name of all that can be wrong with words


def test_every_outcome_is_explained() -> None:
    assert not {code for code in reasons_of_the_channels() if not explanation("", code)}
    assert not {rule for rule in Rule if not explanation(rule.value, "")}
    assert explanation("", "missing_template")
    assert explanation("", "broken_template")


def test_items_of_a_digest_are_not_explained_as_turned_off(north: Twin) -> None:
    with tenant_context(north.id), frozen(NOON):
        data = payload("LESSON_NEW_CONTENT")
        lena = north.people["lena"].pk
        services.queue_for_digest(key="LESSON_NEW_CONTENT", to=lena, data=data)
    _, envelope = ask(north, "GET", "/deliveries?key=LESSON_NEW_CONTENT")
    said = {row["channel"]: row["explanation"] for row in envelope["data"]}
    assert (said["EMAIL"], said["IN_APP"]) == ("", "")
    assert "digest" in said["PUSH"]


def test_there_are_32_keys_in_the_readers_language(north: Twin) -> None:
    _, envelope = ask(north, "GET", "/keys")
    assert len(envelope["data"]) == 32


def test_old_messages_are_purged_and_once_still_holds(north: Twin) -> None:
    from optilearn.notifications.delivery.retention import purge

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
