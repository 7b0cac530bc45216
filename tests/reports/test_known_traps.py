"""Mistakes that reporting tools are known for, each with the answer calculated by hand."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from reports.contracts import Limits
from reports.export.formats import ExportFormat, render
from tests.reports.oracle.desk import (
    Desk,
    compared,
    courses,
    enrollments,
    events,
    people,
    submissions,
    totals,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.engine.close()


# -- totals of ratios and of distinct counts


def test_the_total_of_a_rate_is_the_rate_of_all_rows(desk: Desk) -> None:
    """A total row that averages (or adds up) the rates of its groups.

    A: 1 of 1 completed (1.0); B: 1 of 4 (0.25). All: 2 of 5 = 0.4; not 0.625, not 1.25.
    """
    rows = [(1, 1, "COMPLETED", None), (1, 2, "COMPLETED", None)]
    rows += [(n, 2, "ACTIVE", None) for n in (2, 3, 4)]
    desk.snapshot(courses=courses("A", "B"), students=people(4), enrollments=enrollments(*rows))
    found = desk.ask("enrollments", "completionRate", by=["course.code"], totals="grand")
    assert found.rows == (("A", 1.0), ("B", 0.25))
    assert totals(found) == [(0, (None, 0.4))]


def test_the_total_of_a_quotient_of_two_facts_is_the_quotient_of_their_totals(desk: Desk) -> None:
    """The same with a ratio over two tables: 6 clicks / 1 and 2 / 3 learners: 8 / 4 = 2."""
    desk.snapshot(
        courses=courses("A", "B"),
        students=people(4),
        enrollments=enrollments(*[(n, 1 if n == 1 else 2, "ACTIVE", None) for n in (1, 2, 3, 4)]),
        activity=events(("2014-01-01", 6))
        + [e | {"id": 9} for e in events(("2014-01-02", 2), course=2)],
    )
    each = {"key": "each", "ratio": ["activity.clicks", "enrollments.learners"]}
    found = desk.ask("courses", each, by=["code"], totals="grand")
    assert [row[0] for row in found.rows] == ["A", "B"]
    assert [row[1] for row in found.rows] == pytest.approx([6.0, 2 / 3])
    assert totals(found) == [(0, (None, 2.0))]


def test_a_total_of_distinct_people_counts_each_of_them_once(desk: Desk) -> None:
    """A total row that adds up distinct counts: one person in two courses is one person.

    Art has A (students 1, 2), Science has B (1, 2, 3) and C (3): 2, 3, 1; Science 3; all 3.
    """
    taken = [(1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (3, 3)]
    table = courses("A", "B", "C")
    for course, category in zip(table, ["Art", "Science", "Science"], strict=True):
        course["category"] = category
    desk.snapshot(
        courses=table,
        students=people(3),
        enrollments=enrollments(*[(s, c, "ACTIVE", None) for s, c in taken]),
    )
    by = ["course.category", "course.code"]
    share = {"key": "share", "calc": "percentOfTotal", "of": "enrollments.learners"}
    found = desk.ask("enrollments", "learners", share, by=by, totals="subtotals")
    assert [row[:3] for row in found.rows] == [
        ("Art", "A", 2),
        ("Science", "B", 3),
        ("Science", "C", 1),
    ]
    assert [(level, row[:3]) for level, row in totals(found)] == [
        (0, (None, None, 3)),
        (1, ("Art", None, 2)),
        (1, ("Science", None, 3)),
    ]
    assert [row[3] for row in found.rows] == pytest.approx([2 / 3, 1.0, 1 / 3])


# -- what leaves as a file


def test_every_file_has_the_numbers_of_the_screen(desk: Desk) -> None:
    """A file whose totals were added up anew, or left blank, while the screen was right.

    A: 1 learner, 1.0; B: 2 learners, 0.5; all: 2 learners (not 3), 2/3 (not 0.75).
    """
    rows = [(1, 1, "COMPLETED", None), (1, 2, "COMPLETED", None), (2, 2, "ACTIVE", None)]
    desk.snapshot(courses=courses("A", "B"), students=people(2), enrollments=enrollments(*rows))
    by = ["course.code"]
    found = desk.ask("enrollments", "learners", "completionRate", by=by, totals="grand")
    assert found.rows == (("A", 1, 1.0), ("B", 2, 0.5))
    total = (None, 2, pytest.approx(2 / 3))
    assert totals(found) == [(0, total)]

    wire = json.loads(render(found, ExportFormat.JSON))
    assert wire["rows"] == [["A", 1, 1.0], ["B", 2, 0.5]]
    assert [tuple(t["row"]) for t in wire["totals"]] == [total]

    text = render(found, ExportFormat.CSV).decode()
    assert list(csv.reader(io.StringIO(text)))[1:] == [["A", "1", "1.0"], ["B", "2", "0.5"]]

    frame = pl.read_parquet(io.BytesIO(render(found, ExportFormat.PARQUET)))
    assert frame.rows() == [("A", 1, 1.0), ("B", 2, 0.5)]

    book = openpyxl.load_workbook(io.BytesIO(render(found, ExportFormat.XLSX)))
    cells = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    assert ["A", 1, 1] in cells
    assert ["B", 2, 0.5] in cells
    assert cells[-1][1:] == [2, pytest.approx(2 / 3)]


def test_no_list_is_cut_without_saying_so(desk: Desk) -> None:
    """A list that stops at a cap and looks complete, on the screen or in a file."""
    desk.snapshot(courses=courses(*[f"C{n:03}" for n in range(120)]))
    shown = desk.ask("courses", "count", by=["code"], totals="grand", limits=Limits(rows=50))
    assert (len(shown.rows), shown.meta.total_row_count, shown.meta.truncated) == (50, 120, True)
    assert [w.code for w in shown.meta.warnings] == ["ROWS_CUT"]
    assert totals(shown) == [(0, (None, 120))]
    for mode, asked in (
        ("categorical", {"by": ["code"]}),
        ("rows", {"columns": ["code"], "mode": "rows"}),
    ):
        whole = desk.ask("courses", limits=Limits.for_export(), **asked)
        assert (len(whole.rows), whole.meta.truncated) == (120, False), mode
        lines = render(whole, ExportFormat.CSV).decode().splitlines()
        assert len(lines) == 121


# -- fan-out


def test_two_facts_about_a_course_do_not_multiply_each_other(desk: Desk) -> None:
    """Rows of two tables joined to one parent before adding up: 2 x 3 = 6 of everything."""
    desk.snapshot(
        courses=courses("A"),
        students=people(2),
        enrollments=enrollments((1, 1, "ACTIVE", None), (2, 1, "ACTIVE", None)),
        submissions=submissions((1, 1, 10), (1, 1, 20), (2, 1, None)),
        activity=events(("2014-01-01", 5), ("2014-01-02", 7)),
    )
    score = {"key": "score", "field": "submissions.score", "agg": "sum"}
    measures = ["enrollments.count", "submissions.count", "activity.clicks", score]
    assert desk.ask("courses", *measures, by=["code"]).rows == (("A", 2, 3, 12, 30),)


def test_a_parents_number_is_not_weighed_by_its_children(desk: Desk) -> None:
    """The mean length of courses, taken over enrollments: 10 and 40 days, but 3 to 1.

    By courses (10 + 40) / 2 = 25; over the four enrollments it would be 17.5.
    """
    table = courses("A", "B")
    table[0]["length_days"], table[1]["length_days"] = 10, 40
    taken = [(1, 1, "ACTIVE", None), (2, 1, "ACTIVE", None), (3, 1, "ACTIVE", None)]
    desk.snapshot(
        courses=table,
        students=people(3),
        enrollments=enrollments(*taken, (1, 2, "ACTIVE", None)),
    )
    length = {"key": "length", "field": "courses.lengthDays", "agg": "avg"}
    assert desk.ask("courses", length, "enrollments.count").rows == ((25.0, 4),)


def test_people_of_a_teacher_are_counted_once_over_many_courses(desk: Desk) -> None:
    """A distinct count over a many-to-many: a teacher has courses, courses have students.

    Ada teaches A and B, both of which student 1 takes, and 2 takes A: two people, three places.
    """
    table = courses("A", "B", creator_id=91)
    desk.snapshot(
        staff=[{"id": 91, "name": "Ada", "role": "TEACHER"}],
        courses=table,
        students=people(2),
        enrollments=enrollments(
            (1, 1, "ACTIVE", None), (1, 2, "ACTIVE", None), (2, 1, "ACTIVE", None)
        ),
        activity=events(("2014-01-01", 5), ("2014-01-02", 7)),
    )
    measures = ["enrollments.learners", "enrollments.count", "courses.count", "activity.clicks"]
    assert desk.ask("staff", *measures, by=["name"]).rows == (("Ada", 2, 3, 2, 12),)


# -- as it was


def test_a_report_as_of_a_day_is_the_report_of_that_day(desk: Desk) -> None:
    """History calculated from today's rows: whoever left since is missing from last month.

    Then 2 were active in A; now one has withdrawn and one joined B.
    """
    then = enrollments((1, 1, "ACTIVE", None), (2, 1, "ACTIVE", None))
    now = enrollments((1, 1, "ACTIVE", None), (2, 1, "WITHDRAWN", None), (3, 2, "ACTIVE", None))
    active = [{"field": "status", "op": "eq", "value": "ACTIVE"}]
    rest = {"courses": courses("A", "B"), "students": people(3)}
    desk.snapshot("then", datetime(2014, 2, 1, tzinfo=UTC), enrollments=then, **rest)
    desk.snapshot("now", enrollments=now, **rest)
    asked = {"by": ["course.code"], "filters": active}
    assert desk.ask("enrollments", "count", **asked, asOf="then").rows == (("A", 2),)
    assert desk.ask("enrollments", "count", **asked).rows == (("A", 1), ("B", 1))
    newest = desk.ask("enrollments", "count", **asked, asOf="now")
    assert newest.rows == desk.ask("enrollments", "count", **asked).rows

    compare = {"to": "snapshot", "snapshot": "then"}
    found = desk.ask("enrollments", "count", **asked, compare=compare)
    assert found.rows == (("A", 1), ("B", 1))
    assert compared(found) == (("A", 2), ("B", 0))


def test_records_of_two_days_are_matched_by_their_key(desk: Desk) -> None:
    """Rows of two days put side by side by position: one new row on top shifts them all."""
    then, now = people(2), [{"id": 7, "name": "Aa"}, {"id": 2, "name": "Renamed"}]
    desk.snapshot("then", datetime(2014, 2, 1, tzinfo=UTC), students=then)
    desk.snapshot("now", students=now)
    compare = {"to": "snapshot", "snapshot": "then"}
    sort = [{"by": "name", "dir": "asc"}]
    found = desk.ask("students", mode="rows", columns=["id", "name"], sort=sort, compare=compare)
    assert found.rows == ((7, "Aa"), (2, "Renamed"))
    assert compared(found) == ((None, None), (2, "Student 2"))


# -- comparing periods by what they mean


def test_a_month_without_rows_is_no_reason_to_compare_with_an_older_one(desk: Desk) -> None:
    """ "The row above" taken for the month before: with nothing in February, March's is zero.

    January 5, February nothing, March 7: March's earlier month is February with 0, not 5.
    Moved by a month, January's 5 stand in February, and March's 7 in April.
    """
    desk.snapshot(activity=events(("2014-01-10", 5), ("2014-03-10", 7)))
    found = desk.monthly("activity.clicks", compare={"to": "previousPeriod"})
    assert found.rows == ((date(2014, 1, 1), 5), (date(2014, 3, 1), 7))
    assert compared(found) == ((date(2013, 12, 1), 0), (date(2014, 2, 1), 0))
    before = {"key": "before", "metric": "activity.clicks", "offset": {"n": 1, "unit": "month"}}
    months = [date(2014, month, 1) for month in (1, 2, 3, 4)]
    moved = desk.monthly("activity.clicks", before)
    assert moved.rows == tuple(zip(months, (5, 0, 7, 0), (0, 5, 0, 7), strict=True))


def test_the_29th_of_february_is_compared_and_counted_once(desk: Desk) -> None:
    """A year taken for 365 days: after a leap day, each day is compared with the wrong one.

    1 March 2016 is compared with 1 March 2015; 29 February 2016 with nothing, as there was
    none; a year later the clicks of 29 February belong to no day, but to February and the year.
    """
    desk.snapshot(
        taken_at=datetime(2017, 4, 1, tzinfo=UTC),
        activity=events(
            ("2015-02-28", 1), ("2015-03-01", 2), ("2016-02-28", 4), ("2016-02-29", 8),
            ("2016-03-01", 16), ("2017-02-28", 32), ("2017-03-01", 64),
        ),
    )  # fmt: skip
    found = desk.ask(
        "activity",
        "clicks",
        time={"field": "occurredOn", "bucket": "day"},
        compare={"to": "previousYear"},
        filters=[{"field": "occurredOn", "op": "gte", "value": "2016-01-01"}],
    )
    pairs = [(*now, *then) for now, then in zip(found.rows, compared(found), strict=True)]
    assert pairs == [
        (date(2016, 2, 28), 4, date(2015, 2, 28), 1),
        (date(2016, 2, 29), 8, None, None),
        (date(2016, 3, 1), 16, date(2015, 3, 1), 2),
        (date(2017, 2, 28), 32, date(2016, 2, 28), 4),
        (date(2017, 3, 1), 64, date(2016, 3, 1), 16),
    ]
    (left,) = (w.message for w in found.meta.warnings if w.code == "MOVED_TO_NO_BUCKET")
    assert left.startswith("1 row of activity ")
    monthly = desk.monthly("clicks", compare={"to": "previousYear"}, totals="grand")
    earlier = {row[0]: row[1] for row in compared(monthly)}
    assert earlier[date(2016, 2, 1)] == 12
    assert "MOVED_TO_NO_BUCKET" not in {w.code for w in monthly.meta.warnings}


def test_a_month_half_done_is_compared_with_half_a_month(desk: Desk) -> None:
    """This month's twelve days against all of last month: every month begins with a fall.

    Taken on 12 March. One click a day: March has 12, February's first 12 days have 12 as well
    (all of February would be 28).
    """
    day, rows = date(2014, 2, 1), []
    while day <= date(2014, 3, 12):
        rows.append((day.isoformat(), 1))
        day += timedelta(days=1)
    desk.snapshot(activity=events(*rows))
    current = [{"field": "occurredOn", "op": "inCurrent", "value": {"unit": "month"}}]
    found = desk.ask("activity", "clicks", filters=current, compare={"to": "previousPeriod"})
    assert found.rows == ((12,),)
    assert compared(found) == ((12,),)


def test_the_last_days_of_a_long_month_are_compared_with_the_end_of_a_short_one(
    desk: Desk,
) -> None:
    """A month taken for 30 days: whole March against 30 days, of which some are January's.

    March's 31 days against February's 28, all of them and no other.
    """
    desk.snapshot(
        taken_at=datetime(2014, 5, 1, tzinfo=UTC),
        activity=events(
            ("2014-01-31", 1), ("2014-02-01", 2), ("2014-02-28", 4),
            ("2014-03-01", 8), ("2014-03-31", 16), ("2014-04-01", 32),
        ),
    )  # fmt: skip
    march = [{"field": "occurredOn", "op": "between", "value": ["2014-03-01", "2014-04-01"]}]
    found = desk.ask("activity", "clicks", filters=march, compare={"to": "previousPeriod"})
    assert found.rows == ((24,),)
    assert compared(found) == ((6,),)


def test_terms_that_move_are_compared_day_of_term_by_day_of_term(desk: Desk) -> None:
    """This term against the same dates of last year, although the term began a week later.

    Autumn began on 2 September 2013 and on 9 September 2014, with nothing in between. The
    second day of term (10 September) is compared with the second day of term (3 September).
    """
    terms = [
        {"id": 1, "code": "2013A", "starts_on": "2013-09-02", "ends_on": "2013-12-20"},
        {"id": 2, "code": "2014A", "starts_on": "2014-09-09", "ends_on": "2014-12-19"},
    ]
    desk.snapshot(
        taken_at=datetime(2014, 9, 11, 9, tzinfo=UTC),
        terms=terms,
        activity=events(
            ("2013-09-03", 5), ("2013-09-10", 50), ("2013-10-30", 500), ("2014-09-10", 7)
        ),
    )
    current = [{"field": "occurredOn", "op": "inCurrent", "value": {"unit": "term"}}]
    day = {"field": "occurredOn", "bucket": "day"}
    found = desk.ask(
        "activity", "clicks", time=day, filters=current, compare={"to": "previousTerm"}
    )
    assert found.rows == ((date(2014, 9, 10), 7),)
    assert compared(found) == ((date(2013, 9, 3), 5),)
    # Three days of this term are over: the last one's clicks of its later weeks don't count yet.
    so_far = desk.ask("activity", "clicks", filters=current, compare={"to": "previousTerm"})
    assert (so_far.rows, compared(so_far)) == (((7,),), ((5,),))


def test_a_term_is_compared_with_the_term_before_whatever_its_length(desk: Desk) -> None:
    """A term taken for so many months: the one before was shorter, and began in a gap.

    Spring (1 February to 30 June) is 150 days long, autumn 111: all of autumn and no day more.
    """
    terms = [
        {"id": 1, "code": "A", "starts_on": "2013-09-02", "ends_on": "2013-12-21"},
        {"id": 2, "code": "B", "starts_on": "2014-02-03", "ends_on": "2014-06-27"},
    ]
    desk.snapshot(
        taken_at=datetime(2014, 8, 1, tzinfo=UTC),
        terms=terms,
        activity=events(
            ("2013-09-01", 1), ("2013-09-02", 2), ("2013-12-21", 4), ("2013-12-22", 8),
            ("2014-02-03", 16), ("2014-06-27", 32), ("2014-06-28", 64),
        ),
    )  # fmt: skip
    spring = [{"field": "occurredOn", "op": "between", "value": ["2014-02-03", "2014-06-28"]}]
    found = desk.ask("activity", "clicks", filters=spring, compare={"to": "previousPeriod"})
    assert found.rows == ((48,),)
    assert compared(found) == ((6,),)


def test_an_hour_is_the_institutions_wherever_the_server_stands(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours told in the zone of the machine that happens to answer.

    Midnight UTC on 10 July is 1 o'clock in London's summer, on every machine.
    """
    desk.snapshot(activity=events(("2014-07-10", 5)))
    hour = {"field": "occurredAt", "bucket": "hour"}
    for zone in ("UTC", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found = desk.ask("activity", "clicks", time=hour)
        assert found.to_wire()["rows"] == [["2014-07-10T01:00:00", 5]], zone
    monkeypatch.undo()
    time.tzset()
