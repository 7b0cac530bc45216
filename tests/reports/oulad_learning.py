"""Questions about enrollments, assignments and submissions, answered by polars."""

from __future__ import annotations

from datetime import date

import polars as pl

from tests.reports.oulad_data import (
    COURSE,
    PASSED,
    N,
    Oulad,
    Question,
    ask,
    listing,
    only_if,
    over_time,
    share,
)


def _late_counts(data: Oulad) -> pl.DataFrame:
    late = data.submissions.filter(pl.col("late"))
    return late.group_by(*COURSE, "id_student").agg(n=N)


def _without_submissions(data: Oulad) -> pl.DataFrame:
    students = data.enrollments.select("id_student").unique()
    return students.join(data.submissions, on="id_student", how="anti").select(N)


def _bins(data: Oulad) -> pl.DataFrame:
    score = pl.col("score")
    label = (
        pl.when(score.is_null())
        .then(None)
        .when(score < 40)
        .then(pl.lit("[0,40)"))
        .when(score < 60)
        .then(pl.lit("[40,60)"))
        .when(score < 80)
        .then(pl.lit("[60,80)"))
        .otherwise(pl.lit("[80,100]"))
    )
    return data.submissions.group_by(label.alias("bin")).agg(N)


def _median(data: Oulad) -> pl.DataFrame:
    score = pl.col("score")
    return data.submissions.group_by("kind").agg(
        N, score.count().alias("graded"), score.mean(), score.median().alias("median")
    )


def _spread(data: Oulad) -> pl.DataFrame:
    score = pl.col("score")
    return data.submissions.group_by("kind").agg(
        score.min().alias("least"),
        score.max().alias("most"),
        score.std().alias("deviation"),
        score.quantile(0.25, "linear").alias("p25"),
        score.quantile(0.9, "linear").alias("p90"),
        score.quantile(0.99, "linear").alias("p99"),
    )


