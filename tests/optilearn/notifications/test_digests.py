"""Daily and weekly digests of what a reader chose to hear of together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.digests import items, readers
from optilearn.notifications.digests.items import MAX_LISTED, send_item_digests
from optilearn.notifications.models import Delivery, Digest, Notification, Preference, ReaderProfile
from optilearn.notifications.services import queue_for_digest, send
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import make_student
from tests.optilearn.notifications.support import payload, reach
from tests.support.plans import ALIASES, plan_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
KEY = "LESSON_NEW_CONTENT"
EIGHT = datetime.fromisoformat("2026-11-23T08:00Z")
"""Monday at eight in London."""


def at(hours: float) -> datetime:
    return EIGHT + timedelta(hours=hours)


def wants(twin: Twin, name: str, frequency: str, key: str = KEY, **profile: Any) -> Person:
    """A person with an address who hears of a key once a day or week."""
    person = reach(twin, name)
    with tenant_context(twin.id):
        Preference.objects.create(person=person, key=key, frequency=frequency)
        if profile:
            ReaderProfile.objects.create(person=person, **profile)
    return person


def notify(twin: Twin, name: str, when: datetime, key: str = KEY, **data: Any) -> None:
    """A message of that instant."""
    with tenant_context(twin.id), clock.frozen(when):
        number = send(key=key, to=twin.people[name].pk, data=payload(key, **data))
        assert number is not None
        Delivery.objects.filter(notification_id=number).update(created_at=when)


def scan(twin: Twin, when: datetime) -> int:
    with tenant_context(twin.id), clock.frozen(when):
        return send_item_digests(institution_by_id(twin.id))


def digests(twin: Twin) -> list[tuple[str, dict[str, Any]]]:
    """Whose digests were made, and what they say."""
    with tenant_context(twin.id):
        found = Delivery.objects.filter(key="DIGEST").order_by("id")
        return list(found.values_list("person__code", "notification__data"))


def titles(data: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(g["title"], [item["title"] for item in g["items"]]) for g in data["groups"]]


def test_queued_items_are_sent_at_the_readers_hour_once(twins: Twins) -> None:
    north, south = twins
    wants(north, "lena", "DAILY")
    notify(north, "lena", at(-3), lessonTitle="Sums")
    notify(north, "lena", at(-2), lessonTitle="Fractions", lessonId=41)
    assert [scan(north, at(hours)) for hours in (-1, -0.01, 0, 0.25, 1, 12)] == [0, 0, 1, 0, 0, 0]
    ((who, data),) = digests(north)
    assert (who, data["period"], data["count"]) == ("lena", "DAILY", 2)
    ((title, found),) = titles(data)
    assert title == "Algebra"
    assert [("Sums" in one, "Fractions" in one) for one in found] == [(True, False), (False, True)]
    assert data["groups"][0]["items"][1]["url"].endswith("/courses/12/lessons/41")
    assert digests(south) == []
    with tenant_context(north.id):
        carrier = Delivery.objects.get(key="DIGEST")
        assert carrier.channel == "EMAIL"
        assert set(Delivery.objects.filter(key=KEY, channel="EMAIL").values_list("carrier")) == {
            (carrier.pk,)
        }


def test_what_comes_after_the_hour_waits_for_the_next(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY")
    notify(north, "lena", at(0.1))
    assert scan(north, at(0.25)) == 0
    notify(north, "lena", at(-0.1), lessonId=41)  # written by a transaction that took its time
    assert scan(north, at(0.5)) == 1
    assert scan(north, at(23.9)) == 0
    assert scan(north, at(24)) == 1
    assert [data["count"] for _, data in digests(north)] == [1, 1]


def test_without_items_there_is_no_digest_and_nothing_remembered(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY")
    assert scan(north, at(1)) == 0
    with tenant_context(north.id):
        assert not Digest.objects.exists()


def test_a_weekly_one_comes_on_its_day(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "WEEKLY", digest_weekday=3, digest_hour=19)
    wants(north, "मीरा", "WEEKLY")
    for name in ("lena", "मीरा"):
        notify(north, name, at(-1))
    made = {hour: scan(north, at(hour)) for hour in (0, 24, 48, 59, 58.9, 72)}
    assert made == {0: 1, 24: 0, 48: 0, 59: 1, 58.9: 0, 72: 0}
    assert [(who, data["period"]) for who, data in digests(north)] == [
        ("मीरा", "WEEKLY"),
        ("lena", "WEEKLY"),
    ]


def test_the_hour_is_the_readers_and_a_wrong_zone_the_institutions(twins: Twins) -> None:
    north, south = twins
    for twin, name, zone in (
        (south, "lena", ""),
        (south, "मीरा", "Middle/Earth"),
        (south, "sven", "America/New_York"),
        (north, "lena", "Asia/Kathmandu"),
    ):
        wants(twin, name, "DAILY")
        with tenant_context(twin.id):
            Person.objects.filter(pk=twin.people[name].pk).update(time_zone=zone)
        notify(twin, name, at(-10))
    assert scan(south, at(-5.5)) == 2
    assert scan(north, at(-5.75)) == 1
    assert scan(south, at(4.9)) == 0
    assert scan(south, at(5)) == 1


def test_the_school_has_an_hour_of_its_own(twins: Twins) -> None:
    north, _ = twins
    north.institution.settings = {"notifications": {"digestHour": 18}}
    north.institution.save()
    wants(north, "lena", "DAILY")
    notify(north, "lena", at(-1))
    assert scan(north, at(9)) == 0
    assert scan(north, at(10)) == 1


def test_a_late_one_waits_for_the_end_of_the_night(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY", digest_hour=20)
    notify(north, "lena", at(-1))
    assert scan(north, at(18)) == 0  # two in the morning, after an outage
    assert scan(north, at(23)) == 1
    with tenant_context(north.id):
        assert str(Digest.objects.get().day) == "2026-11-23"


def test_a_reader_without_quiet_hours_gets_it_whenever(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY", digest_hour=20, quiet_enabled=False)
    notify(north, "lena", at(-1))
    assert scan(north, at(18)) == 1


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [("America/New_York", 2, "2026-03-08"), ("America/New_York", 1, "2026-11-01"),
     ("Australia/Lord_Howe", 2, "2026-10-04"), ("Pacific/Chatham", 3, "2026-09-27")],
)  # fmt: skip
def test_an_hour_that_is_skipped_or_comes_twice_is_one_digest(
    twins: Twins, zone: str, hour: int, day: str
) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY", digest_hour=hour)
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["lena"].pk).update(time_zone=zone)
    start = datetime.fromisoformat(f"{day}T00:00Z") - timedelta(hours=15)
    for number in range(36):
        notify(north, "lena", start + timedelta(hours=number), lessonId=number + 1)
        for quarter in range(4):
            scan(north, start + timedelta(hours=number, minutes=15 * quarter))
    with tenant_context(north.id):
        days = list(Digest.objects.order_by("id").values_list("day", flat=True))
    assert days == sorted(set(days))
    assert day in {str(one) for one in days}


def test_who_moves_westwards_gets_no_second_one_of_the_day(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY")
    notify(north, "lena", at(-1))
    assert scan(north, at(0)) == 1
    notify(north, "lena", at(1), lessonId=41)
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["lena"].pk).update(time_zone="America/New_York")
    assert scan(north, at(5)) == 0
    assert scan(north, at(29)) == 1


def test_groups_are_children_courses_and_the_rest(twins: Twins) -> None:
    north, _ = twins
    pia, lena = reach(north, "pia"), reach(north, "lena")
    with tenant_context(north.id), clock.frozen(at(-1)):
        for key, data in (
            ("PARENT_CHILD_GRADED", {"childId": 8, "childName": "Ben"}),
            ("ANNOUNCEMENT_POSTED", {}),
            ("PARENT_CHILD_GRADED", {"childId": 7, "assignmentTitle": "Essay 2"}),
            ("PARENT_CHILD_GRADED", {"childId": 8, "childName": "Ben", "courseId": 13}),
        ):
            queue_for_digest(key=key, to=pia.pk, data=payload(key, **data))
        for key in ("ANNOUNCEMENT_POSTED", KEY):
            queue_for_digest(key=key, to=lena.pk, data=payload(key))
        Delivery.objects.update(created_at=at(-1))
    assert scan(north, at(0)) == 2
    found = {who: titles(data) for who, data in digests(north)}
    assert [(title, len(said)) for title, said in found["pia"]] == [
        ("Ben", 2),
        ("Mira Shah", 1),
        ("Other news", 1),
    ]
    assert [title for title, _ in found["lena"]] == ["Algebra", "Other news"]


def test_items_are_in_the_readers_language(twins: Twins) -> None:
    north, _ = twins
    for name, locale in (("lena", "en"), ("मीरा", "hi-IN")):
        wants(north, name, "DAILY")
        with tenant_context(north.id):
            Person.objects.filter(pk=north.people[name].pk).update(locale=locale)
        notify(north, name, at(-1))
    assert scan(north, at(0)) == 2
    english, hindi = (titles(data)[0][1][0] for _, data in digests(north))
    assert english != hindi
    assert any("\u0900" <= letter <= "\u097f" for letter in hindi)


def test_what_no_rule_lets_through_any_more_is_put_down(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY")
    wants(north, "मीरा", "DAILY")
    notify(north, "lena", at(-3))
    notify(north, "मीरा", at(-3))
    with tenant_context(north.id), clock.frozen(at(-2)):
        data, lena = payload(KEY, lessonId=41), north.people["lena"].pk
        send(key=KEY, to=lena, data=data, expires_at=at(-1))
        Delivery.objects.update(created_at=at(-2))
        Person.objects.filter(pk=north.people["मीरा"].pk).update(status="INACTIVE")
    notify(north, "lena", at(-1.5), lessonId=42)
    assert scan(north, at(0)) == 1
    assert digests(north)[0][1]["count"] == 2
    with tenant_context(north.id):
        rows = Delivery.objects.filter(channel="EMAIL", status="SKIPPED").order_by("rule")
        assert list(rows.values_list("person__code", "rule")) == [
            ("lena", "expired"),
            ("मीरा", "inactive"),
        ]
    notify(north, "lena", at(1), lessonId=43)
    with tenant_context(north.id):
        Preference.objects.update(email=False)
    assert scan(north, at(24)) == 0
    with tenant_context(north.id):
        assert Delivery.objects.filter(rule="preference", channel="EMAIL").count() == 1


def test_a_broken_template_costs_an_item_its_words_only(twins: Twins) -> None:
    north, _ = twins
    lena = wants(north, "lena", "DAILY")
    notify(north, "lena", at(-1))
    with tenant_context(north.id):
        found = Notification.objects.filter(recipients=[lena.pk])
        found.update(data={"courseId": 12, "courseTitle": "Algebra"})
    assert scan(north, at(0)) == 1
    ((_, said),) = titles(digests(north)[0][1])
    assert said == ["New lesson"]


def test_of_very_many_only_the_newest_are_listed(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY")
    for number in range(MAX_LISTED + 5):
        notify(north, "lena", at(-2), lessonId=number + 1, lessonTitle=f"No {number}.")
    assert scan(north, at(0)) == 1
    ((_, data),) = digests(north)
    ((_, said),) = titles(data)
    assert (data["count"], len(said)) == (MAX_LISTED + 5, MAX_LISTED)
    assert "No 5." in said[0]
    with tenant_context(north.id):
        assert not Delivery.objects.filter(channel="EMAIL", key=KEY, carrier=None).exists()


def crowd(twin: Twin, number: int, prefix: str) -> None:
    for n in range(number):
        make_student(twin, f"{prefix}{n}")
        wants(twin, f"{prefix}{n}", "DAILY")
        notify(twin, f"{prefix}{n}", at(-1))


def test_a_page_costs_the_same_for_many(twins: Twins) -> None:
    north, _ = twins

    def cost(day: int) -> int:
        with tenant_context(north.id), CaptureQueriesContext(connection) as asked:
            scan(north, at(24 * day))
        return len(asked.captured_queries)

    crowd(north, 2, "a")
    few = cost(0)
    crowd(north, 20, "b")
    assert cost(1) == few
    assert len(digests(north)) == 22


def test_a_killed_scan_and_another_make_each_digest_once(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    crowd(north, 10, "s")
    monkeypatch.setattr(readers, "PAGE", 3)

    def dying(function: Callable[..., Any], after: int) -> Callable[..., Any]:
        calls = []

        def called(*args: Any, **given: Any) -> Any:
            calls.append(1)
            if len(calls) > after:
                raise KeyboardInterrupt
            return function(*args, **given)

        return called

    for name in ("send_digests", "record_digests", "_queued_items"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(items, name, dying(getattr(items, name), 1))
            scan(north, at(0))
        with tenant_context(north.id):
            assert Digest.objects.count() == len(digests(north))
    scan(north, at(0.25))
    assert sorted(who for who, _ in digests(north)) == [f"s{n}" for n in range(10)]


def test_readers_of_both_periods_get_both(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY")
    with tenant_context(north.id):
        Preference.objects.create(
            person=north.people["lena"], key="DISCUSSION_REPLY", frequency="WEEKLY"
        )
    notify(north, "lena", at(-1))
    notify(north, "lena", at(-1), "DISCUSSION_REPLY")
    assert scan(north, at(0)) == 2
    assert [data["period"] for _, data in digests(north)] == ["DAILY", "WEEKLY"]


@pytest.mark.django_db(databases=ALIASES)
def test_the_index_of_what_waits_is_used(twins: Twins) -> None:
    north, _ = twins
    statement = readers._PAGE.format(reader_filter=readers.WITH_ITEMS)
    given = {"key": "DIGEST", "period": "DAILY", "after": 0, "limit": 500, "roles": []}
    with tenant_context(north.id):
        notifications = [Notification(key=KEY, due_at=EIGHT) for _ in range(100)]
        Notification.objects.using("owner").bulk_create(notifications)
        deliveries = [
            Delivery(
                notification_id=one.pk,
                person_id=person.pk,
                channel="EMAIL",
                key=KEY,
                priority=4,
                status="SENT" if number else "PENDING",
                digest="DAILY",
                due_at=EIGHT,
            )
            for person in north.people.values()
            for number, one in enumerate(notifications)
        ]
        plan = plan_of(deliveries, statement, given)
    assert "delivery_for_digest" in plan


def test_quiet_hours_of_the_reader_count(twins: Twins) -> None:
    north, _ = twins
    wants(north, "lena", "DAILY", quiet_start=time(11), quiet_end=time(14))
    notify(north, "lena", at(-1))
    assert scan(north, at(5)) == 0
    assert scan(north, at(6)) == 1
