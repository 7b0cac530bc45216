"""Dashboards: all tiles of one snapshot in one scope, as they are ready."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from optilearn.analytics.models import SavedItem
from optilearn.analytics.running import RunName, runs
from optilearn.analytics.saved.boards.answering import answer_board
from optilearn.analytics.saved.boards.choices import Choices
from optilearn.analytics.saved.boards.model import board_of
from optilearn.analytics.saved.boards.stream import BoardStream
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import (
    DEFINITION,
    TO_ALL,
    ask,
    data,
    lines,
    post,
    problems,
    saved,
    saved_board,
    tile,
)
from tests.optilearn.more_snapshots import another, first
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
PRESETS = ["platform", "students", "engagement", "compliance", "revenue", "course"]
ONE_LEARNER_LESS = ("DELETE FROM enrollments WHERE id = (SELECT min(id) FROM enrollments)",)
BY_CODE = DEFINITION | {"dimensions": ["student.code"]}
SUBMISSIONS = {
    "version": 1,
    "entity": "submissions",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["submissions.count"],
}
PEOPLE = {"version": 1, "entity": "students", "mode": "categorical", "measures": ["count"]}
STAFF = {"version": 1, "entity": "staff", "mode": "categorical", "measures": ["count"]}


def rows(answers: dict[str, Any], key: str) -> Any:
    """The rows of a tile that was answered."""
    assert answers[key]["error"] is None
    return answers[key]["data"]["rows"]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_answered_whole_cold_and_cached(twins: Twins, preset: str) -> None:
    north, _ = twins
    filters = {"course": north.courses["MATH"].pk} if preset == "course" else {}
    cold_head, cold = lines(north, "asha", preset, filters=filters)
    head, warm = lines(north, "asha", preset, filters=filters)
    assert head == cold_head
    assert list(warm) == [shown["key"] for shown in head["tiles"]]
    assert set(cold) == set(warm)
    assert {t["data"]["meta"]["cached"] for t in warm.values()} == {True}
    for key, answer in warm.items():
        assert answer["data"]["meta"]["snapshot"] == head["snapshot"]
        assert answer["data"]["rows"] == cold[key]["data"]["rows"]
    with tenant_context(north.id):
        entries = AuditEntry.objects.filter(action="dashboard.run").order_by("id")
        assert [e.outcome for e in entries] == ["ok", "ok"]
        assert entries[1].details["cached"] == len(warm)
        assert not AuditEntry.objects.filter(action="report.run").exists()


def test_a_preset_is_in_the_readers_language_and_can_be_copied(twins: Twins) -> None:
    north, _ = twins
    found = {row["id"]: row for row in data(ask(north, "uma", "GET", "dashboards/presets"))}
    assert list(found) == PRESETS
    board = data(ask(north, "uma", "GET", "dashboards/engagement"))
    labels = {t["key"]: t["labels"] for t in board["tiles"]}
    assert labels["clicksTrend"] == {"mean4": "Mean of four weeks"}
    assert board["saved"] is None
    assert ask(north, "uma", "GET", "dashboards/nothing")[0] == 404
    copied = data(ask(north, "uma", "POST", "dashboards/from-preset", preset="engagement"), 201)
    assert (copied["title"], copied["problems"]) == ("Engagement", [])
    assert copied["tiles"] == board["tiles"]
    assert copied["filters"] == board["filters"]
    ours, theirs = (lines(north, "uma", one)[1] for one in (copied["id"], "engagement"))
    assert {k: t["data"]["rows"] for k, t in ours.items()} == {
        k: t["data"]["rows"] for k, t in theirs.items()
    }


def test_all_tiles_are_of_one_snapshot_and_one_can_be_asked_of_it_again(twins: Twins) -> None:
    north, _ = twins
    old = first(north).snapshot_id
    board = saved_board(north, "asha", tile("a"), tile("b", 1, definition=SUBMISSIONS))["id"]
    head, answers = lines(north, "asha", board)
    assert (head["snapshot"]["id"], rows(answers, "a")) == (old, [["MATH", 2]])
    another(north, "later", ONE_LEARNER_LESS)
    head, answers = lines(north, "asha", board)
    assert {t["data"]["meta"]["snapshot"]["id"] for t in answers.values()} == {"later"}
    assert rows(answers, "a") == [["MATH", 1]]
    head, answers = lines(north, "asha", board, asOf=old)
    assert (head["snapshot"]["id"], rows(answers, "a")) == (old, [["MATH", 2]])
    path = f"dashboards/{board}/tiles/a/run"
    again = data(ask(north, "asha", "POST", path, snapshotId=old))
    assert (again["meta"]["snapshot"]["id"], again["rows"]) == (old, [["MATH", 2]])
    newest = data(ask(north, "asha", "POST", path, snapshotId="later"))
    assert newest["rows"] == data(ask(north, "asha", "POST", path))["rows"] == [["MATH", 1]]
    assert problems(ask(north, "asha", "POST", path, snapshotId="none")) == [
        ("SNAPSHOT_UNKNOWN", "/asOf")
    ]
    assert post(north, "asha", board, asOf="1999-12-31").status_code == 422
    assert ask(north, "asha", "POST", f"dashboards/{board}/tiles/c/run")[0] == 404


def test_a_tile_that_fails_does_not_stop_the_others(twins: Twins) -> None:
    north, _ = twins
    wrong = DEFINITION | {"dimensions": ["course.colour"]}
    hidden = saved(north, "asha", publish=True)["id"]
    board = saved_board(
        north,
        "asha",
        tile("wrong", definition=wrong),
        tile("hidden", 1, savedItemId=hidden),
        tile("good", 2),
        sharing={"visibility": "INSTITUTION"},
    )
    assert [(p["code"], p["path"]) for p in board["problems"]] == [
        ("UNKNOWN_FIELD", "/tiles/0/definition/dimensions/0")
    ]
    with tenant_context(north.id):
        SavedItem.objects.filter(pk=board["id"]).update(published_version=1)
    _, answers = lines(north, "tom", board["id"])
    assert rows(answers, "good") == [["MATH", 2]]
    assert answers["wrong"]["error"]["code"] == "REPORT_INVALID"
    assert answers["hidden"]["error"]["code"] == "NOT_FOUND"
    assert ask(north, "tom", "POST", f"dashboards/{board['id']}/tiles/hidden/run")[0] == 404
    assert rows(lines(north, "asha", board["id"])[1], "hidden") == [["MATH", 2]]


def test_a_dashboard_is_answered_in_its_readers_scope(twins: Twins) -> None:
    north, south = twins
    item = saved(north, "asha", **TO_ALL)["id"]
    board = saved_board(north, "asha", tile("a", savedItemId=item), **TO_ALL)["id"]
    found = {p: rows(lines(north, p, board)[1], "a") for p in ("asha", "tom", "uma", "lena")}
    assert found["asha"] == found["tom"] == [["MATH", 2]]
    assert (found["uma"], found["lena"]) == ([], [["MATH", 1]])
    assert post(south, "asha", board).status_code == 404
    assert ask(north, "asha", "DELETE", f"saved-items/{item}")[0] == 409
    uses = data(ask(north, "asha", "GET", f"saved-items/{item}/uses"))
    assert uses == [{"kind": "DASHBOARD", "id": int(board), "name": "Mine"}]


def test_a_saved_query_is_a_tile_for_who_may_see_sql(twins: Twins) -> None:
    north, _ = twins
    sql = "SELECT count(*) AS n FROM enrollments"
    query = {"name": "Count", "sql": sql} | TO_ALL
    item = data(ask(north, "anil", "POST", "saved-queries", **query), 201)["id"]
    tiles = (tile("sql", savedItemId=item), tile("good", 1))
    board = saved_board(north, "anil", *tiles, filters=[{"key": "category"}], **TO_ALL)["id"]
    head, answers = lines(north, "asha", board, filters={"category": "MATH"})
    assert (rows(answers, "sql"), rows(answers, "good")) == ([[2]], [["MATH", 2]])
    assert answers["sql"]["data"]["meta"]["snapshot"]["id"] == head["snapshot"]["id"]
    assert head["tiles"][0]["skipped"] == ["Filters don't apply to SQL."]
    path = f"dashboards/{board}/tiles/sql/run"
    assert data(ask(north, "anil", "POST", path))["rows"] == [[2]]
    _, answers = lines(north, "tom", board)
    assert answers["sql"]["error"]["code"] == "NOT_FOUND"
    assert rows(answers, "good") == [["MATH", 2]]
    assert ask(north, "anil", "DELETE", f"saved-items/{item}")[0] == 409


def test_shared_filters_and_a_cross_filter_narrow_what_they_reach(twins: Twins) -> None:
    north, _ = twins
    board = saved_board(
        north,
        "asha",
        tile("students", definition=BY_CODE),
        tile("work", 1, definition=SUBMISSIONS),
        tile("staff", 2, definition=STAFF),
        filters=[{"key": "category"}],
    )["id"]
    head, answers = lines(north, "asha", board, filters={"category": "ART"})
    assert (rows(answers, "students"), rows(answers, "work")) == ([], [])
    assert len(rows(answers, "staff")) == 1
    skipped = {t["key"]: t["skipped"] for t in head["tiles"]}
    assert skipped["staff"] == ["The filter Category doesn't apply to Staff."]
    clicked = {"tile": "students", "field": "student.code", "op": "eq", "value": "lena"}
    head, answers = lines(north, "asha", board, crossFilter=clicked)
    assert len(rows(answers, "students")) == 2
    assert rows(answers, "work") == [["MATH", 1]]
    skipped = {t["key"]: len(t["skipped"]) for t in head["tiles"]}
    assert skipped == {"students": 0, "work": 0, "staff": 1}
    states = DEFINITION | {"dimensions": ["status"]}
    board = saved_board(
        north,
        "asha",
        tile("states", definition=states),
        tile("people", 1, definition=PEOPLE),
        tile("work", 2, definition=SUBMISSIONS),
    )["id"]
    clicked = {"tile": "states", "field": "status", "op": "eq", "value": "WITHDRAWN"}
    head, answers = lines(north, "asha", board, crossFilter=clicked)
    # Students have a status, too, which is another one; submissions have that of the enrollment.
    assert rows(answers, "people") == [[3]]
    assert rows(answers, "work") == []
    skipped = {t["key"]: t["skipped"] for t in head["tiles"]}
    assert skipped["people"] == ["The value that you clicked doesn't apply to this tile."]
    assert (skipped["states"], skipped["work"]) == ([], [])
    clicked = {"tile": "students", "field": "student.code", "op": "eq", "value": "lena"}
    for wrong in ({"filters": {"term": "2026A"}}, {"crossFilter": clicked | {"tile": "x"}}):
        assert post(north, "asha", board, **wrong).status_code == 400
    assert post(north, "asha", "course").status_code == 400  # which course is to be chosen


def test_a_click_narrows_a_saved_report_by_what_its_author_opened(twins: Twins) -> None:
    """As its readers' filters do; a tile that stays as it is says so."""
    north, _ = twins
    code = {"definition": BY_CODE, **TO_ALL}
    opened = saved(north, "tom", readerFilters=["student.code"], **code)["id"]
    locked = saved(north, "tom", readerFilters=["course.code"], **code)["id"]
    board = saved_board(
        north,
        "asha",
        tile("own", definition=BY_CODE),
        tile("opened", 1, savedItemId=opened),
        tile("locked", 2, savedItemId=locked),
        **TO_ALL,
    )["id"]
    clicked = {"tile": "own", "field": "student.code", "op": "eq", "value": "lena"}
    head, answers = lines(north, "asha", board, crossFilter=clicked)
    assert {key: len(rows(answers, key)) for key in answers} == {"own": 2, "opened": 1, "locked": 2}
    skipped = {t["key"]: t["skipped"] for t in head["tiles"]}
    said = "The author of this tile's report didn't open what you clicked."
    assert skipped == {"own": [], "opened": [], "locked": [said]}
    path = f"dashboards/{board}/tiles/{{}}/run"
    for key, count in (("opened", 1), ("locked", 2)):
        answer = ask(north, "asha", "POST", path.format(key), crossFilter=clicked)
        assert len(data(answer)["rows"]) == count


