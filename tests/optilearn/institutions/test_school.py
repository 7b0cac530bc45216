"""What an institution sets is its own, and only it."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.institutions.options import FeeGate, fee_gate
from tests.support.door import call, token_of
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
