"""Catalog files as people write them: they work, or the fault is named with its place."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from reports.api import Database, catalog_schema
from reports.errors import CatalogFileInvalid, ReportInvalid
from reports.modelfile.text import parsed
from tests.reports.models.asking import HERE, NOW, asked, is_, over
from tests.reports.models.writing import Write, Writing

STAFF = """
CREATE TABLE staff AS SELECT * FROM (VALUES (1, 'Ann', NULL, 'x'), (2, 'Bo', 1, 'x'),
    (3, 'Cy', 1, NULL), (4, 'Di', 9, 'y')) AS t(id, name, boss, team);
CREATE TABLE sales AS SELECT * FROM (VALUES (1, 2, 3, 10, DATE '2026-01-05'),
    (2, 2, 2, 20, DATE '2026-02-05'), (3, NULL, 4, 30, NULL), (4, 8, 1, 40, DATE '2026-02-06'))
    AS t(id, seller, closer, amount, day);
CREATE TABLE _sales AS SELECT 1 AS a;
"""
TWO = """
  staff: {table: staff, key: id, fields: {name: {type: text}, team: {type: text}}, relations: {
    boss: {to: staff, match: {boss: id}}}, metrics: {count: {agg: count}}}
  sales:
    table: sales
    key: id
    time: day
    fields: {amount: {type: integer}, day: {type: date}}
    relations:
      seller: {to: staff, match: {seller: id}}
      closer: {to: staff, match: {closer: id}}
    metrics: {count: {agg: count}, total: {agg: sum, field: amount}}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return lambda sql: Writing(tmp_path, sql)


@pytest.fixture
def staff(write: Write) -> Writing:
    return write(STAFF)


@pytest.mark.parametrize("name", ["rental", "shop", "web"])
def test_the_published_schema_accepts_the_models(name: str) -> None:
    document = json.loads(json.dumps(parsed((HERE / f"{name}.yaml").read_text()), default=str))
    jsonschema.Draft202012Validator(catalog_schema()).validate(document)


def test_two_relations_to_one_entity_without_a_default_must_be_named(staff: Writing) -> None:
    by_seller = staff.ask(TWO, "sales", "total", by=["seller.name"])
    assert by_seller == [("Bo", 30), (None, 70)]
    assert staff.ask(TWO, "sales", "total", by=["closer.name"])[-1] == ("Di", 30)
    with pytest.raises(ReportInvalid) as caught:
        staff.ask(TWO, "staff", "sales.total", by=["name"])
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == ("AMBIGUOUS_PATH", "/dimensions/0")
    assert "seller" in problem.message
    assert "closer" in problem.message


def test_the_default_is_meant(staff: Writing) -> None:
    text = TWO.replace("match: {closer: id}", "match: {closer: id}, default: true")
    assert staff.ask(text, "staff", "sales.total", by=["name"]) == [
        ("Ann", 40),
        ("Bo", 20),
        ("Cy", 10),
        ("Di", 30),
    ]


def test_a_chain_of_managers(staff: Writing) -> None:
    found = staff.ask(TWO, "staff", "count", by=["boss.name", "boss.boss.name"])
    assert found == [("Ann", None, 2), (None, None, 2)]


def test_a_table_called_like_a_view_of_the_engine_s(staff: Writing) -> None:
    text = (
        TWO + "  other: {table: _sales, fields: {a: {type: integer}}, metrics: {n: {agg: count}}}"
    )
    assert staff.ask(text, "other", "n") == [(1,)]
    assert staff.ask(text, "sales", "count") == [(4,)]