def test_places_and_tiles_are_checked_before_others_see_them(twins: Twins) -> None:
    north, south = twins
    foreign = saved(south, "asha", **TO_ALL)["id"]
    outside = {"column": 6, "row": 5, "width": 12, "height": 1}
    pinned = DEFINITION | {"asOf": "2026-01-01"}
    tiles = [
        tile("a"),
        tile("a"),
        tile("b", 1, place=outside),
        tile("c", 2, savedItemId=foreign),
        tile("d", 3, definition=pinned),
        tile("e", 4, savedItemId=foreign, definition=DEFINITION),
    ]
    expected = [
        ("OVERLAP", "/tiles/1/place"),
        ("OUTSIDE", "/tiles/2/place"),
        ("DUPLICATE_KEY", "/tiles/1/key"),
        ("UNKNOWN_REPORT", "/tiles/3/savedItemId"),
        ("NOT_HERE", "/tiles/4/definition/asOf"),
        ("ONE_OF", "/tiles/5"),
    ]
    board = saved_board(north, "tom", *tiles)
    assert [(p["code"], p["path"]) for p in board["problems"]] == expected
    path = f"saved-items/{board['id']}/publish"
    assert problems(ask(north, "tom", "POST", path, version=1)) == expected
    many = {"name": "Many", "tiles": [tile(f"t{n}", n) for n in range(31)]}
    assert ask(north, "tom", "POST", "dashboards", **many)[0] == 400
    key = {"name": "Key", "tiles": [tile("a b")]}
    assert ask(north, "tom", "POST", "dashboards", **key)[0] == 400


