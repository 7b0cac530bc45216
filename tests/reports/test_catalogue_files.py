"""Catalogues read from YAML over any DuckDB file, checked by SQL written for each question."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
import yaml

from reports.api import Database, catalogue_schema
from reports.errors import CatalogueFileInvalid, ReportInvalid

SHOP = """
version: 1
timezone: Europe/London
weekStart: monday
terms:
  - {code: 2026A, startsOn: 2026-01-12, endsOn: 2026-04-03}
  - {code: 2026B, startsOn: 2026-04-20, endsOn: 2026-07-10}
entities:
  customers:
    table: dim_customers
    key: [customer_id]
    fields:
      name: {type: text}
      country: {type: text}
    metrics:
      count: {agg: count}
  products:
    table: stock.products
    key: [maker, sku]
    fields:
      title: {type: text}
  orders:
    table: fct_orders
    key: [order_id]
    label: Orders
    time: placedOn
    fields:
      id: {column: order_id, type: integer}
      status: {type: text}
      placedOn: {column: ordered_at, type: date}
      placedAt: {column: ordered_at, type: timestamp}
      isLarge: {sql: "amount > 100", type: boolean}
      amount: {type: "decimal(12,2)", unit: EUR}
      cost: {type: "decimal(12,2)"}
    relations:
      customer: {to: customers, match: {customer_id: customer_id}}
    metrics:
      count: {agg: count}
      revenue: {agg: sum, field: amount}
      costs: {agg: sum, field: cost}
      largeRevenue: {agg: sum, field: amount, filters: [{field: isLarge, op: isTrue}]}
      averageValue: {ratio: [revenue, count]}
      profit: {formula: "(revenue - costs) * 1.2"}
      unitsPerOrder: {formula: "lines.units / count"}
      balance: {agg: sum, field: amount, semiAdditive: {over: placedOn, take: last, by: [customer]}}
      revenue7d: {agg: sum, field: amount, trailing: {field: placedOn, n: 7, unit: day}}
      revenueToDate: {agg: sum, field: amount, toDate: {field: placedOn, unit: month}}
      revenueEver: {agg: sum, field: amount, toDate: {field: placedOn, unit: all}}
      lastMonth: {metric: revenue, offset: {n: 1, unit: month}}
      p90: {agg: {quantile: 0.9}, field: amount}
      buyers: {agg: countDistinct, field: customer}
  lines:
    sql: "select * from fct_lines where qty > 0"
    fields:
      qty: {type: integer}
    relations:
      order: {to: orders, match: {order_id: order_id}}
      product: {to: products, match: {maker: maker, article: sku}}
    metrics:
      units: {agg: sum, field: qty}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "CREATE TABLE dim_customers AS SELECT * FROM (VALUES (1, 'Ann', 'UK'), (2, 'बो', "
            "'DE'), "
            "(3, 'Cy', NULL)) AS t(customer_id, name, country)"
        )
        made.execute(
            "CREATE TABLE fct_orders AS SELECT i AS order_id, CASE WHEN i % 11 = 0 THEN NULL ELSE "
            "(i * 7) % 4 + 1 END AS customer_id, CASE WHEN i % 4 = 0 THEN 'x' ELSE 'y' END AS "
            "status, "
            "TIMESTAMP '2026-01-10 23:30:00' + INTERVAL (i * 2) DAY AS ordered_at, "
            "(i * 13.5)::DECIMAL(12,2) AS amount, (i * 3.1)::DECIMAL(12,2) AS cost "
            "FROM range(1, 41) AS t(i)"
        )
        made.execute("CREATE SCHEMA stock")
        made.execute(
            "CREATE TABLE stock.products AS SELECT 'm' || (i % 2) AS maker, 's' || (i // 2) AS "
            "sku, "
            "'Thing ' || i AS title FROM range(6) AS t(i)"
        )
        made.execute(
            "CREATE TABLE fct_lines AS SELECT i % 45 AS order_id, i % 5 AS qty, 'm' || (i % 2) "
            "AS maker, "
            "'s' || (i % 4) AS article FROM range(200) AS t(i)"
        )
    return path


