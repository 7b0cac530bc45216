"""The data of the shop: composite keys, a view, a hierarchy, an empty table, instants."""

from __future__ import annotations

import duckdb

_TABLES = """
CREATE SCHEMA ref;
CREATE TABLE ref.countries AS SELECT * FROM (VALUES ('US', 'États-Unis'), ('DE', 'Germany'),
    ('JP', '日本'), ('de', 'lower')) AS t(iso, name);
CREATE TABLE customers AS SELECT
    CASE WHEN i < 10 THEN '00' || i ELSE i::VARCHAR END AS "Customer No",
    CASE WHEN i % 9 <> 0 THEN 'Customer ' || i END AS name,
    CASE i % 5 WHEN 0 THEN 'US' WHEN 1 THEN 'DE' WHEN 2 THEN 'JP' WHEN 3 THEN 'FR' END AS iso,
    CASE WHEN i % 8 <> 0 THEN DATE '2025-06-01' + (i * 5)::INTEGER END AS since,
    CASE i % 3 WHEN 0 THEN 'gold' WHEN 1 THEN 'tin' END AS tier
FROM range(1, 31) AS t(i);
CREATE TABLE employees AS SELECT i AS id, 'E' || i AS name, CASE WHEN i = 9 THEN 90 WHEN i > 1
    THEN i // 3 + 1 END AS boss FROM range(1, 12) AS t(i);
CREATE TABLE products AS SELECT 'm' || i // 3 AS maker, 's' || i % 3 AS sku,
    CASE i % 4 WHEN 0 THEN 'toys' WHEN 1 THEN 'Books' WHEN 2 THEN '' END AS "group",
    CASE WHEN i % 6 <> 0 THEN i * 0.7 END AS weight,
    CASE i % 3 WHEN 0 THEN 'DE' WHEN 1 THEN 'JP' END AS origin FROM range(12) AS t(i);
CREATE TABLE raw_orders AS SELECT i AS order_id,
    CASE WHEN i % 14 = 0 THEN NULL WHEN i % 27 = 0 THEN 77 ELSE i * 7 % 32 + 1 END AS customer_id,
    CASE WHEN i % 12 <> 0 THEN i * 5 % 13 END AS seller,
    CASE WHEN i % 21 <> 0 THEN
        TIMESTAMPTZ '2025-08-28 03:30:00+00' + to_hours((i * 61 % 5000)::INTEGER) END AS placed_at,
    CASE i % 3 WHEN 0 THEN 'paid' WHEN 1 THEN 'Sent' END AS status,
    CASE WHEN i % 5 <> 0 THEN i % 2 = 0 END AS "Select", i % 40 = 0 AS is_test
FROM range(1, 261) AS t(i);
CREATE VIEW v_orders AS SELECT * EXCLUDE (is_test) FROM raw_orders WHERE NOT is_test;
CREATE TABLE order_lines AS SELECT i // 3 + 1 AS order_id, i % 3 AS line_no, i % 5 AS qty,
    (i * 37 % 211 + 0.95)::DECIMAL(10, 2) AS price, 'm' || i % 5 AS made_by,
    CASE WHEN i % 10 <> 0 THEN 's' || i * 2 % 3 END AS article FROM range(800) AS t(i);
CREATE TABLE refunds AS SELECT CASE WHEN i % 15 <> 0 THEN i * 4 % 280 END AS order_id,
    i % 4 AS line, CASE WHEN i % 10 <> 0 THEN DATE '2025-09-05' + (i * 11 % 210)::INTEGER END
    AS refunded_on, CASE i % 4 WHEN 0 THEN 'broken' WHEN 1 THEN 'टूटा' END AS reason,
    (i * 13 % 90 / 4)::DECIMAL(10, 2) AS paid FROM (SELECT j // 2 AS i FROM range(220) AS u(j));
CREATE TABLE "Shipments" AS SELECT 'T-' || i AS tracking, i * 3 % 270 AS order_no,
    CASE WHEN i % 16 <> 0 THEN TIMESTAMP '2025-10-31 01:15:00' + to_minutes(i * 47) END
    AS shipped_at, CASE i % 9 WHEN 0 THEN NULL WHEN 1 THEN 'nan'::DOUBLE ELSE i * 0.1 END AS fee
FROM range(1, 181) AS t(i);
CREATE TABLE audits (day DATE, score INTEGER, customer INTEGER);
"""

FLAT = """
CREATE VIEW c AS SELECT "Customer No"::BIGINT AS no, c.name, since, tier = 'gold' AS vip,
    k.iso, k.name AS country FROM customers c LEFT JOIN ref.countries k ON k.iso = c.iso;
CREATE VIEW o AS SELECT o.*, c.no AS customer, c.vip, c.country, e.id AS seller_id,
    e.name AS seller_name,
    m.name AS boss, m.boss AS above, timezone('America/New_York', placed_at) AS placed
    FROM raw_orders o LEFT JOIN c ON c.no = o.customer_id LEFT JOIN employees e ON e.id = o.seller
    LEFT JOIN employees m ON m.id = e.boss WHERE NOT is_test;
CREATE VIEW li AS SELECT l.order_id, l.line_no, qty, price, qty * price AS net, made_by, article,
    p."group" AS sort, p.weight, p.maker IS NOT NULL AS is_known, k.name AS made_in,
    o.status, o.customer, o.country, o.placed,
    o.boss, o.vip, o."Select" AS sel, o.order_id AS known_order
    FROM order_lines l LEFT JOIN products p ON p.maker = made_by AND p.sku = article
    LEFT JOIN ref.countries k ON k.iso = p.origin LEFT JOIN o ON o.order_id = l.order_id
    WHERE qty > 0;
CREATE VIEW r AS SELECT r.*, li.sort, li.country, li.status, li.customer, li.vip, li.boss, li.placed,
    li.made_in
    FROM refunds r LEFT JOIN li ON li.order_id = r.order_id AND li.line_no = r.line;
CREATE VIEW s AS SELECT s.tracking, s.shipped_at,
    CASE WHEN isnan(fee) THEN NULL ELSE fee END AS fee,
    o.country, o.status, o.customer, o.vip,
    timezone('America/New_York', timezone('UTC', s.shipped_at)) AS shipped
    FROM "Shipments" s LEFT JOIN o ON o.order_id = s.order_no;
"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(_TABLES)
