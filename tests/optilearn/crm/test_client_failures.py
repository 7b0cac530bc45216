"""The client against a small OptiCRM that fails in every way we could think of."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.core.valkey import Valkey
from optilearn.crm.breaker import LONGEST_REST, Breaker
from optilearn.crm.endpoints import (
    CHILDREN,
    CLASSES,
    FEE_STATUS,
    PARENTS,
    ROSTER,
    STUDENT,
    USER,
)
from optilearn.crm.errors import (
    CrmAnswerError,
    CrmDown,
    CrmError,
)
from optilearn.demo.opticrm import Kind, OptiCrmServer
from tests.optilearn.crm.asking import NORTH, SOUTH, Clock, Maker


def test_a_read_is_tried_again(small: OptiCrmServer, make: Maker) -> None:
    for fault in (
        {"kind": Kind.STATUS, "status": 500},
        {"kind": Kind.STATUS, "status": 503, "retry_after": "0"},
        {"kind": Kind.STATUS, "status": 429, "retry_after": "0"},
        {"kind": Kind.DROP},
        {"kind": Kind.HALF},
    ):
        small.invalidate()
        kind = fault["kind"]
        small.fail("student", kind, times=2, **{k: v for k, v in fault.items() if k != "kind"})
        assert make().read(NORTH, STUDENT, "s1", fresh=True).name == "Lena of north"
        assert small.count("student") == 3, fault


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": Kind.STATUS, "status": 500}, "500"),
        ({"kind": Kind.STATUS, "status": 503}, "503"),
        ({"kind": Kind.DROP}, "connection failed"),
        ({"kind": Kind.HALF}, "connection failed"),
    ],
)
def test_what_stays_broken_is_down(
    small: OptiCrmServer, make: Maker, fault: dict[str, Any], reason: str
) -> None:
    small.fail("*", **fault)
    with pytest.raises(CrmDown, match=reason):
        make().read(NORTH, STUDENT, "s1")
    assert small.count("student") == 3


def test_a_slow_answer_is_given_up(small: OptiCrmServer, make: Maker) -> None:
    small.fail("student", Kind.SLOW, seconds=5)
    with pytest.raises(CrmDown, match="in time"):
        make(read=0.05, total=0.3).read(NORTH, STUDENT, "s1")


def test_an_answer_that_comes_byte_by_byte_is_given_up(small: OptiCrmServer, make: Maker) -> None:
    small.fail("student", Kind.DRIBBLE, seconds=0.05)
    with pytest.raises(CrmDown, match="took too long"):
        make(read=5.0, total=0.4).read(NORTH, STUDENT, "s1")
    assert small.count("student") == 1


def test_a_server_that_is_not_there_is_down(small: OptiCrmServer, make: Maker) -> None:
    client = make()
    assert client.read(NORTH, FEE_STATUS, "s1")
    small.stop()
    with pytest.raises(CrmDown, match="connection failed"):
        client.read(NORTH, FEE_STATUS, "s1")
    small.start()
    assert client.read(NORTH, FEE_STATUS, "s1")


def test_it_is_left_alone_for_as_long_as_it_says(
    small: OptiCrmServer, make: Maker, clock: Clock
) -> None:
    small.fail("*", Kind.STATUS, status=429, retry_after="60")
    client = make()
    for _ in range(3):
        with pytest.raises(CrmDown) as down:
            client.read(NORTH, STUDENT, "s1")
    assert down.value.retry_after == 60
    assert small.count("student") == 1
    small.invalidate()
    clock.now += 59
    with pytest.raises(CrmDown):
        client.read(NORTH, STUDENT, "s1")
    clock.now += 2
    assert client.read(NORTH, STUDENT, "s1")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Kind.NOT_JSON, "not JSON"),
        (Kind.WRONG_TYPES, "another form"),
        (Kind.LYING, "another institution's"),
        (Kind.STRANGER, "somebody else"),
    ],
)
def test_a_wrong_answer_is_said_to_be_one(
    small: OptiCrmServer, make: Maker, kind: Kind, reason: str, server: Valkey
) -> None:
    small.fail("student", kind)
    with pytest.raises(CrmAnswerError, match=reason):
        make().read(NORTH, STUDENT, "s1")
    assert server.call("KEYS", "optilearn:crm:*") == []


@pytest.mark.parametrize("endpoint", [PARENTS, ROSTER, CLASSES, CHILDREN, FEE_STATUS, USER])
@pytest.mark.parametrize("kind", [Kind.NOT_JSON, Kind.WRONG_TYPES, Kind.LYING])
def test_every_endpoint_refuses_a_wrong_answer(
    small: OptiCrmServer, make: Maker, endpoint: Any, kind: Kind
) -> None:
    small.fail("*", kind)
    key = {"children": "p1", "roster": "6A", "user": "u1"}.get(endpoint.name, "s1")
    with pytest.raises(CrmAnswerError):
        make().read(NORTH, endpoint, key)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x" * 501},
        {"name": "a\x00b"},
        {"name": None},
        {"email": 7},
        {"sectionId": "6A", "admissionNumber": ["1"]},
    ],
)
def test_values_that_fit_nowhere_are_refused(
    small: OptiCrmServer, make: Maker, change: dict[str, Any]
) -> None:
    small.schools["north"].students["s1"] |= change
    with pytest.raises(CrmAnswerError, match="another form"):
        make().read(NORTH, STUDENT, "s1")


def test_no_failure_tells_of_the_person(
    small: OptiCrmServer, make: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    small.schools["north"].students["s1"] |= {"name": 17, "email": "lena@secret.example"}
    for kind in Kind:
        small.fail("student", kind, seconds=0.2, status=500)
        client = make(read=0.1, total=0.5)
        with pytest.raises(CrmError) as failed:
            client.read(NORTH, STUDENT, "s1")
        assert "s1" not in str(failed.value)
    assert caplog.records
    assert "s1" not in caplog.text
    assert "secret" not in caplog.text


def test_the_breaker_opens_and_closes(small: OptiCrmServer, make: Maker, clock: Clock) -> None:
    client = make(failures=3, rest=30.0, retries=0)
    small.fail("student", Kind.STATUS, status=500)
    for _ in range(6):
        with pytest.raises(CrmDown):
            client.read(NORTH, STUDENT, "s1")
    assert small.count("student") == 3
    assert client.breaker.is_open(1)
    assert client.read(SOUTH, CLASSES)  # another institution's is another breaker
    clock.now += 31
    with pytest.raises(CrmDown):
        client.read(NORTH, STUDENT, "s1")  # the probe fails, and it rests again
    with pytest.raises(CrmDown):
        client.read(NORTH, STUDENT, "s1")
    assert small.count("student") == 4
    small.faults.clear()
    clock.now += 31
    assert client.read(NORTH, STUDENT, "s1")
    assert not client.breaker.is_open(1)
    small.fail("student", Kind.STATUS, status=500, times=1)
    with pytest.raises(CrmDown):
        client.read(NORTH, STUDENT, "s1", fresh=True)
    assert client.read(NORTH, STUDENT, "s1", fresh=True)


def test_only_one_probes(clock: Clock) -> None:
    breaker = Breaker(1, 30.0, clock)
    with pytest.raises(CrmDown, match="broken"), breaker.watching(1, "x"):
        raise CrmDown("x", "broken")
    clock.now += 31
    probing, second = breaker.watching(1, "x"), breaker.watching(1, "x")
    with probing, pytest.raises(CrmDown, match="a moment ago"), second:
        raise AssertionError("a second probe")
    with breaker.watching(1, "x"):
        pass
    with pytest.raises(CrmDown, match="broken"), breaker.watching(1, "x"):
        raise CrmDown("x", "broken", retry_after=1e9)
    clock.now += LONGEST_REST + 1
    assert not breaker.is_open(1)


def test_a_probe_that_dies_lets_the_next_one_through(clock: Clock) -> None:
    breaker = Breaker(1, 30.0, clock)
    with pytest.raises(CrmDown), breaker.watching(1, "x"):
        raise CrmDown("x", "broken")
    clock.now += 31
    with pytest.raises(KeyboardInterrupt), breaker.watching(1, "x"):
        raise KeyboardInterrupt
    with breaker.watching(1, "x"):
        pass


def test_a_redirect_is_not_followed(small: OptiCrmServer, make: Maker) -> None:
    small.fail("student", Kind.STATUS, status=302)
    with pytest.raises(CrmAnswerError, match="302"):
        make().read(NORTH, STUDENT, "s1")