class Shop:
    def __init__(self, folder: Path, database: Path) -> None:
        catalogue = folder / "shop.yaml"
        catalogue.write_text(SHOP, encoding="utf-8")
        self.database = Database(catalogue, database, datetime(2026, 3, 20, 12, tzinfo=UTC))

    def ask(self, entity: str, *measures: Any, **more: Any) -> list[tuple[Any, ...]]:
        mode = "temporal" if "time" in more else "categorical"
        definition = {"version": 1, "entity": entity, "mode": mode, "measures": list(measures)}
        return list(self.database.run(definition | more).rows)


@pytest.fixture(scope="module")
def shop(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("catalogue"), file)
    yield made
    made.database.close()


def expected(file: Path, sql: str, folder: Path) -> list[tuple[Any, ...]]:
    """What plain SQL says, asked of a copy: one process opens a file in one way."""
    copied = folder / "copy.duckdb"
    copied.write_bytes(file.read_bytes())
    with duckdb.connect(str(copied), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def close_to(found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]) -> bool:
    def plain(value: Any) -> Any:
        return float(value) if isinstance(value, Decimal | float) else value

    rows = [tuple(plain(v) for v in row) for row in found]
    return rows == [
        tuple(pytest.approx(plain(v)) if isinstance(plain(v), float) else v for v in row)
        for row in wanted
    ]


def test_metrics_of_every_kind(shop: Shop, file: Path, tmp_path: Path) -> None:
    found = shop.ask(
        "orders",
        *("count", "revenue", "largeRevenue", "averageValue", "profit", "p90", "buyers"),
        dimensions=["customer.country"],
    )
    wanted = expected(
        file,
        "SELECT country, count(*), sum(amount), coalesce(sum(amount) FILTER (WHERE amount > "
        "100), 0), "
        "sum(amount) / count(*), (sum(amount) - sum(cost)) * 1.2, "
        "quantile_cont(amount::DOUBLE, 0.9), "
        "count(DISTINCT c.customer_id) FROM fct_orders o LEFT JOIN dim_customers c USING "
        "(customer_id) "
        "GROUP BY 1 ORDER BY 1 NULLS LAST",
        tmp_path,
    )
    assert close_to(found, wanted)


def test_exact_decimals_stay_exact(shop: Shop) -> None:
    assert shop.ask("orders", "profit") == [(Decimal("10233.600"),)]


def test_a_metric_of_another_entity_is_not_multiplied(
    shop: Shop, file: Path, tmp_path: Path
) -> None:
    found = shop.ask("orders", "revenue", "lines.units", "unitsPerOrder", dimensions=["status"])
    wanted = expected(
        file,
        "WITH u AS (SELECT o.status, sum(qty) AS units FROM fct_lines l LEFT JOIN fct_orders o "
        "USING (order_id) WHERE qty > 0 GROUP BY 1), r AS (SELECT status, sum(amount) AS revenue, "
        "count(*) AS n FROM fct_orders GROUP BY 1) SELECT status, coalesce(revenue, 0), units, "
        "units / n FROM u FULL JOIN r USING (status) ORDER BY 1 NULLS LAST",
        tmp_path,
    )
    assert close_to(found, wanted)


def test_a_key_of_two_columns(shop: Shop, file: Path, tmp_path: Path) -> None:
    found = shop.ask("lines", "units", dimensions=["product.title"])
    wanted = expected(
        file,
        "SELECT title, sum(qty) FROM fct_lines l LEFT JOIN stock.products p ON p.maker = l.maker "
        "AND p.sku = l.article WHERE qty > 0 GROUP BY 1 ORDER BY 1 NULLS LAST",
        tmp_path,
    )
    assert close_to(found, wanted)
    assert found[-1][0] is None


def test_windows_by_day(shop: Shop, file: Path, tmp_path: Path) -> None:
    found = shop.ask(
        "orders",
        *("revenue", "revenue7d", "revenueToDate", "revenueEver", "lastMonth", "balance"),
        time={"field": "placedOn", "bucket": "day", "fill": True},
        filters=[{"field": "placedOn", "op": "between", "value": ["2026-02-20", "2026-03-08"]}],
    )
    day = "ordered_at::DATE"
    one = f"(SELECT coalesce(sum(amount), 0) FROM fct_orders WHERE {day}"
    wanted = expected(
        file,
        f"SELECT d, {one} = d), {one} > d - 7 AND {day} <= d), "
        f"{one} >= date_trunc('month', d) AND {day} <= d), {one} <= d), "
        f"{one} = d - INTERVAL 1 MONTH), "
        f"(SELECT coalesce(sum(amount), 0) FROM fct_orders WHERE {day} = d) FROM "
        "(SELECT unnest(generate_series(DATE '2026-02-20', DATE '2026-03-07', INTERVAL 1 "
        "DAY))::DATE AS d) "
        "ORDER BY d",
        tmp_path,
    )
    assert close_to(found, wanted)


