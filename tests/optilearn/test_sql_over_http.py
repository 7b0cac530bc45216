"""SQL through the door: own institution, names masked, every format, audited, stopped."""

from __future__ import annotations

import io
import threading
import time
from typing import Any
from uuid import uuid4

import polars as pl
import pytest
from django.db import connections
from django.test import Client

from optilearn.analytics.models import SavedItem
from optilearn.analytics.running import RunName, runs
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.analytics.sql.services import redacted, run_query
from optilearn.core.errors import AppError
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import TO_ALL, ask, data, lines, saved_board, tile
from tests.optilearn.more_snapshots import another, first
from tests.support.client import bearer, call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
RUN = "/api/analytics/sql/run"
SCHEMA = "/api/analytics/sql/schema"
ENDLESS = "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a) SELECT max(x) FROM a"


def run(twin: Twin, name: str, sql: str, **rest: Any) -> tuple[int, dict[str, Any]]:
    return call("POST", RUN, token=token_of(twin, name), body={"sql": sql} | rest)


def file(twin: Twin, sql: str, accept: str = "", **rest: Any) -> Any:
    return Client().post(
        RUN,
        {"sql": sql} | rest,
        content_type="application/json",
        headers=bearer(token_of(twin, "asha")) | ({"Accept": accept} if accept else {}),
    )


def test_an_administrator_asks_about_their_own_institution(twins: Twins) -> None:
    sql = (
        "SELECT s.id, s.name, c.code FROM enrollments e JOIN students s ON s.id = e.studentId"
        " JOIN courses c ON c.id = e.courseId ORDER BY s.code"
    )
    for twin in twins:
        status, body = run(twin, "asha", sql)
        assert status == 200
        assert body["data"]["rows"] == [
            [twin.people[name].pk, name.title(), "MATH"] for name in ("lena", "मीरा")
        ]
        assert body["data"]["columns"][0] == {"name": "id", "type": "integer", "sqlType": "BIGINT"}
        meta = body["data"]["meta"]
        assert (meta["rowCount"], meta["truncated"], meta["warnings"]) == (2, False, [])
        assert meta["snapshot"]["id"] == first(twin).snapshot_id
        assert meta["scope"] == {"kind": "institution"}


def test_an_analyst_sees_no_names(twins: Twins) -> None:
    status, body = run(twins[0], "anil", "SELECT name, code, count(*) FROM students GROUP BY ALL")
    assert (status, body["data"]["rows"]) == (200, [[None, None, 3]])
    status, body = run(twins[0], "anil", "SELECT count(DISTINCT studentId) FROM enrollments")
    assert (status, body["data"]["rows"]) == (200, [[2]])


def test_the_schema_says_what_can_be_read(twins: Twins) -> None:
    token = token_of(twins[0], "anil")
    status, body = call("GET", SCHEMA, token=token)
    assert status == 200
    views = {view["name"]: view for view in body["data"]["views"]}
    assert {"students", "enrollments", "lessonProgress", "snapshot"} <= views.keys()
    columns = {column["name"]: column for column in views["students"]["columns"]}
    assert (columns["name"]["pii"], columns["name"]["masked"]) == ("direct", True)
    assert (columns["id"]["pii"], columns["id"]["masked"]) == ("pseudonym", False)
    assert columns["attributes.house"]["sensitivity"] == "special"
    for view in views.values():
        names = ", ".join(f'"{column["name"]}"' for column in view["columns"])
        assert run(twins[0], "anil", f'SELECT {names} FROM "{view["name"]}"')[0] == 200
    admin = call("GET", SCHEMA, token=token_of(twins[0], "asha"))[1]
    assert not any(c["masked"] for view in admin["data"]["views"] for c in view["columns"])


