"""What an erasure does to messages: those to the person, those about them, and their address."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications import services
from optilearn.notifications.addresses.services import suppress
from optilearn.notifications.audiences import ParentsOf
from optilearn.notifications.delivery import expansion, in_app
from optilearn.notifications.models import AddressState, DailyCount, Delivery, Notification
from optilearn.notifications.outbox.rows import insert_deliveries
from optilearn.people.models import Person
from optilearn.privacy import services as privacy
from tests.optilearn.notifications.support import NOON, payload, reach
from tests.optilearn.privacy.test_people import counts, erase, export, fill, texts_with
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

Twins = tuple[Twin, Twin]
SECRET = "Tell nobody."


@pytest.fixture(autouse=True)
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr(privacy, "enqueue", sent.append)
    return sent


def erased(twin: Twin, name: str = "lena") -> dict[tuple[str, str, str], int]:
    """Erase a person; the rows of each rule that had some."""
    status, body = erase(twin, "asha", twin.people[name].pk, confirm=name)
    assert status == 200, body
    tables = body["data"]["tables"]
    return {(t["table"], t["rule"], t["reason"][:12]): t["rows"] for t in tables if t["rows"]}


def returned(to: list[int]) -> int:
    data = payload("ASSESS_RETURNED", comment=SECRET)
    number = services.send(key="ASSESS_RETURNED", to=to, data=data)
    assert number is not None
    return number


def test_what_only_the_person_was_told_goes(twins: Twins) -> None:
    north, south = twins
    for twin in twins:
        with tenant_context(twin.id):
            returned([twin.people["lena"].pk])
            services.send_bulk(  # nobody looked at it yet
                key="ASSESS_RETURNED",
                to=[twin.people["lena"].pk],
                data=payload("ASSESS_RETURNED", comment=SECRET),
            )
    untouched = counts(south)
    erased(north)
    assert texts_with(SECRET, north) == []
    assert counts(south) == untouched
    with tenant_context(north.id):
        assert not Notification.objects.exists()
        assert not Delivery.objects.exists()
        entry = AuditEntry.objects.get(action="person.erase")
        assert entry.details["rows"]["notifications_notification.recipients"] == 2


def test_the_others_keep_what_they_were_told(twins: Twins) -> None:
    north, _ = twins
    lena, mira = north.people["lena"].pk, north.people["मीरा"].pk
    with tenant_context(north.id):
        number = returned([lena, mira])
        before = list(Delivery.objects.filter(person_id=mira).values().order_by("id"))
        erased(north)
        row = Notification.objects.get(pk=number)
        assert (row.recipients, row.expanded, row.status) == ([mira], 1, "EXPANDED")
        assert row.data["comment"] == SECRET
        assert list(Delivery.objects.values().order_by("id")) == before
        erase(north, "asha", mira, confirm="मीरा")
        assert not Notification.objects.exists()


@pytest.mark.parametrize("done", range(5))
@pytest.mark.parametrize("place", range(4))
def test_a_message_that_is_being_written_reaches_all_the_others(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, place: int, done: int
) -> None:
    """However many have their rows, and wherever in the list the erased person stood."""
    north, _ = twins
    monkeypatch.setattr(expansion, "CHUNK", 1)
    others = [north.people[name].pk for name in ("मीरा", "sven", "tom")]
    people = [*others[:place], north.people["lena"].pk, *others[place:]]
    key = "DISCUSSION_REPLY"
    with tenant_context(north.id):
        number = services.send_bulk(key=key, to=people, data=payload(key)) or 0
        for _ in range(done):
            assert expansion._expand_next()
        had = sum(1 for person in people[:done] if person in others)
        erased(north)
        row = Notification.objects.get(pk=number)
        assert (row.recipients, row.expanded) == (others, had)
        expansion.expand()
        found = Delivery.objects.filter(channel="IN_APP").order_by("id")
        assert list(found.values_list("person_id", flat=True)) == others
        row.refresh_from_db()
        assert (row.status, row.expanded) == ("EXPANDED", 3)


def test_what_others_were_told_of_the_person_goes(twins: Twins) -> None:
    north, _ = twins
    lena, mira, tom = (north.people[name].pk for name in ("lena", "मीरा", "tom"))
    key = "TEACHER_SUBMISSION_RECEIVED"
    with tenant_context(north.id):
        for student, name in ((lena, SECRET), (mira, "Mira")):
            data = payload(key, studentId=student, studentName=name)
            services.send(key=key, to=tom, data=data)
        absent = payload("PARENT_CHILD_ABSENT", childId=lena, childName=SECRET)
        # OptiCRM never said who the parents are.
        services.send(key="PARENT_CHILD_ABSENT", to=ParentsOf(lena), data=absent)
        Notification.objects.filter(key="PARENT_CHILD_ABSENT").update(status="FAILED")
        Delivery.objects.update(title=SECRET)
        Delivery.objects.filter(about_id=mira).update(title="")
        notified = Delivery.objects.filter(about_id=mira).count()
        erased(north)
        assert texts_with(SECRET, north) == []
        assert [row.about_id for row in Notification.objects.all()] == [mira]
        assert Delivery.objects.filter(person_id=tom).count() == notified > 0


@pytest.mark.parametrize("shared", [False, True])
def test_an_address_is_forgotten_unless_somebody_else_has_it(twins: Twins, shared: bool) -> None:
    north, south = twins
    home = "Home@example.org"
    for twin in twins:
        reach(twin, "lena", email=home)
    reach(north, "मीरा", email="HOME@example.org" if shared else "mira@example.org")
    with tenant_context(south.id):
        suppress(home, "complaint")
    with tenant_context(north.id):
        suppress(home, "complaint")
        suppress("mira@example.org", "permanent_bounce")
        suppress("old@example.org", "permanent_bounce")
        suppress("school@example.org", "soft_bounces")
        returned([north.people["lena"].pk])
        Delivery.objects.filter(channel="EMAIL").update(status="SENT", address="Old@example.org")
    with tenant_context(north.id):
        _, body = export(north, "lena", north.people["lena"].pk)
        rows = [r for t in body["data"]["tables"] if t["column"] == "address" for r in t["rows"]]
        assert {(r["address"], r["reason"]) for r in rows} == {
            ("home@example.org", "complaint"),
            ("old@example.org", "permanent_bounce"),
        }
        erased(north)
        left = set(AddressState.objects.values_list("address", flat=True))
        kept = {"home@example.org"} if shared else set()
        assert left == {"mira@example.org", "school@example.org"} | kept
    with tenant_context(south.id):
        assert AddressState.objects.get().address == "home@example.org"


def test_a_person_without_an_address_takes_nobodys(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["lena"].pk).update(email="")
        suppress("school@example.org", "complaint")
        returned([north.people["lena"].pk])
        erased(north)
        assert AddressState.objects.exists()


def test_the_export_says_what_the_person_was_told(twins: Twins) -> None:
    north, _ = twins
    lena, mira, tom = (north.people[name].pk for name in ("lena", "मीरा", "tom"))
    with tenant_context(north.id), clock.frozen(clock.now()):
        returned([lena])
        returned([mira, lena])
        services.send(key="ENROLL_WELCOME", to=mira, data=payload("ENROLL_WELCOME"))
        services.send(
            key="TEACHER_SUBMISSION_RECEIVED",
            to=tom,
            data=payload("TEACHER_SUBMISSION_RECEIVED", studentId=lena),
        )
        in_app.deliver_in_app()
    _, body = export(north, "lena", lena)
    tables = [(t["table"], t["column"], t["rule"], t["rows"]) for t in body["data"]["tables"]]
    (notified,) = (r for t, c, _, r in tables if (t, c) == ("notifications_delivery", "personId"))
    assert {row["personId"] for row in notified} == {lena}
    assert {row["key"] for row in notified} == {"ASSESS_RETURNED"}
    read = next(row for row in notified if row["channel"] == "IN_APP" and row["status"] == "SENT")
    assert read["title"]
    assert read["body"]
    assert "aboutId" in read
    said = {(c, r): rows for t, c, r, rows in tables if t == "notifications_notification"}
    ((alone,), (shared,), (about,)) = (
        said["recipients", "CASCADE"],
        said["recipients", "ANONYMISE"],
        said["aboutId", "CASCADE"],
    )
    assert alone["data"]["comment"] == shared["data"]["comment"] == SECRET
    assert set(shared) == {"id", "key", "data", "createdAt"}
    assert set(about) == {"id", "key", "createdAt"}
    assert about["key"] == "TEACHER_SUBMISSION_RECEIVED"
    assert "recipients" not in alone.keys() | shared.keys()  # where the others would be


def test_an_export_of_files_hides_only_where_they_lie(twins: Twins) -> None:
    north, _ = twins
    fill(north)
    _, body = export(north, "lena", north.people["lena"].pk)
    (files,) = (t["rows"] for t in body["data"]["tables"] if t["table"] == "files_file")
    assert "key" not in files[0]


@pytest.fixture
def alone(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    """North, in a database of its own where nothing is rolled back."""
    with committed_twins("erasing", django_db_blocker) as twins:
        yield twins[0]


def test_an_erasure_and_a_worker_wait_for_each_other(
    alone: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that holds a message writes rows to the person or about them; both are wanted."""
    lena, mira, tom = (alone.people[name].pk for name in ("lena", "मीरा", "tom"))
    with tenant_context(alone.id):
        key = "ENROLL_WELCOME"
        number = services.send_bulk(key=key, to=[lena, mira], data=payload(key)) or 0
    erase_meanwhile(alone, "मीरा", monkeypatch)
    with tenant_context(alone.id):
        row = Notification.objects.get(pk=number)
        assert (row.recipients, row.expanded, row.status) == ([lena], 1, "EXPANDED")
        assert set(Delivery.objects.values_list("person_id", flat=True)) == {lena}
        key = "TEACHER_SUBMISSION_RECEIVED"
        services.send_bulk(key=key, to=[tom], data=payload(key, studentId=lena))
    erase_meanwhile(alone, "lena", monkeypatch)
    with tenant_context(alone.id):
        assert not Notification.objects.exists()
        assert not Delivery.objects.exists()