def test_names_that_are_words_of_sql_and_of_the_language(write: Write) -> None:
    writing = write(
        'CREATE TABLE "Order" AS SELECT 1 AS "Group", true AS "select", DATE \'2026-01-01\' AS '
        '"date", \'x\' AS "from ""here"" (1)", 5 AS "COUNT", 2 AS "null"'
    )
    text = """
  order:
    table: Order
    key: Group
    time: date
    fields:
      group: {column: Group, type: integer}
      select: {type: boolean}
      date: {type: date}
      time: {column: 'from "here" (1)', type: text}
      count: {column: count, type: integer}      # the database doesn't mind capitals
      "null": {type: integer}
      no: {column: COUNT, type: integer}
      true_: {sql: '"select" and "null" = 2', type: boolean}
    relations: {where: {to: order, match: {COUNT: Group}}}
    metrics: {avg: {agg: avg, field: count}, sum: {agg: count}, of: {formula: "sum * avg"}}
"""
    measures = ["avg", "sum", "of", {"key": "n", "field": "count", "agg": "sum"}]
    by = ["group", "select", "time", "null", "no", "true_", "where"]
    found = writing.ask(text, "order", *measures, by=by)
    assert found == [(1, True, "x", 2, 5, True, None, 5.0, 1, 5.0, 5)]
    along = writing.ask(text, "order", "sum", time=over("time", "month"))
    assert [row[1] for row in along] == [1]


def test_tables_with_dots_in_schemas_and_views(write: Write) -> None:
    writing = write(
        'CREATE SCHEMA data; CREATE TABLE data.t AS SELECT 1 AS a; CREATE TABLE "my.t" AS SELECT 2 '
        'AS a; CREATE SCHEMA "my"; CREATE TABLE my.t AS SELECT 3 AS a; CREATE SCHEMA memory; '
        "CREATE TABLE memory.t AS SELECT 4 AS a; CREATE VIEW v AS SELECT a + 10 AS a FROM data.t; CREATE "
        "TABLE gone AS SELECT 1 AS a; CREATE VIEW broken AS SELECT * FROM gone; DROP TABLE gone"
    )
    text = "".join(
        f"  e{n}: {{{source}, fields: {{a: {{type: integer}}}}, metrics: {{s: {{agg: sum, "
        "field: a}}}\n"
        for n, source in enumerate(
            (
                *(
                    "table: data.t",
                    "table: '\"my.t\"'",
                    "table: my.t",
                    "table: Memory.T",
                    "table: v",
                ),
                *("sql: select a from data.t", "sql: 'select * from v, (select 1) as one'"),
            )
        )
    )
    with writing.opened(text) as database:
        found = [database.run(asked(f"e{n}", "s")).rows[0][0] for n in range(7)]
    assert found == [1, 2, 3, 4, 11, 1, 11]
    one = "  e: {table: broken, fields: {a: {type: integer}}}"
    assert writing.refused(one) == [("WRONG_SOURCE", "/entities/e")]


def test_two_catalogs_over_one_file_do_not_share_their_answers(staff: Writing) -> None:
    other = TWO.replace("{agg: sum, field: amount}", "{agg: max, field: amount}")
    with staff.opened(TWO) as one:
        assert one.run(asked("sales", "total")).rows == ((100,),)
        with staff.opened(other) as two:
            assert two.run(asked("sales", "total")).rows == ((40,),)
        assert one.run(asked("sales", "total")).rows == ((100,),)