def test_the_schema_is_in_the_reader_s_language(twins: Twins) -> None:
    body = call("GET", SCHEMA, token=token_of(twins[0], "asha"), **{"Accept-Language": "hi"})[1]
    for view in body["data"]["views"]:
        texts = {view["label"], view["rowLabel"]}
        own = {f"attributes.{key}" for key in ("house",)}  # as the institution named them
        texts |= {c["label"] for c in view["columns"] if c["name"] not in own}
        assert not {text for text in texts if text.isascii()}, view["name"]


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("parquet", "application/vnd.apache.parquet"),
        ("arrow", "application/vnd.apache.arrow.stream"),
    ],
)
def test_an_answer_is_a_file_where_that_is_wanted(twins: Twins, form: str, media: str) -> None:
    sql = "SELECT id, code FROM courses ORDER BY code"
    by_name = file(twins[0], sql, format=form)
    by_accept = file(twins[0], sql, media.partition(";")[0])
    assert by_name.status_code == by_accept.status_code == 200
    assert by_name["Content-Type"] == by_accept["Content-Type"] == media
    assert by_name.content == by_accept.content
    readers: dict[str, Any] = {
        "csv": pl.read_csv,
        "parquet": pl.read_parquet,
        "arrow": pl.read_ipc_stream,
    }
    if form in readers:
        frame = readers[form](io.BytesIO(by_name.content))
        assert frame["code"].to_list() == ["ART", "MATH"]
        assert frame["id"].to_list() == [twins[0].courses[c].pk for c in ("ART", "MATH")]


def test_rows_are_limited_with_a_word(twins: Twins) -> None:
    status, body = run(twins[0], "asha", "SELECT * FROM range(30)", limit=10)
    assert (status, len(body["data"]["rows"]), body["data"]["meta"]["truncated"]) == (200, 10, True)
    status, body = run(twins[0], "asha", "SELECT * FROM range(30_000)")
    assert len(body["data"]["rows"]) == 10_000
    refused = file(twins[0], "SELECT * FROM range(1_000_001)", format="csv")
    assert refused.status_code == 422
    assert refused.json()["error"]["details"][0]["code"] == "SQL_TOO_LARGE"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"sql": 7}, 400),
        ({"sql": "SELECT 1", "limit": 0}, 400),
        ({"sql": "SELECT 1", "limit": 10_001}, 400),
        ({"sql": "SELECT 1", "format": "pdf"}, 400),
        ({"sql": "SELECT 1", "institutionId": 2}, 400),
        ({"sql": "x" * 100_001}, 400),
        ({"sql": ""}, 422),
        ({"sql": "SELECT 1", "asOf": "never"}, 422),
        ({"sql": "SELECT 1", "asOf": "1999-01-01"}, 422),
    ],
)
def test_bad_requests_are_refused(twins: Twins, body: dict[str, Any], status: int) -> None:
    assert call("POST", RUN, token=token_of(twins[0], "asha"), body=body)[0] == status


def test_a_refusal_names_the_place(twins: Twins) -> None:
    status, body = run(twins[0], "asha", "SELECT * FROM _file.main.students")
    assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
    (problem,) = body["error"]["details"]
    assert (problem["code"], problem["path"]) == ("SQL_NOT_ALLOWED", "/sql")
    assert "students" in problem["hint"]


def test_an_earlier_snapshot_is_asked_by_its_id_and_its_day(twins: Twins) -> None:
    north, south = twins
    another(north, "later", ("DELETE FROM enrollments",))
    sql = "SELECT count(*) FROM enrollments"
    assert run(north, "asha", sql)[1]["data"]["rows"] == [[0]]
    old = first(north).snapshot_id
    assert run(north, "asha", sql, asOf=old)[1]["data"]["rows"] == [[2]]
    status, body = run(south, "asha", sql, asOf=old)
    assert (status, body["error"]["details"][0]["path"]) == (422, "/asOf")


def test_every_statement_is_audited_without_its_texts(twins: Twins) -> None:
    north, _ = twins
    run(north, "asha", "SELECT count(*) FROM students WHERE name = 'Lena' -- about Lena")
    run(north, "asha", "ATTACH 'lena.db'")
    run(north, "tom", "SELECT 1")
    with tenant_context(north.id):
        good, bad, denied = AuditEntry.objects.filter(action="sql.run").order_by("id")
    assert (good.outcome, good.details["rows"], good.details["scope"]) == ("ok", 1, "institution")
    assert good.details["snapshot"] == first(north).snapshot_id
    assert good.details["sql"] == "SELECT count(*) FROM students WHERE name = '…' '…'"
    assert (bad.outcome, bad.details["sql"]) == ("SQL_NOT_ALLOWED", "ATTACH '…'")
    assert denied.outcome == "FORBIDDEN"
    assert denied.actor_id == north.people["tom"].pk
    assert "ms" in good.details


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'Lena'",
        "SELECT 'it''s Lena'",
        "SELECT $$Lena$$, $a$ Lena $a$",
        "SELECT 'Lena",
        "SELECT 1 /* Lena */ -- Lena\n",
        "SELECT E'Lena'",
    ],
)
def test_no_text_of_a_statement_is_kept(sql: str) -> None:
    assert "Lena" not in redacted(sql)
    assert redacted(sql).startswith("SELECT")


