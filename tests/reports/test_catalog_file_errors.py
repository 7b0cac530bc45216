"""A fault of a catalog file, or of its database, is named with its place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from reports.api import Database
from reports.errors import CatalogFileInvalid
from tests.reports.shop import SHOP, write_shop


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("shop") / "shop.duckdb")


def refused(folder: Path, database: Path, text: str) -> list[tuple[str, str]]:
    catalog = folder / "bad.yaml"
    catalog.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogFileInvalid) as caught:
        Database(catalog, database)
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
        ("ratio: [revenue, count]", "ratio: [revenue, cont]", "CATALOG", ""),
        ("ratio: [revenue, count]", "ratio: [averageValue, count]", "CATALOG", ""),
        ('"(revenue - costs) * 1.2"', '"(revenue - costs * 1.2"', "CATALOG", ""),
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
    catalog = tmp_path / "twice.yaml"
    catalog.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogFileInvalid, match="1 occurs 2 times"):
        Database(catalog, database)


def test_files_that_are_not_there_or_not_what_they_should_be(tmp_path: Path, file: Path) -> None:
    catalog = tmp_path / "shop.yaml"
    with pytest.raises(CatalogFileInvalid, match="can't be read"):
        Database(catalog, file)
    catalog.write_text(SHOP, encoding="utf-8")
    with pytest.raises(CatalogFileInvalid, match="no database"):
        Database(catalog, tmp_path / "none.duckdb")
    (tmp_path / "text.duckdb").write_text("not a database")
    with pytest.raises(CatalogFileInvalid, match="not a DuckDB database"):
        Database(catalog, tmp_path / "text.duckdb")


def test_a_catalog_reads_nothing_but_its_database(tmp_path: Path, file: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    text = SHOP.replace(
        "select * from fct_lines where qty > 0",
        f"select 1 as qty, 1 as order_id, 'm' as maker, 's' as article from read_csv('{secret}')",
    )
    catalog = tmp_path / "shop.yaml"
    catalog.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogFileInvalid, match="disabled by configuration"):
        Database(catalog, file)
