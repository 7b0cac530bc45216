"""Properties of every answer (docs/report-reference.md), on a school counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from reports.contracts import Limits, Scope, ScopeKind
from reports.export.formats import FORMATS, render
from tests.reports.conftest import Ask

TEACHER_OF_HISTORY = Scope(1, ScopeKind.OWN_COURSES, course_ids=(2,))
BEN = Scope(1, ScopeKind.SELF, person_ids=(2,))


def _if(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def test_three_facts_side_by_side_are_the_three_facts_alone(ask: Ask) -> None:
    measures = ["enrollments.count", "submissions.count", "activity.clicks"]
    together = ask("courses", *measures, by=["code"], totals="grand")
    assert together.rows == (("ARTS", 0, 0, 0), ("HIST", 1, 1, 6), ("MATH", 2, 3, 19))
    for number, measure in enumerate(measures, start=1):
        alone = ask("courses", measure, by=["code"])
        assert [row[1] for row in alone.rows] == [row[number] for row in together.rows]
    assert together.totals is not None
    assert together.totals[0].row == (None, 3, 4, 25)


def test_a_parent_is_not_multiplied_by_its_children(ask: Ask) -> None:
    found = ask("enrollments", "courses.count", "count", by=["course.code"])
    assert found.rows == (("ARTS", 1, 0), ("HIST", 1, 1), ("MATH", 1, 2))


def test_totals_are_computed_not_added_up(ask: Ask) -> None:
    found = ask(
        "enrollments",
        "learners",
        "withdrawalRate",
        "avgProgress",
        by=["course.code"],
        totals="grand",
    )
    assert found.rows == (("HIST", 1, 0.0, 66.6), ("MATH", 2, 0.5, 33.3))
    assert found.totals is not None
    total = found.totals[0].row
    assert total[:2] == (None, 2)
    assert total[2:] == pytest.approx((1 / 3, 49.95))


def test_totals_cover_what_the_limit_cuts_and_the_result_says_so(ask: Ask) -> None:
    found = ask("courses", "activity.clicks", by=["code"], totals="grand", limit=1)
    assert found.rows == (("ARTS", 0),)
    assert found.totals is not None
    assert found.totals[0].row == (None, 25)
    assert found.meta.total_row_count == 3
    assert not found.meta.truncated
    assert [n.code for n in found.meta.warnings] == ["ROWS_CUT"]


def test_having_cuts_the_totals_too(ask: Ask) -> None:
    having = [{"measure": "count", "op": "gte", "value": 2}]
    found = ask(
        "enrollments", "count", "learners", by=["course.code"], having=having, totals="grand"
    )
    assert found.rows == (("MATH", 2, 2),)
    assert found.totals is not None
    assert found.totals[0].row == (None, 2, 2)


def test_having_keeps_the_group_of_missing_values(ask: Ask) -> None:
    having = [{"measure": "count", "op": "gte", "value": 1}]
    found = ask("courses", "count", by=["category"], having=having, totals="grand")
    assert found.rows == (("Humanities", 1), ("Science", 1), (None, 1))
    assert found.totals is not None
    assert found.totals[0].row == (None, 3)


def test_a_group_without_rows_has_zero_counts_and_sums_and_null_averages(ask: Ask) -> None:
    found = ask(
        "courses",
        "submissions.count",
        "submissions.avgScore",
        "submissions.lateRate",
        {"key": "sum", "field": "submissions.score", "agg": "sum"},
        {"key": "each", "ratio": ["activity.clicks", "enrollments.count"]},
        by=["code"],
        filters=[_if("code", "eq", "ARTS")],
    )
    assert found.rows == (("ARTS", 0, None, None, 0, None),)


def test_a_measures_own_filter_removes_no_group(ask: Ask) -> None:
    late = {"key": "late", "metric": "submissions.count", "filters": [_if("isLate", "isTrue")]}
    found = ask("submissions", "count", late, by=["assignment.kind", "student.name"])
    assert found.rows == (("CMA", "Asha", 1, 1), ("TMA", "Asha", 2, 1), ("TMA", "Ben", 1, 0))


def test_no_dimensions_is_exactly_one_row_even_over_nothing(ask: Ask) -> None:
    nobody = Scope(1, ScopeKind.OWN_COURSES)
    found = ask("enrollments", "count", "withdrawalRate", scope=nobody, totals="grand")
    assert found.rows == ((0, None),)
    assert found.totals is not None
    assert found.totals[0].row == (0, None)


def test_dimensions_without_measures_are_the_distinct_groups(ask: Ask) -> None:
    assert ask("enrollments", by=["course.category"]).rows == (("Humanities",), ("Science",))


def test_rows_whose_parent_is_missing_form_a_group_and_count(ask: Ask) -> None:
    found = ask("activity", "events", by=["lesson.kind"], totals="grand")
    assert found.rows == (("video", 3), (None, 2))
    assert found.totals is not None
    assert found.totals[0].row == (None, 5)


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (_if("className", "ne", "8"), ["Ben"]),
        (_if("className", "notIn", ["8"]), ["Ben"]),
        (_if("className", "notContains", "8"), ["Ben"]),
        (_if("className", "eq", "8"), ["Asha", "देवी"]),
        (_if("className", "isEmpty"), ["Ben"]),
        (_if("className", "isNotEmpty"), ["Asha", "देवी"]),
        (_if("className", "isNull"), ["Ben"]),
        (_if("className", "in", []), []),
        (_if("className", "notIn", []), ["Asha", "Ben", "देवी"]),
        (_if("name", "contains", "SH"), ["Asha"]),
        (_if("name", "startsWith", "दे"), ["देवी"]),
        (_if("name", "endsWith", "EN"), ["Ben"]),
        (_if("name", "contains", "%"), []),
        (_if("attributes.grant", "between", [0.25, 12.5]), ["Asha", "देवी"]),
        (_if("attributes.grant", "lt", 12.5), ["देवी"]),
        (_if("attributes.grant", "eq", 0.25), ["देवी"]),
        (_if("name", "ne", {"field": "className"}), ["Asha", "Ben", "देवी"]),
        (_if("name", "eq", {"field": "className"}), []),
    ],
    ids=str,
)
def test_conditions_and_null(ask: Ask, condition: dict[str, Any], names: list[str]) -> None:
    found = ask("students", mode="rows", columns=["name"], filters=[condition])
    assert [row[0] for row in found.rows] == names


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (_if("submittedOn", "between", ["2013-10-10", "2013-11-30"]), [1, 2, 3]),
        (_if("submittedAt", "between", ["2013-10-10", "2013-11-30"]), [1, 2, 3]),
        (_if("submittedOn", "gte", "2013-11-30"), [4]),
        (_if("submittedAt", "lt", "2013-10-20T00:00:00Z"), [1]),
        (_if("gradedOn", "gt", {"field": "submittedOn"}), [1, 2]),
        (_if("gradedOn", "ne", {"field": "submittedOn"}), [1, 2, 3, 4]),
    ],
    ids=str,
)
def test_ranges_of_dates_are_half_open(ask: Ask, condition: dict[str, Any], ids: list[int]) -> None:
    found = ask("submissions", mode="rows", columns=["id"], filters=[condition])
    assert [row[0] for row in found.rows] == ids


def test_filter_logic_groups_as_written(ask: Ask) -> None:
    filters = [_if("name", "eq", "Ben"), _if("className", "eq", "8"), _if("name", "eq", "Asha")]
    for logic, names in (
        ("1 OR 2 AND 3", ["Asha", "Ben"]),
        ("(1 OR 2) AND 3", ["Asha"]),
        ("3 or (2 and (1 or 2))", ["Asha", "देवी"]),
    ):
        if "1" not in logic:
            continue
        found = ask("students", mode="rows", columns=["name"], filters=filters, filterLogic=logic)
        assert [row[0] for row in found.rows] == names


def test_a_metric_of_the_children_chooses_rows(ask: Ask) -> None:
    late = {"metric": "submissions.count", "filters": [_if("isLate", "isTrue")]}
    often = ask(
        "students", mode="rows", columns=["name"], filters=[late | {"op": "gt", "value": 1}]
    )
    assert often.rows == (("Asha",),)
    never = ask(
        "students", mode="rows", columns=["name"], filters=[late | {"op": "eq", "value": 0}]
    )
    assert never.rows == (("Ben",), ("देवी",))
    clicks = ask(
        "students", "activity.clicks", by=["name"], filters=[late | {"op": "eq", "value": 0}]
    )
    assert clicks.rows == (("Ben", 5), ("देवी", 0))


def test_decimals_stay_exact(ask: Ask) -> None:
    weight = {"key": "w", "field": "weight", "agg": "sum"}
    assert ask("assignments", weight).rows == ((Decimal("0.30"),),)
    grant = {"key": "g", "field": "attributes.grant", "agg": "sum"}
    assert ask("students", grant).rows == ((Decimal("12.7500"),),)


def test_the_aggregates(ask: Ask) -> None:
    aggs = ["count", "countDistinct", "sum", "min", "max", "avg", "median", "p25", "stddev"]
    aggs += ["first", "last"]
    measures = [{"key": a, "field": "score", "agg": a} for a in aggs]
    row = ask("submissions", *measures).rows[0]
    assert row[:5] == (3, 3, Decimal("79.00"), Decimal("10.00"), Decimal("40.00"))
    assert row[5:9] == pytest.approx((79 / 3, 29.0, 19.5, 15.176736))
    assert row[9:] == (Decimal("29.00"), None)


def test_first_and_last_go_by_the_order_asked_for(ask: Ask) -> None:
    last = {"key": "last", "field": "kind", "agg": "last", "orderBy": "maxScore"}
    assert ask("assignments", last).rows == (("TMA",),)


def test_distinct_texts_are_a_sorted_list(ask: Ask) -> None:
    kinds = {"key": "kinds", "field": "assignment.kind", "agg": "listDistinct"}
    found = ask("submissions", kinds, by=["course.code"])
    assert found.rows == (("HIST", ("TMA",)), ("MATH", ("CMA", "TMA")))


def test_a_score_in_percent_of_nothing_is_null(ask: Ask) -> None:
    found = ask("submissions", mode="rows", columns=["scorePct"])
    assert found.rows == ((58.0,), (None,), (40.0,), (None,))


def test_bins_are_half_open_and_the_last_is_closed(ask: Ask) -> None:
    found = ask("submissions", "count", by=[{"field": "score", "bins": [20, 29, 40]}])
    assert found.rows == (("<20", 1), ("[29,40]", 2), (None, 1))
    found = ask("submissions", "count", by=[{"field": "score", "bins": [10, 20.5, 29]}])
    assert found.rows == (("[10,20.5)", 1), ("[20.5,29]", 1), (">29", 1), (None, 1))


def _over_time(ask: Ask, field: str, bucket: str, *measures: str, entity: str = "activity") -> Any:
    time = {"field": field, "bucket": bucket}
    return ask(entity, *measures, mode="temporal", time=time)


@pytest.mark.parametrize(
    ("bucket", "rows"),
    [
        ("week", [(date(2013, 10, 7), 12), (date(2013, 10, 14), 6), (date(2013, 12, 30), 7)]),
        ("month", [(date(2013, 10, 1), 18), (date(2013, 12, 1), 7)]),
        ("quarter", [(date(2013, 10, 1), 25)]),
        ("year", [(date(2013, 1, 1), 25)]),
        ("dayOfWeek", [(1, 9), (2, 11), (7, 5)]),
        ("monthOfYear", [(10, 18), (12, 7)]),
    ],
)
def test_buckets(ask: Ask, bucket: str, rows: list[Any]) -> None:
    assert list(_over_time(ask, "occurredOn", bucket, "clicks").rows) == rows


def test_hours_are_in_the_institutions_zone(ask: Ask) -> None:
    found = _over_time(ask, "occurredAt", "hourOfDay", "clicks")
    assert found.rows == ((0, 7), (1, 18))  # British summer time ends on 27 October


def test_each_measure_by_its_own_main_date(ask: Ask) -> None:
    found = _over_time(
        ask, "time", "month", "activity.clicks", "submissions.count", entity="courses"
    )
    assert found.rows == (
        (date(2013, 10, 1), 18, 2),
        (date(2013, 11, 1), 0, 2),
        (date(2013, 12, 1), 7, 0),
    )


def test_rows_without_a_date_are_in_no_bucket_and_a_warning_counts_them(ask: Ask) -> None:
    time = {"field": "enrolledOn", "bucket": "month"}
    found = ask("enrollments", "count", mode="temporal", time=time, totals="grand")
    assert found.rows == ((date(2013, 10, 1), 2),)
    assert found.totals is not None
    assert found.totals[0].row == (None, 2)
    assert found.meta.warnings[0].code == "UNDATED_ROWS"
    assert found.meta.warnings[0].message.startswith("1 rows of enrollments")


def _filled(ask: Ask, bucket: str, *conditions: dict[str, Any], by: Any = (), **rest: Any) -> Any:
    time = {"field": "occurredOn", "bucket": bucket, "fill": True}
    filters = list(conditions)
    return ask("activity", "clicks", by=by, mode="temporal", time=time, filters=filters, **rest)


def test_filled_time_has_every_bucket_between_the_ends_of_the_data(ask: Ask) -> None:
    found = _filled(ask, "month", totals="grand")
    months = [date(2013, 10, 1), date(2013, 11, 1), date(2013, 12, 1)]
    assert found.rows == tuple(zip(months, [18, 0, 7], strict=True))
    assert found.totals[0].row == (None, 25)


def test_filled_time_goes_by_the_filters_where_they_bound_it(ask: Ask) -> None:
    bounds = _if("occurredOn", "between", ["2013-09-15", "2013-11-01"])
    found = _filled(ask, "month", bounds)
    assert found.rows == ((date(2013, 9, 1), 0), (date(2013, 10, 1), 18))
    open_end = _filled(ask, "year", _if("occurredOn", "gte", "2012-05-05"))
    assert found.rows
    assert [row[0].year for row in open_end.rows] == [2012, 2013]
    empty = _filled(ask, "day", _if("occurredOn", "between", ["2001-01-01", "2001-01-03"]))
    assert [row[1] for row in empty.rows] == [0, 0]


def test_filled_time_is_filled_for_every_series(ask: Ask) -> None:
    found = _filled(
        ask, "month", by=["course.code"], having=[{"measure": "clicks", "op": "lt", "value": 7}]
    )
    assert found.rows == (
        (date(2013, 10, 1), "HIST", 6),
        (date(2013, 11, 1), "HIST", 0),
        (date(2013, 11, 1), "MATH", 0),
        (date(2013, 12, 1), "HIST", 0),
    )


def test_parts_of_a_date_are_filled_whole(ask: Ask) -> None:
    found = _filled(ask, "dayOfWeek")
    assert [row[1] for row in found.rows] == [9, 11, 0, 0, 0, 0, 5]


def test_instants_are_utc(ask: Ask) -> None:
    found = ask("enrollments", mode="rows", columns=["enrolledAt"], limit=1)
    assert found.rows == ((datetime(2013, 10, 1, tzinfo=UTC),),)
    assert found.to_wire()["rows"] == [["2013-10-01T00:00:00Z"]]


def test_null_comes_last_in_both_directions(ask: Ask) -> None:
    for direction, codes in (("asc", ["HIST", "MATH", "ARTS"]), ("desc", ["MATH", "HIST", "ARTS"])):
        sort = [{"by": "category", "dir": direction}]
        found = ask("courses", mode="rows", columns=["code", "category"], sort=sort)
        assert [row[0] for row in found.rows] == codes


def test_an_unused_relation_or_an_order_changes_no_number(ask: Ask) -> None:
    plain = ask("enrollments", "count", by=["course.code"])
    wider = ask("enrollments", "count", by=["course.code", "course.title"])
    turned = ask("enrollments", "count", by=["course.code"], sort=[{"by": "count", "dir": "desc"}])
    assert [(r[0], r[2]) for r in wider.rows] == list(plain.rows)
    assert sorted(turned.rows) == sorted(plain.rows)


def test_teachers_see_their_courses_and_those_who_are_in_them(ask: Ask) -> None:
    def names(entity: str, field: str) -> list[Any]:
        found = ask(entity, mode="rows", columns=[field], scope=TEACHER_OF_HISTORY)
        return [row[0] for row in found.rows]

    assert names("courses", "code") == ["HIST"]
    assert names("students", "name") == ["Asha"]
    assert names("staff", "name") == ["Bo"]
    assert names("submissions", "id") == [3]
    assert names("activity", "clicks") == [6]
    assert names("lessons", "title") == []


def test_a_person_sees_their_own_rows(ask: Ask) -> None:
    found = ask(
        "courses",
        "enrollments.count",
        "submissions.count",
        "activity.clicks",
        by=["code"],
        scope=BEN,
    )
    assert found.rows == (("MATH", 1, 1, 5),)
    assert ask("students", mode="rows", columns=["name"], scope=BEN).rows == (("Ben",),)
    assert ask("staff", mode="rows", columns=["name"], scope=BEN).rows == (("Ada",),)
    assert ask("assignments", "count", scope=BEN).rows == ((2,),)


def test_the_cap_is_told_with_the_full_count(ask: Ask) -> None:
    capped = ask("activity", mode="rows", columns=["id"], limits=Limits(rows=2))
    assert capped.rows == ((1,), (2,))
    assert (capped.meta.truncated, capped.meta.total_row_count) == (True, 5)
    grouped = ask("activity", "events", by=["occurredOn"], limits=Limits(rows=2), totals="grand")
    assert (len(grouped.rows), grouped.meta.total_row_count) == (2, 5)
    assert grouped.meta.truncated
    every = ask("activity", mode="rows", columns=["id"], limits=Limits.for_export())
    assert (len(every.rows), every.meta.truncated) == (5, False)


def test_the_same_question_has_the_same_bytes_in_every_format(ask: Ask) -> None:
    def answer() -> Any:
        return ask("submissions", "avgScore", "count", by=["course.code"], totals="grand")

    first, second = answer(), answer()
    assert first.meta.definition_digest == second.meta.definition_digest
    for form in FORMATS:
        assert render(first, form) == render(second, form), form
