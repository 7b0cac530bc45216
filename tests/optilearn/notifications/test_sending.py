"""What a call of send writes, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from optilearn.core.tenancy.context import NoTenantError, tenant_context
from optilearn.notifications import services
from optilearn.notifications.audiences import StudentsOf, TeachersOf
from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery import claims, expansion
from optilearn.notifications.models import Delivery, Notification, Preference
from optilearn.notifications.services.sending import DigestMessage, Item
from optilearn.people.models import Person
from tests.optilearn.notifications.support import notified, outcome, payload
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def welcome(*people: Person, **changes: Any) -> int | None:
    ids = [person.pk for person in people]
    return services.send(key="ENROLL_WELCOME", to=ids, data=payload("ENROLL_WELCOME", **changes))


def test_one_row_for_each_person_and_channel(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena, mira = north.people["lena"], north.people["मीरा"]
        welcome(lena, mira, lena)
        rows = Delivery.objects.values_list("person_id", "channel", "status")
        assert sorted(rows) == sorted(
            (person.pk, channel.value, "PENDING") for person in (lena, mira) for channel in Channel
        )
        assert Notification.objects.get().status == "EXPANDED"


def test_who_it_is_not_for_gets_no_row(twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id):
        welcome(north.people["tom"], north.people["pia"], south.people["lena"])
        assert not Delivery.objects.exists()


def test_it_stands_or_falls_with_its_cause(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id), pytest.raises(ZeroDivisionError), transaction.atomic():
        welcome(north.people["lena"])
        raise ZeroDivisionError
    with tenant_context(north.id):
        assert not Notification.objects.exists()
    with pytest.raises(NoTenantError):
        welcome(north.people["lena"])


def test_a_payload_that_templates_could_not_be_filled_with_is_refused(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        for data in ({"courseId": 1}, payload("ENROLL_WELCOME") | {"more": 1}, {}):
            with pytest.raises(ValueError, match="ENROLL_WELCOME"):
                services.send(key="ENROLL_WELCOME", to=1, data=data)
        with pytest.raises(KeyError):
            services.send(key="NO_SUCH_KEY", to=1, data={})


def test_once_is_once_for_ever(twins: Twins) -> None:
    north, south = twins
    data = payload("ENROLL_COURSE_PUBLISHED")
    for twin, expected in ((north, True), (north, False), (south, True)):
        with tenant_context(twin.id):
            sent = services.send(
                key="ENROLL_COURSE_PUBLISHED", to=twin.people["lena"].pk, data=data, once="course:1"
            )
            assert (sent is not None) is expected
    with tenant_context(north.id):
        assert Delivery.objects.count() == 3


def test_what_a_person_turned_off_is_skipped_and_says_so(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena, mira, sven = (north.people[name] for name in ("lena", "मीरा", "sven"))
        Preference.objects.create(person=lena, key="ENROLL_WELCOME", email=False)
        Preference.objects.create(person=mira, key="ENROLL_WELCOME", frequency="NEVER")
        Preference.objects.create(person=sven, key="ASSESS_GRADED", email=False, frequency="NEVER")
        welcome(lena, mira)
        services.send(key="ASSESS_GRADED", to=sven.pk, data=payload("ASSESS_GRADED"))
        skipped = ("SKIPPED", "preference")
        assert outcome(notified(lena)[0]) == skipped
        assert outcome(notified(lena, Channel.PUSH)[0]) == ("PENDING", "")
        assert {outcome(notified(mira, channel)[0]) for channel in Channel} == {skipped}
        # Locked: nobody turns grades off.
        assert {outcome(notified(sven, channel)[0]) for channel in Channel} == {("PENDING", "")}


def test_a_channel_that_is_off_by_itself_can_be_turned_on(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena, mira = north.people["lena"], north.people["मीरा"]
        Preference.objects.create(person=lena, key="BADGE_EARNED", email=True)
        services.send(key="BADGE_EARNED", to=[lena.pk, mira.pk], data=payload("BADGE_EARNED"))
        assert len(notified(lena)) == 1
        assert notified(mira) == []


@pytest.mark.parametrize("frequency", ["DAILY", "WEEKLY"])
def test_who_wants_a_digest_gets_the_mail_within_it(twins: Twins, frequency: str) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena = north.people["lena"]
        Preference.objects.create(person=lena, key="ENROLL_WELCOME", frequency=frequency)
        welcome(lena)
        (mail,) = notified(lena)
        assert (mail.status, mail.digest) == ("PENDING", frequency)
        assert outcome(notified(lena, Channel.PUSH)[0]) == ("SKIPPED", "preference")
        assert outcome(notified(lena, Channel.IN_APP)[0]) == ("PENDING", "")
        assert claims.claim_due(Channel.EMAIL, limit=10, provider="SMTP").seen == 0


def test_what_is_queued_for_a_digest_is_no_mail_of_its_own(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena = north.people["lena"]
        data = payload("LESSON_NEW_CONTENT")
        services.queue_for_digest(key="LESSON_NEW_CONTENT", to=lena.pk, data=data)
        assert notified(lena)[0].digest == "DAILY"
        assert outcome(notified(lena, Channel.PUSH)[0]) == ("SKIPPED", "preference")


def test_the_statements_do_not_grow_with_the_people(
    twins: Twins, django_assert_num_queries: Any
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        crowd = Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"c{n}", code=f"c{n}", name=f"C {n}")
            for n in range(80)
        )
        for people in (crowd[:1], crowd):
            with django_assert_num_queries(3):
                welcome(*people, courseId=len(people))


def test_many_are_written_in_chunks(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optilearn.notifications.delivery.expansion.CHUNK", 7)
    north, _ = twins
    with tenant_context(north.id):
        crowd = Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"c{n}", code=f"c{n}", name=f"C {n}")
            for n in range(20)
        )
        services.send_bulk(
            key="ENROLL_COURSE_PUBLISHED",
            to=[person.pk for person in crowd],
            data=payload("ENROLL_COURSE_PUBLISHED"),
        )
        assert not Delivery.objects.exists()
        assert expansion.expand() is False
        assert Delivery.objects.count() == 60
        notification = Notification.objects.get()
        assert (notification.status, notification.expanded) == ("EXPANDED", 20)
        expansion.expand()
        assert Delivery.objects.count() == 60


def test_an_audience_is_looked_up_when_it_is_sent(twins: Twins) -> None:
    north, _ = twins
    math = north.courses["MATH"]
    with tenant_context(north.id):
        services.send(key="LESSON_NEW_CONTENT", to=StudentsOf(math.pk),
                      data=payload("LESSON_NEW_CONTENT"))  # fmt: skip
        services.send(key="TEACHER_SUBMISSION_RECEIVED", to=TeachersOf(math.pk),
                      data=payload("TEACHER_SUBMISSION_RECEIVED"))  # fmt: skip
        expansion.expand()
        names = set(Delivery.objects.values_list("key", "person__code"))
        assert names == {
            ("LESSON_NEW_CONTENT", "lena"),
            ("LESSON_NEW_CONTENT", "मीरा"),
            ("TEACHER_SUBMISSION_RECEIVED", "tom"),
        }


def test_many_different_messages_are_each_sent_once(
    twins: Twins, django_assert_num_queries: Any
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena, mira = north.people["lena"], north.people["मीरा"]
        items = [
            Item(person.pk, payload("ENROLL_ACCESS_EXPIRING", courseId=n), f"{n}:{person.pk}")
            for person in (lena, mira)
            for n in range(5)
        ]
        with django_assert_num_queries(3):
            assert services.send_each(key="ENROLL_ACCESS_EXPIRING", items=items) == 10
        assert services.send_each(key="ENROLL_ACCESS_EXPIRING", items=items) == 0
        assert len(notified(lena)) == 5


def test_a_digest_carries_its_items_to_their_end(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        lena = north.people["lena"]
        data = payload("LESSON_NEW_CONTENT")
        services.queue_for_digest(key="LESSON_NEW_CONTENT", to=lena.pk, data=data)
        (item,) = notified(lena)
        carrier = DigestMessage(lena.pk, payload("DIGEST"), "DAILY:2026-11-23", (item.pk,))
        assert services.send_digests(key="DIGEST", messages=[carrier]) == 1
        assert services.send_digests(key="DIGEST", messages=[carrier]) == 0
        item.refresh_from_db()
        assert item.carrier is not None
        assert item.status == "PENDING"
