"""Resend's reports, signed by the real ``svix`` package and sent over HTTP."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from svix.webhooks import Webhook

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import current_institution_id, tenant_context
from optilearn.institutions.models import Institution
from optilearn.notifications import links
from optilearn.notifications.models import (
    AddressState,
    Delivery,
    DeliveryMark,
    Notification,
    WebhookReceipt,
)
from tests.optilearn.notifications.support import suppressed
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.RESEND_WEBHOOK_SECRETS = (OLDER, SECRET)


# What is reported


def a_delivery(twin: Twin, name: str = "lena", address: str = "lena@example.test") -> Delivery:
    with tenant_context(twin.id):
        notification = Notification.objects.create(
            key="ENROLL_WELCOME", dedupe="x", due_at=NOON, status="EXPANDED"
        )
        return Delivery.objects.create(
            notification=notification,
            person=twin.people[name],
            channel="EMAIL",
            key="ENROLL_WELCOME",
            category="COURSES",
            priority=3,
            status="SENT",
            due_at=NOON,
            address=address,
        )


def event(twin: Twin, delivery: Delivery, what: str, **data: Any) -> dict[str, Any]:
    at = data.pop("at", NOON)
    about = {
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
        "to": ["Lena@example.test"],
        "tags": {"optilearn": links.delivery_token(twin.id, delivery.pk), "key": "x"},
    }
    created = at.isoformat().replace("+00:00", "Z")
    return {"type": f"email.{what}", "created_at": created, "data": about | data}


def send(body: Any, message_id: str = "msg_1", *, secret: str = SECRET) -> tuple[int, Any]:
    """As Svix sends it; the report comes outside of every institution."""
    assert current_institution_id() is None
    raw = body if isinstance(body, str) else json.dumps(body)
    with frozen(NOON):
        signature = Webhook(secret).sign(message_id, NOON, raw)
        return post(raw, message_id, signature)


def post(raw: str, message_id: str, signature: str, **more: str) -> tuple[int, Any]:
    from django.test import Client

    headers = {
        "svix-id": message_id,
        "svix-timestamp": str(int(NOON.timestamp())),
        "svix-signature": signature,
    }
    response = Client().post(
        "/api/webhooks/resend", raw, content_type="application/json", headers=headers | more
    )
    return response.status_code, response.json()


BOUNCE = {"type": "Permanent", "subType": "General", "message": "The mailbox is gone."}


def test_it_arrived(twins: Twins) -> None:
    row = a_delivery(twins[0])
    status, body = send(event(twins[0], row, "delivered"))
    assert (status, body) == (200, {"data": {"done": True}, "error": None})
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert (row.status, row.delivered_at) == ("SENT", NOON)
        assert row.provider_id == "56761188-7520-42d8-8898-ff6fc54ce618"
        assert row.history == [{"at": "2026-11-23T12:00:00Z", "what": "delivered", "why": ""}]


def test_a_permanent_bounce_with_tags_as_a_list(twins: Twins) -> None:
    row = a_delivery(twins[0])
    token = links.delivery_token(twins[0].id, row.pk)
    tags = [{"name": "x", "value": "y"}, {"name": "optilearn", "value": token}]
    assert send(event(twins[0], row, "bounced", bounce=BOUNCE, tags=tags))[0] == 200
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert (row.status, row.reason) == ("SENT", "permanent_bounce")
        assert row.history[0]["why"] == "Permanent General The mailbox is gone."
        assert suppressed("lena@example.test") == {"lena@example.test": "permanent_bounce"}
    with tenant_context(twins[1].id):
        assert not AddressState.objects.exists()
        assert not WebhookReceipt.objects.exists()


@pytest.mark.parametrize(
    ("what", "more", "reason"),
    [
        ("complained", {}, "complaint"),
        (
            "suppressed",
            {"suppressed": {"message": "On the list.", "type": "x"}},
            "permanent_bounce",
        ),
    ],
)
def test_complaints_and_the_providers_own_list(
    twins: Twins, what: str, more: dict[str, Any], reason: str
) -> None:
    row = a_delivery(twins[0])
    send(event(twins[0], row, what, **more))
    with tenant_context(twins[0].id):
        assert suppressed("lena@example.test") == {"lena@example.test": reason}


def test_soft_bounces_stop_at_the_third_day(twins: Twins) -> None:
    row = a_delivery(twins[0])
    soft = {"bounce": BOUNCE | {"type": "Transient"}}
    for number, hours in enumerate((0, 1, 24, 25, 49)):
        report = event(twins[0], row, "bounced", at=NOON - timedelta(hours=hours), **soft)
        send(report, f"msg_{number}")
        with tenant_context(twins[0].id):
            assert bool(suppressed("lena@example.test")) == (hours == 49)


def test_an_answering_machine_counts_for_nothing(twins: Twins) -> None:
    row = a_delivery(twins[0])
    send(event(twins[0], row, "bounced", bounce=BOUNCE | {"type": "Undetermined"}))
    with tenant_context(twins[0].id):
        assert not AddressState.objects.exists()
        row.refresh_from_db()
        assert row.history[0]["what"] == "bounced"


@pytest.mark.parametrize("first", ["bounced", "complained"])
def test_a_late_delivered_clears_nothing(twins: Twins, first: str) -> None:
    row = a_delivery(twins[0])
    send(event(twins[0], row, first, bounce=BOUNCE), "msg_1")
    send(event(twins[0], row, "delivered", at=NOON - timedelta(minutes=5)), "msg_2")
    with tenant_context(twins[0].id):
        assert suppressed("lena@example.test")
        row.refresh_from_db()
        assert row.delivered_at == NOON - timedelta(minutes=5)
        assert [line["what"] for line in row.history] == [first, "delivered"]


def test_the_provider_failed(twins: Twins) -> None:
    row = a_delivery(twins[0])
    send(event(twins[0], row, "failed", failed={"reason": "reached_daily_quota"}))
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert (row.status, row.reason) == ("FAILED", "provider_failed")
        assert row.history[0]["why"] == "reached_daily_quota"
        assert not AddressState.objects.exists()


def test_items_get_the_outcome_of_a_digest_that_the_provider_failed(twins: Twins) -> None:
    carrier, item = a_delivery(twins[0]), a_delivery(twins[0])
    with tenant_context(twins[0].id):
        Delivery.objects.filter(pk=carrier.pk).update(key="DIGEST")
        Delivery.objects.filter(pk=item.pk).update(carrier=carrier)
    send(event(twins[0], carrier, "failed", failed={"reason": "reached_daily_quota"}))
    with tenant_context(twins[0].id):
        item.refresh_from_db()
        assert (item.status, item.reason) == ("FAILED", "provider_failed")


def test_the_same_sent_anew_is_no_duplicate_of_what_the_provider_failed(twins: Twins) -> None:
    row = a_delivery(twins[0])
    with tenant_context(twins[0].id):
        DeliveryMark.objects.create(
            person=row.person, channel="EMAIL", mark="x", at=NOON, delivery_id=row.pk
        )
    send(event(twins[0], row, "failed"))
    with tenant_context(twins[0].id):
        assert not DeliveryMark.objects.exists()


@pytest.mark.parametrize("order", [("failed", "delivered"), ("delivered", "failed")])
def test_what_arrived_has_not_failed(twins: Twins, order: tuple[str, str]) -> None:
    """Else an administrator would send it a second time."""
    row, item = a_delivery(twins[0]), a_delivery(twins[0])
    with tenant_context(twins[0].id):
        Delivery.objects.filter(pk=item.pk).update(carrier=row)
    for what in order:
        send(event(twins[0], row, what), f"msg_{what}")
    with tenant_context(twins[0].id):
        for one in (row, item):
            one.refresh_from_db()
            assert (one.status, one.reason) == ("SENT", "")
        assert row.delivered_at == NOON


def test_a_dead_letter_that_arrived_is_none(twins: Twins) -> None:
    row = a_delivery(twins[0])
    with tenant_context(twins[0].id):
        Delivery.objects.filter(pk=row.pk).update(status="FAILED", reason="unsure", sent_at=None)
    send(event(twins[0], row, "delivered"))
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert (row.status, row.reason, row.sent_at) == ("SENT", "", NOON)


def test_the_worst_of_several_reports_is_the_reason(twins: Twins) -> None:
    """They come in any order."""
    row = a_delivery(twins[0])
    send(event(twins[0], row, "bounced", bounce=BOUNCE), "msg_1")
    send(event(twins[0], row, "bounced", bounce=BOUNCE | {"type": "Transient"}), "msg_2")
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert row.reason == "permanent_bounce"


def test_delays_are_recorded_and_readers_are_not_tracked(twins: Twins) -> None:
    row = a_delivery(twins[0])
    for number, what in enumerate(("sent", "delivery_delayed", "opened", "clicked", "new_kind")):
        assert send(event(twins[0], row, what), f"msg_{number}")[0] == 200
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert [line["what"] for line in row.history] == ["delivery_delayed"]


def test_once_per_id(twins: Twins) -> None:
    row = a_delivery(twins[0])
    report = event(twins[0], row, "bounced", bounce=BOUNCE | {"type": "Transient"})
    for _ in range(3):
        assert send(report)[0] == 200
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert len(row.history) == 1
        assert WebhookReceipt.objects.count() == 1


def test_a_failure_rolls_the_receipt_back(twins: Twins) -> None:
    """What couldn't be written down is sent again, and counts then."""
    row = a_delivery(twins[0], address="")
    broken = event(twins[0], row, "complained", to=["lena\x00@example.test"])
    assert send(broken)[0] >= 400  # no text column takes NUL
    with tenant_context(twins[0].id):
        assert not WebhookReceipt.objects.exists()
    assert send(event(twins[0], row, "complained"))[0] == 200


