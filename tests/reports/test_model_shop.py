"""A shop with several facts below each other: each question beside SQL written for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.models import shop
from tests.reports.models.asking import Case, Model, asked, between, is_, opened, over

FACTS = [
    Case(
        "four facts by the customer's country, with a total",
        asked(
            "customers",
            *("count", "orders.count", "lines.netSum", "refunds.amount", "shipments.count"),
            by=["country.name"],
            totals="grand",
        ),
        "WITH g AS (SELECT country FROM c UNION SELECT country FROM o UNION SELECT country FROM li "
        "UNION SELECT country FROM r UNION SELECT country FROM s) SELECT country, "
        + ", ".join(
            f"(SELECT {value} FROM {table} AS t WHERE t.country IS NOT DISTINCT FROM g.country)"
            for table, value in (
                ("c", "count(*)"),
                ("o", "count(*)"),
                ("li", "coalesce(sum(net), 0)"),
                ("r", "coalesce(sum(paid), 0)"),
                ("s", "count(*)"),
            )
        )
        + " FROM g ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, (SELECT count(*) FROM c), (SELECT count(*) FROM o), (SELECT sum(net) FROM "
        "li), (SELECT sum(paid) FROM r), (SELECT count(*) FROM s)",
    ),
    Case(
        "refunds reach a customer's country over three relations and a key of two columns",
        asked("refunds", "count", "amount", by=["line.order.customer.country.name", "reason"]),
        "SELECT country, reason, count(*), sum(paid) FROM r GROUP BY 1, 2 "
        "ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "refunds by the seller's manager",
        asked("refunds", "amount", by=["line.order.seller.manager.name"], totals="grand"),
        "SELECT boss, sum(paid) FROM r GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, sum(paid) FROM r",
    ),
    Case(
        "a formula of formulas over three facts",
        asked("orders", "count", "revenue", "basket", "returned", "kept", by=["status"]),
        "WITH t AS (SELECT status, count(*) AS n FROM o GROUP BY 1), u AS (SELECT status, sum(net) "
        "AS net FROM li GROUP BY 1), w AS (SELECT status, sum(paid) AS p FROM r GROUP BY 1) SELECT "
        "status, n, net, net / n, p / net, (1 - p / net) * net / n FROM (SELECT t.status, n, net, "
        "p FROM t JOIN u ON u.status IS NOT DISTINCT FROM t.status JOIN w ON w.status IS NOT "
        "DISTINCT FROM t.status) ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a diamond: made in one country, sold to another",
        asked("lines", "units", by=["product.madeIn.name", "order.customer.country.name"]),
        "SELECT made_in, country, sum(qty) FROM li GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS "
        "LAST",
    ),
    Case(
        "fields called group, select and order",
        asked("lines", "heavy", "dearest", by=["product.group", "order.select"]),
        "SELECT sort, sel, coalesce(sum(qty) FILTER (WHERE weight >= 2.5), 0), max(price) FROM li "
        "GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2 NULLS LAST",
    ),
    Case(
        "distinct customers and countries over hops",
        asked(
            "orders",
            *("buyers", "countries"),
            {"key": "orders of sellers", "field": "seller", "agg": "countDistinct"},
            by=["select"],
            totals="grand",
        ),
        'SELECT "Select", count(DISTINCT customer), (SELECT count(DISTINCT iso) FROM o AS i JOIN c '
        'ON c.no = customer WHERE i."Select" IS NOT DISTINCT FROM o."Select"), count(DISTINCT '
        "seller_id) FROM o GROUP BY 1 ORDER BY 1 NULLS LAST",
        "SELECT 0, NULL, count(DISTINCT customer), (SELECT count(DISTINCT iso) FROM o JOIN c ON "
        "c.no = customer), count(DISTINCT seller_id) FROM o",
    ),
    Case(
        "products by their weight in bins, some unknown",
        asked("products", "count", "lightest", by=[{"field": "weight", "bins": [1, 3, 5]}]),
        "SELECT CASE WHEN weight < 1 THEN '<1' WHEN weight < 3 THEN '[1,3)' WHEN weight <= 5 THEN "
        "'[3,5]' WHEN weight > 5 THEN '>5' END AS bin, count(*), min(weight) FROM products "
        "GROUP BY 1 ORDER BY min(weight) NULLS LAST",
    ),
    Case(
        "what is not a number counts for nothing",
        asked("shipments", "count", "fees", "averageFee", by=["order.customer.vip"]),
        "SELECT vip, count(*), sum(fee), avg(fee) FROM s GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "nothing is in a table: counts and sums are 0, the rest is empty",
        asked("audits", "count", "total", "mean", "latest", "month", totals="grand"),
        "SELECT 0, 0, NULL, 0, 0",
        "SELECT 0, 0, 0, NULL, 0, 0",
    ),
    Case(
        "no groups of an empty table",
        asked("audits", "count", by=["customer.name"]),
        "SELECT 1 WHERE false",
    ),
    Case(
        "an empty fact beside a full one",
        asked("customers", "count", "audits.count", "audits.mean", by=["vip"]),
        "SELECT vip, count(*), 0, NULL FROM c GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "customers without any refund, among those with two orders",
        asked(
            "customers",
            "count",
            by=["country"],
            filters=[
                {"metric": "refunds.count", "op": "eq", "value": 0},
                {"metric": "orders.count", "op": "gte", "value": 2},
            ],
        ),
        "SELECT iso, count(*) FROM c WHERE no NOT IN (SELECT customer FROM r WHERE customer IS NOT "
        "NULL) AND (SELECT count(*) FROM o WHERE customer = no) >= 2 GROUP BY 1 ORDER BY 1 NULLS "
        "LAST",
    ),
    Case(
        "rows of an entity without a key: always in one order",
        asked(
            "refunds",
            mode="rows",
            columns=["refundedOn", "reason", "paid", "line.order.customer.name"],
            sort=[{"by": "refundedOn"}],
            filters=[is_("reason", "isNotNull")],
        ),
        "SELECT refunded_on, reason, paid, c.name FROM r LEFT JOIN c ON c.no = customer WHERE "
        "reason IS NOT NULL ORDER BY 1 NULLS LAST, 2, 3, 4 NULLS LAST",
    ),
]
TIMES = [
    Case(
        "days of instants with a zone are those of New York",
        asked("orders", "count", time=over("placedAt", "month"), totals="grand"),
        "SELECT date_trunc('month', placed)::DATE, count(*) FROM o WHERE placed IS NOT NULL "
        "GROUP BY 1 ORDER BY 1",
        "SELECT 0, NULL, count(placed) FROM o",
    ),
    Case(
        "weeks begin on Sunday",
        asked("orders", "count", "lines.units", time=over("placedAt", "week")),
        "WITH x AS (SELECT (placed::DATE - isodow(placed)::INTEGER % 7)::DATE AS w, count(*) AS n "
        "FROM o WHERE placed IS NOT NULL GROUP BY 1), y AS (SELECT (placed::DATE - "
        "isodow(placed)::INTEGER % 7)::DATE AS w, sum(qty) AS q FROM li WHERE placed IS NOT NULL "
        "GROUP BY 1) SELECT coalesce(x.w, y.w), coalesce(n, 0), coalesce(q, 0) FROM x FULL JOIN y "
        "USING (w) ORDER BY 1",
    ),
    Case(
        "each fact along its own main date",
        asked(
            "orders",
            *("count", "refunds.amount", "shipments.fees"),
            by=["customer.vip"],
            time=over("time", "quarter"),
            totals="subtotals",
        ),
        "WITH a AS (SELECT date_trunc('quarter', placed)::DATE AS q, vip, count(*) AS n FROM o "
        "GROUP "
        "BY 1, 2), b AS (SELECT date_trunc('quarter', refunded_on)::DATE AS q, vip, sum(paid) AS p "
        "FROM r GROUP BY 1, 2), c AS (SELECT date_trunc('quarter', shipped)::DATE AS q, vip, "
        "sum(fee) AS f FROM s GROUP BY 1, 2), g AS (SELECT q, vip FROM a UNION SELECT q, vip "
        "FROM b "
        "UNION SELECT q, vip FROM c) SELECT g.q, g.vip, coalesce(n, 0), coalesce(p, 0), "
        "coalesce(f, 0) FROM g LEFT JOIN a ON a.q = g.q AND a.vip IS NOT DISTINCT FROM g.vip LEFT "
        "JOIN b ON b.q = g.q AND b.vip IS NOT DISTINCT FROM g.vip LEFT JOIN c ON c.q = g.q AND "
        "c.vip IS NOT DISTINCT FROM g.vip WHERE g.q IS NOT NULL ORDER BY 1, 2 NULLS LAST",
        "WITH g AS (SELECT DISTINCT date_trunc('quarter', d)::DATE AS q FROM (SELECT placed AS d "
        "FROM o UNION SELECT refunded_on FROM r UNION SELECT shipped FROM s) WHERE d IS NOT NULL) "
        "SELECT 0 AS l, NULL AS q, NULL, (SELECT count(placed) FROM o), (SELECT sum(paid) FROM r "
        "WHERE refunded_on IS NOT NULL), (SELECT sum(fee) FROM s WHERE shipped IS NOT NULL) UNION "
        "ALL SELECT 1, q, NULL, (SELECT count(*) FROM o WHERE date_trunc('quarter', placed) = q), "
        "(SELECT coalesce(sum(paid), 0) FROM r WHERE date_trunc('quarter', refunded_on) = q), "
        "(SELECT coalesce(sum(fee), 0) FROM s WHERE date_trunc('quarter', shipped) = q) FROM g "
        "ORDER BY 1, 2",
    ),
    Case(
        "hours through the night in which the clock went back",
        asked(
            "shipments",
            "count",
            time=over("shippedAt", "hour"),
            filters=[between("shippedAt", "2025-11-02", "2025-11-03")],
        ),
        "SELECT date_trunc('hour', shipped), count(*) FROM s WHERE shipped >= '2025-11-02' AND "
        "shipped < '2025-11-03' GROUP BY 1 ORDER BY 1",
    ),
    *(
        Case(
            f"{part} of local instants",
            asked("shipments", "count", time=over("shippedAt", part)),
            f"SELECT {sql}, count(*) FROM s WHERE shipped IS NOT NULL GROUP BY 1 ORDER BY 1",
        )
        for part, sql in (
            ("hourOfDay", "hour(shipped)"),
            ("dayOfWeek", "isodow(shipped)"),
            ("dayOfMonth", "day(shipped)"),
            ("monthOfYear", "month(shipped)"),
        )
    ),
    Case(
        "terms, of two at once the one that began last",
        asked("orders", "count", "refunds.count", time=over("time", "term")),
        "WITH t(code, a, z, n) AS (VALUES ('2025F', DATE '2025-09-02', DATE '2025-12-09', 1), "
        "('2025W', DATE '2025-12-10', DATE '2026-01-10', 2), ('2026S', DATE '2026-01-20', DATE "
        "'2026-05-15', 3)) SELECT code, (SELECT count(*) FROM o WHERE placed::DATE BETWEEN a AND "
        "z),"
        " (SELECT count(*) FROM r WHERE refunded_on BETWEEN a AND z) FROM t ORDER BY n",
    ),
    Case(
        "weeks of the term begin on Sunday too",
        asked("refunds", "count", time=over("refundedOn", "weekOfTerm")),
        "WITH t(a, z) AS (VALUES (DATE '2025-09-02', DATE '2025-12-09'), (DATE '2025-12-10', DATE "
        "'2026-01-10'), (DATE '2026-01-20', DATE '2026-05-15')) SELECT (refunded_on - (a - "
        "isodow(a)::INTEGER % 7)) // 7 + 1, count(*) FROM r JOIN t ON refunded_on BETWEEN a AND z "
        "GROUP BY 1 ORDER BY 1",
    ),
    Case(
        "academic years begin in September here",
        asked("refunds", "amount", time=over("refundedOn", "academicYear")),
        "SELECT CASE WHEN refunded_on < '2026-09-01' THEN '2025/26' END, sum(paid) FROM r WHERE "
        "refunded_on IS NOT NULL GROUP BY 1",
    ),
    Case(
        "distinct customers, to date and of four weeks, of instants, by month",
        asked(
            "orders",
            *("buyers", "buyersToDate", "buyers4w"),
            time=over("placedAt", "month"),
            filters=[between("placedAt", "2025-10-01", "2025-12-24")],
        ),
        "WITH m(d, e) AS (VALUES (DATE '2025-10-01', DATE '2025-11-01'), (DATE '2025-11-01', DATE "
        "'2025-12-01'), (DATE '2025-12-01', DATE '2026-01-01')) SELECT d, (SELECT count(DISTINCT "
        "customer) FROM o WHERE placed >= d AND placed < least(e, DATE '2025-12-24')), (SELECT "
        "count(DISTINCT customer) FROM o WHERE placed >= d AND placed < e), (SELECT count(DISTINCT "
        "customer) FROM o WHERE placed >= e - 28 AND placed < e) FROM m ORDER BY 1",
    ),
    Case(
        "relative dates go by the local day of the moment",
        asked(
            "refunds",
            "count",
            filters=[is_("refundedOn", "inLast", {"n": 2, "unit": "month"})],
        ),
        "SELECT count(*) FROM r WHERE refunded_on > DATE '2026-01-20' AND refunded_on <= DATE "
        "'2026-03-20'",
    ),
    Case(
        "the week that is, from Sunday",
        asked("orders", "count", filters=[is_("placedAt", "inPrevious", {"unit": "week"})]),
        "SELECT count(*) FROM o WHERE placed >= '2026-03-08' AND placed < '2026-03-15'",
    ),
    Case(
        "within the term so far, without a time axis",
        asked(
            "orders",
            "inTerm",
            by=["status"],
            filters=[between("placedAt", "2025-09-01", "2025-10-15")],
        ),
        "SELECT status, count(*) FILTER (WHERE placed >= '2025-09-02' AND placed < '2025-10-15') "
        "FROM o WHERE placed >= '2025-09-01' AND placed < '2025-10-15' GROUP BY 1 "
        "ORDER BY 1 NULLS LAST",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with opened(tmp_path_factory.mktemp("shop"), "shop", shop.build, shop.FLAT) as made:
        yield made


@pytest.mark.parametrize("case", [*FACTS, *TIMES], ids=str)
def test_the_answer_is_that_of_plain_sql(model: Model, case: Case) -> None:
    model.check(case)
