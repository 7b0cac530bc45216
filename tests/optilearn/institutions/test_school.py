"""What an institution sets is its own, and only it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optilearn.institutions.models import Institution
from optilearn.institutions.options import FeeGate, fee_gate
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