def test_characters_that_no_column_stores_are_left_out_of_reasons(twins: Twins) -> None:
    row = a_delivery(twins[0])
    send(event(twins[0], row, "bounced", bounce=BOUNCE | {"message": "a\x00b" * 500}))
    with tenant_context(twins[0].id):
        assert "ab" in AddressState.objects.get().detail


def test_a_delivery_that_was_tidied_away(twins: Twins) -> None:
    row = a_delivery(twins[0])
    report = event(twins[0], row, "complained")
    with tenant_context(twins[0].id):
        Delivery.objects.all().delete()
    assert send(report)[0] == 200
    with tenant_context(twins[0].id):
        assert suppressed("lena@example.test") == {"lena@example.test": "complaint"}


def test_reports_that_are_not_ours_are_ignored(twins: Twins) -> None:
    row = a_delivery(twins[0])
    known = event(twins[0], row, "complained")
    other = known["data"] | {"tags": {"optilearn": links.delivery_token(10**9, row.pk)}}
    bodies: list[Any] = [
        {"type": "contact.created", "data": {"email": "x@example.test"}},
        known | {"data": known["data"] | {"tags": None}},
        known | {"data": known["data"] | {"tags": {"optilearn": "forged"}}},
        known | {"data": known["data"] | {"tags": {"optilearn": "न"}}},
        known | {"data": known["data"] | {"tags": ["optilearn"]}},
        known | {"data": known["data"] | {"tags": [{"name": ["optilearn"], "value": "x"}]}},
        known | {"data": other},
        known | {"data": []},
        [],
        "no json",
    ]
    for number, body in enumerate(bodies):
        assert send(body, f"msg_{number}")[0] == 200
    with tenant_context(twins[0].id):
        assert not AddressState.objects.exists()


