"""Announcements are published once, and each reader is notified once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.community.announcements import services
from optilearn.community.events import AnnouncementPublished
from optilearn.community.models import Announcement
from optilearn.core import events
from optilearn.core.audit import LogQuery, entries
from optilearn.demo.opticrm import OptiCrmServer
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.models import Delivery, Notification
from optilearn.people.models import Person
from tests.optilearn.community.announcing import POSTED, post
from tests.support.community import School
from tests.support.twins import Twin

LATER = "2026-03-02T18:00:00Z"
EVERYBODY = 12
"""Of the twins: all but the author and the parent."""


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> School:
    return School(twins[0])


def publish_due(school: School) -> int:
    with school.inside():
        return services.publish_due_announcements()


def test_one_is_published_when_its_time_has_come(school: School) -> None:
    key = post(school, isForEveryone=True, publishAt=LATER)
    assert publish_due(school) == 0
    assert school.refused("lena", "GET", f"announcements/{key}") == (404, "NOT_FOUND")
    school.now += timedelta(hours=9)  # the worker was away for a while
    assert [publish_due(school) for _ in range(3)] == [1, 0, 0]
    found = school.done("lena", "GET", f"announcements/{key}")
    assert found["publishedAt"] == "2026-03-02T21:00:00Z"
    assert len(school.notified(POSTED)) == EVERYBODY
    with school.inside():
        logged, _total = entries(LogQuery(action="announcement.publish"), slice(10))
    assert [one["target"] for one in logged] == [f"announcement:{key}"]


def test_a_time_that_is_past_means_at_once(school: School) -> None:
    post(school, isForEveryone=True, publishAt="2026-03-01T12:00:00Z")
    assert len(school.notified(POSTED)) == EVERYBODY
    later = post(school, roles=["FINANCE"], publishAt=LATER)
    school.done("asha", "PATCH", f"announcements/{later}", publishAt=None)
    assert len(school.notified(POSTED)) == EVERYBODY + 1
    school.now += timedelta(hours=9)
    assert publish_due(school) == 0


def test_one_that_is_over_or_withdrawn_before_its_time_is_never_published(school: School) -> None:
    post(school, isForEveryone=True, publishAt=LATER, expiresAt="2026-03-02T20:00:00Z")
    gone = post(school, isForEveryone=True, publishAt=LATER)
    school.done("asha", "POST", f"announcements/{gone}/withdraw")
    school.now += timedelta(hours=9)
    assert publish_due(school) == 0
    assert school.notified(POSTED) == []


@pytest.fixture
def killed_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The worker dies after the messages are written, before the commit; the next one doesn't."""
    died: list[int] = []

    def die(event: AnnouncementPublished) -> None:
        if not died:
            died.append(event.announcement_id)
            raise RuntimeError("killed")

    before = list(events._handlers[AnnouncementPublished])
    events.subscribe(AnnouncementPublished, die)
    yield died
    events._handlers[AnnouncementPublished] = before


def test_a_worker_that_is_killed_publishes_nothing_by_halves(
    school: School, killed_once: list[int]
) -> None:
    first = post(school, roles=["FINANCE"], publishAt=LATER)
    post(school, roles=["LIBRARIAN"], publishAt=LATER)
    school.now += timedelta(hours=9)
    assert publish_due(school) == 1  # one that fails doesn't hold up the other
    assert (killed_once, school.notified(POSTED)) == ([first], ["lila"])
    with school.inside():
        assert Announcement.objects.get(pk=first).status == "SCHEDULED"
    assert publish_due(school) == 1
    assert school.notified(POSTED) == ["finn", "lila"]


def test_an_event_that_comes_twice_notifies_once(school: School) -> None:
    key = post(school, roles=["FINANCE"])
    with school.inside():
        events.publish(AnnouncementPublished(key))
        assert Notification.objects.filter(key=POSTED).count() == 1


def test_what_is_withdrawn_before_it_is_sent_is_not_sent(school: School) -> None:
    post(school, roles=["FINANCE"])
    gone = post(school, isForEveryone=True)
    school.done("asha", "POST", f"announcements/{gone}/withdraw")
    assert school.notified(POSTED) == ["finn"]
    waiting = post(school, roles=["LIBRARIAN"])
    assert school.notified(POSTED) == ["finn", "lila"]
    school.now += timedelta(minutes=16)
    school.done("asha", "POST", f"announcements/{waiting}/withdraw")
    with school.inside():
        deliver_in_app()
        rules = dict(Delivery.objects.filter(channel="IN_APP").values_list("person__code", "rule"))
    assert rules == {"finn": "", "lila": "outdated"}


def test_a_parent_of_two_has_one_message(school: School, crm: OptiCrmServer) -> None:
    crm.schools["north"].children["crm-pia"] = ["crm-lena", "crm-मीरा"]
    post(school, "tom", courseIds=[school.twin.courses["MATH"].pk], includeParents=True)
    assert school.notified(POSTED) == ["lena", "pia", "pia", "मीरा"]
    with school.inside():
        deliver_in_app()
        told = Delivery.objects.filter(channel="IN_APP", person__code="pia").order_by("id")
        assert list(told.values_list("status", "rule")) == [("SENT", ""), ("SKIPPED", "duplicate")]


def test_two_thousand_readers_cost_no_more_statements(school: School) -> None:
    def publish_one() -> int:
        post(school, isForEveryone=True, publishAt=LATER)
        with school.inside(), CaptureQueriesContext(connection) as asked:
            Announcement.objects.filter(status="SCHEDULED").update(publish_at=school.now)
            assert services.publish_due_announcements() == 1
        return len(asked)

    few = publish_one()
    assert len(school.notified(POSTED)) == EVERYBODY
    with school.inside():
        Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"n{n}", code=f"n{n}", name=f"N {n}")
            for n in range(2_000)
        )
    assert publish_one() == few
    assert len(school.notified(POSTED)) == 2 * EVERYBODY + 2_000
