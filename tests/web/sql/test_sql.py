"""The page of SQL: running, saving, files; with and without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from optilearn.analytics.models import SavedItem
from optilearn.core.tenancy.context import tenant_context
from optilearn.web.sql.results import chart_of, line_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
SignIn = Callable[..., Client]
HX = {"HX-Request": "true"}
BY_COURSE = (
    "SELECT c.code, count(*) AS n FROM enrollments e JOIN courses c ON c.id = e.courseId"
    " GROUP BY ALL UNION ALL SELECT 'none', 0 ORDER BY ALL"
)


def test_the_page_lists_what_can_be_read(twins: Twins, sign_in: SignIn) -> None:
    page = sign_in("anil").get("/sql").content.decode()
    assert 'data-view="enrollments"' in page
    assert "empty for you: it names a person" in page
    assert "empty for you" not in sign_in("asha").get("/sql").content.decode()
    for name in ("tom", "paul", "lena"):
        assert sign_in(name).get("/sql").status_code == 403


def test_a_result_is_a_table_and_a_chart(twins: Twins, sign_in: SignIn) -> None:
    part = sign_in("anil").post("/run/sql", {"sql": BY_COURSE}, headers=HX).content.decode()
    assert "<html" not in part
    assert "<td>MATH</td>" in part
    assert '<td class="num">' in part
    assert "data-figure=" in part
    whole = sign_in("anil").post("/run/sql", {"sql": BY_COURSE}).content.decode()
    assert "<html" in whole
    assert "<td>MATH</td>" in whole
    assert "count(*) AS n" in whole


@pytest.mark.parametrize(
    ("sql", "message", "line"),
    [
        ("SELECT *\nFROM nothere", "There is no view nothere", 2),
        ("SELECT code\nFROM courses\nWHEREVER 1", "", None),
        ("DROP TABLE courses", "Only a SELECT can be run.", None),
        ("", "", None),
    ],
)
def test_a_refusal_stands_at_its_line(
    twins: Twins, sign_in: SignIn, sql: str, message: str, line: int | None
) -> None:
    response = sign_in("anil").post("/run/sql", {"sql": sql}, headers=HX)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'role="alert"' in page
    assert message in page
    assert line is None or f'data-line="{line}"' in page


def test_names_stay_hidden_from_analysts(twins: Twins, sign_in: SignIn) -> None:
    sql = {"sql": "SELECT name FROM students"}
    assert "Lena" not in sign_in("anil").post("/run/sql", sql, headers=HX).content.decode()
    assert "Lena" in sign_in("asha").post("/run/sql", sql, headers=HX).content.decode()


def test_markup_in_values_is_text(twins: Twins, sign_in: SignIn) -> None:
    sql = {"sql": "SELECT '<script>alert(1)</script>' AS a, 1 AS n UNION ALL SELECT '<b>', 2"}
    page = sign_in("anil").post("/run/sql", sql, headers=HX).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("form", "start"),
    [("csv", b"code,n"), ("xlsx", b"PK"), ("parquet", b"PAR1"), ("arrow", b"\xff\xff\xff\xff")],
)
def test_every_row_as_a_file(twins: Twins, sign_in: SignIn, form: str, start: bytes) -> None:
    response = sign_in("anil").post("/run/sql/file", {"sql": BY_COURSE, "format": form})
    assert response.status_code == 200
    assert response.content.startswith(start)
    assert "attachment" in response["Content-Disposition"]


def test_a_file_that_is_refused_shows_the_statement_again(twins: Twins, sign_in: SignIn) -> None:
    anil = sign_in("anil")
    response = anil.post("/run/sql/file", {"sql": "SELECT nix FROM courses", "format": "csv"})
    assert response.status_code == 422
    assert "SELECT nix FROM courses" in response.content.decode()
    assert anil.post("/run/sql/file", {"sql": BY_COURSE, "format": "pdf"}).status_code == 422


def test_saving_and_opening(twins: Twins, sign_in: SignIn) -> None:
    north, _ = twins
    anil = sign_in("anil")
    response = anil.post("/sql/save", {"sql": BY_COURSE, "name": "By course"})
    with tenant_context(north.id):
        item = SavedItem.objects.get()
    assert response["Location"] == f"/sql?query={item.pk}"
    page = anil.get(response["Location"]).content.decode()
    assert "By course" in page
    assert "Save this query" in page
    changed = {"sql": "SELECT 1", "name": "One", "query": item.pk, "version": "1"}
    assert anil.post("/sql/save", changed).status_code == 303
    with tenant_context(north.id):
        item.refresh_from_db()
    assert (item.name, item.version, item.body) == ("One", 2, {"sql": "SELECT 1"})
    second = anil.post("/sql/save", changed | {"name": "Lost"})
    assert second.status_code == 422
    assert "SELECT 1" in second.content.decode()
    anil.post("/sql/save", changed | {"name": "Another", "as": "new"})
    with tenant_context(north.id):
        assert SavedItem.objects.count() == 2
    assert sign_in("asha").get(f"/sql?query={item.pk}").status_code == 404
    assert sign_in("anil", twin=1).get(f"/sql?query={item.pk}").status_code == 404
    nameless = anil.post("/sql/save", {"sql": BY_COURSE, "name": " "})
    assert nameless.status_code == 422
    assert 'href="#query-name"' in nameless.content.decode()


def test_a_chart_wants_one_label_and_one_number() -> None:
    text, whole = {"name": "a", "type": "text"}, {"name": "n", "type": "integer"}
    day = {"name": "d", "type": "date"}
    wire: dict[str, Any] = {"columns": [text, whole], "rows": [["x", 1], ["x", None]]}
    bars = chart_of(wire)
    assert bars is not None
    assert bars["data"][0]["type"] == "bar"
    assert bars["data"][0]["x"] == ["x", "x (2)"]
    line = chart_of({"columns": [day, whole], "rows": [["2026-01-01", 1], ["2026-01-02", 2]]})
    assert line is not None
    assert line["data"][0]["mode"] == "lines+markers"
    assert chart_of({"columns": [text, whole, whole], "rows": [["x", 1, 2]] * 2}) is None
    assert chart_of({"columns": [text, whole], "rows": [["x", 1]] * 61}) is None


def test_a_line_is_named_only_where_it_is_certain() -> None:
    assert line_of('syntax error at or near "where"', "select 1\nfrom\nwhere x") == 3
    assert line_of('column "a" not found', "select a\nfrom a") is None
    assert line_of("It took too long.", "select a") is None
