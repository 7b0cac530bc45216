"""Events without a key, awkward names: each question beside SQL written for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.models import web
from tests.reports.models.asking import Case, Model, agreed, asked, between, is_, opened, over

CASES = [
    Case(
        "duplicates are counted as they are, of no section too",
        asked("events", "hits", "counted", "pages", "sections", by=["page.section.name"]),
        "SELECT section_name, count(*), sum(count), count(DISTINCT page), count(DISTINCT section) "
        "FROM e GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "columns with quotes and commas, texts with them",
        asked("events", "hits", by=["group"], filters=[is_("group", "contains", "'\"")]),
        "SELECT odd, count(*) FROM e WHERE odd LIKE '%''\"' GROUP BY 1",
    ),
    Case(
        "a field called count, a boolean of a parent's parent",
        asked(
            "events",
            {"key": "most", "field": "count", "agg": "max"},
            {"key": "n", "field": "count", "agg": "count"},
            by=["page.section.public"],
            totals="grand",
        ),
        "SELECT public, max(count), count(count) FROM e LEFT JOIN sec ON sec.id = section GROUP "
        "BY 1 "
        "ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, max(count), count(count) FROM e",
    ),
    Case(
        "Norway is a text",
        asked("events", "noCount", by=["kind"]),
        "SELECT kind, count(*) FILTER (WHERE country = 'NO') FROM e GROUP BY 1 "
        "ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a quantile of floats, infinities left out",
        asked(
            "events", "slow", {"key": "sum", "field": "ms", "agg": "sum"}, by=["visitor.country"]
        ),
        "SELECT country, quantile_cont(ms, 0.9), coalesce(sum(ms), 0) FROM e GROUP BY 1 "
        "ORDER BY 1 NULLS LAST",
    ),
    Case(
        "sessions: a query with a key of its own",
        asked("sessions", "n", "bounceRate", "length", "conversion", by=["visitor.country"]),
        "SELECT country, count(*), count(*) FILTER (WHERE hits = 1) / count(*), avg(minutes), "
        "count(*) FILTER (WHERE bought) / count(*) FROM ses GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "events for each session by country: the way through the visitor is the shorter",
        asked("visitors", "sessions.hitsPerSession", by=["country"]),
        "WITH g AS (SELECT country FROM visitors UNION SELECT country FROM e UNION SELECT country "
        "FROM ses) SELECT country, (SELECT count(*) FROM e WHERE e.country IS NOT DISTINCT FROM "
        "g.country) / (SELECT count(*) FROM ses WHERE ses.country IS NOT DISTINCT FROM g.country) "
        "FROM g ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a path through the session is another one than the visitor's own",
        asked("events", "hits", by=["session.visitor.country", "session.bought"]),
        "SELECT s.country, bought, count(*) FROM e LEFT JOIN ses s USING (session) GROUP BY 1, 2 "
        "ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "hours of the night in which an hour is missing",
        asked(
            "events",
            "hits",
            time=over("ts", "hour"),
            filters=[between("ts", "2025-03-29T22:00:00Z", "2025-03-30T04:00:00Z")],
        ),
        "SELECT h, (SELECT count(*) FROM e WHERE date_trunc('hour', here) = h) FROM (VALUES "
        "(TIMESTAMP '2025-03-29 23:00:00'), (TIMESTAMP '2025-03-30 00:00:00'), "
        "(TIMESTAMP '2025-03-30 01:00:00'), (TIMESTAMP '2025-03-30 03:00:00'), "
        "(TIMESTAMP '2025-03-30 04:00:00'), (TIMESTAMP '2025-03-30 05:00:00')) AS t(h) ORDER BY 1",
    ),
    Case(
        "a window has its data's range: a later bucket of another measure is over nothing",
        asked("events", "hits", "visitors7d", "change", time=over("day", "day")),
        "WITH n AS (SELECT here::DATE AS d, count(*) AS n FROM e WHERE ts IS NOT NULL GROUP BY 1), "
        "g AS (SELECT d FROM n UNION SELECT unnest(generate_series(d, d + 6, INTERVAL 1 "
        "DAY))::DATE "
        "FROM n), r AS (SELECT DISTINCT d FROM g WHERE d <= (SELECT max(d) FROM n) OR d - 1 IN "
        "(SELECT d FROM n)) SELECT d, coalesce((SELECT n FROM n WHERE n.d = r.d), 0), (SELECT "
        "count(DISTINCT visitor) FROM e WHERE here::DATE > r.d - 7 AND here::DATE <= r.d AND r.d "
        "<= "
        "(SELECT max(d) FROM n)), "
        "coalesce((SELECT n FROM n WHERE n.d = r.d), 0) - coalesce((SELECT n FROM n WHERE n.d = "
        "r.d "
        "- 1), 0) FROM r ORDER BY 1",
    ),
    Case(
        "last year's leap-free days beside this year's",
        asked(
            "events",
            *("hits", "hitsLastYear"),
            time=over("ts", "day"),
            filters=[between("ts", "2026-03-28", "2026-04-03")],
        ),
        "WITH g AS (SELECT DISTINCT here::DATE AS d FROM e WHERE here >= '2026-03-28' AND here < "
        "'2026-04-03' UNION SELECT DISTINCT (here::DATE + INTERVAL 1 YEAR)::DATE FROM e WHERE here "
        ">= '2025-03-28' AND here < '2025-04-03') SELECT d, (SELECT count(*) FROM e WHERE "
        "here::DATE = d), (SELECT count(*) FROM e WHERE here::DATE = d - INTERVAL 1 YEAR) FROM g "
        "ORDER BY 1",
    ),
    Case(
        "running total, moving average and differences along time",
        asked(
            "events",
            "hits",
            {"key": "total", "calc": "runningTotal", "of": "hits"},
            {"key": "smooth", "calc": "movingAverage", "of": "hits", "n": 2},
            {"key": "more", "calc": "difference", "of": "hits"},
            by=["kind"],
            time=over("ts", "month"),
        ),
        "SELECT m, kind, n, sum(n) OVER w, avg(n) OVER (w ROWS 1 PRECEDING), n - lag(n) OVER w "
        "FROM "
        "(SELECT date_trunc('month', here)::DATE AS m, kind, count(*) AS n FROM e WHERE ts IS NOT "
        "NULL GROUP BY 1, 2) WINDOW w AS (PARTITION BY kind ORDER BY m) ORDER BY 1, 2 NULLS LAST",
    ),
    Case(
        "distinct dates and texts of a parent",
        asked(
            "events",
            {"key": "days", "field": "page.date", "agg": "countDistinct"},
            {"key": "titles", "field": "page.title", "agg": "listDistinct"},
            {"key": "first", "field": "page.date", "agg": "min"},
            by=["kind"],
            having=[{"measure": "days", "op": "between", "value": [1, 100]}],
        ),
        "SELECT kind, count(DISTINCT date), list(DISTINCT title ORDER BY title) FILTER (WHERE "
        "title "
        "IS NOT NULL), min(date) FROM e GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with opened(tmp_path_factory.mktemp("web"), "web", web.build, web.FLAT) as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_answer_is_that_of_plain_sql(model: Model, case: Case) -> None:
    model.check(case)


def test_rows_of_events_without_a_key_come_in_one_order(model: Model) -> None:
    question = asked("events", mode="rows", columns=["kind", "group"], limit=50)
    first = model.run(question).rows
    with model.database_again() as other:
        assert other.run(question).rows == first
    assert len(first) == 50


def test_the_same_days_of_the_year_before(model: Model) -> None:
    question = asked(
        "events",
        *("hits", "visitorCount"),
        by=["kind"],
        filters=[between("ts", "2026-03-28", "2026-04-01")],
        compare={"to": "previousYear"},
    )
    compared = model.run(question).compare
    assert compared is not None
    wanted = model.sql(
        "SELECT kind, count(*) FILTER (WHERE p), count(DISTINCT visitor) FILTER (WHERE p) FROM "
        "(SELECT *, here >= '2025-03-28' AND here < '2025-04-01' AS p FROM e) GROUP BY kind HAVING "
        "bool_or(here >= '2026-03-28' AND here < '2026-04-01') ORDER BY 1 NULLS LAST"
    )
    assert agreed(compared.rows, wanted)
