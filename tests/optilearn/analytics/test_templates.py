"""Templates: each role its own, and a report from one runs at once."""

from __future__ import annotations

import pytest

from dashboards.templates import TEMPLATES
from tests.optilearn.analytics.saving import ask, data
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def keys(twin: Twin, person: str) -> set[str]:
    return {row["key"] for row in data(ask(twin, person, "GET", "templates"))}


def test_each_role_has_its_own(twins: Twins) -> None:
    north, _ = twins
    found = {p: keys(north, p) for p in ("asha", "hari", "tom", "finn", "pia", "lena", "anil")}
    assert "neverStarted" in found["tom"] - found["finn"] - found["asha"]
    assert "revenueByTerm" in found["finn"] - found["asha"]
    assert found["pia"] == found["lena"] != found["tom"]
    assert found["anil"] == found["asha"]


@pytest.mark.parametrize(("person", "key"), [("asha", "staffByRole"), ("lena", "myCourses")])
def test_a_report_is_made_of_one_and_runs(twins: Twins, person: str, key: str) -> None:
    north, _ = twins
    made = data(ask(north, person, "POST", "saved-reports/from-template", template=key), 201)
    assert (made["name"], made["problems"]) == (TEMPLATES[key].title.en, [])
    assert made["publishedVersion"] is None
    assert data(ask(north, person, "POST", f"saved-reports/{made['id']}/run"))["rows"]
    assert ask(north, person, "POST", "saved-reports/from-template", template="none")[0] == 404


def test_texts_are_in_the_readers_language(twins: Twins) -> None:
    north, _ = twins
    path, token = "/api/analytics/templates", token_of(north, "asha")
    rows = call("GET", path, token=token, **{"Accept-Language": "hi"})[1]["data"]
    assert {r["title"] for r in rows} == {TEMPLATES[r["key"]].title.hi for r in rows}
