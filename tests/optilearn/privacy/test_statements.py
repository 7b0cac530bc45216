"""What people did and kept by xAPI: handed over, and gone with them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from optilearn.activity.models import ActivityEvent, StateDocument, Statement
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Delivery, Notification
from optilearn.people.models import Person
from optilearn.privacy import services
from tests.support.client import call, token_of
from tests.support.twins import Twin
from tests.support.xapi import account, ids, page, read, send, statement

TOM = "mailto:Tom@secret.example"


@pytest.fixture
def north(twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch) -> Twin:
    monkeypatch.setattr(services, "enqueue", lambda _task: None)
    with tenant_context(twins[0].id):
        Person.objects.filter(code="tom").update(email="tom@secret.example")
        for content in (b'{"at": 3}', b"\xff"):
            StateDocument.objects.create(
                student=twins[0].people["lena"], activity="urn:x:a", state=content.hex(),
                media_type="application/json", content=content, updated_at=clock.now(),
            )  # fmt: skip
    return twins[0]


def erase(twin: Twin, name: str) -> None:
    whom = twin.people[name].pk
    body = {"reason": "It was asked for.", "confirm": name}
    status, answer = call(
        "POST", f"/api/people/{whom}/erase", token=token_of(twin, "asha"), body=body
    )
    assert status == 200, answer


def test_a_learners_own(north: Twin) -> None:
    result = {"response": "my answer"}
    ids(send(north, statement(north, result=result)))
    lena = north.people["lena"].pk
    status, body = call("GET", f"/api/people/{lena}/export", token=token_of(north, "lena"))
    assert status == 200
    tables = {table["table"]: table["rows"] for table in body["data"]["tables"]}
    [told] = tables["activity_statement"]
    assert json.loads(told["body"])["result"] == result
    assert {row["content"] for row in tables["activity_statedocument"]} == {'{"at": 3}', "/w=="}
    erase(north, "lena")
    with tenant_context(north.id):
        assert not Statement.objects.exists()
        assert not StateDocument.objects.exists()


def told_by_mail(twin: Twin, name: str, address: str) -> None:
    moment = clock.now()
    message = Notification.objects.create(
        key="ENROLL_WELCOME", dedupe="x", due_at=moment, status="EXPANDED"
    )
    Delivery.objects.create(
        notification=message, person=twin.people[name], channel="EMAIL", key=message.key,
        category="COURSES", priority=3, status="SENT", due_at=moment, sent_at=moment,
        address=address,
    )  # fmt: skip


def summed(address: str) -> dict[str, Any]:
    return {"mbox_sha1sum": hashlib.sha1(f"mailto:{address}".encode()).hexdigest()}


@pytest.mark.parametrize("named", [{"mbox": TOM}, summed("tom@secret.example"), None])
def test_who_is_named_in_somebody_elses(north: Twin, named: dict[str, Any] | None) -> None:
    tutor = named or account(north, "tom")
    body = statement(north, context={"instructor": tutor | {"name": "Tom"}})
    [own] = ids(send(north, body))
    [other] = ids(send(north, statement(north)))
    erase(north, "tom")
    with tenant_context(north.id):
        kept = Statement.objects.get(statement_id=own)
        assert (kept.body, kept.people, kept.object_people) == ("", [], [])
        assert ActivityEvent.objects.filter(client_id=own).exists()
    found = page(read(north))["statements"]
    assert [one["id"] for one in found] == [str(other)]
    # Sent again it is known, and counts once.
    assert ids(send(north, body | {"id": str(own)})) == [own]


@pytest.mark.parametrize(
    "named",
    [
        {"mbox": "mailto:Tom@Straße.example"},
        summed("Tom@straße.example"),
        summed("tom@straße.example"),
        {"mbox": "mailto:tom@before.example"},
        summed("Tom@Before.example") | {"objectType": "Group", "member": [{"mbox": TOM}]},
    ],
)
def test_by_every_address_that_we_know(north: Twin, named: dict[str, Any]) -> None:
    with tenant_context(north.id):
        Person.objects.filter(code="tom").update(email="Tom@straße.example")
        told_by_mail(north, "tom", "Tom@Before.example")
    role = "team" if "member" in named else "instructor"
    [own] = ids(send(north, statement(north, context={role: named | {"name": "Tom Secretname"}})))
    status, answer = call(
        "GET", f"/api/people/{north.people['tom'].pk}/export", token=token_of(north, "tom")
    )
    assert status == 200
    [table] = [one for one in answer["data"]["tables"] if one["table"] == "activity_statement"]
    assert [set(row) for row in table["rows"]] == [{"id", "verb", "storedAt"}]
    erase(north, "tom")
    with tenant_context(north.id):
        assert Statement.objects.get(statement_id=own).body == ""


def test_nobody_elses_sum(north: Twin) -> None:
    tutor = summed("uma@secret.example") | {"name": "Uma"}
    [own] = ids(send(north, statement(north, context={"instructor": tutor})))
    erase(north, "tom")
    with tenant_context(north.id):
        assert "Uma" in Statement.objects.get(statement_id=own).body