def test_editors_see_the_draft_and_can_run_it(twins: Twins) -> None:
    north, _ = twins
    board = saved_board(north, "tom", tile("a"), **TO_ALL)["id"]
    change = {"name": "Mine", "tiles": [tile("b")], "basedOn": 1}
    data(ask(north, "tom", "PUT", f"dashboards/{board}", **change))
    keys = {
        p: [t["key"] for t in data(ask(north, p, "GET", f"dashboards/{board}"))["tiles"]]
        for p in ("tom", "uma")
    }
    assert keys == {"tom": ["b"], "uma": ["a"]}
    assert list(lines(north, "tom", board)[1]) == ["a"]
    assert list(lines(north, "tom", board, draft=True)[1]) == ["b"]
    assert post(north, "uma", board, draft=True).status_code == 403
    assert ask(north, "tom", "PUT", f"dashboards/{board}", **change)[0] == 409
    changes = data(ask(north, "tom", "GET", f"saved-items/{board}/diff?before=1&after=2"))
    assert [c["text"] for c in changes["changes"]] == ["Tile A removed: A", "Tile B added: B"]
    assert ask(north, "tom", "PUT", "dashboards/platform", **change)[0] == 403


def test_all_tiles_can_be_stopped_together(twins: Twins) -> None:
    """A stop that arrives before the run stops it as it begins: no tile is computed."""
    north, _ = twins
    run = uuid4()
    runs().stop(RunName.of(north.principal("asha"), run))
    _, answers = lines(north, "asha", "platform", runId=str(run))
    assert {t["error"]["code"] for t in answers.values()} == {"CONFLICT"}


