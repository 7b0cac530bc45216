"""Questions about courses and the use of them, answered by polars."""

from __future__ import annotations

import polars as pl

from tests.reports.oulad_data import (
    COURSE,
    N,
    Oulad,
    Question,
    ask,
    only_if,
    over_time,
    share,
)

_THREE = ("enrollments.count", "submissions.count", "activity.clicks")


def _clicks_with(data: Oulad, *columns: str) -> pl.DataFrame:
    own = data.enrollments.select(*COURSE, "id_student", *columns)
    return data.activity.join(own, on=[*COURSE, "id_student"])


def _three_facts(data: Oulad) -> pl.DataFrame:
    made = data.courses.select("code")
    for frame, name, value in (
        (data.enrollments, "enrollments", N),
        (data.submissions, "submissions", N),
        (data.activity, "clicks", pl.col("sum_click").sum()),
    ):
        made = made.join(frame.group_by("code").agg(value.alias(name)), on="code", how="left")
    return made.fill_null(0)


def _per_learner(data: Oulad) -> pl.DataFrame:
    clicks = data.activity.group_by("code").agg(c=pl.col("sum_click").sum())
    learners = data.enrollments.group_by("code").agg(n=pl.col("id_student").n_unique())
    joined = learners.join(clicks, on="code", how="left").fill_null(0)
    return joined.select("code", pl.col("c") / pl.col("n"))


def _busiest(data: Oulad) -> pl.DataFrame:
    totals = data.activity.group_by(code=pl.col("id_student").cast(pl.String)).agg(
        clicks=pl.col("sum_click").sum()
    )
    return totals.sort(["clicks", "code"], descending=[True, False]).head(10)


def _together(data: Oulad) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "enrollments": [data.enrollments.height],
            "learners": [data.enrollments["id_student"].n_unique()],
            "avg": [data.submissions["score"].mean()],
            "clicks": [data.activity["sum_click"].sum()],
        }
    )


USE: tuple[Question, ...] = (
    Question(
        "use by course",
        ask(
            "activity",
            "activity.events",
            "activity.clicks",
            "activity.activeLearners",
            by=["course.code"],
        ),
        lambda d: d.activity.group_by("code").agg(
            N, pl.col("sum_click").sum(), pl.col("id_student").n_unique()
        ),
    ),
    Question(
        "clicks by week",
        over_time("activity", "occurredOn", "week", "clicks"),
        lambda d: d.activity.group_by(pl.col("day").dt.truncate("1w")).agg(
            pl.col("sum_click").sum()
        ),
    ),
    Question(
        "clicks by weekday",
        over_time("activity", "occurredOn", "dayOfWeek", "clicks"),
        lambda d: d.activity.group_by(pl.col("day").dt.weekday()).agg(pl.col("sum_click").sum()),
    ),
    Question(
        "clicks by kind of lesson",
        ask("activity", "events", "clicks", by=["lesson.kind"]),
        lambda d: (
            d.activity.join(d.vle.select("id_site", "activity_type"), on="id_site")
            .group_by("activity_type")
            .agg(N, pl.col("sum_click").sum())
        ),
    ),
    Question(
        "clicks by outcome",
        ask("activity", "clicks", "activeLearners", by=["enrollment.outcome"]),
        lambda d: (
            _clicks_with(d, "outcome")
            .group_by("outcome")
            .agg(pl.col("sum_click").sum(), pl.col("id_student").n_unique())
        ),
    ),
    Question(
        "clicks by age and month",
        over_time("activity", "time", "month", "clicks", by=["enrollment.attributes.ageBand"]),
        lambda d: (
            _clicks_with(d, "age_band")
            .group_by(pl.col("day").dt.truncate("1mo"), "age_band")
            .agg(pl.col("sum_click").sum())
        ),
    ),
    Question(
        "three facts side by side",
        ask("courses", *_THREE, by=["code"]),
        _three_facts,
    ),
    Question(
        "all of it in one row",
        ask(
            "enrollments",
            "count",
            "learners",
            "submissions.avgScore",
            "activity.clicks",
        ),
        _together,
    ),
    Question(
        "the ten busiest students",
        ask(
            "activity",
            "clicks",
            by=["student.code"],
            sort=[{"by": "clicks", "dir": "desc"}],
            limit=10,
        ),
        _busiest,
    ),
    Question(
        "lessons by course and module",
        ask("lessons", "count", by=["course.code", "module.title"]),
        lambda d: d.vle.group_by("code", "activity_type").agg(N),
    ),
    Question(
        "clicks per learner by course",
        ask(
            "enrollments",
            {"key": "each", "ratio": ["activity.clicks", "enrollments.learners"]},
            by=["course.code"],
        ),
        _per_learner,
    ),
    Question(
        "which subject in which term",
        ask("courses", by=["category", "termCode"]),
        lambda d: d.courses.select("code_module", "code_presentation").unique(),
    ),
    Question(
        "courses by teacher and start",
        ask("courses", "count", by=["creator.code", "startsOn"]),
        lambda d: d.courses.group_by("teacher-" + pl.col("code_module"), "start").agg(N),
    ),
    Question(
        "first and last day of use by subject",
        ask(
            "activity",
            {"key": "first", "field": "occurredOn", "agg": "min"},
            {"key": "last", "field": "occurredOn", "agg": "max"},
            by=["course.category"],
        ),
        lambda d: d.activity.group_by("code_module").agg(
            pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
        ),
    ),
    Question(
        "late tutor-marked and computer-marked work",
        ask(
            "courses",
            {
                "key": "tma",
                "metric": "submissions.lateRate",
                "filters": [only_if("assignment.kind", "eq", "TMA")],
            },
            {
                "key": "cma",
                "metric": "submissions.lateRate",
                "filters": [only_if("assignment.kind", "eq", "CMA")],
            },
            by=["category"],
        ),
        lambda d: (
            d.courses.select("code_module")
            .unique()
            .join(
                d.submissions.group_by("code_module").agg(
                    tma=share(pl.col("late").filter(pl.col("kind") == "TMA")),
                    cma=share(pl.col("late").filter(pl.col("kind") == "CMA")),
                ),
                on="code_module",
                how="left",
            )
        ),
    ),
)
