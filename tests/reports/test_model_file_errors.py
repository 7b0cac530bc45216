"""A catalog file that can't be right is refused when it is opened, with its place."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.api import Database
from reports.errors import CatalogFileInvalid, ReportError, ReportInvalid
from tests.reports.models.asking import NOW, asked, is_, over
from tests.reports.models.writing import HEAD, Writing

DATA = """
CREATE TABLE p AS SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(id, name);
CREATE TABLE twice AS SELECT * FROM (VALUES (1, 'a'), (1, 'b')) AS t(id, name);
CREATE TABLE f AS SELECT * FROM (VALUES (1, 1, '5', 'x', DATE '2026-01-01', 1e30),
    (2, 2, 'n/a', 'y', NULL, 2.5)) AS t(id, p, number, "text", day, huge);
"""
GOOD = """
  p:
    {table: p, key: [id], fields: {id: {type: integer}, name: {type: text}},
    metrics: {count: {agg: count}}}
  f:
    table: f
    key: id
    time: day
    fields: {id: {type: integer}, text: {type: text}, day: {type: date}}
    relations: {p: {to: p, match: {p: id}}}
    metrics:
      count: {agg: count}
      sum: {agg: sum, field: id}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Writing:
    return Writing(tmp_path_factory.mktemp("errors"), DATA)


def test_the_catalog_that_is_spoilt_below_is_good(data: Writing) -> None:
    assert data.ask(GOOD, "f", "count", by=["p.name"]) == [("a", 1), ("b", 1)]


SUM = "sum: {agg: sum, field: id}"
TEXT = "text: {type: text}"
TO = "{to: p, match: {p: id}}"
ID = "id: {type: integer}, text"
TABLE = "  f:\n    table: f"


