"""The inbox: one's own messages in the app, and which of them are new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.definitions import Category, Channel
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.inbox import selectors, services
from optilearn.notifications.inbox.schemas import InboxQuery
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.services import send
from optilearn.people.models import Person
from tests.optilearn.notifications.support import NOON, payload
from tests.support.client import bearer, call, token_of
from tests.support.plans import ALIASES, plan_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PATH = "/api/notifications"


def give(twin: Twin, name: str, title: str = "Hello", **facts: Any) -> Delivery:
    """A message in somebody's inbox as the worker leaves it."""
    given = {"key": "BADGE_EARNED", "category": "RECOGNITION", "status": "SENT"} | facts
    with tenant_context(twin.id):
        notification = Notification.objects.create(key=given["key"], due_at=NOON)
        return Delivery.objects.create(
            notification=notification,
            person=twin.people[name],
            channel=given.pop("channel", Channel.IN_APP),
            priority=4,
            due_at=NOON,
            title=title,
            **given,
        )


def read(twin: Twin, name: str, query: str = "") -> dict[str, Any]:
    status, envelope = call("GET", PATH + query, token=token_of(twin, name))
    assert status == 200, envelope
    return envelope


def refused(twin: Twin, query: str) -> tuple[int, str]:
    status, envelope = call("GET", PATH + query, token=token_of(twin, "lena"))
    return status, envelope["error"]["code"]


def mark(twin: Twin, name: str, body: Any) -> tuple[int, Any]:
    status, envelope = call("PATCH", f"{PATH}/read", token=token_of(twin, name), body=body)
    return status, envelope["data"]


def unread(twin: Twin, name: str) -> int:
    _, envelope = call("GET", f"{PATH}/unread-count", token=token_of(twin, name))
    return int(envelope["data"]["count"])


def cost(twin: Twin, name: str, **query: Any) -> int:
    principal = twin.principal(name)
    with tenant_context(twin.id), CaptureQueriesContext(connection) as asked:
        selectors.inbox(principal, InboxQuery(**query))
    return len(asked.captured_queries)


def test_one_sees_ones_own_messages_the_newest_first(twins: Twins) -> None:
    north, south = twins
    old, new = give(north, "lena", "Old"), give(north, "lena", "New", read_at=NOON)
    give(north, "मीरा", "Somebody's")
    give(south, "lena", "A neighbour's")
    give(north, "lena", "An e-mail", channel=Channel.EMAIL)
    give(north, "lena", "Skipped", status="SKIPPED")
    give(north, "lena", "Failed", status="FAILED")
    found = read(north, "lena")
    assert [(row["id"], row["title"], row["isRead"]) for row in found["data"]] == [
        (new.pk, "New", True),
        (old.pk, "Old", False),
    ]
    assert found["meta"] == {"total": 2, "page": 1, "perPage": 25, "totalPages": 1}
    assert read(north, "pia")["data"] == []


def test_pages_and_filters(twins: Twins) -> None:
    north, _ = twins
    for number in range(5):
        give(north, "lena", f"{number}", read_at=NOON if number % 2 else None)
    give(north, "lena", "Due", key="LESSON_NEW_CONTENT", category="DEADLINES")
    page = read(north, "lena", "?page=2&limit=4")
    assert [row["title"] for row in page["data"]] == ["1", "0"]
    assert page["meta"] == {"total": 6, "page": 2, "perPage": 4, "totalPages": 2}
    fresh = read(north, "lena", "?unreadOnly=true&category=RECOGNITION")
    assert [row["title"] for row in fresh["data"]] == ["4", "2", "0"]
    assert read(north, "lena", "?page=9")["meta"]["total"] == 6


@pytest.mark.parametrize(
    "query", ["?limit=101", "?limit=0", "?page=0", "?category=WEATHER", "?perPage=5", "?unread=1"]
)
def test_what_is_not_published_is_refused(twins: Twins, query: str) -> None:
    assert refused(twins[0], query) == (400, "VALIDATION_ERROR")