def test_instants_do_not_depend_on_where_the_machine_stands(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = write("CREATE TABLE t AS SELECT TIMESTAMPTZ '2026-01-01 02:00:00+00' AS at")
    text = "  t: {table: t, fields: {at: {type: timestamp}, on: {column: at, type: date}}}"
    with writing.opened(text) as database:
        result = database.run(asked("t", mode="rows", columns=["at", "on"]))
    with writing.opened(text) as database:
        database._open.connection.execute("SELECT 1")
        zone = database._open.connection.cursor().execute("SELECT current_setting('TimeZone')")
        assert zone.fetchone() == ("UTC",)
    assert result.to_wire()["rows"] == [["2026-01-01T02:00:00Z", "2026-01-01"]]


def test_anchors_merges_and_comments(staff: Writing) -> None:
    text = """
version: 1          # BOM and CRLF are added below
entities:
  sales:
    table: sales
    fields:
      amount: &number {type: integer, unit: EUR}
      id: &key
        <<: *number
        unit: piece
      seller: {<<: *key, label: Seller}
    metrics:
      total: &sum {agg: sum, field: amount}
      again: *sum
"""
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert staff.ask(data, "sales", "total", "again") == [(100, 100)]
    with staff.opened(data) as database:
        fields = {f.name: f.unit for f in database.catalog.by_key["sales"].fields}
    assert fields == {"amount": "EUR", "id": "piece", "seller": "piece"}


def test_dates_may_be_quoted_or_not(staff: Writing) -> None:
    text = TWO.replace("total: {", "jan: {agg: count, filters: [{F}]}, total: {")
    for value in ("[2026-01-01, 2026-02-01]", '["2026-01-01", "2026-02-01"]'):
        found = text.replace("{F}", f"{{field: day, op: between, value: {value}}}")
        assert staff.ask(found, "sales", "jan") == [(1,)]


def test_long_queries_may_be_written(staff: Writing) -> None:
    cases = " ".join(f"when amount = {n} then 'amount number {n}'" for n in range(200))
    text = (
        f"  s:\n    sql: |\n      select case {cases} end as a from sales -- so it is\n"
        "    fields: {a: {type: text}}\n    metrics: {n: {agg: count}}\n"
    )
    assert len(cases) > 5_000
    assert staff.ask(text, "s", "n", by=["a"])[0] == ("amount number 10", 1)
    assert staff.refused(text.replace(cases, cases * 10)) == [("TOO_LONG", "/entities/s/sql")]


def test_no_and_on_are_names(staff: Writing) -> None:
    text = TWO.replace("fields: {amount:", "fields: {no: {column: id, type: integer}, amount:")
    assert staff.ask(text, "sales", "count", filters=[is_("no", "gt", 2)]) == [(2,)]


def test_values_of_all_kinds(write: Write) -> None:
    writing = write(
        "CREATE TABLE t AS SELECT * FROM (VALUES (1.5::DECIMAL(20,4), 'nan'::DOUBLE, true, "
        "'2026-01-05', '7'), (NULL, 1e300, NULL, NULL, NULL), (-1.25, '-inf', false, "
        "'2026-01-06', ' 8 ')) AS v(d, f, b, day, n)"
    )
    text = """
  t:
    table: t
    fields:
      d: {type: "decimal(10,2)"}
      f: {type: float}
      b: {type: boolean}
      day: {type: date}
      n: {type: integer}
    metrics:
      sum: {agg: sum, field: d}
      top: {agg: max, field: f}
      days: {agg: countDistinct, field: day}
      n_sum: {agg: sum, field: n}
      last: {agg: last, field: d, orderBy: day}
"""
    found = writing.ask(text, "t", "sum", "top", "days", "n_sum", "last")
    assert found == [(Decimal("0.25"), 1e300, 2, 15, Decimal("-1.25"))]
    assert writing.ask(text, "t", by=["f", "b"]) == [(1e300, None), (None, False), (None, True)]


def test_a_key_with_null_in_it(write: Write) -> None:
    writing = write(
        "CREATE TABLE p AS SELECT * FROM (VALUES (1, 'a'), (NULL, 'b'), (NULL, 'c')) AS t(id, n); "
        "CREATE TABLE f AS SELECT * FROM (VALUES (1), (NULL), (2)) AS t(p)"
    )
    text = """
  p: {table: p, key: id, fields: {n: {type: text}}, metrics: {count: {agg: count}}}
  f: {table: f, relations: {p: {to: p, match: {p: id}}}, metrics: {count: {agg: count}}}
"""
    assert writing.ask(text, "f", "count", by=["p.n"]) == [("a", 1), (None, 2)]
    assert writing.ask(text, "p", "count", "f.count", by=["n"]) == [
        ("a", 1, 1),
        ("b", 1, 0),
        ("c", 1, 0),
        (None, 0, 2),
    ]


def test_an_empty_database(write: Write) -> None:
    writing = write("SELECT 1")
    assert writing.refused("  a: {table: a}") == [("WRONG_SOURCE", "/entities/a")]
    text = "  a: {sql: select 1 as x where false, metrics: {n: {agg: count}}}"
    assert writing.ask(text, "a", "n") == [(0,)]


def test_a_database_that_is_being_written(tmp_path: Path, staff: Writing) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for path in (folder, Path("/dev/null")):
        file = tmp_path / "c.yaml"
        file.write_text("version: 1\nentities: {a: {table: a}}")
        with pytest.raises(CatalogFileInvalid):
            Database(file, path, NOW)
