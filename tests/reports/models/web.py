"""The data of the web site: no keys, duplicates, instants around the change of the clocks."""

from __future__ import annotations

import duckdb

_TABLES = """
CREATE SCHEMA "web.logs";
CREATE TABLE "web.logs"."Pages.v1" AS SELECT '/p' || i AS path, CASE WHEN i % 3 <> 0 THEN
    'Page "' || i || '"' END AS "Title (shown)", i % 5 AS "in section",
    DATE '2024-02-29' + i::INTEGER AS date FROM range(1, 12) AS t(i);
CREATE TABLE visitors AS SELECT 'v' || i AS id, i AS number,
    CASE i % 4 WHEN 0 THEN 'NO' WHEN 1 THEN 'DE' WHEN 2 THEN 'no' END AS country
    FROM range(1, 16) AS t(i);
CREATE TABLE events AS SELECT
    CASE WHEN i % 45 <> 0 THEN TIMESTAMPTZ '2025-03-28 20:10:00+00' + to_minutes(i * 23 % 7000)
        + CASE WHEN i % 4 = 0 THEN INTERVAL 1 YEAR ELSE INTERVAL 0 DAY END END AS ts,
    CASE WHEN i % 7 <> 0 THEN 's' || i % 60 END AS session,
    CASE WHEN i % 60 < 50 THEN 'v' || i % 60 % 17 END AS visitor,
    CASE WHEN i % 13 = 0 THEN '/gone' WHEN i % 9 <> 0 THEN '/p' || i % 12 END AS "path",
    CASE i % 5 WHEN 0 THEN 'view' WHEN 1 THEN 'View' WHEN 2 THEN 'buy' END AS kind,
    i % 3 AS count, -i AS "order",
    CASE WHEN i % 2 = 0 THEN '' ELSE 'ж''"' END AS "we""ird, [name]",
    CASE i % 10 WHEN 0 THEN 'inf'::DOUBLE WHEN 1 THEN NULL WHEN 2 THEN 'nan'::DOUBLE
        ELSE i * 0.125 END AS ms
FROM (SELECT j // 2 AS i FROM range(700) AS u(j)) AS t;
"""

FLAT = """
CREATE VIEW sec AS SELECT * FROM (VALUES (1, 'Blog', true), (2, 'Läden', false), (3, NULL, NULL))
    AS t(id, name, public);
CREATE VIEW e AS SELECT e.ts, session, kind, count, "we""ird, [name]" AS odd,
    CASE WHEN isfinite(ms) THEN ms END AS ms, v.id AS visitor, v.country, p.path AS page,
    p."Title (shown)" AS title, p.date, s.id AS section, s.name AS section_name,
    timezone('Europe/Berlin', ts) AS here
    FROM events e LEFT JOIN visitors v ON v.id = e.visitor
    LEFT JOIN "web.logs"."Pages.v1" p ON p.path = e.path LEFT JOIN sec s ON s.id = "in section";
CREATE VIEW ses AS SELECT session, timezone('Europe/Berlin', began) AS here, hits, bought, minutes,
    v.country, v.id AS visitor FROM (SELECT session, min(ts) AS began, count(*) AS hits,
    any_value(visitor) AS vis, bool_or(kind = 'buy') AS bought,
    date_diff('minute', min(ts), max(ts)) AS minutes FROM events WHERE session IS NOT NULL
    GROUP BY 1) LEFT JOIN visitors v ON v.id = vis;
"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(_TABLES)
