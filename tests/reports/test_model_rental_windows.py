"""Windows, offsets and balances of the rental market, beside SQL written for each question."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.models import rental
from tests.reports.models.asking import Case, Model, asked, between, is_, opened, over

WEEK = "ds > e - 7 AND ds <= e"
MONTH = "date_trunc('month', ds) = d"
INSIDE = "ds >= '2025-02-10' AND ds < '2025-05-20'"
DAYS_28 = "ds > e - 28 AND ds <= e"
GUESTS = "count(DISTINCT guest)"
WEEK_OF_QUARTER = "ds >= date_trunc('week', e) AND ds <= e"
BEFORE = "ds < '2025-05-20'"


def series(unit: str, low: str, high: str) -> str:
    """Every bucket from the one of ``low`` to that of ``high``, with its last day as ``e``."""
    return (
        f"(SELECT d::DATE AS d, (d + INTERVAL 1 {unit})::DATE - 1 AS e FROM (SELECT "
        f"unnest(generate_series(date_trunc('{unit}', DATE '{low}'), DATE '{high}', "
        f"INTERVAL 1 {unit})) AS d))"
    )


def summed(condition: str, what: str = "coalesce(sum(value), 0)") -> str:
    return f"(SELECT {what} FROM b WHERE {condition})"


def shown(condition: str, value: str = "coalesce(sum(value), 0)") -> str:
    """Months with rows of their own, or in their window, of all the data."""
    months = series("month", "2024-12-07", "2026-03-09")
    return (
        f"SELECT d, {summed(condition, value)} FROM {months} AS s "
        f"WHERE {summed(f'({condition}) OR {MONTH}', 'count(*)')} > 0 ORDER BY d"
    )


LATE = "2025-02-10", "2025-05-20"
BOUND = between("ds", *LATE)
WINDOWS = [
    Case(
        "the last seven days at the end of each month, over all the data",
        asked("bookings", "revenue7d", time=over("ds", "month")),
        shown(WEEK),
    ),
    Case(
        "distinct guests of 28 days by week, inside a range",
        asked("bookings", "guests28d", time=over("ds", "week"), filters=[BOUND]),
        f"SELECT d, {summed('ds > e - 28 AND ds <= e', 'count(DISTINCT guest)')} FROM "
        f"{series('week', '2025-02-10', '2025-05-19')} AS s ORDER BY d",
    ),
    Case(
        "two months back by quarter: the length of the months is the calendar's",
        asked("bookings", "revenue2m", time=over("ds", "quarter")),
        f"SELECT d, {summed('ds >= (e + 1) - INTERVAL 2 MONTH AND ds <= e')} FROM "
        f"{series('quarter', '2024-12-07', '2026-03-09')} AS s ORDER BY d",
    ),
    Case(
        "to date by day: week, month, quarter, year and ever, filled",
        asked(
            "bookings",
            *("revenueWtd", "revenueMtd", "revenueQtd", "revenueYtd", "revenueEver"),
            time=over("ds", "day", fill=True),
            filters=[between("ds", "2025-03-26", "2025-04-09")],
        ),
        "SELECT d, "
        + ", ".join(
            summed(f"ds >= date_trunc('{unit}', d) AND ds <= d")
            for unit in ("week", "month", "quarter", "year")
        )
        + f", {summed('ds <= d')} FROM {series('day', '2025-03-26', '2025-04-08')} AS s ORDER BY d",
    ),
    Case(
        "to date of the week at the end of each quarter",
        asked("bookings", "revenueWtd", time=over("ds", "quarter")),
        f"SELECT d, {summed(WEEK_OF_QUARTER)} FROM "
        f"{series('quarter', '2024-12-07', '2026-03-09')} AS s ORDER BY d",
    ),
    Case(
        "without a time axis the window ends where the range does",
        asked("bookings", "revenue7d", "revenueMtd", "revenueEver", "revenue", filters=[BOUND]),
        f"SELECT {summed(BEFORE + ' AND ds >= $$2025-05-13$$')}, "
        f"{summed(BEFORE + ' AND ds >= $$2025-05-01$$')}, {summed(BEFORE)}, "
        f"{summed(BEFORE + ' AND ds >= $$2025-02-10$$')}",
    ),
    Case(
        "without a time axis or a range it ends with the data",
        asked("bookings", "revenue7d", by=["guest.isHost"]),
        "WITH g AS (SELECT DISTINCT guest_is_host AS h FROM b) SELECT h, (SELECT "
        "coalesce(sum(value), 0) FROM b WHERE guest_is_host IS NOT DISTINCT FROM h AND ds > "
        "(SELECT max(ds) FROM b) - 7) FROM g ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a dimension filter narrows the window's rows, a range on its date does not",
        asked(
            "bookings",
            *("revenue", "revenueQtd"),
            time=over("ds", "month"),
            filters=[BOUND, is_("listing.isLux", "isTrue")],
        ),
        f"SELECT d, {summed(f'is_lux AND {MONTH} AND {INSIDE}')}, "
        f"{summed('is_lux AND ds >= date_trunc($$quarter$$, e) AND ds <= e')} FROM "
        f"(SELECT d, least(e, DATE '2025-05-31') AS e FROM {series('month', *LATE)}) AS s ORDER "
        "BY d",
    ),
    Case(
        "series have the buckets in which they, or their window, have rows",
        asked("bookings", "revenue7d", by=["listing.size"], time=over("ds", "month")),
        "SELECT d, size, coalesce(sum(value) FILTER (WHERE ds > e - 7 AND ds <= e), 0) FROM "
        f"{series('month', '2024-12-07', '2026-03-09')} AS s JOIN b ON "
        "(ds > e - 7 AND ds <= e) OR date_trunc('month', ds) = d GROUP BY 1, 2 "
        "ORDER BY 1, 2 NULLS LAST",
    ),
    Case(
        "filled series have them all, with totals of both kinds",
        asked(
            "bookings",
            "guests28d",
            by=["isInstant"],
            time=over("ds", "month", fill=True),
            filters=[between("ds", "2025-02-01", "2025-05-01")],
            totals="subtotals",
        ),
        f"SELECT d, i, {summed(f'{DAYS_28} AND is_instant IS NOT DISTINCT FROM i', GUESTS)} "
        f"FROM {series('month', '2025-02-01', '2025-04-30')} AS s, (SELECT DISTINCT is_instant AS "
        "i "
        "FROM b) AS t ORDER BY 1, 2 NULLS LAST",
        "SELECT 0 AS l, NULL AS d, NULL, "
        f"{summed('ds >= $$2025-04-03$$ AND ds < $$2025-05-01$$', 'count(DISTINCT guest)')} "
        "UNION ALL SELECT 1, d, NULL, "
        f"{summed('ds > e - 28 AND ds <= e', 'count(DISTINCT guest)')} "
        f"FROM {series('month', '2025-02-01', '2025-04-30')} AS s ORDER BY 1, 2",
    ),
]
OFFSETS = [
    Case(
        "the month before and the growth, formulas over 0 for what is not there",
        asked("bookings", "revenue", "revenueLastMonth", "growth", time=over("ds", "month")),
        "WITH m AS (SELECT date_trunc('month', ds)::DATE AS m, coalesce(sum(value), 0) AS s FROM b "
        "WHERE ds IS NOT NULL GROUP BY 1), a AS (SELECT m FROM m UNION SELECT (m + INTERVAL 1 "
        "MONTH)::DATE FROM m) SELECT a.m, coalesce(x.s, 0), coalesce(y.s, 0), (coalesce(x.s, 0) - "
        "coalesce(y.s, 0)) / nullif(coalesce(y.s, 0), 0) FROM a LEFT JOIN m AS x ON x.m = a.m "
        "LEFT JOIN m AS y ON y.m = a.m - INTERVAL 1 MONTH ORDER BY 1",
    ),
    Case(
        "year on year without a time axis",
        asked(
            "bookings",
            *("revenue", "revenueLastYear", "yearOnYear"),
            by=["guest.isHost"],
            filters=[between("ds", "2025-12-07", "2026-03-01")],
        ),
        "WITH t AS (SELECT guest_is_host, coalesce(sum(value) FILTER (WHERE ds >= '2025-12-07' AND "
        "ds < '2026-03-01'), 0) AS a, coalesce(sum(value) FILTER (WHERE ds >= '2024-12-07' AND ds "
        "< '2025-03-01'), 0) AS p FROM b WHERE (ds >= '2025-12-07' AND ds < '2026-03-01') OR "
        "(ds >= '2024-12-07' AND ds < '2025-03-01') GROUP BY 1) SELECT guest_is_host, a, p, a - p "
        "FROM t ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a trailing measure a week ago, inside a formula",
        asked(
            "bookings",
            *("revenue7d", "revenue7dLastWeek", "growth7d"),
            time=over("ds", "day", fill=True),
            filters=[between("ds", "2025-04-01", "2025-04-15")],
        ),
        "SELECT d, a, p, a - p FROM (SELECT d, "
        f"{summed('ds > d - 7 AND ds <= d')} AS a, {summed('ds > d - 14 AND ds <= d - 7')} AS p "
        f"FROM {series('day', '2025-04-01', '2025-04-14')} AS s) ORDER BY 1",
    ),
    *(
        Case(
            f"offset by a {unit}, by {unit}",
            asked(
                "bookings",
                {"key": "before", "metric": "guests", "offset": {"n": 1, "unit": unit}},
                time=over("ds", unit, fill=True),
                filters=[between("ds", low, high)],
            ),
            f"SELECT d, {summed(f'date_trunc($${unit}$$, ds) = d - INTERVAL 1 {unit}', GUESTS)} "
            f"FROM {series(unit, low, last)} AS s ORDER BY 1",
        )
        for unit, low, high, last in (
            ("day", "2025-02-25", "2025-03-05", "2025-03-04"),
            ("week", "2025-02-03", "2025-03-31", "2025-03-30"),
            ("month", "2025-01-01", "2025-07-01", "2025-06-30"),
            ("quarter", "2025-01-01", "2026-01-01", "2025-12-31"),
            ("year", "2025-01-01", "2027-01-01", "2026-12-31"),
        )
    ),
    Case(
        "months that are shorter: rows without a counterpart are in no day, and in no total",
        asked(
            "bookings",
            {"key": "before", "metric": "count", "offset": {"n": 1, "unit": "month"}},
            time=over("ds", "day"),
            filters=[between("ds", "2025-02-26", "2025-03-02")],
            totals="grand",
        ),
        "WITH n AS (SELECT (ds + INTERVAL 1 MONTH)::DATE AS d FROM b WHERE ds >= '2025-01-26' AND "
        "ds < '2025-02-02' AND day(ds + INTERVAL 1 MONTH) = day(ds)), g AS (SELECT d FROM n UNION "
        "SELECT ds FROM b WHERE ds >= '2025-02-26' AND ds < '2025-03-02') SELECT d, (SELECT "
        "count(*) FROM n WHERE n.d = g.d) FROM g ORDER BY 1",
        "SELECT 0, NULL, count(*) FROM b WHERE ds + INTERVAL 1 MONTH >= '2025-02-26' AND "
        "ds + INTERVAL 1 MONTH < '2025-03-02' AND day(ds + INTERVAL 1 MONTH) = day(ds)",
    ),
]


def edge(groups: str, by: str, end: str = "max", where: str = "true", value: str = "sum") -> str:
    """The rows at the last day of each cell and each ``by``, added up."""
    inside = ", ".join(part for part in (groups, by) if part)
    part = f"PARTITION BY {inside}" if inside else ""
    head, tail = (f"{groups}, ", f" GROUP BY {groups} ORDER BY ALL") if groups else ("", "")
    return (
        f"SELECT {head}{value}(balance) FROM (SELECT *, {end}(ds) OVER ({part}) AS edge FROM a "
        f"WHERE ds IS NOT NULL AND {where}) WHERE ds = edge{tail}"
    )


MONTHLY = "(SELECT *, date_trunc('month', ds)::DATE AS m FROM accounts"
BALANCES = [
    Case("the balance on the last day", asked("accounts", "balance"), edge("", "")),
    Case("the first one", asked("accounts", "opening"), edge("", "", "min")),
    Case(
        "the last of each account, each user, of two things",
        asked("accounts", "balanceOfAccounts", "balanceOfUsers", "openingOfTwo", "averageBalance"),
        f"SELECT ({edge('', 'account_id')}), ({edge('', 'owner')}), "
        f"({edge('', 'owner, account_type', 'min')}), ({edge('', 'account_id', value='avg')})",
    ),
    Case(
        "by a parent's field the edge is found in each cell",
        asked("accounts", "balance", "balanceOfUsers", by=["user.state"], totals="grand"),
        "SELECT s, x, y FROM (SELECT state AS s, (SELECT sum(balance) FROM a AS i WHERE i.state IS "
        "NOT DISTINCT FROM o.state AND i.ds = max(o.ds)) AS x FROM a AS o GROUP BY 1) JOIN (SELECT "
        "state AS s2, sum(balance) AS y FROM (SELECT *, max(ds) OVER (PARTITION BY state, owner) "
        "AS edge FROM a) WHERE ds = edge GROUP BY 1) ON s IS NOT DISTINCT FROM s2 "
        "ORDER BY 1 NULLS LAST",
        f"SELECT 0, NULL, ({edge('', '')}), ({edge('', 'owner')})",
    ),
    Case(
        "month by month, the end of a month cut by the range, accounts that end early",
        asked(
            "accounts",
            *("balance", "opening", "balanceOfAccounts"),
            time=over("ds", "month"),
            filters=[between("ds", "2025-02-10", "2025-04-18")],
            totals="grand",
        ),
        "WITH r AS (SELECT *, date_trunc('month', ds)::DATE AS m FROM accounts WHERE ds >= "
        "'2025-02-10' AND ds < '2025-04-18'), e AS (SELECT *, max(ds) OVER (PARTITION BY m) AS z, "
        "min(ds) OVER (PARTITION BY m) AS y, max(ds) OVER (PARTITION BY m, account_id) AS x FROM r)"
        " SELECT m, sum(balance) FILTER (WHERE ds = z), sum(balance) FILTER (WHERE ds = y), "
        "sum(balance) FILTER (WHERE ds = x) FROM e GROUP BY 1 ORDER BY 1",
        "WITH r AS (SELECT * FROM accounts WHERE ds >= '2025-02-10' AND ds < '2025-04-18'), e AS "
        "(SELECT *, max(ds) OVER (PARTITION BY account_id) AS x FROM r) SELECT 0, NULL, "
        "sum(balance) FILTER (WHERE ds = '2025-04-17'), sum(balance) FILTER (WHERE ds = "
        "'2025-02-10'), sum(balance) FILTER (WHERE ds = x) FROM e",
    ),
    Case(
        "own filters decide the edge, and a ratio of two balances",
        asked("accounts", "chequeBalance", "chequePart", by=["user.country.name"]),
        "WITH t AS (SELECT a.*, c.name FROM a LEFT JOIN users u ON u.user_id = owner LEFT JOIN "
        "dim_countries c ON c.code = u.country_code), q AS (SELECT name, sum(balance) AS q FROM "
        "(SELECT *, max(ds) OVER (PARTITION BY name, account_id) AS x FROM t WHERE account_type = "
        "'cheque') WHERE ds = x GROUP BY 1), w AS (SELECT name, sum(balance) AS w FROM (SELECT *, "
        "max(ds) OVER (PARTITION BY name, account_id) AS x FROM t) WHERE ds = x GROUP BY 1) SELECT "
        "w.name, coalesce(q, 0), coalesce(q, 0) / w FROM w LEFT JOIN q ON q.name IS NOT DISTINCT "
        "FROM w.name ORDER BY 1 NULLS LAST",
    ),
    Case(
        "a filter on a parent comes before the edge",
        asked(
            "accounts",
            "balance",
            by=["kind"],
            filters=[is_("user.state", "in", ["TX", "wa"])],
            totals="subtotals",
        ),
        "SELECT account_type, sum(balance) FROM (SELECT *, max(ds) OVER (PARTITION BY account_type)"
        " AS x FROM a WHERE state IN ('TX', 'wa')) WHERE ds = x GROUP BY 1 ORDER BY 1 NULLS LAST",
        f"SELECT 0, NULL, ({edge('', '', where='state IN ($$TX$$, $$wa$$)')})",
    ),
    Case(
        "an ad-hoc balance, by week and by the owner's state",
        asked(
            "accounts",
            {
                "key": "low",
                "field": "amount",
                "agg": "min",
                "semiAdditive": {"over": "ds", "take": "first", "by": ["user.country"]},
            },
            by=["user.state"],
            time=over("ds", "week"),
            filters=[between("ds", "2025-03-01", "2025-03-20")],
        ),
        "WITH r AS (SELECT a.*, date_trunc('week', ds)::DATE AS w, c.code FROM a LEFT JOIN users u "
        "ON u.user_id = owner LEFT JOIN dim_countries c ON c.code = u.country_code WHERE ds >= "
        "'2025-03-01' AND ds < '2025-03-20'), e AS (SELECT *, min(ds) OVER (PARTITION BY w, state, "
        "code) AS x FROM r) SELECT w, state, min(balance) FILTER (WHERE ds = x) FROM e "
        "GROUP BY 1, 2 ORDER BY 1, 2 NULLS LAST",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    folder = tmp_path_factory.mktemp("rental")
    with opened(folder, "rental", rental.build, rental.FLAT) as made:
        yield made


@pytest.mark.parametrize("case", [*WINDOWS, *OFFSETS, *BALANCES], ids=str)
def test_the_answer_is_that_of_plain_sql(model: Model, case: Case) -> None:
    model.check(case)
