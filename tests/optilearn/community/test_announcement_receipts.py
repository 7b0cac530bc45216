"""Receipts: who has read an announcement, once, on whichever device."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.community.announcements import selectors
from optilearn.community.announcements.schemas import ReceiptQuery
from optilearn.community.models import AnnouncementReceipt
from optilearn.demo.opticrm import OptiCrmServer
from optilearn.enrollment.models import Enrollment
from optilearn.people.models import Person
from tests.optilearn.community.announcing import post, seen_by
from tests.support.community import School


@pytest.fixture
def posted(school: School) -> int:
    return post(school, "tom", courseIds=[school.twin.courses["MATH"].pk])


def unread(school: School, name: str) -> int:
    return int(school.done(name, "GET", "announcements/unread-count")["unread"])


def test_the_first_time_counts_on_two_devices(school: School, posted: int) -> None:
    assert unread(school, "lena") == 1
    for _device in range(2):
        school.done("lena", "PUT", f"announcements/{posted}/read")
        school.now += timedelta(minutes=5)
    found = school.done("lena", "GET", f"announcements/{posted}")
    assert (found["isRead"], found["readAt"]) == (True, "2026-03-02T12:00:00Z")
    assert (unread(school, "lena"), unread(school, "मीरा")) == (0, 1)
    assert school.done("lena", "GET", "announcements?unreadOnly=true") == []
    with school.inside():
        assert AnnouncementReceipt.objects.count() == 1


def test_authors_see_who_has_read_it_and_who_has_not(school: School, posted: int) -> None:
    school.done("lena", "PUT", f"announcements/{posted}/read")
    path = f"announcements/{posted}/receipts"

    def names(state: str = "") -> list[str]:
        found = school.done("tom", "GET", f"{path}?state={state}" if state else path)
        return [one["person"]["code"] for one in found]

    assert (names(), names("READ"), names("UNREAD")) == (["lena", "मीरा"], ["lena"], ["मीरा"])
    with school.inside():  # who has read it stays a reader after leaving
        Enrollment.objects.update(status="WITHDRAWN")
    assert names() == ["lena"]
    managed = school.done("asha", "GET", f"announcements/managed/{posted}")
    assert (managed["recipientCount"], managed["readCount"]) == (1, 1)
    assert school.refused("uma", "GET", path) == (404, "NOT_FOUND")


def test_nobody_leaves_a_receipt_for_what_is_not_theirs(school: School, posted: int) -> None:
    path = f"announcements/{posted}/read"
    for name in ("sven", "tom", "asha"):
        assert school.refused(name, "PUT", path) == (404, "NOT_FOUND")
    with school.inside():
        assert not AnnouncementReceipt.objects.exists()


def test_parents_find_what_is_for_their_children_too(school: School, crm: OptiCrmServer) -> None:
    course = school.twin.courses["MATH"].pk
    alone = post(school, "tom", courseIds=[course])
    both = post(school, "tom", courseIds=[course], includeParents=True)
    with school.inside():
        Person.objects.filter(code="sven").update(section_id="7A", class_id="7")
    post(school, sectionIds=["7A"], includeParents=True)  # Sven isn't Pia's
    assert [one["id"] for one in school.done("pia", "GET", "announcements")] == [both]
    assert school.refused("pia", "GET", f"announcements/{alone}") == (404, "NOT_FOUND")
    school.done("pia", "PUT", f"announcements/{both}/read")
    found = school.done("tom", "GET", f"announcements/{both}/receipts?state=READ")
    assert [one["person"]["code"] for one in found] == ["pia"]


def test_parents_of_everyone_and_by_role_are_addressed_themselves(
    school: School, crm: OptiCrmServer
) -> None:
    post(school, isForEveryone=True)
    assert seen_by(school, "pia") == []
    both = [post(school, isForEveryone=True, includeParents=True), post(school, roles=["PARENT"])]
    assert {one["id"] for one in school.done("pia", "GET", "announcements")} == set(both)


def test_parents_are_asked_to_wait_while_opticrm_is_down(school: School, posted: int) -> None:
    for path in ("announcements", "announcements/unread-count", f"announcements/{posted}"):
        assert school.refused("pia", "GET", path) == (503, "SERVICE_UNAVAILABLE")


def test_receipts_of_a_large_school_take_as_many_queries(school: School) -> None:
    key = post(school, isForEveryone=True)

    def asked() -> int:
        principal = school.twin.principal("asha")
        with school.inside(), CaptureQueriesContext(connection) as found:
            selectors.receipts(principal, key, ReceiptQuery(per_page=100))
            selectors.managed_announcement(principal, key)
        return len(found)

    few = asked()
    with school.inside():
        Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"n{n}", code=f"n{n}", name=f"N {n}")
            for n in range(300)
        )
    assert asked() == few <= 6
    assert school.done("asha", "GET", f"announcements/managed/{key}")["recipientCount"] == 312