def test_a_hundred_is_the_maximum(twins: Twins) -> None:
    assert read(twins[0], "lena", "?limit=100")["meta"]["perPage"] == 100


def test_what_the_worker_has_not_written_yet_is_written_as_it_will(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id), clock.frozen(NOON):
        meera = north.people["मीरा"]
        Person.objects.filter(pk=meera.pk).update(locale="hi", time_zone="Asia/Kolkata")
        key = "LESSON_ASSIGNMENT_DUE_REMINDER"
        send(
            key=key,
            to=meera.pk,
            data=payload(key, dueAt=datetime.fromisoformat("2026-11-30T18:29Z")),
        )
    early = read(north, "मीरा")["data"]
    assert early[0]["title"]
    assert early[0]["body"]
    assert early[0]["url"].endswith("/courses/12/assignments/31")
    with tenant_context(north.id), clock.frozen(NOON):
        deliver_in_app()
        assert Delivery.objects.get(channel="IN_APP").status == "SENT"
    assert read(north, "मीरा")["data"] == early


def in_language(twin: Twin, name: str, language: str) -> list[dict[str, Any]]:
    with tenant_context(twin.id):
        return selectors.inbox(twin.principal(name), InboxQuery(), language=language)[0]


def test_a_message_is_read_in_the_language_of_now(twins: Twins) -> None:
    """As far as its values are there; what the worker wrote stays what it is."""
    north, _ = twins
    key = "LESSON_ASSIGNMENT_DUE_REMINDER"
    with tenant_context(north.id), clock.frozen(NOON):
        due = datetime.fromisoformat("2026-11-30T18:29Z")
        send(key=key, to=north.people["lena"].pk, data=payload(key, dueAt=due))
        deliver_in_app()
    written = read(north, "lena")["data"]
    (english,) = in_language(north, "lena", "en")
    (hindi,) = in_language(north, "lena", "hi")
    assert english["title"] == written[0]["title"]
    assert "\u0900" <= max(hindi["title"]) <= "\u097f"
    assert hindi["url"] == english["url"]
    assert read(north, "lena")["data"] == written
    with tenant_context(north.id):
        Notification.objects.update(data={})  # as retention does with what names others
    assert in_language(north, "lena", "hi") == in_language(north, "lena", "en") == [english]


def test_another_language_costs_three_queries_however_much_is_read(twins: Twins) -> None:
    north, _ = twins
    principal = north.principal("lena")
    counts = set()
    for number in (1, 20):
        for _ in range(number):
            give(north, "lena")
        with tenant_context(north.id):
            selectors.inbox(principal, InboxQuery(), language="hi")  # the institution is known
            with CaptureQueriesContext(connection) as asked:
                selectors.inbox(principal, InboxQuery(), language="hi")
        counts.add(len(asked))
    assert counts == {4}


def test_what_cannot_be_written_is_named_at_least(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["lena"].pk).update(locale="hi")
    give(north, "lena", "", status="PENDING", key="LESSON_NEW_CONTENT", category="DEADLINES")
    (row,) = read(north, "lena")["data"]
    assert row["title"]
    assert row["body"] == ""


def test_a_page_costs_the_same_however_much_is_on_it(twins: Twins) -> None:
    north, _ = twins
    give(north, "lena")
    assert cost(north, "lena") == 1
    for _ in range(30):
        give(north, "lena")
    assert cost(north, "lena", limit=100) == 1
    with tenant_context(north.id), clock.frozen(NOON):
        for number in range(10):
            send(
                key="BADGE_EARNED",
                to=north.people["lena"].pk,
                data=payload("BADGE_EARNED", badgeId=number),
            )
    assert cost(north, "lena", limit=100) == 4
    assert cost(north, "lena", limit=100, unread_only=True, category=Category.RECOGNITION) == 4


