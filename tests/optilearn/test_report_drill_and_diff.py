"""The rows behind a number, and what changed between two snapshots, through the door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from optilearn.analytics import services
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.more_snapshots import another, first, instant
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
Answer = tuple[int, dict[str, Any]]
PATH = "/api/analytics/reports/"
BY_STUDENT: dict[str, Any] = {
    "version": 1,
    "entity": "submissions",
    "mode": "categorical",
    "dimensions": ["course.code", "student.name"],
    "measures": ["submissions.count", "submissions.avgScore", "submissions.lateRate"],
    "totals": "subtotals",
}
STUDENTS: dict[str, Any] = {
    "version": 1,
    "entity": "students",
    "mode": "rows",
    "columns": ["code", "name"],
}


def ask(twin: Twin, name: str, what: str, **body: Any) -> Answer:
    return call("POST", PATH + what, token=token_of(twin, name), body=body)


def drill(twin: Twin, cell: Any, definition: Any = BY_STUDENT, name: str = "asha") -> Answer:
    return ask(twin, name, "drill", definition=definition, cell=cell)


def diff(twin: Twin, before: str, after: str, name: str = "asha", **more: Any) -> Answer:
    definition = more.pop("definition", STUDENTS)
    return ask(twin, name, "diff", definition=definition, before=before, after=after, **more)


def column(data: dict[str, Any], key: str) -> list[Any]:
    place = [c["key"] for c in data["columns"]].index(key)
    return [row[place] for row in data["rows"]]


def cells(data: dict[str, Any], groups: int) -> Iterator[tuple[list[Any], list[Any]]]:
    """The groups and the measures of each row and of each total."""
    for row in data["rows"]:
        yield row[:groups], row[groups:]
    for total in data["totals"]:
        yield total["row"][: total["level"]], total["row"][groups:]


# -- drill


@pytest.mark.parametrize("name", ["asha", "tom", "lena"])
def test_the_rows_add_up_to_the_cell(twins: Twins, name: str) -> None:
    for twin in twins:
        _, answer = ask(twin, name, "run", definition=BY_STUDENT)
        found = list(cells(answer["data"], 2))
        assert len(found) == (3 if name == "lena" else 4)
        for groups, (count, mean, late) in found:
            rows = {}
            for measure in BY_STUDENT["measures"]:
                status, body = drill(twin, {"measure": measure, "row": groups}, name=name)
                assert status == 200
                rows[measure] = body["data"]
            assert rows["submissions.count"]["meta"]["totalRowCount"] == count
            scores = column(rows["submissions.avgScore"], "score")
            assert sum(scores) / len(scores) == pytest.approx(mean)
            counted = column(rows["submissions.lateRate"], "counted")
            assert sum(counted) / len(counted) == pytest.approx(late)


def test_only_ones_own_rows_are_listed(twins: Twins) -> None:
    north, south = twins
    whole = {"measure": "submissions.count", "row": []}
    for twin, other in ((north, south), (south, north)):
        for name, people in (
            ("asha", {"lena", "मीरा"}),
            ("tom", {"lena", "मीरा"}),
            ("uma", set()),
            ("lena", {"lena"}),
            ("sven", set()),
        ):
            status, body = drill(twin, whole, name=name)
            assert status == 200
            ids = set(column(body["data"], "studentId"))
            assert ids == {twin.people[p].pk for p in people}
            assert not ids & {p.pk for p in other.people.values()}


def test_ids_of_the_other_institution_find_nothing(twins: Twins) -> None:
    north, south = twins
    definition = BY_STUDENT | {"dimensions": ["studentId"], "measures": ["submissions.count"]}
    for person in south.people.values():
        cell = {"measure": "submissions.count", "row": [person.pk]}
        _, body = drill(north, cell, definition)
        assert body["data"]["rows"] == []


def test_a_group_of_nothing_is_drilled_by_null(twins: Twins) -> None:
    north, _ = twins
    another(north, "unnamed", ["UPDATE students SET class_name = NULL", *_a_class_of_one()])
    definition = BY_STUDENT | {"dimensions": ["student.className"]}
    _, answer = ask(north, "asha", "run", definition=definition)
    by_class = {row[0]: row[1] for row in answer["data"]["rows"]}
    assert by_class == {"कक्षा ७": 1, None: 1}
    for group in by_class:
        _, body = drill(north, {"measure": "submissions.count", "row": [group]}, definition)
        assert body["data"]["meta"]["totalRowCount"] == 1


def _a_class_of_one() -> tuple[str, ...]:
    return (
        "UPDATE students SET class_name = 'कक्षा ७'"
        " WHERE id = (SELECT min(student_id) FROM submissions)",
    )


def test_a_hindi_group_and_an_empty_one(twins: Twins) -> None:
    north, _ = twins
    cell = {"measure": "submissions.count", "row": ["MATH", "मीरा"]}
    _, body = drill(north, cell)
    assert body["data"]["rows"] != []
    assert set(column(body["data"], "student.name")) == {"मीरा"}
    _, body = drill(north, cell | {"row": ["MATH", "कोई नहीं"]})
    assert (body["data"]["rows"], body["data"]["meta"]["totalRowCount"]) == ([], 0)


@pytest.mark.parametrize(
    ("cell", "status", "place"),
    [
        ({"measure": "nothing", "row": []}, 422, "/cell/measure"),
        ({"measure": "submissions.count", "row": ["MATH"] * 3}, 422, "/cell/row"),
        ({"measure": "submissions.count", "row": ["x"] * 100_000}, 422, "/cell/row"),
        ({"measure": "submissions.count", "row": [[["MATH"]]]}, 422, "/cell/row/0"),
        ({"measure": "submissions.count", "row": [{"a": 1}]}, 422, "/cell/row/0"),
        ({"measure": "submissions.count", "row": [5]}, 422, "/cell/row/0"),
        ({"measure": "submissions.count", "row": [], "entity": "courses"}, 422, "/cell/entity"),
        ({"measure": "submissions.count", "row": "MATH"}, 400, None),
        ({"measure": "submissions.count", "row": [], "institutionId": 1}, 400, None),
        ({"row": []}, 400, None),
        ([], 400, None),
        (None, 400, None),
    ],
)
def test_cells_that_are_none_are_refused(
    twins: Twins, cell: Any, status: int, place: str | None
) -> None:
    found, body = drill(twins[0], cell)
    assert found == status
    assert body["error"]["code"] == ("REPORT_INVALID" if status == 422 else "VALIDATION_ERROR")
    if place is not None:
        assert body["error"]["details"][0]["path"] == place


def test_the_rows_of_a_small_group_stay_hidden(twins: Twins) -> None:
    north, _ = twins
    another(north, "careful", min_group_size=3)
    cell = {"measure": "submissions.count", "row": ["MATH"]}
    status, body = drill(north, cell)
    assert (status, body["error"]["details"][0]["code"]) == (422, "SMALL_CELLS")


def test_it_is_drilled_where_it_was_asked(twins: Twins) -> None:
    north, south = twins
    another(north, "empty", ["DELETE FROM submissions"])
    whole = {"measure": "submissions.count", "row": []}
    _, now = drill(north, whole)
    _, then = drill(north, whole, BY_STUDENT | {"asOf": first(north).snapshot_id})
    assert [a["data"]["meta"]["totalRowCount"] for a in (now, then)] == [0, 2]
    theirs = BY_STUDENT | {"asOf": first(south).snapshot_id}
    status, body = drill(north, whole, theirs)
    assert (status, body["error"]["details"][0]["code"]) == (422, "SNAPSHOT_UNKNOWN")


# -- diff


def changed(twin: Twin) -> tuple[str, str]:
    """Two snapshots: one student added, one renamed."""
    another(
        twin,
        "later",
        [
            "INSERT INTO students SELECT * REPLACE (99999 AS id, 'नया' AS code, 'New' AS name)"
            " FROM students LIMIT 1",
            "UPDATE students SET name = 'लीना' WHERE code = 'lena'",
        ],
    )
    return first(twin).snapshot_id, "later"


def test_what_changed_between_two_snapshots(twins: Twins) -> None:
    north, _ = twins
    before, after = changed(north)
    status, body = diff(north, before, after)
    data = body["data"]
    assert (status, data["before"]["id"], data["after"]["id"]) == (200, before, after)
    assert (data["added"], data["removed"]) == ([["नया", "New"]], [])
    assert data["changed"] == [{"before": ["lena", "Lena"], "after": ["lena", "लीना"]}]
    assert data["counts"] == {"added": 1, "removed": 0, "changed": 1, "same": 2}
    _, body = diff(north, after, before)
    assert (body["data"]["added"], body["data"]["removed"]) == ([], [["नया", "New"]])
    _, body = diff(north, after, after)
    assert body["data"]["counts"] == {"added": 0, "removed": 0, "changed": 0, "same": 4}


def test_moments_will_do(twins: Twins) -> None:
    north, _ = twins
    _, after = changed(north)
    taken = first(north).taken_at
    _, body = diff(north, instant(taken + timedelta(hours=1)), "2999-12-31")
    assert body["data"]["before"]["id"] == first(north).snapshot_id
    assert body["data"]["after"]["id"] == after


def test_each_sees_the_changes_of_their_own_rows(twins: Twins) -> None:
    north, _ = twins
    before, after = changed(north)
    for name, counts in (
        ("lena", {"added": 0, "removed": 0, "changed": 1, "same": 0}),
        ("मीरा", {"added": 0, "removed": 0, "changed": 0, "same": 1}),
        ("uma", {"added": 0, "removed": 0, "changed": 0, "same": 0}),
    ):
        _, body = diff(north, before, after, name)
        assert body["data"]["counts"] == counts, name


def test_the_other_institutions_snapshots_are_no_side_of_it(twins: Twins) -> None:
    north, south = twins
    own, theirs = first(north).snapshot_id, first(south).snapshot_id
    for before, after, place in ((theirs, own, "/before"), (own, theirs, "/after")):
        status, body = diff(north, before, after)
        (problem,) = body["error"]["details"]
        assert (status, problem["code"], problem["path"]) == (422, "SNAPSHOT_UNKNOWN", place)
        assert theirs not in problem["hint"]
        assert own in problem["hint"]


def test_many_changes_are_cut_and_counted(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    north, _ = twins
    before = first(north).snapshot_id
    many = (
        "INSERT INTO students SELECT s.* REPLACE (1000000 + i AS id, 'n' || i AS code)"
        " FROM (SELECT * FROM students LIMIT 1) s, range(1200) r(i)"
    )
    another(north, "crowd", [many])
    for sides, kind in (((before, "crowd"), "added"), (("crowd", before), "removed")):
        _, body = diff(north, *sides)
        assert len(body["data"][kind]) == services.MAX_DIFFERENCES == 1_000
        assert body["data"]["counts"][kind] == 1_200


def test_groups_are_compared_as_well(twins: Twins) -> None:
    north, _ = twins
    another(north, "busy", ["UPDATE activity SET clicks = clicks + 1"])
    definition = {
        "version": 1,
        "entity": "courses",
        "mode": "categorical",
        "dimensions": ["code"],
        "measures": ["activity.clicks"],
    }
    _, body = diff(north, first(north).snapshot_id, "busy", definition=definition)
    assert body["data"]["changed"] == [{"before": ["MATH", 14], "after": ["MATH", 16]}]
    assert body["data"]["counts"]["same"] == 1


@pytest.mark.parametrize("more", [{"asOf": "2026-01-01"}, {"compare": {"to": "previousYear"}}])
def test_a_definition_that_names_its_own_snapshots_is_refused(
    twins: Twins, more: dict[str, Any]
) -> None:
    own = first(twins[0]).snapshot_id
    status, body = diff(twins[0], own, own, definition=STUDENTS | more)
    (problem,) = body["error"]["details"]
    assert (status, problem["code"]) == (422, "NOT_HERE")
    assert problem["path"] == f"/definition/{next(iter(more))}"
    cookie = {"Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=hi"}
    sent = {"definition": STUDENTS | more, "before": own, "after": own}
    _, body = call("POST", PATH + "diff", token=token_of(twins[0], "asha"), body=sent, **cookie)
    assert body["error"]["details"][0]["hint"] == "इसे हटा दें।"


def test_a_bad_definition_is_refused(twins: Twins) -> None:
    own = first(twins[0]).snapshot_id
    status, body = diff(twins[0], own, own, definition=STUDENTS | {"columns": ["nam"]})
    assert (status, body["error"]["details"][0]["path"]) == (422, "/columns/0")
    assert diff(twins[0], own, "x" * 101)[0] == 400


# -- both


def test_both_are_audited_whatever_comes_of_them(twins: Twins) -> None:
    north, _ = twins
    before, after = changed(north)
    drill(north, {"measure": "submissions.count", "row": []})
    drill(north, {"measure": "nothing", "row": []})
    diff(north, before, after)
    diff(north, before, "nothing")
    with tenant_context(north.id):
        rows = list(AuditEntry.objects.filter(action__startswith="report.").order_by("id"))
    told = [(row.action, row.outcome) for row in rows]
    assert told == [
        ("report.drill", "ok"),
        ("report.drill", "UNKNOWN_MEASURE"),
        ("report.diff", "ok"),
        ("report.diff", "SNAPSHOT_UNKNOWN"),
    ]
    assert {row.actor_id for row in rows} == {north.people["asha"].pk}
    assert {row.details["scope"] for row in rows} == {"institution"}
    assert (rows[0].details["measure"], rows[0].details["rows"]) == ("submissions.count", 2)
    assert rows[0].details["snapshot"] == after
    assert (rows[2].details["before"], rows[2].details["after"]) == (before, after)
    assert (rows[2].details["added"], rows[2].details["changed"]) == (1, 1)
    assert len(rows[2].target) == 64


@pytest.mark.parametrize("what", ["drill", "diff"])
def test_without_opticrm_parents_are_put_off_in_writing(twins: Twins, what: str) -> None:
    north, _ = twins
    own = first(north).snapshot_id
    body: dict[str, Any] = {"definition": BY_STUDENT}
    body |= (
        {"cell": {"measure": "submissions.count"}}
        if what == "drill"
        else {"before": own, "after": own}
    )
    status, answer = ask(north, "pia", what, **body)
    assert (status, answer["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    with tenant_context(north.id):
        row = AuditEntry.objects.latest("id")
    assert (row.action, row.outcome) == (f"report.{what}", "SERVICE_UNAVAILABLE")
