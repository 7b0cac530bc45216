"""What an institution sets is its own, and only it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from optilearn.analytics.models import Schedule
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Institution, Term
from optilearn.institutions.options import FeeGate, fee_gate
from tests.optilearn.schedules.support import MONDAY, scheduled
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PATH = "/api/school"


def change(twin: Twin, body: dict[str, Any]) -> tuple[int, Any]:
    return call("PATCH", PATH, token=token_of(twin, "asha"), body=body)


def test_only_what_is_sent_is_changed_and_only_here(twins: Twins) -> None:
    north, south = twins
    _, before = call("GET", PATH, token=token_of(south, "asha"))
    gate = {"enabled": True, "message": "कृपया शुल्क भरें।"}
    status, body = change(north, {"feeGate": gate, "locale": "hi"})
    assert status == 200
    assert (body["data"]["feeGate"], body["data"]["locale"]) == (gate, "hi")
    assert body["data"]["timeZone"] == "Europe/London"
    assert [term["code"] for term in body["data"]["terms"]] == ["2026A"]
    assert call("GET", PATH, token=token_of(south, "asha"))[1] == before


@pytest.mark.parametrize(
    "body",
    [{"timeZone": "Mars/Base"}, {"timeZone": "../etc/passwd"}, {"timeZone": ""}, {"locale": "fr"},
     {"firstWeekday": 8}, {"minGroupSize": -1}, {"feeGate": {"enabled": 1}}, {"name": "x"}],
)  # fmt: skip
def test_bad_values_are_refused(twins: Twins, body: dict[str, Any]) -> None:
    status, answer = change(twins[0], body)
    assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")


def test_noise_needs_a_minimum_and_keeps_its_key(twins: Twins) -> None:
    north, south = twins
    for body in ({"perturbsNumbers": True}, {"perturbsNumbers": True, "minGroupSize": 4}):
        status, answer = change(north, body)
        assert (status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
        assert answer["error"]["details"] == [{"path": "/minGroupSize", "code": "too_small"}]
    status, body = change(north, {"perturbsNumbers": True, "minGroupSize": 5})
    assert (status, body["data"]["perturbsNumbers"], body["data"]["minGroupSize"]) == (200, True, 5)
    key = key_of(north)
    assert key is not None
    assert str(key) not in json.dumps(body)
    assert change(north, {"minGroupSize": 3})[0] == 400
    assert change(north, {"perturbsNumbers": False, "minGroupSize": 3})[0] == 200
    assert change(north, {"perturbsNumbers": True, "minGroupSize": 10})[0] == 200
    assert key_of(north) == key, "another key would be a second look at every number"
    assert key_of(south) is None


def key_of(twin: Twin) -> int | None:
    return Institution.objects.values_list("perturbation_key", flat=True).get(pk=twin.id)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, FeeGate()),
        ({"feeGate": None}, FeeGate()),
        ({"feeGate": {"enabled": True, "message": "x"}}, FeeGate(enabled=True, message="x")),
    ],
)
def test_the_fee_gate_is_closed_only_on_purpose(settings: Any, expected: FeeGate) -> None:
    assert fee_gate(settings) == expected


def term(code: str, starts_on: str, ends_on: str, name: str = "") -> dict[str, str]:
    return {"code": code, "name": name, "startsOn": starts_on, "endsOn": ends_on}


SPRING = term("2026A", "2026-01-12", "2026-04-03", "Spring")


def terms_of(twin: Twin) -> list[dict[str, Any]]:
    return list(call("GET", PATH, token=token_of(twin, "asha"))[1]["data"]["terms"])


def test_terms_are_changed_by_their_codes(twins: Twins) -> None:
    north, south = twins
    (before,) = terms_of(north)
    longer = SPRING | {"name": "Lent", "endsOn": "2026-04-10"}
    summer = term("2026B", "2026-04-20", "2026-07-03")
    status, body = change(north, {"terms": [summer, longer]})
    assert status == 200
    found = body["data"]["terms"]
    assert [{k: v for k, v in one.items() if k != "id"} for one in found] == [longer, summer]
    assert found[0]["id"] == before["id"], "courses stay in it"
    assert [one["code"] for one in change(north, {"terms": [longer]})[1]["data"]["terms"]] == [
        "2026A"
    ]
    assert [one["name"] for one in terms_of(south)] == ["Spring"]


@pytest.mark.parametrize(
    ("terms", "path", "message"),
    [
        ([SPRING, term("B", "2026-04-03", "2026-06-01")], "/terms/1/startsOn", "“Spring” and “B”"),
        ([term("B", "2026-01-01", "2026-12-01"), SPRING], "/terms/1/startsOn", "overlap"),
        ([SPRING, SPRING], "/terms/0/code", "Two terms"),
        ([SPRING, term("B", "2026-06-02", "2026-06-01")], "/terms/1", "“B” can't end before"),
        ([SPRING, term("", "2026-06-01", "2026-06-02")], "/terms/1/code", ""),
    ],
)
def test_terms_that_cannot_be_are_refused(
    twins: Twins, terms: list[Any], path: str, message: str
) -> None:
    status, answer = change(twins[0], {"terms": terms})
    assert status == 400
    (detail,) = answer["error"]["details"]
    assert detail["path"] == path
    assert message in detail["message"]
    assert len(terms_of(twins[0])) == 1


def test_a_term_with_courses_stays(twins: Twins) -> None:
    status, answer = change(twins[0], {"terms": []})
    assert (status, answer["error"]["code"]) == (409, "CONFLICT")
    assert "2 courses are in terms" in answer["error"]["message"]
    assert len(terms_of(twins[0])) == 1


def test_terms_that_overlapped_before_may_stay(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Term.objects.create(code="Z", starts_on=date(2026, 2, 1), ends_on=date(2026, 9, 1))
    year = term("Z", "2026-02-01", "2026-09-01", "Full year")
    assert change(north, {"terms": [SPRING, year]})[0] == 200
    assert change(north, {"terms": [SPRING, year | {"endsOn": "2026-09-02"}]})[0] == 400


def test_schedules_follow_the_calendar_at_once(twins: Twins) -> None:
    """Terms, holidays and the zone: each moves the next run in the same transaction."""
    north, _ = twins
    next_term = term("2026C", "2026-11-01", "2026-12-18")
    change(north, {"terms": [SPRING, next_term]})
    timing = {"only_in_terms": True, "skips_holidays": True}
    row = scheduled(north, "asha", timing=timing)

    def next_at(body: dict[str, Any]) -> datetime | None:
        with frozen(MONDAY - timedelta(days=1)):
            assert change(north, body)[0] == 200
        with tenant_context(north.id):
            return Schedule.objects.get(pk=row.pk).next_at

    assert row.next_at == MONDAY
    snow = {"name": "Snow", "startsOn": "2026-11-30", "endsOn": "2026-11-30"}
    assert next_at({"holidays": [snow]}) == MONDAY + timedelta(days=7)
    assert next_at({"holidays": []}) == MONDAY
    assert next_at({"timeZone": "Asia/Kolkata"}) == MONDAY.replace(hour=2, minute=30)
    assert next_at({"terms": [SPRING]}) is None
    assert next_at({"terms": [SPRING, next_term]}) == MONDAY.replace(hour=2, minute=30)
