"""A market of places to stay: each question beside SQL written for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.models import rental
from tests.reports.models.asking import Case, Model, asked, between, is_, opened

GROUPS = [
    Case(
        "all at once, no groups",
        asked("bookings", "count", "revenue", "averageValue", "medianValue", "maxValue", "guests"),
        "SELECT count(*), sum(value), avg(value), quantile_cont(value::DOUBLE, 0.5), max(value), "
        "count(DISTINCT guest) FROM b",
    ),
    Case(
        "by the region of a grandparent, with a total",
        asked("bookings", "count", "revenue", by=["listing.country.region"], totals="grand"),
        "SELECT region, count(*), sum(value) FROM b GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, count(*), sum(value) FROM b",
    ),
    Case(
        "three hops: the country of the place's host",
        asked("bookings", "count", "guests", by=["listing.host.country.name"]),
        "SELECT place_host_country, count(*), count(DISTINCT guest) FROM b GROUP BY 1 "
        "ORDER BY 1 NULLS LAST",
    ),
    Case(
        "through the default relation and through the named one",
        asked("bookings", "count", by=["guest.country.name", "host.country.region"]),
        "SELECT guest_country, host_region, count(*) FROM b GROUP BY 1, 2 "
        "ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "a relation of an entity to itself, and a hop beyond",
        asked("bookings", "revenue", by=["guest.referrer.state", "guest.referrer.country.name"]),
        "SELECT referrer_state, referrer_country, coalesce(sum(value), 0) FROM b GROUP BY 1, 2 "
        "ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "users by their referrer's state",
        asked("users", "count", "referred", by=["referrer.state"]),
        "SELECT r.home_state, count(*), count(r.user_id) FROM users u LEFT JOIN users r "
        "ON r.user_id = u.referrer_id GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "bookings seen from users are those of the guest, which is the default",
        asked("users", "count", "bookings.revenue", by=["state"]),
        "WITH s AS (SELECT DISTINCT home_state AS st FROM users) SELECT st, "
        "(SELECT count(*) FROM users WHERE home_state IS NOT DISTINCT FROM st), "
        "(SELECT coalesce(sum(value), 0) FROM b WHERE guest_state IS NOT DISTINCT FROM st) "
        "FROM s ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a listing without a booking stays, what leads nowhere is in the NULL group",
        asked("listings", "count", "bookings.count", "views.count", by=["id"], totals="grand"),
        "WITH ids AS (SELECT id FROM l UNION SELECT place FROM b UNION SELECT place FROM v) "
        "SELECT id, (SELECT count(*) FROM l WHERE l.id = ids.id), "
        "(SELECT count(*) FROM b WHERE place IS NOT DISTINCT FROM ids.id), "
        "(SELECT count(*) FROM v WHERE place IS NOT DISTINCT FROM ids.id) FROM ids "
        "ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, 12, 360, 1199",
    ),
    Case(
        "three facts by a grandparent with subtotals",
        asked(
            "listings",
            *("beds", "bookings.guests", "views.visitors"),
            by=["country.region", "isLux"],
            totals="subtotals",
        ),
        "WITH g AS (SELECT region, is_lux FROM l UNION SELECT region, is_lux FROM b UNION "
        "SELECT region, is_lux FROM v) SELECT region, is_lux, (SELECT coalesce(sum(capacity), 0) "
        "FROM l WHERE (l.region, l.is_lux) IS NOT DISTINCT FROM (g.region, g.is_lux)), (SELECT "
        "count(DISTINCT guest) FROM b WHERE (b.region, b.is_lux) IS NOT DISTINCT FROM (g.region, "
        "g.is_lux)), (SELECT count(DISTINCT guest) FROM v WHERE (v.region, v.is_lux) IS NOT "
        "DISTINCT FROM (g.region, g.is_lux)) FROM g ORDER BY 1 NULLS LAST, 2 NULLS LAST",
        "WITH g AS (SELECT region FROM l UNION SELECT region FROM b UNION SELECT region FROM v) "
        "SELECT 0 AS level, NULL AS region, NULL, (SELECT sum(capacity) FROM l), (SELECT "
        "count(DISTINCT guest) FROM b), (SELECT count(DISTINCT guest) FROM v) UNION ALL "
        "SELECT 1, region, NULL, (SELECT sum(capacity) FROM l WHERE l.region IS NOT DISTINCT FROM "
        "g.region), (SELECT count(DISTINCT guest) FROM b WHERE b.region IS NOT DISTINCT FROM "
        "g.region), (SELECT count(DISTINCT guest) FROM v WHERE v.region IS NOT DISTINCT FROM "
        "g.region) FROM g ORDER BY 1, 2 NULLS LAST",
    ),
    Case(
        "dimensions alone: the distinct groups",
        asked("bookings", by=["listing.size", "channel"]),
        "SELECT DISTINCT size, channel FROM b ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "a relation itself as a dimension is its key",
        asked("bookings", "count", by=["listing.host"]),
        "SELECT l.host, count(*) FROM b LEFT JOIN l ON l.id = place GROUP BY 1 "
        "ORDER BY 1 NULLS LAST",
    ),
    Case(
        "distinct over two hops, and texts of a parent",
        asked(
            "bookings",
            "guestStates",
            {"key": "cities", "field": "listing.city", "agg": "listDistinct"},
            {"key": "latest", "field": "guest.signedUpAt", "agg": "max"},
            by=["host.country.region"],
        ),
        "SELECT host_region, count(DISTINCT guest_state), list(DISTINCT city ORDER BY city) "
        "FILTER (WHERE city IS NOT NULL), max(signed_up) FROM b LEFT JOIN users u ON "
        "u.user_id = guest GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
]

FORMULAS = [
    Case(
        "a ratio of a filtered count",
        asked("bookings", "instant", "instantRate", by=["channel"], totals="grand"),
        "SELECT channel, count(*) FILTER (WHERE is_instant), count(*) FILTER (WHERE is_instant) / "
        "count(*) FROM b GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, count(*) FILTER (WHERE is_instant), count(*) FILTER (WHERE is_instant) / "
        "count(*) FROM b",
    ),
    Case(
        "a formula of a formula of a ratio of a filtered sum",
        asked("bookings", "oddOnes", by=["guest.state"], totals="grand"),
        "SELECT guest_state, (100.0 * count(*) FILTER (WHERE is_instant) / count(*) - 10) / "
        "(sum(value) / count(*)) - coalesce(sum(value) FILTER (WHERE is_lux), 0) / sum(value) "
        "FROM b GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, (100.0 * count(*) FILTER (WHERE is_instant) / count(*) - 10) / "
        "(sum(value) / count(*)) - sum(value) FILTER (WHERE is_lux) / sum(value) FROM b",
    ),
    Case(
        "a formula over two entities, and a formula of it",
        asked("listings", "bookings.perView", "bookings.perHundredViews", by=["size"]),
        "WITH s AS (SELECT DISTINCT size FROM l UNION SELECT size FROM b UNION SELECT size FROM v) "
        "SELECT size, x, 100 * x FROM (SELECT size, (SELECT count(*) FROM b WHERE b.size IS NOT "
        "DISTINCT FROM s.size) / nullif((SELECT count(*) FROM v WHERE v.size IS NOT DISTINCT FROM "
        "s.size), 0) AS x FROM s) ORDER BY 1 NULLS LAST",
    ),
    Case(
        "the same from the measure's own entity, through the relation that both have",
        asked("bookings", "perView", by=["listing.city"]),
        "WITH s AS (SELECT DISTINCT city FROM b UNION SELECT city FROM v) SELECT city, (SELECT "
        "count(*) FROM b WHERE b.city IS NOT DISTINCT FROM s.city) / (SELECT count(*) FROM v WHERE "
        "v.city IS NOT DISTINCT FROM s.city) FROM s ORDER BY 1 NULLS LAST",
    ),
    Case(
        "an ad-hoc formula over earlier measures and metrics, divided by nothing",
        asked(
            "bookings",
            {"key": "big", "metric": "count", "filters": [is_("value", "gt", 120)]},
            {"key": "each", "formula": "revenue / big"},
            {"key": "more", "formula": "-(each * 2 - 1.5)"},
            by=["listing.id"],
        ),
        "SELECT place, n, s / nullif(n, 0), -(s / nullif(n, 0) * 2 - 1.5) FROM (SELECT place, "
        "count(*) FILTER (WHERE value > 120) AS n, coalesce(sum(value), 0) AS s FROM b GROUP BY 1) "
        "ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a filter on a ratio goes to both of its parts",
        asked(
            "bookings",
            {"key": "web", "metric": "luxShare", "filters": [is_("channel", "eq", "web")]},
            by=["guest.isHost"],
        ),
        "SELECT guest_is_host, coalesce(sum(value) FILTER (WHERE channel = 'web' AND is_lux), 0) / "
        "sum(value) FILTER (WHERE channel = 'web') FROM b GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a ratio across facts with a filter that both can see",
        asked(
            "listings",
            {"key": "r", "ratio": ["views.seconds_in_all", "bookings.count"]},
            filters=[is_("country.region", "eq", "Asia")],
        ),
        "SELECT (SELECT sum(seconds) FROM v WHERE region = 'Asia') / "
        "(SELECT count(*) FROM b WHERE region = 'Asia')",
    ),
]

FILTERS = [
    Case(
        "texts without regard to capitals, and NULL kept by ne",
        asked(
            "bookings",
            "count",
            by=["channel"],
            filters=[is_("channel", "ne", "web"), is_("guest.state", "notContains", "A")],
        ),
        "SELECT channel, count(*) FROM b WHERE channel IS DISTINCT FROM 'web' AND "
        "(guest_state IS NULL OR guest_state NOT ILIKE '%a%') GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "an OR over parents",
        asked(
            "bookings",
            "count",
            filters=[
                is_("listing.isLux", "isTrue"),
                is_("host.country.region", "eq", "Asia"),
                is_("guest", "isNull"),
            ],
            filterLogic="(1 AND 2) OR 3",
        ),
        "SELECT count(*) FROM b WHERE (is_lux AND host_region = 'Asia') OR guest IS NULL",
    ),
    Case(
        "people by how often they booked",
        asked(
            "users",
            "count",
            by=["state"],
            filters=[
                {
                    "metric": "bookings.count",
                    "filters": [is_("listing.isLux", "isFalse")],
                    "op": "gt",
                    "value": 3,
                }
            ],
        ),
        "SELECT home_state, count(*) FROM users u WHERE (SELECT count(*) FROM b WHERE guest = "
        "u.user_id AND NOT is_lux) > 3 GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "places nobody looked at and nobody booked dear",
        asked(
            "listings",
            "count",
            filters=[
                {"metric": "views.count", "op": "eq", "value": 0},
                {"metric": "bookings.maxValue", "op": "isNull"},
            ],
            filterLogic="1 OR 2",
        ),
        "SELECT count(*) FROM l WHERE NOT EXISTS (SELECT 1 FROM v WHERE place = l.id) OR "
        "NOT EXISTS (SELECT 1 FROM b WHERE place = l.id AND value IS NOT NULL)",
    ),
    Case(
        "compared with another field of the row, across relations",
        asked("bookings", "count", filters=[is_("guest.state", "eq", {"field": "host.state"})]),
        "SELECT count(*) FROM b JOIN users h ON h.user_id = b.host WHERE guest_state = "
        "h.home_state",
    ),
    Case(
        "having, sorted by another measure, cut, with the total of what is kept",
        asked(
            "bookings",
            *("count", "averageValue", "guests"),
            by=["listing.id"],
            having=[{"measure": "count", "op": "gt", "value": 20}],
            sort=[{"by": "averageValue", "dir": "desc"}],
            limit=3,
            totals="grand",
        ),
        "SELECT place, count(*), avg(value), count(DISTINCT guest) FROM b GROUP BY 1 "
        "HAVING count(*) > 20 ORDER BY 3 DESC NULLS LAST, 1 NULLS LAST LIMIT 3",
        "SELECT 0, NULL, count(*), avg(value), count(DISTINCT guest) FROM b WHERE place IS NOT "
        "DISTINCT FROM NULL OR place IN (SELECT place FROM b GROUP BY 1 HAVING count(*) > 20)",
    ),
    Case(
        "bins with what lies outside",
        asked("bookings", "count", "revenue", by=[{"field": "value", "bins": [0, 25.5, 100, 120]}]),
        "SELECT bin, count(*), coalesce(sum(value), 0) FROM (SELECT *, CASE WHEN value < 0 THEN "
        "'<0' "
        "WHEN value < 25.5 THEN '[0,25.5)' WHEN value < 100 THEN '[25.5,100)' WHEN value <= 120 "
        "THEN '[100,120]' WHEN value > 120 THEN '>120' END AS bin FROM b) GROUP BY 1 "
        "ORDER BY min(value) NULLS LAST",
    ),
    Case(
        "shares of the whole and of the parent, ranks",
        asked(
            "bookings",
            "guests",
            {"key": "all", "calc": "percentOfTotal", "of": "guests"},
            {"key": "part", "calc": "percentOfParent", "of": "guests"},
            {"key": "place", "calc": "rank", "of": "guests"},
            by=["listing.city", "listing.size"],
        ),
        "SELECT city, size, n, n / (SELECT count(DISTINCT guest) FROM b), n / (SELECT "
        "count(DISTINCT guest) FROM b WHERE b.city IS NOT DISTINCT FROM t.city), rank() OVER "
        "(ORDER BY n DESC) FROM (SELECT city, size, count(DISTINCT guest) AS n FROM b GROUP BY "
        "1, 2)"
        " AS t ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "the quantiles and the spread",
        asked(
            "bookings",
            {"key": "p10", "field": "value", "agg": "p10"},
            {"key": "q", "field": "value", "agg": {"quantile": 0.99}},
            {"key": "sd", "field": "value", "agg": "stddev"},
            {"key": "first", "field": "value", "agg": "first"},
            {"key": "last", "field": "channel", "agg": "last", "orderBy": "value"},
            by=["listing.size"],
        ),
        "SELECT size, quantile_cont(value::DOUBLE, 0.1), quantile_cont(value::DOUBLE, 0.99), "
        "stddev_samp(value), first(value ORDER BY ds, booking_id) FILTER (WHERE ds IS NOT NULL), "
        "last(channel ORDER BY value, booking_id) FILTER (WHERE value IS NOT NULL) "
        "FROM b GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "rows of a fact, sorted by a parent's field, ties by the key",
        asked(
            "bookings",
            mode="rows",
            columns=["id", "listing.city", "guest", "guest.referrer.state", "isInstant", "value"],
            filters=[between("ds", "2025-03-01", "2025-04-01")],
            sort=[{"by": "listing.city", "dir": "desc"}],
        ),
        "SELECT booking_id, city, guest, referrer_state, is_instant, value FROM b WHERE ds >= "
        "'2025-03-01' AND ds < '2025-04-01' ORDER BY city DESC NULLS LAST, booking_id",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    folder = tmp_path_factory.mktemp("rental")
    with opened(folder, "rental", rental.build, rental.FLAT) as made:
        yield made


@pytest.mark.parametrize("case", [*GROUPS, *FORMULAS, *FILTERS], ids=str)
def test_the_answer_is_that_of_plain_sql(model: Model, case: Case) -> None:
    model.check(case)