def test_the_last_balance_of_each_customer(shop: Shop, file: Path, tmp_path: Path) -> None:
    found = shop.ask("orders", "balance", dimensions=["status"])
    wanted = expected(
        file,
        "SELECT status, sum(amount) FROM (SELECT *, max(ordered_at) OVER (PARTITION BY status, "
        "(SELECT c.customer_id FROM dim_customers c WHERE c.customer_id = o.customer_id)) AS "
        "newest "
        "FROM fct_orders o) WHERE ordered_at = newest GROUP BY 1 ORDER BY 1",
        tmp_path,
    )
    assert close_to(found, wanted)


def test_terms_and_relative_dates_go_by_the_file(shop: Shop) -> None:
    by_term = shop.ask("orders", "count", time={"field": "placedOn", "bucket": "term"})
    assert [row[0] for row in by_term] == ["2026A"]
    week = {"field": "placedOn", "bucket": "weekOfTerm"}
    assert shop.ask("orders", "count", time=week)[0] == (1, 4)
    recent = [{"field": "placedOn", "op": "inLast", "value": {"n": 3, "unit": "day"}}]
    assert shop.ask("orders", "count", filters=recent) == [(1,)]


def test_instants_are_cut_into_days_in_the_file_s_zone(shop: Shop) -> None:
    by_utc = dict(shop.ask("orders", "count", time={"field": "placedOn", "bucket": "month"}))
    by_zone = dict(shop.ask("orders", "count", time={"field": "placedAt", "bucket": "month"}))
    assert by_utc[date(2026, 3, 1)] == 16
    assert by_zone[date(2026, 3, 1)] == 15  # 31 March, 23:30 UTC, is April in summer time


def test_there_is_no_history(shop: Shop) -> None:
    for change in ({"asOf": "2026-01-01"}, {"compare": {"to": "snapshot", "snapshot": "x"}}):
        with pytest.raises(ReportInvalid, match="no other snapshots"):
            shop.ask("orders", "count", **change)


def test_the_rows_behind_a_cell(shop: Shop) -> None:
    definition = {
        "version": 1,
        "entity": "orders",
        "mode": "categorical",
        "dimensions": ["status"],
        "measures": ["largeRevenue"],
    }
    cell = {"measure": "largeRevenue", "row": ["x"]}
    made = shop.database.drill(definition, cell)
    amounts = [row[[c.key for c in made.columns].index("amount")] for row in made.rows]
    assert sum(amounts) == shop.database.run(definition).rows[0][1]


def test_the_published_schema_accepts_the_file_and_no_unknown_key() -> None:
    schema = catalogue_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(json.dumps(yaml.safe_load(SHOP), default=str))
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(document)
    for place in ((), ("entities", "orders"), ("entities", "orders", "fields", "amount")):
        changed = copy.deepcopy(document)
        inner = changed
        for step in place:
            inner = inner[step]
        inner["colour"] = "red"
        assert not validator.is_valid(changed)


