"""Kept answers through the door: the same numbers, to the same eyes, from the same snapshot."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzz
from hypothesis import strategies as st

from optilearn.analytics import services
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from tests.optilearn.more_snapshots import another, first
from tests.support.client import call, token_of
from tests.support.twins import PEOPLE, Twin

Twins = tuple[Twin, Twin]
RUN = "/api/analytics/reports/run"
BY_COURSE: dict[str, Any] = {
    "version": 1,
    "entity": "courses",
    "mode": "categorical",
    "dimensions": ["code"],
    "measures": ["enrollments.count", "activity.clicks"],
    "totals": "grand",
}
READERS = sorted(set(PEOPLE) - {"pia"})


def run(twin: Twin, name: str, definition: dict[str, Any] = BY_COURSE) -> dict[str, Any]:
    status, body = call("POST", RUN, token=token_of(twin, name), body={"definition": definition})
    assert status == 200, body
    data: dict[str, Any] = body["data"]
    return data


def without_ms(data: dict[str, Any]) -> dict[str, Any]:
    meta = {k: v for k, v in data["meta"].items() if k not in {"ms", "cached"}}
    return data | {"meta": meta}


def test_the_second_answer_is_the_first(twins: Twins) -> None:
    north, _ = twins
    answers = [run(north, "asha") for _ in range(3)]
    assert [answer["meta"]["cached"] for answer in answers] == [False, True, True]
    assert without_ms(answers[0]) == without_ms(answers[1]) == without_ms(answers[2])
    assert answers[1]["meta"]["ms"] >= 0


def test_however_it_is_written_it_is_one_question(twins: Twins) -> None:
    north, _ = twins
    run(north, "asha")
    again = BY_COURSE | {"dimensions": [{"field": "code"}], "filters": []}
    assert run(north, "asha", dict(reversed(again.items())))["meta"]["cached"] is True
    assert run(north, "asha", BY_COURSE | {"limit": 1})["meta"]["cached"] is False


def test_every_serve_is_audited(twins: Twins) -> None:
    north, _ = twins
    answers = [run(north, "asha"), run(north, "anil")]
    with tenant_context(north.id):
        rows = list(AuditEntry.objects.filter(action="report.run").order_by("id"))
    assert [row.details["cached"] for row in rows] == [False, True]
    for row, answer, name in zip(rows, answers, ("asha", "anil"), strict=True):
        assert row.actor_id == north.people[name].pk
        assert (row.outcome, row.target) == ("ok", answer["meta"]["definitionDigest"])
        assert row.details["digest"] == row.target
        assert row.details["snapshot"] == answer["meta"]["snapshot"]["id"]
        assert (row.details["rows"], row.details["scope"]) == (2, "institution")
        assert row.details["ms"] >= 0


def test_a_kept_answer_costs_three_queries(twins: Twins, django_assert_num_queries: Any) -> None:
    north, _ = twins
    run(north, "asha")
    token = token_of(north, "asha")
    with django_assert_num_queries(3):  # person, snapshot, audit
        call("POST", RUN, token=token, body={"definition": BY_COURSE})


def test_nobody_is_served_what_another_scope_saw(twins: Twins) -> None:
    """Everybody of both institutions asks the same, in turn, three times."""
    seen: dict[tuple[int, str], dict[str, Any]] = {}
    for turn in range(3):
        for twin in twins:
            for name in READERS:
                data = without_ms(run(twin, name))
                assert seen.setdefault((twin.id, name), data) == data, (turn, name)
    for twin in twins:
        rows = {name: seen[(twin.id, name)]["rows"] for name in READERS}
        assert rows["asha"] == rows["anil"] == [["ART", 0, 0], ["MATH", 2, 14]]
        assert rows["uma"] == [["ART", 0, 0]]
        assert rows["lena"] == rows["मीरा"] == [["MATH", 1, 7]]
        assert rows["sven"] == []
        others = {run["meta"]["snapshot"]["id"] for (i, _), run in seen.items() if i != twin.id}
        assert first(twin).snapshot_id not in others


QUESTIONS = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "entity": st.just("enrollments"),
        "mode": st.just("categorical"),
        "dimensions": st.lists(
            st.sampled_from(["course.code", "student.name", "status"]), max_size=2, unique=True
        ),
        "measures": st.lists(
            st.sampled_from(["enrollments.count", "submissions.avgScore", "activity.clicks"]),
            min_size=1,
            unique=True,
        ),
        "totals": st.sampled_from(["grand", "none"]),
    }
)


@pytest.mark.slow
@fuzz(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(definition=QUESTIONS, readers=st.permutations([(i, n) for i in (0, 1) for n in READERS]))
def test_a_kept_answer_is_what_would_be_worked_out(
    twins: Twins, definition: dict[str, Any], readers: list[tuple[int, str]]
) -> None:
    for which, name in readers[:6]:
        twin = twins[which]
        principal = twin.principal(name)
        with tenant_context(twin.id):
            served = services.answer_report(principal=principal, definition=definition)
            anew = services.run_report(principal=principal, definition=definition)
        assert without_ms(json.loads(served)) == without_ms(anew.to_wire())


def test_a_new_snapshot_is_asked_anew(twins: Twins) -> None:
    north, south = twins
    old = run(north, "asha")
    run(south, "asha")
    new = another(north, "later", ["DELETE FROM activity"])
    assert run(south, "asha")["meta"]["cached"] is True
    data = run(north, "asha")
    assert (data["meta"]["cached"], data["meta"]["snapshot"]["id"]) == (False, new.snapshot_id)
    assert [row[2] for row in data["rows"]] == [0, 0]
    earlier = run(north, "asha", BY_COURSE | {"asOf": first(north).snapshot_id})
    assert earlier["rows"] == old["rows"]


def test_small_groups_are_hidden_from_the_moment_the_snapshot_says_so(twins: Twins) -> None:
    north, _ = twins
    definition = BY_COURSE | {"entity": "enrollments", "dimensions": ["course.code"]}
    assert run(north, "asha", definition)["suppressed"] == []
    assert run(north, "asha", definition)["meta"]["cached"] is True
    another(north, "careful", min_group_size=3)
    for cached in (False, True):
        data = run(north, "asha", definition)
        assert data["meta"]["cached"] is cached
        assert data["suppressed"]
        assert all(data["rows"][row][column] is None for row, column in data["suppressed"])
        assert all(total["suppressed"] for total in data["totals"])


def test_a_teachers_numbers_have_noise_from_the_moment_the_snapshot_says_so(twins: Twins) -> None:
    north, _ = twins
    for name in ("asha", "tom"):
        columns = run(north, name)["columns"]
        assert not any("perturbed" in column for column in columns)
    another(north, "noisy", min_group_size=5, perturbation_key=271_828)
    for cached in (False, True):
        data = run(north, "tom")
        assert data["meta"]["cached"] is cached
        assert [c.get("perturbed", False) for c in data["columns"]] == [False, True, True]
        assert "PERTURBED" in [warning["code"] for warning in data["meta"]["warnings"]]
        assert not any("perturbed" in column for column in run(north, "asha")["columns"])
        assert "271828" not in json.dumps(data)
    rows = {"version": 1, "entity": "enrollments", "mode": "rows", "columns": ["id"]}
    body = {"definition": rows}
    status, answer = call("POST", RUN, token=token_of(north, "tom"), body=body)
    assert (status, answer["error"]["details"][0]["code"]) == (422, "PERTURBED")


def test_what_it_is_compared_with_is_part_of_the_question(twins: Twins) -> None:
    north, _ = twins
    old = first(north).snapshot_id
    compare = {"to": "snapshot", "snapshot": "2999-12-31"}  # the newest, whichever that is
    definition = BY_COURSE | {"asOf": old, "compare": compare, "totals": "none"}
    data = run(north, "asha", definition)
    assert data["compare"]["rows"] == data["rows"]
    another(north, "later", ["DELETE FROM activity"])
    data = run(north, "asha", definition)
    assert data["meta"]["cached"] is False
    assert data["meta"]["snapshot"]["id"] == old
    assert data["compare"]["rows"] != data["rows"]


def test_refusals_are_not_kept(twins: Twins, server: Valkey) -> None:
    north, _ = twins
    for _ in range(2):
        status, body = call(
            "POST",
            RUN,
            token=token_of(north, "asha"),
            body={"definition": BY_COURSE | {"measures": ["nothing"]}},
        )
        assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
    assert server.call("KEYS", "optilearn:*") == []


def test_without_valkey_the_answers_are_the_same(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    kept = without_ms(run(north, "asha"))
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    for _ in range(2):
        data = run(north, "asha")
        assert (data["meta"]["cached"], without_ms(data)) == (False, kept)


def test_hindi_texts_and_nothing_at_all_are_kept_as_well(twins: Twins) -> None:
    north, _ = twins
    listing = {"version": 1, "entity": "students", "mode": "rows", "columns": ["name", "className"]}
    for filters, rows in (
        ([{"field": "code", "op": "eq", "value": "मीरा"}], [["मीरा", ""]]),
        ([{"field": "code", "op": "eq", "value": "कोई नहीं"}], []),
    ):
        answers = [run(north, "asha", listing | {"filters": filters}) for _ in range(2)]
        assert [answer["rows"] for answer in answers] == [rows, rows]
        assert [answer["meta"]["cached"] for answer in answers] == [False, True]
