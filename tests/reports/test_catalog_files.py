"""Catalogs read from YAML over any DuckDB file, checked by SQL written for each question."""

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

from reports.api import Database, catalog_schema
from reports.errors import ReportInvalid
from tests.reports.shop import SHOP, write_shop


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("shop") / "shop.duckdb")


class Shop:
    def __init__(self, folder: Path, database: Path) -> None:
        catalog = folder / "shop.yaml"
        catalog.write_text(SHOP, encoding="utf-8")
        self.database = Database(catalog, database, datetime(2026, 3, 20, 12, tzinfo=UTC))

    def ask(self, entity: str, *measures: Any, **more: Any) -> list[tuple[Any, ...]]:
        mode = "temporal" if "time" in more else "categorical"
        definition = {"version": 1, "entity": entity, "mode": mode, "measures": list(measures)}
        return list(self.database.run(definition | more).rows)


@pytest.fixture(scope="module")
def shop(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("catalog"), file)
    yield made
    made.database.close()


def expected(file: Path, sql: str, folder: Path) -> list[tuple[Any, ...]]:
    """Return plain SQL's answer over a copy: one process opens a file in one way."""
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
    schema = catalog_schema()
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


def test_floats_of_any_size_are_added_up(tmp_path: Path) -> None:
    made = tmp_path / "floats.duckdb"
    with duckdb.connect(str(made)) as connection:
        connection.execute(
            "CREATE TABLE f AS SELECT * FROM (VALUES ('big', 1e30), ('big', 3e30), "
            "('small', 1e-12), ('small', 3e-12), ('none', NULL)) AS t(size, x)"
        )
    catalog = tmp_path / "floats.yaml"
    catalog.write_text(
        "version: 1\nentities: {f: {table: f, fields: {size: {type: text}, x: {type: float}}}}",
        encoding="utf-8",
    )
    measures = [{"key": agg, "field": "x", "agg": agg} for agg in ("sum", "avg")]
    asked = {"version": 1, "entity": "f", "mode": "categorical", "dimensions": ["size"]}
    rows = Database(catalog, made).run(asked | {"measures": measures}).rows
    assert close_to(list(rows), [("big", 4e30, 2e30), ("none", 0, None), ("small", 4e-12, 2e-12)])
    assert rows[2][1] == pytest.approx(4e-12, abs=0)
