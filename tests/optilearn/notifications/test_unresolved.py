"""Messages that were given up before their people were known: listed, and looked up anew."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from optilearn.core.clock import frozen
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.demo.opticrm import Fault, Kind
from optilearn.notifications import services
from optilearn.notifications.administration.schemas import UnresolvedQuery
from optilearn.notifications.administration.selectors import unresolved
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.delivery import expansion
from optilearn.notifications.models import Delivery, Notification
from tests.optilearn.notifications.support import NOON, later, payload
from tests.support.client import call, token_of
from tests.support.opticrm import opticrm_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
KEY = "PARENT_CHILD_ABSENT"
INTERNALS = "OptiCRM, parents: 503 from http://crm.internal:8080"


def ask(twin: Twin, query: str = "", moment: datetime = NOON) -> Any:
    with frozen(moment):
        path = f"/api/notifications/unresolved{query}"
        return call("GET", path, token=token_of(twin, "asha"))


def replay(twin: Twin, ids: list[int], moment: datetime = NOON) -> Any:
    path = "/api/notifications/unresolved/replay"
    with frozen(moment):
        return call("POST", path, token=token_of(twin, "asha"), body={"ids": ids})


def given_up(twin: Twin, *, problem: str = INTERNALS, **facts: Any) -> int:
    """A message to Lena's parents whom OptiCRM never named."""
    lena = twin.people["lena"].pk
    with tenant_context(twin.id), frozen(NOON):
        data = payload(KEY, childId=lena, childName="Lena")
        number = services.send(key=KEY, to=ParentsOf(lena), data=data)
        assert number is not None
        values = {"status": "FAILED", "problem": problem, "attempts": 39} | facts
        Notification.objects.filter(pk=number).update(**values)
    return number


def kept(twin: Twin, number: int) -> Notification:
    with tenant_context(twin.id):
        return Notification.objects.get(pk=number)


def test_what_was_given_up_is_listed_without_what_it_says(twins: Twins) -> None:
    north, south = twins
    number = given_up(north)
    with tenant_context(north.id), frozen(NOON):
        lena = north.people["lena"].pk
        services.send(key="ENROLL_WELCOME", to=lena, data=payload("ENROLL_WELCOME"))
    status, envelope = ask(north)
    assert (status, envelope["meta"]["total"]) == (200, 1)
    assert envelope["data"] == [
        {
            "id": number,
            "key": KEY,
            "label": "Your child was absent",
            "problem": "no_answer",
            "explanation": "OptiCRM didn't answer who the recipients are, after many attempts.",
            "aboutId": lena,
            "createdAt": "2026-11-23T12:00:00Z",
            "attempts": 39,
        }
    ]
    said = json.dumps(envelope)
    assert "503" not in said
    assert "Lena" not in said
    assert ask(south)[1]["data"] == []