def test_a_statement_is_stopped_by_its_caller(twins: Twins) -> None:
    north, _ = twins
    run_id = uuid4()
    name = RunName(north.id, north.people["asha"].pk, run_id)
    path = f"/api/analytics/sql/runs/{run_id}"
    stopped: list[int] = []

    def stop() -> None:
        while not runs()._here.get(name):
            time.sleep(0.01)
        try:
            people = ("sita", "asha")
            stopped.extend(call("DELETE", path, token=token_of(north, who))[0] for who in people)
        finally:
            connections.close_all()

    thread = threading.Thread(target=stop)
    thread.start()
    status, body = run(north, "asha", ENDLESS, runId=str(run_id))
    thread.join(30)
    assert stopped == [404, 200]
    assert (status, body["error"]["details"][0]["code"]) == (409, "REPORT_CANCELLED")
    assert run(north, "asha", "SELECT 1")[0] == 200


def test_a_tile_asks_the_snapshot_of_its_board(twins: Twins) -> None:
    north, south = twins
    sql = "SELECT code FROM courses ORDER BY code"
    with tenant_context(north.id):
        snapshot = newest_snapshot()
        result = run_query(principal=north.principal("anil"), sql=sql, snapshot=snapshot)
        assert result.row_count == 2
        with pytest.raises(AppError) as refused:
            run_query(principal=north.principal("lena"), sql=sql, snapshot=snapshot)
        assert refused.value.code == "FORBIDDEN"
    with tenant_context(south.id), pytest.raises(AppError) as refused:
        run_query(principal=south.principal("anil"), sql=sql, snapshot=snapshot)
    assert refused.value.details[0]["code"] == "SCOPE_MISMATCH"  # type: ignore[index,call-overload]


def test_a_tile_is_stopped_with_the_others_of_its_board(twins: Twins) -> None:
    north, _ = twins
    query = {"name": "Endless", "sql": ENDLESS} | TO_ALL
    item = data(ask(north, "asha", "POST", "saved-queries", **query), 201)["id"]
    board = saved_board(north, "asha", tile("endless", savedItemId=item), **TO_ALL)["id"]
    run_id = uuid4()
    name = RunName(north.id, north.people["asha"].pk, run_id)

    def stop() -> None:
        while not runs()._here.get(name):
            time.sleep(0.01)
        time.sleep(0.5)  # for the statement to be at work
        runs().stop(name)

    thread = threading.Thread(target=stop)
    thread.start()
    _, answers = lines(north, "asha", board, runId=str(run_id))
    thread.join(30)
    assert answers["endless"]["error"]["code"] == "CONFLICT"


def test_a_saved_query_runs_under_its_reader(twins: Twins) -> None:
    north, south = twins
    made = call(
        "POST",
        "/api/analytics/saved-queries",
        token=token_of(north, "asha"),
        body={
            "name": "Names",
            "sql": "SELECT max(name) FROM students",
            "sharing": {"visibility": "INSTITUTION"},
            "publish": True,
        },
    )
    assert made[0] == 201, made
    path = f"/api/analytics/saved-queries/{made[1]['data']['id']}/run"
    seen = {
        name: call("POST", path, token=token_of(north, name), body={})[1]["data"]["rows"]
        for name in ("asha", "anil")
    }
    assert seen == {"asha": [["मीरा".title()]], "anil": [[None]]}
    assert call("POST", path, token=token_of(south, "asha"), body={})[0] == 404
    with tenant_context(north.id):
        entry = AuditEntry.objects.filter(action="sql.run").latest("id")
        assert entry.details["savedItem"] == made[1]["data"]["id"]
        assert SavedItem.objects.get(pk=made[1]["data"]["id"]).last_run_at is not None


def test_a_token_of_an_integration_needs_the_scope(twins: Twins) -> None:
    made = call(
        "POST",
        "/api/api-tokens",
        token=token_of(twins[0], "asha"),
        body={"name": "Notebook", "scopes": ["analytics:write"]},
    )
    token = made[1]["data"]["token"]
    assert call("POST", RUN, token=token, body={"sql": "SELECT 1"})[0] == 200
    other = call(
        "POST",
        "/api/api-tokens",
        token=token_of(twins[0], "asha"),
        body={"name": "Reader", "scopes": ["analytics:read"]},
    )
    status, _ = call("POST", RUN, token=other[1]["data"]["token"], body={"sql": "SELECT 1"})
    assert status == 403