def test_marking_as_read(twins: Twins) -> None:
    north, south = twins
    first, second = give(north, "lena"), give(north, "lena", status="PENDING")
    give(north, "lena")
    others = [give(north, "मीरा").pk, give(south, "lena").pk]
    assert unread(north, "lena") == 3
    ids = [first.pk, second.pk, first.pk, *others, 2**62]
    with clock.frozen(NOON):
        assert mark(north, "lena", {"ids": ids}) == (200, {"marked": 2})
    assert mark(north, "lena", {"ids": ids}) == (200, {"marked": 0})
    assert unread(north, "lena") == 1
    assert unread(north, "मीरा") == 1
    assert unread(south, "lena") == 1
    assert mark(north, "lena", {"all": True}) == (200, {"marked": 1})
    assert unread(north, "lena") == 0
    with tenant_context(north.id):
        first.refresh_from_db()
        assert first.read_at == NOON


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": [1], "all": True}, {"all": False}, {"ids": []}, {"ids": ["x"]}, {"ids": [0]},
     {"ids": [2**63]}, {"ids": list(range(1, 502))}, {"ids": None}],
)  # fmt: skip
def test_which_ones_has_to_be_said(twins: Twins, body: Any) -> None:
    assert mark(twins[0], "lena", body)[0] == 400


def test_who_acts_as_somebody_reads_and_leaves_no_trace(twins: Twins) -> None:
    north, _ = twins
    give(north, "lena", "Private")
    principal = north.principal("lena")
    acting = type(principal)(**(vars(principal) | {"actor_id": north.people["asha"].pk}))
    with tenant_context(north.id):
        assert selectors.inbox(acting, InboxQuery(page=1, limit=25))[1] == 1
        with pytest.raises(AppError) as refusal:
            services.mark_read(principal=acting)
        assert refusal.value.code is ErrorCode.FORBIDDEN
        assert selectors.unread_count(principal) == 1


def test_counting_is_cheap_and_answers_304(twins: Twins, client: Any) -> None:
    north, _ = twins
    headers = bearer(token_of(north, "lena"))
    tag = client.get(f"{PATH}/unread-count", headers=headers)["ETag"]
    again = headers | {"If-None-Match": tag}
    assert client.get(f"{PATH}/unread-count", headers=again).status_code == 304
    give(north, "lena")
    assert client.get(f"{PATH}/unread-count", headers=again).json()["data"] == {"count": 1}
    principal = north.principal("lena")
    with tenant_context(north.id), CaptureQueriesContext(connection) as asked:
        selectors.unread_count(principal)
    assert len(asked.captured_queries) == 1


def crowded_inboxes(twin: Twin) -> list[Delivery]:
    """Messages of each person on each channel, as most of them are: read, sent or skipped."""
    notifications = [Notification(key="BADGE_EARNED", due_at=NOON) for _ in range(40)]
    Notification.objects.using("owner").bulk_create(notifications)
    return [
        Delivery(
            notification_id=notification.pk,
            person_id=person.pk,
            channel=channel,
            status="SKIPPED" if number % 2 else "SENT",
            priority=4,
            due_at=NOON,
            read_at=NOON if number else None,
        )
        for person in twin.people.values()
        for channel in Channel
        for number, notification in enumerate(notifications)
    ]


@pytest.mark.slow
@pytest.mark.django_db(databases=ALIASES)
@pytest.mark.parametrize(
    ("lookup", "index"),
    [
        (lambda inbox: inbox.order_by("-id").values("title")[:25], "delivery_inbox"),
        (lambda inbox: inbox.filter(read_at=None).values("id"), "delivery_unread"),
    ],
)
def test_the_indexes_are_used(
    twins: Twins, lookup: Callable[[QuerySet[Delivery]], QuerySet[Delivery]], index: str
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        asked = lookup(selectors.inbox_of(north.people["lena"].pk))
        plan = plan_of(crowded_inboxes(north), *asked.query.sql_with_params())
    assert index in plan
    assert "Sort" not in plan