def test_the_list_is_paged_and_filtered(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    numbers = [given_up(north) for _ in range(3)]
    with tenant_context(north.id):
        Notification.objects.filter(pk=numbers[0]).update(
            key="PARENT_CHILD_GRADED", created_at=later(days=-3)
        )

    def found(query: str) -> list[int]:
        return [row["id"] for row in ask(north, query)[1]["data"]]

    assert found("") == numbers[::-1]
    assert found("?perPage=2&page=2") == numbers[:1]
    assert ask(north, "?perPage=2")[1]["meta"]["totalPages"] == 2
    assert found("?key=PARENT_CHILD_GRADED") == numbers[:1]
    assert found("?since=2026-11-23T00:00:00Z") == numbers[:0:-1]
    assert found("?until=2026-11-23T00:00:00Z") == numbers[:1]
    for wrong in ("?perPage=101", "?since=yesterday", "?status=FAILED", "?page=0"):
        assert ask(north, wrong)[0] == 400
    with tenant_context(north.id):
        for size in (1, 100):
            query = UnresolvedQuery.model_validate({"perPage": size})
            with django_assert_num_queries(2):
                unresolved(north.principal("asha"), query)


def test_it_is_looked_up_anew(twins: Twins, server: Valkey) -> None:
    north, south = twins
    number = given_up(north, due_at=later(hours=-3))
    assert replay(south, [number])[1]["data"] == {"replayed": 0}
    assert kept(north, number).status == "FAILED"
    assert replay(north, [number, number + 1], later(hours=1))[1]["data"] == {"replayed": 1}
    row = kept(north, number)
    assert (row.status, row.problem, row.attempts) == ("EXPANDING", "", 0)
    assert row.due_at == later(hours=1)
    assert replay(north, [number])[1]["data"] == {"replayed": 0}
    assert ask(north)[1]["data"] == []
    with tenant_context(north.id):
        entries = AuditEntry.objects.filter(action="notifications.replay_unresolved")
        assert [entry.details for entry in entries.order_by("id")] == [
            {"ids": [number]},
            {"ids": []},
        ]


def test_a_worker_is_woken(
    twins: Twins, server: Valkey, django_capture_on_commit_callbacks: Any
) -> None:
    north, _ = twins
    number, flag = given_up(north), f"optilearn:awake:{north.id}:expand"
    for replayed in (1, 0):
        server.call("DEL", flag)
        with django_capture_on_commit_callbacks(execute=True):
            assert replay(north, [number])[1]["data"]["replayed"] == replayed
        assert bool(server.call("EXISTS", flag)) is bool(replayed)


def test_from_a_long_failure_of_opticrm_to_the_parents(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, south = twins
    pia, lena = north.people["pia"], north.people["lena"].pk
    with opticrm_of(north, south) as crm, tenant_context(north.id):
        crm.faults.set("parents", Fault(Kind.STATUS, status=503))
        monkeypatch.setattr(expansion, "MAX_ATTEMPTS", 1)
        with frozen(NOON):
            services.send(key=KEY, to=ParentsOf(lena), data=payload(KEY, childId=lena))
            expansion.expand()
        ((row,), _) = unresolved(north.principal("asha"), UnresolvedQuery.model_validate({}))
        assert row["problem"] == "no_answer"
        assert "503" not in row["explanation"]
        crm.faults.clear()
        assert replay(north, [row["id"]], later(hours=30))[1]["data"]["replayed"] == 1
        with frozen(later(hours=30)):
            expansion.expand()
        found = Delivery.objects.filter(notification_id=row["id"])
        assert set(found.values_list("person_id", flat=True)) == {pia.pk}
        assert kept(north, row["id"]).status == "EXPANDED"


def test_people_with_a_delivery_get_no_second_one(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    monkeypatch.setattr(expansion, "CHUNK", 1)
    people = [north.people[name].pk for name in ("lena", "मीरा", "sven")]
    key = "ENROLL_WELCOME"
    with tenant_context(north.id):
        with frozen(NOON):
            number = services.send_bulk(key=key, to=people, data=payload(key)) or 0
            assert expansion._expand_next()
        rows = Notification.objects.filter(pk=number)
        # The second has rows, and what was noted of them was lost.
        with frozen(NOON):
            assert expansion._expand_next()
        Delivery.objects.filter(channel="IN_APP").update(status="SENT")
        rows.update(status="FAILED", problem=INTERNALS, expanded=1)
        before = set(Delivery.objects.values_list("id", "status"))
        assert replay(north, [number])[1]["data"]["replayed"] == 1
        assert rows.values_list("expanded", "recipients").get() == (1, people)
        with frozen(NOON):
            expansion.expand()
        found = Delivery.objects.filter(channel="IN_APP").order_by("id")
        assert list(found.values_list("person_id", flat=True)) == people
        assert before <= set(Delivery.objects.values_list("id", "status"))
        assert kept(north, number).status == "EXPANDED"


def test_what_has_expired_stays_and_says_so(twins: Twins) -> None:
    north, _ = twins
    explained = given_up(north, problem="expired", expires_at=later(hours=-1))
    over = given_up(north, expires_at=NOON)
    in_time = given_up(north, expires_at=later(seconds=1))
    rows = {row["id"]: row for row in ask(north)[1]["data"]}
    assert [rows[n]["problem"] for n in (explained, over, in_time)] == [
        "expired",
        "expired",
        "no_answer",
    ]
    assert rows[over]["explanation"] == "It had expired before it could be sent."
    assert replay(north, [explained, over, in_time])[1]["data"]["replayed"] == 1
    assert [kept(north, n).status for n in (explained, over, in_time)] == [
        "FAILED",
        "FAILED",
        "EXPANDING",
    ]
    assert kept(north, explained).problem == "expired"


@pytest.mark.parametrize("ids", [[], [0], ["x"], [2**63], list(range(1, 1002))])
def test_what_is_no_list_of_ids_is_refused(twins: Twins, ids: list[Any]) -> None:
    assert replay(twins[0], ids)[0] == 400


def test_the_list_is_in_the_readers_language(twins: Twins) -> None:
    north, _ = twins
    given_up(north)
    status, envelope = call(
        "GET",
        "/api/notifications/unresolved",
        token=token_of(north, "asha"),
        **{"Accept-Language": "hi"},
    )
    assert status == 200
    assert envelope["data"][0]["label"] != "Your child was absent"