def refused(folder: Path, database: Path, text: str) -> list[tuple[str, str]]:
    catalogue = folder / "bad.yaml"
    catalogue.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueFileInvalid) as caught:
        Database(catalogue, database)
    return [(p.code, p.path) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("before", "after", "code", "path"),
    [
        ("version: 1", "version: 2", "WRONG_VALUE", "/version"),
        ("weekStart: monday", "weekStart: someday", "UNKNOWN_VALUE", "/weekStart"),
        ("timezone: Europe/London", "timezone: Mars/Base", "UNKNOWN_VALUE", "/timezone"),
        ("endsOn: 2026-04-03", "endsOn: 2026-01-03", "WRONG_VALUE", "/terms/0/endsOn"),
        ("code: 2026B", "code: 2026A", "DUPLICATE_KEY", "/terms"),
        ("label: Orders", "colour: red", "UNKNOWN_KEY", "/entities/orders/colour"),
        ("time: placedOn", "time: status", "NOT_A_DATE", "/entities/orders/time"),
        ("table: fct_orders", "table: nowhere", "WRONG_SOURCE", "/entities/orders"),
        (
            "column: ordered_at, type: date",
            "column: x, type: date",
            "WRONG_SOURCE",
            "/entities/orders",
        ),
        ('sql: "amount > 100"', 'sql: "amount >"', "WRONG_SOURCE", "/entities/orders"),
        (
            '"decimal(12,2)", unit',
            '"decimal(99,2)", unit',
            "UNKNOWN_VALUE",
            "/entities/orders/fields/amount/type",
        ),
        (
            "to: customers, match",
            "to: custmers, match",
            "UNKNOWN_ENTITY",
            "/entities/orders/relations/customer/to",
        ),
        (
            "match: {customer_id: customer_id}",
            "match: {customer_id: name}",
            "WRONG_KEY",
            "/entities/orders/relations/customer/match",
        ),
        (
            "revenue: {agg: sum, field: amount}",
            "amount: {agg: sum, field: amount}",
            "DUPLICATE_KEY",
            "/entities/orders/metrics/amount",
        ),
        ("ratio: [revenue, count]", "ratio: [revenue, cont]", "CATALOGUE", ""),
        ("ratio: [revenue, count]", "ratio: [averageValue, count]", "CATALOGUE", ""),
        ('"(revenue - costs) * 1.2"', '"(revenue - costs * 1.2"', "CATALOGUE", ""),
        (
            "key: [customer_id]",
            "key: [country]",
            "WRONG_KEY",
            "/entities/orders/relations/customer/match",
        ),
        ("name: {type: text}", "name: {type: text}\n      name: {type: text}", "NOT_YAML", ""),
        (
            "name: {type: text}",
            "na me: {type: text}",
            "WRONG_NAME",
            "/entities/customers/fields/na me",
        ),
        ("entities:", "entities: [", "NOT_YAML", ""),
    ],
)
def test_what_is_wrong_with_a_file_is_named(
    file: Path, tmp_path: Path, before: str, after: str, code: str, path: str
) -> None:
    assert before in SHOP
    assert (code, path) in refused(tmp_path, file, SHOP.replace(before, after, 1))


def test_a_key_that_is_not_unique_is_refused_not_multiplied(tmp_path: Path) -> None:
    database = tmp_path / "twice.duckdb"
    with duckdb.connect(str(database)) as made:
        made.execute("CREATE TABLE a AS SELECT * FROM (VALUES (1, 'x'), (1, 'y')) AS t(id, name)")
        made.execute("CREATE TABLE b AS SELECT 1 AS a_id, 5 AS n")
    text = """
version: 1
entities:
  a: {table: a, key: id, fields: {name: {type: text}}}
  b:
    table: b
    fields: {n: {type: integer}}
    relations: {a: {to: a, match: {a_id: id}}}
    metrics: {n_sum: {agg: sum, field: n}}
"""
    catalogue = tmp_path / "twice.yaml"
    catalogue.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueFileInvalid, match="1 occurs 2 times"):
        Database(catalogue, database)


def test_files_that_are_not_there_or_not_what_they_should_be(tmp_path: Path, file: Path) -> None:
    catalogue = tmp_path / "shop.yaml"
    with pytest.raises(CatalogueFileInvalid, match="can't be read"):
        Database(catalogue, file)
    catalogue.write_text(SHOP, encoding="utf-8")
    with pytest.raises(CatalogueFileInvalid, match="no database"):
        Database(catalogue, tmp_path / "none.duckdb")
    (tmp_path / "text.duckdb").write_text("not a database")
    with pytest.raises(CatalogueFileInvalid, match="not a DuckDB database"):
        Database(catalogue, tmp_path / "text.duckdb")


def test_a_catalogue_reads_nothing_but_its_database(tmp_path: Path, file: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    text = SHOP.replace(
        "select * from fct_lines where qty > 0",
        f"select 1 as qty, 1 as order_id, 'm' as maker, 's' as article from read_csv('{secret}')",
    )
    catalogue = tmp_path / "shop.yaml"
    catalogue.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueFileInvalid, match="disabled by configuration"):
        Database(catalogue, file)