def test_who_goes_away_stops_the_tiles_and_it_is_written_down(twins: Twins) -> None:
    north, _ = twins
    principal = north.principal("asha")
    with tenant_context(north.id):
        board = board_of(principal, "platform")
        stream = answer_board(principal=principal, board=board, choices=Choices())
        assert isinstance(stream, BoardStream)
        assert next(stream).startswith(b'{"dashboard"')
        stream.close()
        with pytest.raises(StopIteration):
            next(stream)
        entry = AuditEntry.objects.filter(action="dashboard.run").latest("id")
        assert entry.outcome == "REPORT_CANCELLED"


def test_tiles_that_differ_in_their_texts_alone_are_shown_with_their_own(twins: Twins) -> None:
    """What is remembered of one school's tile says nothing of another's."""
    heads = []
    for twin, title in zip(twins, ("North's own", "South's own"), strict=True):
        only = tile("work", definition=SUBMISSIONS, title=title, labels={"work": title})
        board = saved_board(twin, "asha", only, filters=[{"key": "category"}])["id"]
        head, _answers = lines(twin, "asha", board, filters={"category": "MATH"})
        heads.append((head["tiles"][0]["title"], *head["tiles"][0]["labels"].values()))
    assert heads == [("North's own",) * 2, ("South's own",) * 2]


def test_a_shared_filter_holds_whatever_the_logic_of_a_tile_of_students(twins: Twins) -> None:
    north, _ = twins
    has_enrollments = {"metric": "enrollments.count", "filters": [], "op": "gt", "value": 0}
    definition = {
        "version": 1,
        "entity": "students",
        "mode": "rows",
        "columns": ["code"],
        "filters": [{"field": "code", "op": "eq", "value": "sven"}, has_enrollments],
        "filterLogic": "1 OR 2",
    }
    only = tile("t", definition=definition)
    board = saved_board(north, "asha", only, filters=[{"key": "course"}])["id"]
    _head, answers = lines(north, "asha", board, filters={"course": north.courses["MATH"].pk})
    assert sorted(rows(answers, "t")) == [["lena"], ["मीरा"]]


def test_brackets_make_no_logic_valid_that_is_refused(twins: Twins) -> None:
    north, _ = twins
    code = {"field": "course.code", "op": "eq", "value": "MATH"}
    definition = DEFINITION | {
        "filters": [code, {"field": "course.code", "op": "isNotNull"}],
        "filterLogic": "1) OR (2",
    }
    item = saved(north, "asha", definition=definition, readerFilters=["course.code"])["id"]
    for filters in ([], [code | {"value": "ART"}]):
        body = {"filters": filters}
        assert ask(north, "asha", "POST", f"saved-reports/{item}/run", **body)[0] == 422


@pytest.mark.parametrize("depth", [100, 300])
def test_a_definition_that_is_nested_too_deeply_is_refused(twins: Twins, depth: int) -> None:
    north, _ = twins
    nested: Any = []
    for _level in range(depth):
        nested = [nested]
    body = {"name": "x", "tiles": [tile("t", definition={"x": nested})]}
    assert ask(north, "asha", "POST", "dashboards", **body)[0] == 400
