"""Comparing with earlier periods over catalog files, beside SQL written for each question."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.models import rental, shop
from tests.reports.models.asking import Case, Model, agreed, asked, between, is_, opened, over

RENTAL = [
    Case(
        "the three months before",
        asked(
            "bookings",
            *("count", "revenue", "guests"),
            by=["guest.isHost"],
            filters=[between("ds", "2025-04-01", "2025-07-01")],
            compare={"to": "previousPeriod"},
        ),
        "SELECT g, count(k), coalesce(sum(value), 0), count(DISTINCT guest) FROM (SELECT DISTINCT "
        "guest_is_host AS g FROM b WHERE ds >= '2025-04-01' AND ds < '2025-07-01') LEFT JOIN "
        "(SELECT *, 1 AS k FROM b WHERE ds >= '2025-01-01' AND ds < '2025-04-01') AS p ON "
        "guest_is_host IS NOT DISTINCT FROM g GROUP BY 1 ORDER BY 1 NULLS LAST",
    ),
    Case(
        "twenty days: the twenty before",
        asked(
            "bookings",
            "averageValue",
            filters=[between("ds", "2025-05-10", "2025-05-30")],
            compare={"to": "previousPeriod"},
        ),
        "SELECT avg(value) FROM b WHERE ds >= '2025-04-20' AND ds < '2025-05-10'",
    ),
    Case(
        "each month a year before, though nothing was there yet",
        asked(
            "bookings",
            "instantRate",
            time=over("ds", "month"),
            filters=[between("ds", "2025-11-01", "2026-03-01")],
            compare={"to": "previousYear"},
        ),
        "SELECT p, count(*) FILTER (WHERE is_instant) / "
        "nullif(count(booking_id), 0) FROM (SELECT unnest([DATE '2024-11-01', DATE '2024-12-01', "
        "DATE '2025-01-01', DATE '2025-02-01']) AS p) LEFT JOIN b ON date_trunc('month', ds) = p "
        "GROUP BY p ORDER BY p",
    ),
    Case(
        "this month so far, and the same part of the one before",
        asked(
            "bookings",
            "count",
            filters=[is_("ds", "inCurrent", {"unit": "month"})],
            compare={"to": "previousPeriod"},
        ),
        "SELECT count(*) FROM b WHERE ds >= '2026-02-01' AND ds <= '2026-02-20'",
    ),
]
SHOP = [
    Case(
        "the same days of the term before",
        asked(
            "refunds",
            "count",
            "amount",
            filters=[between("refundedOn", "2026-01-20", "2026-03-01")],
            compare={"to": "previousTerm"},
        ),
        "SELECT count(*), sum(paid) FROM r WHERE refunded_on >= '2025-12-10' AND refunded_on <= "
        "'2026-01-10'",
    ),
    Case(
        "instants a week before, in New York",
        asked(
            "orders",
            "count",
            by=["status"],
            filters=[is_("placedAt", "inPrevious", {"unit": "week"})],
            compare={"to": "previousPeriod"},
        ),
        "SELECT g, count(order_id) FROM (SELECT DISTINCT status AS g FROM o WHERE placed >= "
        "'2026-03-08' AND placed < '2026-03-15') LEFT JOIN (SELECT * FROM o WHERE placed >= "
        "'2026-03-01' AND placed < '2026-03-08') ON status IS NOT DISTINCT FROM g GROUP BY 1 "
        "ORDER BY 1 NULLS LAST",
    ),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Model]]:
    folder = tmp_path_factory.mktemp("compare")
    with (
        opened(folder, "rental", rental.build, rental.FLAT) as one,
        opened(folder, "shop", shop.build, shop.FLAT) as two,
    ):
        yield {"rental": one, "shop": two}


@pytest.mark.parametrize(
    ("name", "case"),
    [*(("rental", case) for case in RENTAL), *(("shop", case) for case in SHOP)],
    ids=str,
)
def test_what_was_before(models: dict[str, Model], name: str, case: Case) -> None:
    model = models[name]
    result = model.run(case.asked)
    plain = model.run({key: value for key, value in case.asked.items() if key != "compare"})
    assert result.rows == plain.rows
    assert result.compare is not None
    wanted = model.sql(case.sql)
    assert agreed(result.compare.rows, wanted), f"\n{result.compare.rows}\n{wanted}"
