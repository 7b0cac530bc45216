"""Hidden and shown numbers of plain examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Database, export
from reports.contracts import Result
from reports.errors import CatalogFileInvalid, ReportInvalid

CATALOG = """
version: 1
minGroupSize: 5
entities:
  work:
    table: work
    key: [id]
    time: doneOn
    fields:
      course: {type: text}
      person: {type: integer}
      late: {type: boolean}
      bonus: {type: "decimal(6,2)"}
      doneOn: {type: date}
    relations:
      group: {to: courses, match: {course: course}}
    metrics:
      count: {agg: count}
      learners: {agg: countDistinct, field: person}
      onTime: {agg: count, filters: [{field: late, op: isFalse}]}
      lates: {agg: count, filters: [{field: late, op: isTrue}]}
      onTimeRate: {ratio: [onTime, count]}
      meanBonus: {agg: avg, field: bonus}
    scope: {person: person}
  visits:
    table: visits
    key: [id]
    fields:
      course: {type: text}
      person: {type: integer}
    relations:
      group: {to: courses, match: {course: course}}
    metrics:
      visitors: {agg: countDistinct, field: person}
      count: {agg: count}
    scope: {person: person}
  courses:
    table: courses
    key: [course]
    fields:
      title: {column: course, type: text}
"""
TABLES = """
CREATE TABLE courses AS SELECT * FROM (VALUES ('big'), ('mid'), ('tiny'), ('old')) AS t(course);
CREATE TABLE work AS
SELECT row_number() OVER () AS id, * FROM (
  SELECT 'big' AS course, n AS person, n <= 2 AS late,
         CASE WHEN n = 7 THEN 77.0 END::DECIMAL(6,2) AS bonus,
         DATE '2026-01-01' + (n % 50)::INTEGER AS "doneOn" FROM range(1, 101) r(n)
  UNION ALL SELECT 'mid', 200 + n, n <= 10, NULL, DATE '2026-01-10' + (n % 40)::INTEGER
    FROM range(1, 21) r(n)
  UNION ALL SELECT 'tiny', 300 + n, n <= 2, NULL, DATE '2026-02-01' FROM range(1, 4) r(n)
  UNION ALL SELECT 'old', 400 + n, FALSE, NULL,
         CASE WHEN n <= 3 THEN DATE '2026-01-20' ELSE DATE '2026-01-05' END FROM range(1, 9) r(n)
);
CREATE TABLE visits AS
SELECT row_number() OVER () AS id, * FROM (
  SELECT 'big' AS course, n AS person FROM range(1, 99) r(n), range(3)
  UNION ALL SELECT 'mid', 200 + n FROM range(1, 11) r(n)
);
"""
NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("small")
    with duckdb.connect(str(folder / "work.duckdb")) as connection:
        connection.execute(TABLES)
    (folder / "work.yaml").write_text(CATALOG, encoding="utf-8")
    made = Database(folder / "work.yaml", folder / "work.duckdb", NOW)
    yield made
    made.close()


def ask(database: Database, *measures: Any, **more: Any) -> Result:
    made = {"version": 1, "entity": "work", "mode": "categorical", "measures": list(measures)}
    return database.run(made | more)


def of_course(database: Database, course: str, *measures: Any) -> dict[str, Any]:
    """The numbers of one course, "hidden" where they are."""
    chosen = [{"field": "course", "op": "eq", "value": course}]
    result = ask(database, *measures, filters=chosen)
    hidden = {column for _row, column in result.suppressed}
    return {
        column.key: "hidden" if i in hidden else result.rows[0][i]
        for i, column in enumerate(result.columns)
    }


def test_a_complement_a_rate_and_a_formula_are_about_the_few_they_leave_out(
    database: Database,
) -> None:
    left = {"key": "left", "formula": "count - onTime"}
    found = of_course(database, "big", "count", "onTime", "lates", "onTimeRate", left)
    hidden = dict.fromkeys(("onTime", "lates", "onTimeRate", "left"), "hidden")
    assert found == {"count": 100} | hidden
    found = of_course(database, "mid", "count", "onTime", "lates", "onTimeRate", left)
    assert found == {"count": 20, "onTime": 10, "lates": 10, "onTimeRate": 0.5, "left": 10}


def test_two_numbers_that_differ_by_a_few_are_not_both_told(database: Database) -> None:
    """Each is about many and leaves many out; what lies between them is one person."""

    def up_to(n: int, agg: dict[str, Any]) -> dict[str, Any]:
        filters = [{"field": "person", "op": "lte", "value": n}]
        return agg | {"key": f"{agg['agg']}{n}", "filters": filters}

    count, people = {"agg": "count"}, {"agg": "countDistinct", "field": "person"}
    for agg in (count, people):
        hidden = of_course(database, "big", "count", up_to(40, agg), up_to(41, agg))
        assert set(hidden.values()) == {100, "hidden"}
        shown = of_course(database, "big", "count", up_to(40, agg), up_to(50, agg))
        assert list(shown.values()) == [100, 40, 50]
    found = of_course(database, "big", up_to(40, count), up_to(41, people))
    assert set(found.values()) == {"hidden"}


def test_a_total_is_not_drilled_where_a_cell_of_it_is_hidden(database: Database) -> None:
    asked = {"version": 1, "entity": "work", "mode": "categorical", "measures": ["count"],
             "dimensions": ["course"], "totals": "grand"}  # fmt: skip
    with pytest.raises(ReportInvalid, match="too few people"):
        database.drill(asked, {"measure": "count", "row": ["tiny"]})
    with pytest.raises(ReportInvalid, match="too few people"):
        database.drill(asked, {"measure": "count", "row": []})
    assert database.drill(asked, {"measure": "count", "row": ["big"]}).meta.row_count == 100


def test_a_measure_of_another_time_does_not_tell_of_the_days_between(database: Database) -> None:
    """A month, and the same one a day earlier, differ by what a few did on two days."""
    moved = {"key": "before", "metric": "count", "offset": {"n": 1, "unit": "day"}}

    def asked(first: str, last: str, **more: Any) -> tuple[Any, ...]:
        days = [{"field": "doneOn", "op": "between", "value": [first, last]},
                {"field": "course", "op": "eq", "value": "big"}]  # fmt: skip
        result = ask(database, "count", moved | more, filters=days)
        assert all(result.rows[row][column] is None for row, column in result.suppressed)
        return result.rows[0]

    assert asked("2026-01-02", "2026-01-30")[1] is None, "two people a day"
    year = {"offset": {"n": 1, "unit": "year"}}
    assert asked("2026-01-02", "2026-01-30", **year) == (56, 0), "nothing is in both"


def test_groups_are_not_chosen_by_a_number_about_few(database: Database) -> None:
    """A course that is listed because three are in it tells that three are."""

    def listed(metric: str, op: str, value: int) -> list[str]:
        filters = [{"metric": metric, "op": op, "value": value}]
        asked = {"version": 1, "entity": "courses", "mode": "rows", "columns": ["title"]}
        rows = database.run(asked | {"filters": filters}).rows
        counted = {"version": 1, "entity": "courses", "mode": "categorical",
                   "measures": [{"key": "n", "agg": "count"}], "filters": filters}  # fmt: skip
        assert database.run(counted).rows == ((len(rows),),)
        return sorted(str(row[0]) for row in rows)

    for op, value in (("eq", 3), ("lt", 5), ("ne", 100), ("gte", 1)):
        assert "tiny" not in listed("work.count", op, value)
    assert listed("work.count", "gt", 10) == ["big", "mid"]
    assert listed("visits.count", "eq", 0) == ["old", "tiny"], "nobody is not few"
    assert listed("work.lates", "eq", 2) == [], "of a hundred, two"
    assert listed("work.lates", "eq", 10) == ["mid"]


def test_a_mean_is_about_those_who_have_the_value(database: Database) -> None:
    assert of_course(database, "big", "count", "meanBonus") == {"count": 100, "meanBonus": "hidden"}
    assert of_course(database, "mid", "count", "meanBonus") == {"count": 20, "meanBonus": None}


def test_two_entities_that_differ_by_few_people_are_not_both_told(database: Database) -> None:
    result = ask(
        database, "learners", "visits.visitors", dimensions=["group.title"],
        sort=[{"by": "group.title", "dir": "asc"}],
    )  # fmt: skip
    shown = {row[0]: row[1:] for row in result.rows}
    assert shown["big"] == (100, None)
    assert shown["mid"][0] == 20
    clicks = ask(database, "count", "visits.count", dimensions=["group.title"])
    assert {row[0]: row[2] for row in clicks.rows}["big"] == 294


def test_a_small_cell_is_hidden_with_another_and_the_total_stays(database: Database) -> None:
    result = ask(database, "count", dimensions=["course"], totals="grand")
    assert {row[0]: row[1] for row in result.rows} == {
        "big": 100, "mid": 20, "old": None, "tiny": None,
    }  # fmt: skip
    assert result.totals is not None
    assert result.totals[0].row == (None, 131)


@pytest.mark.parametrize(
    "window",
    [
        {"toDate": {"field": "doneOn", "unit": "year"}},
        {"trailing": {"field": "doneOn", "n": 2, "unit": "month"}},
        {"trailing": {"field": "doneOn", "n": 10, "unit": "day"}},
        {"offset": {"n": 1, "unit": "month"}},
    ],
)
@pytest.mark.parametrize("course", ["big", "tiny", "mid"])
def test_what_looks_back_is_shown_whole_or_not_at_all(
    database: Database, window: dict[str, Any], course: str
) -> None:
    result = ask(
        database, "count", {"key": "back", "metric": "count"} | window, mode="temporal",
        time={"field": "doneOn", "bucket": "month"},
        filters=[{"field": "course", "op": "in", "value": [course, "old"]}],
    )  # fmt: skip
    marks = {row for row, column in result.suppressed if column == 2}
    every = set(range(len(result.rows)))
    if course == "tiny" or "'day'" in str(window):  # some days are about one person
        assert marks == every
    elif course == "big":
        assert not marks
    assert marks in (set(), every)


def test_a_calculation_that_goes_by_order_is_hidden_whole(database: Database) -> None:
    running = {"key": "running", "calc": "runningTotal", "of": "count"}
    share = {"key": "share", "calc": "percentOfTotal", "of": "count"}
    result = ask(database, "count", running, share, dimensions=["course"])
    hidden = {column: {r for r, c in result.suppressed if c == column} for column in (1, 2, 3)}
    assert hidden[2] == {0, 1, 2, 3}
    assert hidden[1] == hidden[3] != set()


def test_a_pivot_marks_what_it_hides(database: Database) -> None:
    made = {
        "version": 1, "entity": "work", "mode": "categorical", "measures": ["count"],
        "dimensions": ["course", "late"],
    }  # fmt: skip
    pivot = database.pivot(made)
    wire = pivot.to_wire()
    assert wire["suppressed"]["cells"]
    for row, across, measure in wire["suppressed"]["cells"]:
        assert wire["rows"][row]["cells"][across][measure] is None


def test_the_compared_side_is_marked_on_every_surface(database: Database) -> None:
    result = ask(
        database, "count", dimensions=["course"], compare={"to": "previousPeriod"},
        filters=[{"field": "doneOn", "op": "between", "value": ["2026-01-15", "2026-02-04"]}],
    )  # fmt: skip
    assert result.compare is not None
    marks = result.compare.suppressed
    assert marks
    assert all(result.compare.rows[row][column] is None for row, column in marks)
    wire = json.loads(export(result, "json"))
    assert wire["compare"]["suppressed"] == [list(mark) for mark in marks]
    lines = export(result, "table").decode().splitlines()[2:]
    assert [lines[row].split()[-1] for row, _column in marks] == ["•"] * len(marks)


def test_the_rows_of_a_hidden_number_cannot_be_listed(database: Database) -> None:
    made = {
        "version": 1, "entity": "work", "mode": "categorical", "dimensions": ["course"],
        "measures": ["onTime"],
    }  # fmt: skip
    with pytest.raises(ReportInvalid, match="too few"):
        database.drill(made, {"measure": "onTime", "row": ["big"]})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("minGroupSize: -1", "WRONG_VALUE"),
        ("minGroupSize: five", "WRONG_VALUE"),
        ("minGroupSize: 2000", "WRONG_VALUE"),
    ],
)
def test_a_catalog_file_s_minimum_is_checked(tmp_path: Path, line: str, code: str) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute(TABLES)
    (tmp_path / "x.yaml").write_text(CATALOG.replace("minGroupSize: 5", line))
    with pytest.raises(CatalogFileInvalid) as refused:
        Database(tmp_path / "x.yaml", tmp_path / "x.duckdb")
    assert [p.path for p in refused.value.problems] == ["/minGroupSize"]


def test_a_minimum_needs_to_know_whom_rows_are_about(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute(TABLES)
    text = CATALOG.replace("    scope: {person: person}\n", "")
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(CatalogFileInvalid, match="which people"):
        Database(tmp_path / "x.yaml", tmp_path / "x.duckdb")