def test_a_strange_time_and_recipient(twins: Twins) -> None:
    row = a_delivery(twins[0], address="")
    report = event(twins[0], row, "complained", to=["Lena <LENA@example.test>"])
    send(report | {"created_at": "0001-01-01T00:00:00+14:00"}, "msg_0")
    send(report | {"created_at": "yesterday"})
    with tenant_context(twins[0].id):
        assert suppressed("lena@example.test")
        row.refresh_from_db()
        assert row.history[0]["at"] == "2026-11-23T12:00:00Z"


def test_a_token_of_another_purpose_is_none(twins: Twins) -> None:
    row = a_delivery(twins[0])
    said = links.Signed(twins[0].id, row.pk, "")
    tags = {"optilearn": links.sign(links.UNSUBSCRIBE, said)}
    assert send(event(twins[0], row, "complained", tags=tags))[0] == 200
    with tenant_context(twins[0].id):
        assert not AddressState.objects.exists()


def test_the_institutions_own_limits(twins: Twins) -> None:
    Institution.objects.filter(pk=twins[0].id).update(
        settings={"notifications": {"softBounces": 1}}
    )
    row = a_delivery(twins[0])
    send(event(twins[0], row, "bounced", bounce=BOUNCE | {"type": "Transient"}))
    with tenant_context(twins[0].id):
        assert suppressed("lena@example.test")


def test_who_did_not_sign_is_refused(twins: Twins) -> None:
    row = a_delivery(twins[0])
    raw = json.dumps(event(twins[0], row, "complained"))
    with frozen(NOON):
        status, body = post(raw, "msg_1", "v1,AAAA")
    assert (status, body["error"]["code"]) == (401, "AUTH_REQUIRED")
    status, _ = send(raw, secret="whsec_AAAA")
    assert status == 401
    with frozen(NOON + timedelta(seconds=301)):  # recorded, and sent again later
        status, _ = post(raw, "msg_1", Webhook(SECRET).sign("msg_1", NOON, raw))
    assert status == 401
    assert send(raw, secret=OLDER)[0] == 200


def test_without_secrets_nobody_is_believed(twins: Twins, settings: Any) -> None:
    settings.RESEND_WEBHOOK_SECRETS = ()
    assert send({})[0] == 503


def test_it_needs_no_origin_even_with_a_session(twins: Twins) -> None:
    from django.test import Client

    row = a_delivery(twins[0])
    raw = json.dumps(event(twins[0], row, "delivered"))
    client = Client()
    client.cookies[django_settings.AUTH_COOKIE] = token_of(twins[1], "lena")
    with frozen(NOON):
        signature = Webhook(SECRET).sign("msg_1", NOON, raw)
        response = client.post(
            "/api/webhooks/resend",
            raw,
            content_type="application/json",
            headers={
                "svix-id": "msg_1",
                "svix-timestamp": str(int(NOON.timestamp())),
                "svix-signature": signature,
                "Origin": "https://elsewhere.example",
            },
        )
    assert response.status_code == 200
    with tenant_context(twins[0].id):
        row.refresh_from_db()
        assert row.delivered_at == NOON


def test_only_post(twins: Twins) -> None:
    assert call("GET", "/api/webhooks/resend")[0] == 405
