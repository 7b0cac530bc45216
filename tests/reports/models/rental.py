"""The data of the rental market: references that are missing or lead nowhere, duplicates."""

from __future__ import annotations

import duckdb

_TABLES = """
CREATE TABLE dim_countries AS SELECT * FROM (VALUES
    ('FR', 'France', 'Europe'), ('IN', 'भारत', 'Asia'), ('BR', 'Brasil', NULL),
    ('IS', 'Ísland', 'Europe'), (NULL, 'Nowhere', 'None')) AS t(code, name, region);

CREATE TABLE users AS SELECT
    i AS user_id,
    CASE i % 4 WHEN 0 THEN 'CA' WHEN 1 THEN 'TX' WHEN 2 THEN 'wa' END AS home_state,
    CASE i % 5 WHEN 0 THEN 'FR' WHEN 1 THEN 'IN' WHEN 2 THEN 'BR' WHEN 3 THEN 'XX' END
        AS country_code,
    TIMESTAMP '2025-01-01 22:30:00' + to_hours(i * 53) AS signed_up,
    CASE WHEN i % 6 <> 0 THEN i % 3 = 0 END AS is_host,
    CASE WHEN i = 7 THEN 99 WHEN i % 3 <> 0 THEN i // 2 END AS referrer_id
FROM range(1, 25) AS t(i);

CREATE SCHEMA mkt;
CREATE TABLE mkt."Listings Latest" AS SELECT
    i AS listing_id,
    CASE WHEN i = 5 THEN NULL WHEN i = 6 THEN 77 ELSE i * 3 % 24 + 1 END AS host_id,
    CASE i % 4 WHEN 0 THEN 'FR' WHEN 1 THEN 'IN' WHEN 2 THEN 'ZZ' END AS country_code,
    i % 7 AS capacity,
    CASE WHEN i % 5 <> 0 THEN i % 2 = 0 END AS is_lux,
    CASE i % 3 WHEN 0 THEN 'São Paulo' WHEN 1 THEN 'पुणे' END AS city,
    DATE '2024-10-01' + to_days(i * 40) AS "Created At"
FROM range(1, 13) AS t(i);

CREATE TABLE bookings AS SELECT
    i AS booking_id,
    CASE WHEN i % 17 = 0 THEN NULL WHEN i % 23 = 0 THEN 'n/a' WHEN i % 41 = 0 THEN '99'
        ELSE (i * 7 % 10 + 1)::VARCHAR END AS listing_id,
    CASE WHEN i % 13 = 0 THEN NULL WHEN i % 29 = 0 THEN 999 ELSE i * 5 % 21 + 1 END AS guest_id,
    CASE WHEN i % 11 <> 0 THEN i * 3 % 24 + 1 END AS host_id,
    CASE WHEN i % 31 <> 0 THEN DATE '2024-12-05' + to_days((i * 37 % 460)::INTEGER) END::DATE AS ds,
    CASE WHEN i % 19 <> 0 THEN ((i * 83 % 997) - 100) / 7 END::DECIMAL(10, 2) AS value,
    CASE WHEN i % 7 <> 0 THEN i % 3 = 0 END AS is_instant,
    CASE i % 4 WHEN 0 THEN 'web' WHEN 1 THEN 'Web' WHEN 2 THEN '' END AS "the ""channel"" name"
FROM range(1, 361) AS t(i);

CREATE TABLE fct_views AS SELECT
    CASE WHEN i % 37 = 0 THEN 55 WHEN i % 19 <> 0 THEN i * 11 % 12 + 1 END::SMALLINT AS listing_id,
    CASE WHEN i % 8 <> 0 THEN i * 3 % 30 END AS guest_id,
    CASE WHEN i % 53 <> 0 THEN
        TIMESTAMPTZ '2025-01-15 23:45:00+00' + to_hours((i * 29 % 5000)::INTEGER) END AS viewed_at,
    i % 100 * 0.25 + 0.1 AS seconds
FROM (SELECT j // 2 AS i FROM range(1, 1200) AS u(j)) AS t;

CREATE TABLE accounts AS SELECT
    a AS account_id, (DATE '2025-01-01' + to_days(d::INTEGER))::DATE AS ds,
    CASE WHEN a = 6 THEN NULL WHEN a = 5 THEN 400 ELSE (a + 1) // 2 END AS user_id,
    CASE a % 3 WHEN 0 THEN 'savings' WHEN 1 THEN 'cheque' END AS account_type,
    CASE WHEN (a + d) % 29 <> 0 THEN a * 1000 + d * d * 0.0625 - a * d
        END::DECIMAL(14, 4) AS balance
FROM range(1, 8) AS t(a), range(0, 150) AS u(d)
WHERE (a * 3 + d) % 5 <> 0 AND NOT (a = 4 AND d > 100) AND NOT (a = 3 AND d < 20);
INSERT INTO accounts VALUES (1, NULL, 1, 'cheque', 5000), (2, NULL, NULL, NULL, 1);
"""

FLAT = """
CREATE VIEW l AS SELECT l.listing_id AS id, l.city, l.capacity, l.is_lux, l."Created At" AS created,
    u.user_id AS host, u.home_state AS host_state, hc.name AS host_country, c.code AS country,
    c.name AS country_name, c.region,
    CASE WHEN capacity >= 4 THEN 'large' WHEN capacity > 0 THEN 'small' END AS size
    FROM mkt."Listings Latest" l LEFT JOIN users u ON u.user_id = l.host_id
    LEFT JOIN dim_countries c ON c.code = l.country_code
    LEFT JOIN dim_countries hc ON hc.code = u.country_code;
CREATE VIEW b AS SELECT b.*, "the ""channel"" name" AS channel, l.id AS place, l.is_lux, l.size,
    l.city, l.region, l.country_name, l.host_country AS place_host_country,
    g.user_id AS guest, g.home_state AS guest_state, g.is_host AS guest_is_host,
    gc.name AS guest_country, h.user_id AS host,
    hc.region AS host_region, r.home_state AS referrer_state, rc.name AS referrer_country
    FROM bookings b LEFT JOIN l ON l.id = TRY_CAST(b.listing_id AS INTEGER)
    LEFT JOIN users g ON g.user_id = b.guest_id
    LEFT JOIN dim_countries gc ON gc.code = g.country_code
    LEFT JOIN users h ON h.user_id = b.host_id
    LEFT JOIN dim_countries hc ON hc.code = h.country_code
    LEFT JOIN users r ON r.user_id = g.referrer_id
    LEFT JOIN dim_countries rc ON rc.code = r.country_code;
CREATE VIEW v AS SELECT v.*, v.viewed_at::DATE AS day, l.id AS place, l.city, l.region, l.size,
    l.is_lux, g.user_id AS guest FROM fct_views v LEFT JOIN l ON l.id = v.listing_id
    LEFT JOIN users g ON g.user_id = v.guest_id;
CREATE VIEW a AS SELECT a.*, u.user_id AS owner, u.home_state AS state FROM accounts a
    LEFT JOIN users u ON u.user_id = a.user_id;
"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables."""
    connection.execute(_TABLES)
