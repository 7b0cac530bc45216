"""Saved reports: kept, shared, versioned, and never more than their reader may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.models import SavedItem, Schedule
from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.optilearn.analytics.saving import (
    DEFINITION,
    TO_ALL,
    ask,
    data,
    lines,
    problems,
    report,
    saved,
    saved_board,
    tile,
)
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
STUDENTS = {"version": 1, "entity": "students", "mode": "categorical", "measures": ["count"]}
STATUS = {"field": "status", "op": "eq", "value": "ACTIVE"}


def names(twin: Twin, person: str, query: str = "") -> list[str]:
    rows = data(ask(twin, person, "GET", f"saved-reports?{query}"))
    return [row["name"] for row in rows]


def change(twin: Twin, person: str, item: int, based_on: int, **more: Any) -> tuple[int, Any]:
    body = report(**more) | {"basedOn": based_on}
    return ask(twin, person, "PUT", f"saved-reports/{item}", **body)


def test_a_draft_is_its_owners_until_it_is_published_and_shared(twins: Twins) -> None:
    north, south = twins
    item = saved(north, "tom", name="Draft")["id"]
    assert [names(north, p) for p in ("tom", "uma", "asha")] == [["Draft"], [], []]
    sharing = {"visibility": "ROLE", "roles": ["TEACHER"]}
    data(ask(north, "tom", "PUT", f"saved-items/{item}/sharing", **sharing))
    assert names(north, "uma") == []  # a draft still
    data(ask(north, "tom", "POST", f"saved-items/{item}/publish", version=1))
    assert [names(north, p) for p in ("uma", "asha", "lena")] == [["Draft"], [], []]
    data(ask(north, "tom", "PUT", f"saved-items/{item}/sharing", visibility="INSTITUTION"))
    assert [names(north, p) for p in ("uma", "asha", "lena")] == [["Draft"]] * 3
    assert ask(south, "tom", "GET", f"saved-reports/{item}")[0] == 404
    assert names(south, "tom") == []


def test_readers_see_what_is_published_and_editors_the_newest_draft(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "tom", name="One", **TO_ALL)["id"]
    assert data(change(north, "tom", item, 1, name="Two"))["version"] == 2
    mine, theirs = (data(ask(north, p, "GET", f"saved-reports/{item}")) for p in ("tom", "uma"))
    assert (mine["name"], mine["version"], mine["publishedVersion"]) == ("Two", 2, 1)
    assert (theirs["name"], theirs["version"], theirs["mayEdit"]) == ("One", 1, False)
    data(ask(north, "tom", "POST", f"saved-items/{item}/publish", version=2))
    assert data(ask(north, "uma", "GET", f"saved-reports/{item}"))["name"] == "Two"


def test_a_report_runs_in_its_readers_scope(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "asha", **TO_ALL)["id"]
    rows = {
        person: data(ask(north, person, "POST", f"saved-reports/{item}/run"))["rows"]
        for person in ("asha", "tom", "uma", "lena")
    }
    assert rows["asha"] == rows["tom"] == [["MATH", 2]]
    assert (rows["uma"], rows["lena"]) == ([], [["MATH", 1]])
    with tenant_context(north.id):
        entry = AuditEntry.objects.filter(action="report.run").latest("id")
        assert entry.details["savedItem"] == item
        assert SavedItem.objects.get(pk=item).last_run_at is not None


def test_two_editors_lose_nothing(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "tom")["id"]
    active = DEFINITION | {"filters": [STATUS]}
    data(change(north, "tom", item, 1, definition=active, note="Active ones"))
    status, body = change(north, "tom", item, 1, name="Mine")
    (problem,) = body["error"]["details"]
    assert (status, problem["code"], problem["path"]) == (409, "NEWER_VERSION", "/basedOn")
    assert problem["newest"]["number"] == 2
    assert problem["newest"]["note"] == "Active ones"
    assert problem["newest"]["author"]["name"] == "Tom"
    assert problem["newest"]["body"]["definition"] == active
    assert [c["text"] for c in problem["changes"]] == ["Filter 1 added: Status is Active"]
    data(change(north, "tom", item, 2, name="Mine"))


def test_versions_their_difference_in_words_and_an_earlier_one_again(twins: Twins) -> None:
    north, _ = twins
    category = {"field": "course.category", "op": "eq", "value": "MATH"}
    first = DEFINITION | {"filters": [category, STATUS], "limit": 10}
    both = {"field": "status", "op": "in", "value": ["ACTIVE", "COMPLETED"]}
    second = DEFINITION | {"filters": [category, both], "measures": ["passRate"]}
    item = saved(north, "tom", definition=first)["id"]
    data(change(north, "tom", item, 1, definition=second, tags=["new"]))
    found = data(ask(north, "tom", "GET", f"saved-items/{item}/diff?before=1&after=2"))
    assert [(c["path"], c["text"]) for c in found["changes"]] == [
        ("/tags/0", "Tag 1 added: new"),
        ("/body/definition/measures/0", "Measure 1: Enrollments → Pass rate"),
        (
            "/body/definition/filters/1",
            "Filter 2: Status is Active → Status is Active or Completed",
        ),
        ("/body/definition/limit", "Maximum of rows removed: 10"),
    ]
    data(ask(north, "tom", "POST", f"saved-items/{item}/restore", version=1, basedOn=2))
    rows = data(ask(north, "tom", "GET", f"saved-items/{item}/versions"))
    assert [(r["number"], r["note"]) for r in rows] == [(3, "Version 1 again"), (2, ""), (1, "")]
    assert data(ask(north, "tom", "GET", f"saved-reports/{item}"))["definition"] == first
    assert ask(north, "tom", "GET", f"saved-items/{item}/versions/9")[0] == 404


def test_a_readers_filters_only_narrow(twins: Twins) -> None:
    north, _ = twins
    logic = {"filters": [STATUS, STATUS | {"value": "COMPLETED"}], "filterLogic": "1 OR 2"}
    item = saved(
        north,
        "asha",
        definition=DEFINITION | {"dimensions": ["student.code"]} | logic,
        readerFilters=["student.code"],
        **TO_ALL,
    )["id"]

    def run(*filters: dict[str, Any], **more: Any) -> tuple[int, Any]:
        return ask(north, "tom", "POST", f"saved-reports/{item}/run", filters=filters, **more)

    assert len(data(run())["rows"]) == 2
    lena = {"field": "student.code", "op": "eq", "value": "lena"}
    assert data(run(lena))["rows"] == [["lena", 1]]
    locked = [("FILTER_LOCKED", "/filters/1/field")]
    assert problems(run(lena, STATUS | {"value": "WITHDRAWN"})) == locked
    other = {"field": "student.code", "op": "eq", "value": {"field": "student.name"}}
    assert problems(run(other)) == [("FILTER_LOCKED", "/filters/0/value/field")]
    assert problems(run(lena | {"op": "lt"})) == [("WRONG_OPERATOR", "/filters/0/op")]
    assert problems(run(asOf="1999-12-31")) == [("SNAPSHOT_UNKNOWN", "/asOf")]
    words = data(ask(north, "tom", "POST", f"saved-reports/{item}/explain", filters=[lena]))
    assert "lena" in " ".join(words["words"])


def test_a_draft_may_be_wrong_and_says_so_and_is_not_published(twins: Twins) -> None:
    north, _ = twins
    wrong = DEFINITION | {"dimensions": ["course.colour"], "measures": ["nothing"]}
    draft = saved(north, "tom", definition=wrong)
    found = [(p["code"], p["path"]) for p in draft["problems"]]
    assert found == [
        ("UNKNOWN_FIELD", "/definition/dimensions/0"),
        ("UNKNOWN_METRIC", "/definition/measures/0"),
    ]
    assert problems(ask(north, "tom", "POST", f"saved-reports/{draft['id']}/run")) == found
    path = f"saved-items/{draft['id']}/publish"
    assert problems(ask(north, "tom", "POST", path, version=1)) == found
    closed = report(readerFilters=["course.colour"], publish=True)
    refused = ask(north, "tom", "POST", "saved-reports", **closed)
    assert problems(refused) == [("UNKNOWN_FIELD", "/readerFilters/0")]


def test_what_a_withdrawn_attribute_breaks_is_listed(twins: Twins) -> None:
    """It was valid when it was published; the newest catalog has it no more."""
    north, _ = twins
    good, broken = (saved(north, "tom", name=n, **TO_ALL)["id"] for n in ("Good", "Broken"))
    gone = {"definition": DEFINITION | {"dimensions": ["student.attributes.gone"]}}
    with tenant_context(north.id):
        SavedItem.objects.filter(pk=broken).update(body=gone | {"readerFilters": []})
    (row,) = data(ask(north, "uma", "GET", "saved-items/broken"))
    assert (row["id"], row["problems"][0]["path"]) == (broken, "/definition/dimensions/0")
    assert names(north, "uma", "broken=true") == ["Broken"]
    assert names(north, "uma", "broken=false") == ["Good"]
    assert ask(north, "uma", "POST", f"saved-reports/{good}/run")[0] == 200
    assert ask(north, "uma", "POST", f"saved-reports/{broken}/run")[0] == 422


def test_the_impact_of_withdrawing_a_name(twins: Twins) -> None:
    north, south = twins
    status = DEFINITION | {"filters": [STATUS]}
    by_house = DEFINITION | {"dimensions": ["student.attributes.house"], "measures": ["passRate"]}
    made = {
        "Active": saved(north, "tom", name="Active", definition=status, **TO_ALL)["id"],
        "Houses": saved(north, "tom", name="Houses", definition=by_house, **TO_ALL)["id"],
        "Later": saved(north, "tom", name="Later", **TO_ALL)["id"],
    }
    saved(north, "uma", name="Private", definition=status)
    saved(south, "tom", name="Theirs", definition=status, **TO_ALL)
    data(change(north, "tom", made["Later"], 1, name="Later", definition=status))

    def uses(path: str) -> list[tuple[str, bool]]:
        found = data(ask(north, "asha", "GET", f"impact?path={path}"))
        assert found["hidden"] == (path in {"enrollments.status", "courses.code"})
        return [(use["name"], use["isDraft"]) for use in found["uses"]]

    assert uses("enrollments.status") == [("Active", False), ("Later", True)]
    assert uses("attributes.house") == uses("students.attributes.house") == [("Houses", False)]
    assert uses("enrollments.outcome") == uses("enrollments.passRate") == [("Houses", False)]
    assert uses("courses.code") == [("Active", False), ("Later", False)]
    assert uses("courses.colour") == []


def test_the_list_is_searched_in_both_languages_and_filtered(twins: Twins) -> None:
    north, _ = twins
    first = saved(north, "tom", name="Wer lernt", description="Am Montag", tags=["board"], **TO_ALL)
    saved(north, "asha", name="नामांकन सूची", definition=STUDENTS, **TO_ALL)
    saved(north, "uma", name="Private")
    assert names(north, "uma", "q=montag") == ["Wer lernt"]
    assert names(north, "uma", "q=tom") == ["Wer lernt"]
    assert names(north, "uma", "q=enrollments tom") == ["Wer lernt"]
    assert names(
        north, "uma", "q=%E0%A4%A8%E0%A4%BE%E0%A4%AE%E0%A4%BE%E0%A4%82%E0%A4%95%E0%A4%A8"
    ) == [
        "Private",
        "Wer lernt",
        "नामांकन सूची",
    ]
    assert names(north, "uma", "tag=board") == ["Wer lernt"]
    assert names(north, "uma", "entity=students") == ["नामांकन सूची"]
    assert names(north, "uma", "mine=true") == ["Private"]
    assert names(north, "uma", "visibility=PRIVATE") == ["Private"]
    data(ask(north, "uma", "PUT", f"saved-items/{first['id']}/favorite"))
    data(ask(north, "uma", "PUT", f"saved-items/{first['id']}/favorite"))
    assert names(north, "uma", "favorite=true") == ["Wer lernt"]
    assert names(north, "asha", "favorite=true") == []
    assert names(north, "uma", "order=-name") == ["नामांकन सूची", "Wer lernt", "Private"]
    assert ask(north, "uma", "GET", "saved-reports?perPage=101")[0] == 400


def test_a_list_is_two_queries_however_long(twins: Twins) -> None:
    north, _ = twins
    counts = []
    for _ in range(2):
        for name in ("One", "Two", "Three"):
            saved(north, "tom", name=name)
        with CaptureQueriesContext(connection) as queries:
            assert names(north, "tom", "order=newest")
        ours = [q for q in queries.captured_queries if "analytics_saveditem" in q["sql"]]
        counts.append(len(ours))
    assert counts == [2, 2]


def test_an_owner_hands_over_and_administrators_do_so_for_who_left(twins: Twins) -> None:
    north, south = twins
    item = saved(north, "tom", name="Secret")["id"]
    path = f"saved-items/{item}/owner"
    stranger = south.people["uma"].pk
    assert problems(ask(north, "tom", "POST", path, personId=stranger), 400) == [
        ("UNKNOWN_PERSON", "/personId")
    ]
    assert ask(north, "asha", "GET", f"saved-reports/{item}")[0] == 404  # private
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["tom"].pk).update(status="INACTIVE")
    assert names(north, "asha", "orphaned=true") == ["Secret"]
    assert names(north, "uma", "orphaned=true") == []
    data(ask(north, "asha", "POST", path, personId=north.people["uma"].pk))
    assert names(north, "uma", "mine=true") == ["Secret"]
    assert names(north, "asha", "orphaned=true") == []


def test_students_keep_theirs_to_themselves(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "lena", name="My marks")["id"]
    assert (
        ask(north, "lena", "PUT", f"saved-items/{item}/sharing", visibility="INSTITUTION")[0] == 403
    )
    assert ask(north, "lena", "POST", "saved-reports", **report(**TO_ALL))[0] == 403


def test_roles_belong_to_the_visibility_role(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "tom")["id"]
    path = f"saved-items/{item}/sharing"
    for wrong in ({"visibility": "ROLE"}, {"visibility": "PRIVATE", "roles": ["HOD"]}):
        assert problems(ask(north, "tom", "PUT", path, **wrong), 400) == [
            ("ROLES", "/sharing/roles")
        ]


def test_a_copy_is_ones_own_draft(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "tom", **TO_ALL)["id"]
    copy = data(ask(north, "uma", "POST", f"saved-items/{item}/duplicate"), 201)
    assert (copy["name"], copy["visibility"]) == ("By course (copy)", "PRIVATE")
    assert (copy["publishedVersion"], copy["owner"]["name"]) == (None, "Uma")
    assert ask(north, "uma", "DELETE", f"saved-items/{copy['id']}")[0] == 200
    assert ask(north, "uma", "DELETE", f"saved-items/{item}")[0] == 403


def test_what_a_schedule_sends_is_not_deleted(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "tom", **TO_ALL)["id"]
    with tenant_context(north.id):
        schedule = Schedule.objects.create(
            item_id=item,
            owner=north.people["tom"],
            name="Mondays",
            starts_at=clock.now(),
            formats=["csv"],
        )
    status, body = ask(north, "tom", "DELETE", f"saved-items/{item}")
    (use,) = body["error"]["details"]
    assert (status, use["kind"], use["id"], use["name"]) == (
        409,
        "SCHEDULE",
        schedule.pk,
        "Mondays",
    )
    with tenant_context(north.id):
        schedule.delete()
    assert ask(north, "tom", "DELETE", f"saved-items/{item}")[0] == 200


def test_a_definition_of_half_a_megabyte_is_refused(twins: Twins) -> None:
    north, _ = twins
    values = ["x" * 90] * 6_000
    big = DEFINITION | {"filters": [{"field": "status", "op": "in", "value": values}]}
    status, body = ask(north, "tom", "POST", "saved-reports", **report(definition=big))
    assert (status, body["error"]["details"][0]["code"]) == (400, "TOO_LONG")


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"entity": 7},
        DEFINITION | {"filters": "x"},
        DEFINITION | {"filters": 5, "filterLogic": 7, "chart": "x"},
        DEFINITION | {"filters": [{"metric": []}, {"field": {}}, 3, {"field": "x", "op": []}]},
        {"measures": [None, [], {"agg": {}}, {"ratio": 5}, {"metric": {"filters": [1]}}]},
        {"sort": [1], "time": 3, "compare": "x", "limit": {}},
    ],
)
def test_a_draft_may_be_anything_and_differs_in_words(twins: Twins, definition: Any) -> None:
    north, _ = twins
    item = saved(north, "tom", definition=definition)["id"]
    data(change(north, "tom", item, 1))
    for pair in ("before=1&after=2", "before=2&after=1", "before=1&after=1"):
        assert ask(north, "tom", "GET", f"saved-items/{item}/diff?{pair}")[0] == 200
    data(change(north, "tom", item, 2, definition=definition, readerFilters=["status"]))
    for filters in ([], [STATUS]):
        for path in ("run", "explain"):
            status, body = ask(
                north, "tom", "POST", f"saved-reports/{item}/{path}", filters=filters
            )
            assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
    board = saved_board(north, "tom", tile("a", definition=definition), tile("b", 1))["id"]
    assert ask(north, "tom", "GET", f"dashboards/{board}")[0] == 200
    cross = {"tile": "b", "field": "course.code", "op": "eq", "value": "MATH"}
    _, answers = lines(north, "tom", board, crossFilter=cross)
    assert answers["a"]["error"]["code"] == "REPORT_INVALID"
    for path in ("saved-items/broken", "impact?path=enrollments.status", "saved-reports?q=x"):
        person = "asha" if path.startswith("impact") else "tom"
        assert ask(north, person, "GET", path)[0] == 200


def test_a_definition_that_is_nested_too_deeply_is_refused(twins: Twins) -> None:
    north, _ = twins
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    refused = ask(north, "tom", "POST", "saved-reports", **report(definition={"filters": deep}))
    assert problems(refused, 400) == [("TOO_DEEP", "/definition")]


def test_what_is_others_own_is_counted_and_not_named(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "anil", **TO_ALL)["id"]
    board = saved_board(north, "asha", tile("t", savedItemId=item), name="Layoffs")["id"]
    path = f"saved-items/{item}/uses"
    assert data(ask(north, "anil", "GET", path)) == [
        {"kind": "DASHBOARD", "id": int(board), "name": "Somebody's own"}
    ]
    status, answer = ask(north, "anil", "DELETE", f"saved-items/{item}")
    assert (status, "Layoffs" in str(answer)) == (409, False)


def test_a_query_is_handed_to_who_can_read_it(twins: Twins) -> None:
    north, _ = twins
    query = data(ask(north, "anil", "POST", "saved-queries", name="Q", sql="SELECT 1"), 201)["id"]
    for person, status in (("tom", 400), ("asha", 200)):
        body = {"personId": north.people[person].pk}
        assert ask(north, "anil", "POST", f"saved-items/{query}/owner", **body)[0] == status
