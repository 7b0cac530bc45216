"""A small shop: a catalog file, and a database that it describes."""

from __future__ import annotations

from pathlib import Path

import duckdb

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


def write_shop(path: Path) -> Path:
    """The shop's records: keys that are missing or lead nowhere, a schema, two-column keys."""
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
