"""The client: what it asks, what it keeps, and for whom."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from optilearn.core.valkey import Valkey
from optilearn.crm.cache import CACHE_SECONDS, CrmCache
from optilearn.crm.client import CrmSettings, OptiCrm, Tenant
from optilearn.crm.endpoints import (
    ATTENDANCE,
    CHILDREN,
    CLASSES,
    CONTACT,
    FEE_STATUS,
    PARENTS,
    ROSTER,
    STUDENT,
    USER,
)
from optilearn.crm.errors import (
    CrmDown,
    CrmNotFound,
    CrmOff,
    CrmRefused,
)
from optilearn.crm.wire import FeeStatus
from optilearn.demo.opticrm import Kind, OptiCrmServer
from optilearn.demo.opticrm.server import API_KEY
from tests.optilearn.crm.asking import DONE, NORTH, SOUTH, Maker


def test_all_ten_endpoints(small: OptiCrmServer, make: Maker) -> None:
    client = make()
    assert client.read(NORTH, CONTACT, "p1").contact_type == "CONTACT_PARENT"
    assert client.read(NORTH, USER, "u1").role == "ADMIN"
    seat = client.read(NORTH, STUDENT, "s1").current_enrolment
    assert seat is not None
    assert (seat.class_id, seat.section_name) == ("6", "A")
    assert [p.id for p in client.read(NORTH, PARENTS, "s1")] == ["p1"]
    assert [s.id for c in client.read(NORTH, CLASSES) for s in c.sections] == ["6A"]
    assert [s.id for s in client.read(NORTH, ROSTER, "6A")] == ["s1"]
    assert client.read(NORTH, FEE_STATUS, "s1").status is FeeStatus.OVERDUE
    assert client.read(NORTH, ATTENDANCE, "s1").days[0].status == "PRESENT"
    assert [s.id for s in client.read(NORTH, CHILDREN, "p1")] == ["s1"]
    assert not client.push(NORTH, DONE, "key").duplicate
    assert client.push(NORTH, DONE, "key").duplicate
    assert len(small.asked) == 11
    assert {asked.slug for asked in small.asked} == {"north"}
    body = small.asked[-1].body
    assert body == {
        "studentId": "s1",
        "enrollmentId": "7",
        "courseId": "3",
        "courseCode": "MATH",
        "courseTitle": "Maths",
        "completedAt": "2026-03-01T10:00:00Z",
    }


def test_one_connection_serves_them_all(small: OptiCrmServer, make: Maker) -> None:
    client = make()
    for _ in range(20):
        client.read(NORTH, FEE_STATUS, "s1")
        client.read(SOUTH, FEE_STATUS, "s1")
    assert len(small.asked) == 40
    assert small.connections == 1


def test_threads_share_the_client(small: OptiCrmServer, make: Maker) -> None:
    client = make()
    names: list[str] = []

    def ask(tenant: Tenant) -> None:
        names.extend(client.read(tenant, STUDENT, "s1", fresh=True).name for _ in range(10))

    threads = [threading.Thread(target=ask, args=(t,)) for t in (NORTH, SOUTH) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names) == ["Lena of north"] * 30 + ["Lena of south"] * 30
    assert small.connections <= 6


def test_answers_are_kept_for_each_institution_alone(
    small: OptiCrmServer, make: Maker, server: Valkey
) -> None:
    client = make()
    for _ in range(3):
        assert client.read(NORTH, STUDENT, "s1").name == "Lena of north"
        assert client.read(SOUTH, STUDENT, "s1").name == "Lena of south"
    assert small.count("student") == 2
    keys = server.call("KEYS", "optilearn:crm:*")
    assert sorted(key.decode() for key in keys) == [
        "optilearn:crm:1:1:student:s1",
        "optilearn:crm:1:2:student:s1",
    ]
    assert all(0 < server.call("TTL", key) <= CACHE_SECONDS for key in keys)
    client.read(NORTH, STUDENT, "s1", fresh=True)
    client.invalidate(SOUTH, STUDENT, "s1")
    client.read(SOUTH, STUDENT, "s1")
    assert small.count("student") == 4


def test_a_kept_answer_under_anothers_key_is_not_believed(
    small: OptiCrmServer, make: Maker, server: Valkey
) -> None:
    client = make()
    client.read(NORTH, STUDENT, "s1")
    stolen = server.call("GET", "optilearn:crm:1:1:student:s1")
    server.call("SET", "optilearn:crm:1:2:student:s1", stolen)
    assert client.read(SOUTH, STUDENT, "s1").name == "Lena of south"


@pytest.mark.parametrize(
    ("endpoint", "key"), [(PARENTS, "s1"), (FEE_STATUS, "s1"), (CHILDREN, "p1")]
)
def test_what_must_not_be_stored_is_not(
    small: OptiCrmServer, make: Maker, server: Valkey, endpoint: Any, key: str
) -> None:
    client = make()
    for _ in range(3):
        client.read(NORTH, endpoint, key)
    assert small.count(endpoint.name) == 3
    assert server.call("KEYS", "optilearn:crm:*") == []


def test_without_valkey_it_goes_on(small: OptiCrmServer) -> None:
    lost = Valkey("redis://127.0.0.1:1/0", 0.1)
    client = OptiCrm(CrmSettings(small.url, API_KEY), CrmCache(lost))
    assert client.read(NORTH, STUDENT, "s1").name == "Lena of north"
    assert client.read(NORTH, STUDENT, "s1").name == "Lena of north"
    assert small.count("student") == 2
    client.close()
    lost.close()


@pytest.mark.parametrize("slug", ["", "..", "a.b", "North", "a/b", "-a", "x@y", " "])
def test_nothing_is_asked_without_a_slug(small: OptiCrmServer, make: Maker, slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        make().read(Tenant(1, slug, "x"), CLASSES)
    assert not small.asked


def test_the_slug_stands_in_the_address(small: OptiCrmServer, make: Maker) -> None:
    client = make(url=small.url + "/{slug}")
    with pytest.raises(CrmNotFound):
        client.read(NORTH, CLASSES)
    assert small.asked[0].path == "/north/api/lms/classes"


def test_nothing_is_asked_without_a_key(small: OptiCrmServer, make: Maker) -> None:
    with pytest.raises(CrmOff):
        make(api_key="").read(NORTH, CLASSES)
    assert not small.asked


def test_a_wrong_key_is_a_refusal_that_says_so(small: OptiCrmServer, make: Maker) -> None:
    with pytest.raises(CrmRefused) as refused:
        make(api_key="stolen").read(NORTH, STUDENT, "s1")
    assert refused.value.status == 401
    assert len(small.asked) == 1


@pytest.mark.parametrize("key", ["nobody", "", ".", "..", "x" * 201, "s1/../s2", "%2e%2e", "é?#"])
def test_nobodys_id(small: OptiCrmServer, make: Maker, key: str) -> None:
    with pytest.raises(CrmNotFound):
        make().read(NORTH, STUDENT, key)
    assert {asked.endpoint for asked in small.asked} <= {"student"}


def test_an_institution_that_opticrm_does_not_know(make: Maker) -> None:
    with pytest.raises(CrmNotFound):
        make().read(Tenant(3, "west", "crm-west"), CLASSES)


def test_a_push_is_not_repeated_by_itself(small: OptiCrmServer, make: Maker) -> None:
    small.fail("completion", Kind.DROP, times=1)
    client = make()
    with pytest.raises(CrmDown):
        client.push(NORTH, DONE, "key")
    assert small.count("completion") == 1
    assert client.push(NORTH, DONE, "key").duplicate
    assert list(small.schools["north"].completions) == ["key"]