def test_an_erasure_that_meets_a_worker_the_other_way_round_is_tried_again(alone: Twin) -> None:
    """The worker has a delivery and then asks for the person, as marks and counts do."""
    lena = alone.people["lena"].pk
    with tenant_context(alone.id):
        key = "ENROLL_WELCOME"
        services.send(key=key, to=lena, data=payload(key))
    holding = threading.Event()

    def working() -> None:
        with transaction.atomic():
            list(Delivery.objects.select_for_update().filter(person=lena))
            holding.set()
            until_somebody_waits()
            time.sleep(0.5)  # of two that wait for each other, who waited first gives way
            DailyCount.objects.create(person_id=lena, day=NOON.date())

    def erasing() -> None:
        assert holding.wait(30)
        privacy.erase_person(
            principal=alone.principal("asha"), person_id=lena, reason="Asked.", confirm="lena"
        )

    assert at_once(alone, [erasing, working]) == [None, None]
    with tenant_context(alone.id):
        assert not Delivery.objects.exists()
        assert not DailyCount.objects.exists()


def erase_meanwhile(twin: Twin, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Erase a person while a worker is at a message, which it has taken already."""
    holding = threading.Event()

    def slowly(*given: Any) -> int:
        holding.set()
        until_somebody_waits()
        return insert_deliveries(*given)

    def erasing() -> None:
        assert holding.wait(30)
        privacy.erase_person(
            principal=twin.principal("asha"),
            person_id=twin.people[name].pk,
            reason="Asked.",
            confirm=name,
        )

    monkeypatch.setattr(expansion, "insert_deliveries", slowly)
    assert at_once(twin, [erasing, expansion.expand]) in ([None, False], [False, None])


def until_somebody_waits() -> None:
    """Until another connection waits for a lock that we hold."""
    query = """SELECT count(*) FROM pg_locks
                WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"""
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(query)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("The erasure didn't wait for the worker.")