LEARNING: tuple[Question, ...] = (
    Question(
        "enrollments and learners by course",
        ask("enrollments", "enrollments.count", "learners", by=["course.code"]),
        lambda d: d.enrollments.group_by("code").agg(N, pl.col("id_student").n_unique()),
    ),
    Question(
        "rates by course",
        ask("enrollments", "withdrawalRate", "completionRate", "passRate", by=["course.code"]),
        lambda d: d.enrollments.group_by("code").agg(
            share(pl.col("outcome") == "WITHDRAWN").alias("w"),
            share(PASSED).alias("c"),
            share(PASSED).alias("p"),
        ),
    ),
    Question(
        "enrollments by region",
        ask("enrollments", "count", by=["attributes.region"]),
        lambda d: d.enrollments.group_by("region").agg(N),
    ),
    Question(
        "outcomes by gender",
        ask("enrollments", "count", by=["outcome", "attributes.gender"]),
        lambda d: d.enrollments.group_by("outcome", "gender").agg(N),
    ),
    Question(
        "enrollments by month",
        over_time("enrollments", "enrolledOn", "month", "count"),
        lambda d: (
            d.enrollments.drop_nulls("enrolled")
            .group_by(pl.col("enrolled").dt.truncate("1mo"))
            .agg(N)
        ),
    ),
    Question(
        "withdrawals by week and subject",
        over_time("enrollments", "withdrawnOn", "week", "count", by=["course.category"]),
        lambda d: (
            d.enrollments.drop_nulls("withdrawn")
            .group_by(pl.col("withdrawn").dt.truncate("1w"), "code_module")
            .agg(N)
        ),
    ),
    Question(
        "enrollments by quarter and year",
        over_time("enrollments", "time", "quarter", "count", "avgProgress"),
        lambda d: (
            d.enrollments.drop_nulls("enrolled")
            .group_by(pl.col("enrolled").dt.truncate("1q"))
            .agg(N, pl.lit(None).first().alias("progress"))
        ),
    ),
    Question(
        "who has no deprivation band",
        listing(
            "enrollments",
            "student.code",
            "course.code",
            "attributes.region",
            filters=[only_if("attributes.imdBand", "isNull")],
        ),
        lambda d: d.enrollments.filter(pl.col("imd_band").is_null()).select(
            pl.col("id_student").cast(pl.String), "code", "region"
        ),
    ),
    Question(
        "assignments and their weight",
        ask(
            "assignments",
            "count",
            {"key": "weight", "field": "weight", "agg": "sum"},
            by=["course.code", "kind"],
        ),
        lambda d: d.assignments.group_by("code", "assessment_type").agg(N, pl.col("weight").sum()),
    ),
    Question(
        "assignments without a date",
        listing(
            "assignments", "title", "course.code", "kind", filters=[only_if("dueOn", "isNull")]
        ),
        lambda d: d.assignments.filter(pl.col("due").is_null()).select(
            pl.col("assessment_type") + " " + pl.col("id_assessment").cast(pl.String),
            "code",
            pl.col("assessment_type").alias("kind"),
        ),
    ),
    Question(
        "marks by kind",
        ask("submissions", "count", "graded", "avgScore", "medianScore", by=["assignment.kind"]),
        _median,
    ),
    Question(
        "the spread of marks by kind",
        ask(
            "submissions",
            {"key": "least", "field": "score", "agg": "min"},
            {"key": "most", "field": "score", "agg": "max"},
            {"key": "deviation", "field": "score", "agg": "stddev"},
            {"key": "p25", "field": "score", "agg": "p25"},
            {"key": "p90", "field": "score", "agg": "p90"},
            {"key": "p99", "field": "score", "agg": {"quantile": 0.99}},
            by=["assignment.kind"],
        ),
        _spread,
    ),
    Question(
        "late submissions by course",
        ask("submissions", "count", "lateRate", by=["course.code"]),
        lambda d: d.submissions.group_by("code").agg(N, share(pl.col("late"))),
    ),
    Question(
        "passed submissions by subject",
        ask("submissions", "submissions.passRate", by=["course.category"]),
        lambda d: d.submissions.group_by("code_module").agg(
            share(pl.col("score").drop_nulls() >= 40)
        ),
    ),
    Question(
        "submissions by month and kind",
        over_time("submissions", "submittedOn", "month", "count", by=["assignment.kind"]),
        lambda d: d.submissions.group_by(pl.col("day").dt.truncate("1mo"), "kind").agg(N),
    ),
    Question(
        "submissions by band of marks",
        ask("submissions", "count", by=[{"field": "score", "bins": [0, 40, 60, 80, 100]}]),
        _bins,
    ),
    Question(
        "banked submissions by course",
        ask("submissions", "count", by=["course.code"], filters=[only_if("isBanked", "isTrue")]),
        lambda d: d.submissions.filter(pl.col("is_banked") == 1).group_by("code").agg(N),
    ),
    Question(
        "marks other than 100, the unmarked ones too",
        ask("submissions", "count", filters=[only_if("score", "ne", 100)]),
        lambda d: d.submissions.filter(pl.col("score").ne_missing(100)).select(N),
    ),
    Question(
        "outside two deprivation bands, unknown ones too",
        ask(
            "enrollments",
            "count",
            by=["attributes.imdBand"],
            filters=[only_if("attributes.imdBand", "notIn", ["0-10%", "90-100%"])],
        ),
        lambda d: (
            d.enrollments.filter(
                ~pl.col("imd_band").is_in(["0-10%", "90-100%"]).fill_null(value=False)
            )
            .group_by("imd_band")
            .agg(N)
        ),
    ),
    Question(
        "submissions in a winter, half-open",
        ask(
            "submissions",
            "count",
            by=["course.category"],
            filters=[only_if("submittedOn", "between", ["2013-12-01", "2014-03-01"])],
        ),
        lambda d: (
            d.submissions.filter(
                pl.col("day").is_between(date(2013, 12, 1), date(2014, 3, 1), closed="left")
            )
            .group_by("code_module")
            .agg(N)
        ),
    ),
    Question(
        "students often late, by course",
        ask(
            "enrollments",
            "learners",
            by=["course.code"],
            filters=[
                {
                    "metric": "submissions.count",
                    "filters": [only_if("isLate", "isTrue")],
                    "op": "gt",
                    "value": 2,
                }
            ],
        ),
        lambda d: (
            d.enrollments.join(
                _late_counts(d).filter(pl.col("n") > 2), on=[*COURSE, "id_student"], how="semi"
            )
            .group_by("code")
            .agg(pl.col("id_student").n_unique())
        ),
    ),
    Question(
        "students without any submission",
        ask(
            "students",
            "count",
            filters=[{"metric": "submissions.count", "op": "eq", "value": 0}],
        ),
        _without_submissions,
    ),
    Question(
        "women in Scotland or Wales by outcome",
        ask(
            "enrollments",
            "count",
            by=["outcome"],
            filters=[
                only_if("attributes.region", "eq", "Scotland"),
                only_if("attributes.region", "eq", "Wales"),
                only_if("attributes.gender", "eq", "F"),
            ],
            filterLogic="(1 OR 2) AND 3",
        ),
        lambda d: (
            d.enrollments.filter(
                pl.col("region").is_in(["Scotland", "Wales"]) & (pl.col("gender") == "F")
            )
            .group_by("outcome")
            .agg(N)
        ),
    ),
    Question(
        "regions of the south, whatever the case",
        ask(
            "enrollments",
            "count",
            by=["attributes.region"],
            filters=[only_if("attributes.region", "contains", "SOUTH")],
        ),
        lambda d: (
            d.enrollments.filter(pl.col("region").str.contains("(?i)south"))
            .group_by("region")
            .agg(N)
        ),
    ),
    Question(
        "sixty to a hundred and twenty credits, both included",
        ask(
            "enrollments",
            "count",
            {"key": "credits", "field": "attributes.studiedCredits", "agg": "avg"},
            by=["course.category"],
            filters=[only_if("attributes.studiedCredits", "between", [60, 120])],
        ),
        lambda d: (
            d.enrollments.filter(pl.col("studied_credits").is_between(60, 120))
            .group_by("code_module")
            .agg(N, pl.col("studied_credits").mean())
        ),
    ),
    Question(
        "courses that many leave",
        ask(
            "enrollments",
            "withdrawalRate",
            by=["course.code"],
            having=[{"measure": "withdrawalRate", "op": "gt", "value": 0.12}],
        ),
        lambda d: (
            d.enrollments.group_by("code")
            .agg(w=share(pl.col("outcome") == "WITHDRAWN"))
            .filter(pl.col("w") > 0.12)
        ),
    ),
)