@pytest.mark.parametrize(
    ("before", "after", "code", "path"),
    [
        ("key: id\n", "key: 5\n", "WRONG_TYPE", "/key"),
        ("key: id\n", "key: [id, 5]\n", "WRONG_TYPE", "/key/1"),
        ("key: id\n", "key: [nothing]\n", "WRONG_SOURCE", ""),
        ("key: id\n", "key: {id: id}\n", "WRONG_TYPE", "/key"),
        ("time: day", "time: [day]", "WRONG_TYPE", "/time"),
        ("time: day", "time: text", "NOT_A_DATE", "/time"),
        (TABLE, "  f:\n    tabel: f", "UNKNOWN_KEY", "/tabel"),
        (TABLE, "  f:\n    sql: x\n    table: f", "MISSING", "/table"),
        (TABLE, '  f:\n    table: ""', "WRONG_SOURCE", ""),
        (TABLE, "  f:\n    table: a.b.c.d", "WRONG_SOURCE", ""),
        (TABLE, "  f:\n    table: f; drop", "WRONG_SOURCE", ""),
        (TABLE, "  f:\n    sql: from (", "WRONG_SOURCE", ""),
        (TABLE, "  f:\n    sql: insert into f", "WRONG_SOURCE", ""),
        (TABLE, "  F:\n    table: f\n  f:\n    table: f", "DUPLICATE_KEY", ""),
        (ID, "id: {type: int}, text", "UNKNOWN_VALUE", "/fields/id/type"),
        (ID, "id: integer, text", "WRONG_TYPE", "/fields/id"),
        (ID, "id: {}, text", "MISSING", "/fields/id/type"),
        (ID, "id: {type: integer}, ID: {type: integer}, text", "DUPLICATE_KEY", "/fields/ID"),
        (TEXT, "text: {type: integer}", "WRONG_VALUE", "/fields/text/type"),
        (TEXT, "text: {type: date}", "WRONG_VALUE", "/fields/text/type"),
        (TEXT, "huge: {type: integer}", "WRONG_VALUE", "/fields/huge/type"),
        (TEXT, 'huge: {type: "decimal(6,2)"}', "WRONG_VALUE", "/fields/huge/type"),
        (TEXT, "day2: {column: day, type: integer}", "WRONG_VALUE", "/fields/day2/type"),
        (TEXT, 'text: {type: text, sql: "text"  , column: text}', "CLASH", "/fields/text/sql"),
        (TEXT, "text: {type: text, sql: \"error('no')\"}", "WRONG_SOURCE", ""),
        (TO, "{to: q, match: {p: id}}", "UNKNOWN_ENTITY", "/relations/p/to"),
        (TO, "{to: p, match: {p: name}}", "WRONG_KEY", "/relations/p/match"),
        (TO, "{to: p, match: [p, id]}", "MISSING", "/relations/p/match"),
        (TO, "{to: p, match: {p: 1}}", "WRONG_TYPE", "/relations/p/match"),
        (TO, "{to: p, match: {p: id, id: id}}", "WRONG_KEY", "/relations/p/match"),
        (TO, "{to: p, match: {x: id}}", "WRONG_SOURCE", ""),
        (TO, "{to: p, match: {p: id}, default: yes}", "WRONG_TYPE", "/relations/p/default"),
        ("relations: {p:", "relations: {day:", "DUPLICATE_KEY", "/relations/day"),
        ("relations: {p:", "relations: {count:", "DUPLICATE_KEY", "/relations/count"),
        ("sum: {agg", "id: {agg", "DUPLICATE_KEY", "/metrics/id"),
        (SUM, "sum: {agg: sum, field: text}", "CATALOG", None),
        (SUM, "sum: {agg: sum}", "CATALOG", None),
        (SUM, "sum: {agg: total, field: id}", "CATALOG", None),
        (SUM, "sum: {agg: avg, field: p.id}", "CATALOG", None),
        (SUM, "sum: {metric: sum}", "CATALOG", None),
        (SUM, 'sum: {formula: "count +"}', "CATALOG", None),
        (SUM, 'sum: {formula: "count + q.count"}', "CATALOG", None),
        (SUM, "sum: {ratio: [count]}", "CATALOG", None),
        (
            SUM,
            "sum: {agg: sum, field: id, trailing: {field: day, n: 0, unit: day}}",
            "CATALOG",
            None,
        ),
        (SUM, "sum: {agg: sum, field: id, toDate: {field: text, unit: day}}", "CATALOG", None),
        (SUM, "sum: {agg: sum, field: id, semiAdditive: {over: id}}", "CATALOG", None),
        (SUM, "sum: {agg: sum, field: id, filters: [{field: id}]}", "CATALOG", None),
        (SUM, "sum: {calc: rank, of: count}", "UNKNOWN_KEY", "/metrics/sum/calc"),
        (SUM, "sum: {agg: {quantile: .nan}, field: id}", "WRONG_TYPE", "/metrics/sum/agg/quantile"),
        (SUM, "sum: {agg: sum, field: id, filters: {1: 2}}", "WRONG_TYPE", "/metrics/sum/filters"),
        (SUM, "sum: [sum, id]", "WRONG_TYPE", "/metrics/sum"),
        (SUM, "2: {agg: count}", "WRONG_NAME", "/metrics/2"),
    ],
)
def test_its_place_is_named(
    data: Writing, before: str, after: str, code: str, path: str | None
) -> None:
    assert before in GOOD
    place = "" if path is None else f"/entities/f{path}"
    assert (code, place) in data.refused(GOOD.replace(before, after, 1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n# nothing\n",
        "version: 1",
        "- version: 1",
        "just a text",
        "version: 1\nentities: []",
        "version: 1\nentities: {}",
        "version: '1'\nentities: {a: {table: p}}",
        "version: true\nentities: {a: {table: p}}",
        "version: 1\n\tentities: {a: {table: p}}",
        "version: 1\nentities: {a: {table: p}}\n---\nversion: 1",
        "version: 1\nentities: {a: *nothing}",
        "version: 1\nentities: {a: &a {table: p, metrics: {n: {agg: count, filters: [*a]}}}}",
        "version: 1\nentities: {a: !!python/object/apply:os.system [ls]}",
        "version: 1\nentities: {a: {table: !!timestamp x}}",
        "version: 1\nentities: {a: {table: !!bool x}}",
        "version: 1\nentities: {a: {table: !!int ''}}",
        "version: 1\nentities: {? [a] : {table: p}}",
        "version: 1\nentities: {a: {table: p, label: 0x" + "f" * 9_000 + "}}",
        "version: 1\nentities: " + "[" * 5_000,
        "version: 1\nentities: {a: {table: p}}\nterms: [{code: x, startsOn: 2026-13-01, endsOn: "
        "1}]",
        "version: 1\nentities: {a: {table: p}}\nterms: [{code: [], startsOn: 1, endsOn: {}}]",
        "version: 1\nentities: {a: {table: p}}\ntimezone: ../../etc/passwd",
        "version: 1\nentities: {a: {table: p}}\ntimezone: [UTC]",
        "version: 1\nentities: {a: {table: p}}\nweekStart: Monday",
        "version: 1\nentities: {'a b': {table: p}}",
        "version: 1\nentities: {a: null}",
        "version: 1\nentities: {a: {table: 'p\\0'}}",
        'version: 1\nentities: {a: {table: "p\\ud800"}}',
        b"\xff\xfe\x00",
    ],
    ids=range(30),
)
def test_what_is_no_catalog_is_refused(data: Writing, text: str | bytes) -> None:
    assert data.refused(text)


def test_aliases_do_not_blow_up(data: Writing) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    bomb = "version: 1\n" + "\n".join(rows) + "\nentities: {a: {table: p, label: *a11}}"
    assert data.refused(bomb) == [("NOT_YAML", "")]
    rows = ["a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(50)) + "}"]
    rows += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 20)}]}}" for n in range(1, 9)]
    assert data.refused("version: 1\n" + "\n".join(rows)) == [("NOT_YAML", "")]


def test_a_long_file_is_read_and_one_too_long_is_not(data: Writing) -> None:
    many = "".join(f"  e{n}: {{table: p, metrics: {{n: {{agg: count}}}}}}\n" for n in range(300))
    assert data.ask(many, "e299", "n") == [(2,)]
    assert data.refused(many + "# " + "x" * 2_000_000) == [("NOT_YAML", "")]
    assert data.refused("".join(f"  e{n}: {{table: p}}\n" for n in range(501)))[0][0]


def test_metrics_made_of_each_other_in_a_ring(data: Writing) -> None:
    ring = GOOD.replace("sum: {agg: sum, field: id}", 'sum: {formula: "1 + p.other"}').replace(
        "metrics: {count: {agg: count}}", 'metrics: {other: {formula: "f.sum / 2"}}'
    )
    found = data.refused(ring)
    assert {code for code, _ in found} == {"CATALOG"}


def test_a_key_that_is_not_unique_is_named(data: Writing) -> None:
    assert data.refused(GOOD.replace("table: p,", "table: twice,")) == [
        ("DUPLICATE_KEY", "/entities/p/key")
    ]


def test_a_key_that_is_compared_with_another_type(data: Writing) -> None:
    text = GOOD.replace("{p: id}", "{number: id}")
    # The key is declared a number: what is none leads nowhere.
    assert data.ask(text, "f", "count", by=["p.name"]) == [(None, 2)]
    undeclared = text.replace("fields: {id: {type: integer}, name", "fields: {name")
    assert data.refused(undeclared) == [("WRONG_KEY", "/entities/f/relations/p/match")]


def test_questions_that_a_catalog_can_not_answer(data: Writing) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        (asked("nothing", "count"), "UNKNOWN_ENTITY"),
        (asked("f", "summ"), "UNKNOWN_METRIC"),
        (asked("f", "count", by=["p.nam"]), "UNKNOWN_FIELD"),
        (asked("p", "count", "f.count", by=["f.text"]), "UNKNOWN_FIELD"),
        (asked("f", "count", "p.count", by=["text"]), "UNREACHABLE_DIMENSION"),
        (asked("f", "p.count", filters=[is_("text", "eq", "x")]), "UNREACHABLE_FILTER"),
        (asked("p", "count", time=over("time", "day")), "NO_MAIN_DATE"),
        (asked("f", "count", time=over("day", "hour")), ""),
        (asked("f", "count", by=["p"], compare={"to": "previousYear"}), ""),
    ]
    with data.opened(GOOD) as database:
        for definition, code in cases:
            with pytest.raises(ReportInvalid) as caught:
                database.run(definition)
            found = [(p.code, p.path) for p in caught.value.problems]
            assert all(path.startswith("/") for _, path in found), found
            assert not code or code in [c for c, _ in found], found


def test_what_can_not_be_worked_out_is_refused_when_it_is_opened(data: Writing) -> None:
    for sql in ("strptime(text, '%d/%m/%Y')", "cast(number as date)", "error('secret')"):
        field = f'text: {{type: date, sql: "{sql}"}}'
        found = data.refused(GOOD.replace("text: {type: text}", field))
        assert found == [("WRONG_SOURCE", "/entities/f")]


def test_what_fails_while_it_runs_is_typed_too(data: Writing) -> None:
    text = """
  f:
    table: f
    fields: {id: {type: integer}, big: {sql: "repeat('9', 38)", type: "decimal(38,0)"}}
    metrics:
      all: {agg: sum, field: big}
      count: {agg: count}
"""
    with data.opened(text) as database:
        assert database.run(asked("f", "count")).rows == ((2,),)
        with pytest.raises(ReportError) as caught:
            database.run(asked("f", "all"))
        assert caught.value.code == "REPORT_FAILED"


def _hold(path: str, ready: Any, done: Any) -> None:
    with duckdb.connect(path) as connection:
        connection.execute("CREATE OR REPLACE TABLE held AS SELECT 1")
        ready.set()
        done.wait(60)


def test_a_database_that_another_program_writes(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    database = tmp_path / "held.duckdb"
    holder = context.Process(target=_hold, args=(str(database), ready, done))
    holder.start()
    assert ready.wait(60)
    catalog = tmp_path / "c.yaml"
    catalog.write_text(HEAD + "  a: {table: held}")
    with pytest.raises(CatalogFileInvalid, match="in use by another program"):
        Database(catalog, database, NOW)
    done.set()
    holder.join(60)
    Database(catalog, database, NOW).close()
