"""Questions to OULAD with answers worked out by polars, straight from the Parquet files.

Nothing here knows the engine, a snapshot or SQL: the mapping of report-dsl.md §5 is applied
to the published columns. The same list is asked of a snapshot made by the tests, and of one
made by the pipelines, over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

Answer = tuple[str, dict[str, Any], list[str], list[tuple[Any, ...]]]
"""Name, definition, the keys of the columns, and the rows in :func:`comparable` form."""

COURSE = ["code_module", "code_presentation"]
_DATES = pl.Date


@dataclass(frozen=True)
class Question:
    """A definition, and the frame that answers it: its columns in the definition's order."""

    name: str
    definition: dict[str, Any]
    answer: Callable[[Oulad], pl.DataFrame]


class Oulad:
    """The tables, with the columns that the mapping adds."""

    def __init__(self, folder: Path) -> None:
        def read(name: str) -> pl.DataFrame:
            return pl.read_parquet(folder / f"{name}.parquet")

        self.courses = read("courses").with_columns(
            code=pl.col("code_module") + "-" + pl.col("code_presentation"),
            start=pl.date(
                pl.col("code_presentation").str.slice(0, 4).cast(pl.Int32),
                pl.when(pl.col("code_presentation").str.ends_with("B")).then(2).otherwise(10),
                1,
            ),
        )
        keys = self.courses.select(*COURSE, "code", "start")
        self.vle = read("vle").join(keys, on=COURSE)
        self.enrollments = self._enrollments(read, keys)
        self.assignments = (
            read("assessments")
            .join(keys, on=COURSE)
            .with_columns(due=_day("date"), weight=pl.col("weight").cast(pl.Float64))
        )
        self.submissions = self._submissions(read("studentAssessment"))
        self.activity = read("studentVle").join(keys, on=COURSE).with_columns(day=_day("date"))

    @staticmethod
    def _enrollments(read: Callable[[str], pl.DataFrame], keys: pl.DataFrame) -> pl.DataFrame:
        joined = read("studentInfo").join(
            read("studentRegistration"), on=[*COURSE, "id_student"], validate="1:1"
        )
        return joined.join(keys, on=COURSE).with_columns(
            outcome=pl.col("final_result").str.to_uppercase(),
            enrolled=_day("date_registration"),
            withdrawn=_day("date_unregistration"),
        )

    def _submissions(self, raw: pl.DataFrame) -> pl.DataFrame:
        own = self.assignments.select(
            "id_assessment", *COURSE, "code", "start", "due", kind="assessment_type"
        )
        joined = raw.join(own, on="id_assessment").with_columns(day=_day("date_submitted"))
        return joined.with_columns(late=(pl.col("day") > pl.col("due")).fill_null(value=False))


def _day(offset: str) -> pl.Expr:
    return pl.col("start") + pl.duration(days=pl.col(offset))


def comparable(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows in a form that is the same from polars, from a result and from JSON, sorted.

    Numbers are compared to nine significant digits, dates as ISO text.
    """
    return sorted((tuple(_plain(v) for v in row) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return float(f"{value:.9g}")
    return tuple(value) if isinstance(value, list | tuple) else value


def answers(oulad_dir: Path | str) -> list[Answer]:
    """Every question with its columns and rows, from the files in ``oulad_dir``."""
    data = Oulad(Path(oulad_dir))
    return [
        (q.name, q.definition, columns_of(q.definition), comparable(q.answer(data).rows()))
        for q in QUESTIONS
    ]


def columns_of(definition: dict[str, Any]) -> list[str]:
    """The keys of a definition's columns, in order."""
    if definition["mode"] == "rows":
        return list(definition["columns"])
    keys = [definition["time"]["field"]] if definition["mode"] == "temporal" else []
    keys += [d if isinstance(d, str) else d["field"] for d in definition.get("dimensions", [])]
    return keys + [m if isinstance(m, str) else m["key"] for m in definition.get("measures", [])]


def _ask(entity: str, *measures: Any, by: Sequence[Any] = (), **rest: Any) -> dict[str, Any]:
    made = {"version": 1, "entity": entity, "mode": "categorical", **rest}
    return made | {"dimensions": list(by), "measures": list(measures)}


def _over_time(
    entity: str, field: str, bucket: str, *measures: Any, by: Sequence[str] = (), **rest: Any
) -> dict[str, Any]:
    made = _ask(entity, *measures, by=by, **rest)
    return made | {"mode": "temporal", "time": {"field": field, "bucket": bucket}}


def _list(entity: str, *columns: str, **rest: Any) -> dict[str, Any]:
    return {"version": 1, "entity": entity, "mode": "rows", "columns": list(columns), **rest}


def _if(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def _share(condition: pl.Expr) -> pl.Expr:
    return condition.cast(pl.Float64).mean()


_PASSED = pl.col("outcome").is_in(["PASS", "DISTINCTION"])
_N = pl.len()


def _enrolled(data: Oulad) -> pl.DataFrame:
    return data.enrollments


def _clicks_with(data: Oulad, *columns: str) -> pl.DataFrame:
    own = data.enrollments.select(*COURSE, "id_student", *columns)
    return data.activity.join(own, on=[*COURSE, "id_student"])


def _late_counts(data: Oulad) -> pl.DataFrame:
    late = data.submissions.filter(pl.col("late"))
    return late.group_by(*COURSE, "id_student").agg(n=_N)


def _three_facts(data: Oulad) -> pl.DataFrame:
    made = data.courses.select("code")
    for frame, name, value in (
        (data.enrollments, "enrollments", _N),
        (data.submissions, "submissions", _N),
        (data.activity, "clicks", pl.col("sum_click").sum()),
    ):
        made = made.join(frame.group_by("code").agg(value.alias(name)), on="code", how="left")
    return made.fill_null(0)


def _per_learner(data: Oulad) -> pl.DataFrame:
    clicks = data.activity.group_by("code").agg(c=pl.col("sum_click").sum())
    learners = data.enrollments.group_by("code").agg(n=pl.col("id_student").n_unique())
    joined = learners.join(clicks, on="code", how="left").fill_null(0)
    return joined.select("code", pl.col("c") / pl.col("n"))


def _without_submissions(data: Oulad) -> pl.DataFrame:
    students = data.enrollments.select("id_student").unique()
    return students.join(data.submissions, on="id_student", how="anti").select(_N)


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
    return data.submissions.group_by(label.alias("bin")).agg(_N)


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


def _median(data: Oulad) -> pl.DataFrame:
    score = pl.col("score")
    return data.submissions.group_by("kind").agg(
        _N, score.count().alias("graded"), score.mean(), score.median().alias("median")
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


_THREE = ("enrollments.count", "submissions.count", "activity.clicks")

QUESTIONS: tuple[Question, ...] = (
    Question(
        "enrollments and learners by course",
        _ask("enrollments", "enrollments.count", "learners", by=["course.code"]),
        lambda d: d.enrollments.group_by("code").agg(_N, pl.col("id_student").n_unique()),
    ),
    Question(
        "rates by course",
        _ask("enrollments", "withdrawalRate", "completionRate", "passRate", by=["course.code"]),
        lambda d: d.enrollments.group_by("code").agg(
            _share(pl.col("outcome") == "WITHDRAWN").alias("w"),
            _share(_PASSED).alias("c"),
            _share(_PASSED).alias("p"),
        ),
    ),
    Question(
        "enrollments by region",
        _ask("enrollments", "count", by=["attributes.region"]),
        lambda d: d.enrollments.group_by("region").agg(_N),
    ),
    Question(
        "outcomes by gender",
        _ask("enrollments", "count", by=["outcome", "attributes.gender"]),
        lambda d: d.enrollments.group_by("outcome", "gender").agg(_N),
    ),
    Question(
        "enrollments by month",
        _over_time("enrollments", "enrolledOn", "month", "count"),
        lambda d: (
            d.enrollments.drop_nulls("enrolled")
            .group_by(pl.col("enrolled").dt.truncate("1mo"))
            .agg(_N)
        ),
    ),
    Question(
        "withdrawals by week and subject",
        _over_time("enrollments", "withdrawnOn", "week", "count", by=["course.category"]),
        lambda d: (
            d.enrollments.drop_nulls("withdrawn")
            .group_by(pl.col("withdrawn").dt.truncate("1w"), "code_module")
            .agg(_N)
        ),
    ),
    Question(
        "enrollments by quarter and year",
        _over_time("enrollments", "time", "quarter", "count", "avgProgress"),
        lambda d: (
            d.enrollments.drop_nulls("enrolled")
            .group_by(pl.col("enrolled").dt.truncate("1q"))
            .agg(_N, pl.lit(None).first().alias("progress"))
        ),
    ),
    Question(
        "who has no deprivation band",
        _list(
            "enrollments",
            "student.code",
            "course.code",
            "attributes.region",
            filters=[_if("attributes.imdBand", "isNull")],
        ),
        lambda d: d.enrollments.filter(pl.col("imd_band").is_null()).select(
            pl.col("id_student").cast(pl.String), "code", "region"
        ),
    ),
    Question(
        "assignments and their weight",
        _ask(
            "assignments",
            "count",
            {"key": "weight", "field": "weight", "agg": "sum"},
            by=["course.code", "kind"],
        ),
        lambda d: d.assignments.group_by("code", "assessment_type").agg(_N, pl.col("weight").sum()),
    ),
    Question(
        "assignments without a date",
        _list("assignments", "title", "course.code", "kind", filters=[_if("dueOn", "isNull")]),
        lambda d: d.assignments.filter(pl.col("due").is_null()).select(
            pl.col("assessment_type") + " " + pl.col("id_assessment").cast(pl.String),
            "code",
            pl.col("assessment_type").alias("kind"),
        ),
    ),
    Question(
        "marks by kind",
        _ask("submissions", "count", "graded", "avgScore", "medianScore", by=["assignment.kind"]),
        _median,
    ),
    Question(
        "the spread of marks by kind",
        _ask(
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
        _ask("submissions", "count", "lateRate", by=["course.code"]),
        lambda d: d.submissions.group_by("code").agg(_N, _share(pl.col("late"))),
    ),
    Question(
        "passed submissions by subject",
        _ask("submissions", "submissions.passRate", by=["course.category"]),
        lambda d: d.submissions.group_by("code_module").agg(
            _share(pl.col("score").drop_nulls() >= 40)
        ),
    ),
    Question(
        "submissions by month and kind",
        _over_time("submissions", "submittedOn", "month", "count", by=["assignment.kind"]),
        lambda d: d.submissions.group_by(pl.col("day").dt.truncate("1mo"), "kind").agg(_N),
    ),
    Question(
        "submissions by band of marks",
        _ask("submissions", "count", by=[{"field": "score", "bins": [0, 40, 60, 80, 100]}]),
        _bins,
    ),
    Question(
        "banked submissions by course",
        _ask("submissions", "count", by=["course.code"], filters=[_if("isBanked", "isTrue")]),
        lambda d: d.submissions.filter(pl.col("is_banked") == 1).group_by("code").agg(_N),
    ),
    Question(
        "marks other than 100, the unmarked ones too",
        _ask("submissions", "count", filters=[_if("score", "ne", 100)]),
        lambda d: d.submissions.filter(pl.col("score").ne_missing(100)).select(_N),
    ),
    Question(
        "outside two deprivation bands, unknown ones too",
        _ask(
            "enrollments",
            "count",
            by=["attributes.imdBand"],
            filters=[_if("attributes.imdBand", "notIn", ["0-10%", "90-100%"])],
        ),
        lambda d: (
            d.enrollments.filter(
                ~pl.col("imd_band").is_in(["0-10%", "90-100%"]).fill_null(value=False)
            )
            .group_by("imd_band")
            .agg(_N)
        ),
    ),
    Question(
        "submissions in a winter, half-open",
        _ask(
            "submissions",
            "count",
            by=["course.category"],
            filters=[_if("submittedOn", "between", ["2013-12-01", "2014-03-01"])],
        ),
        lambda d: (
            d.submissions.filter(
                pl.col("day").is_between(date(2013, 12, 1), date(2014, 3, 1), closed="left")
            )
            .group_by("code_module")
            .agg(_N)
        ),
    ),
    Question(
        "use by course",
        _ask(
            "activity",
            "activity.events",
            "activity.clicks",
            "activity.activeLearners",
            by=["course.code"],
        ),
        lambda d: d.activity.group_by("code").agg(
            _N, pl.col("sum_click").sum(), pl.col("id_student").n_unique()
        ),
    ),
    Question(
        "clicks by week",
        _over_time("activity", "occurredOn", "week", "clicks"),
        lambda d: d.activity.group_by(pl.col("day").dt.truncate("1w")).agg(
            pl.col("sum_click").sum()
        ),
    ),
    Question(
        "clicks by weekday",
        _over_time("activity", "occurredOn", "dayOfWeek", "clicks"),
        lambda d: d.activity.group_by(pl.col("day").dt.weekday()).agg(pl.col("sum_click").sum()),
    ),
    Question(
        "clicks by kind of lesson",
        _ask("activity", "events", "clicks", by=["lesson.kind"]),
        lambda d: (
            d.activity.join(d.vle.select("id_site", "activity_type"), on="id_site")
            .group_by("activity_type")
            .agg(_N, pl.col("sum_click").sum())
        ),
    ),
    Question(
        "clicks by outcome",
        _ask("activity", "clicks", "activeLearners", by=["enrollment.outcome"]),
        lambda d: (
            _clicks_with(d, "outcome")
            .group_by("outcome")
            .agg(pl.col("sum_click").sum(), pl.col("id_student").n_unique())
        ),
    ),
    Question(
        "clicks by age and month",
        _over_time("activity", "time", "month", "clicks", by=["enrollment.attributes.ageBand"]),
        lambda d: (
            _clicks_with(d, "age_band")
            .group_by(pl.col("day").dt.truncate("1mo"), "age_band")
            .agg(pl.col("sum_click").sum())
        ),
    ),
    Question(
        "three facts side by side",
        _ask("courses", *_THREE, by=["code"]),
        _three_facts,
    ),
    Question(
        "all of it in one row",
        _ask(
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
        _ask(
            "activity",
            "clicks",
            by=["student.code"],
            sort=[{"by": "clicks", "dir": "desc"}],
            limit=10,
        ),
        _busiest,
    ),
    Question(
        "students often late, by course",
        _ask(
            "enrollments",
            "learners",
            by=["course.code"],
            filters=[
                {
                    "metric": "submissions.count",
                    "filters": [_if("isLate", "isTrue")],
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
        _ask(
            "students",
            "count",
            filters=[{"metric": "submissions.count", "op": "eq", "value": 0}],
        ),
        _without_submissions,
    ),
    Question(
        "lessons by course and module",
        _ask("lessons", "count", by=["course.code", "module.title"]),
        lambda d: d.vle.group_by("code", "activity_type").agg(_N),
    ),
    Question(
        "women in Scotland or Wales by outcome",
        _ask(
            "enrollments",
            "count",
            by=["outcome"],
            filters=[
                _if("attributes.region", "eq", "Scotland"),
                _if("attributes.region", "eq", "Wales"),
                _if("attributes.gender", "eq", "F"),
            ],
            filterLogic="(1 OR 2) AND 3",
        ),
        lambda d: (
            d.enrollments.filter(
                pl.col("region").is_in(["Scotland", "Wales"]) & (pl.col("gender") == "F")
            )
            .group_by("outcome")
            .agg(_N)
        ),
    ),
    Question(
        "clicks per learner by course",
        _ask(
            "enrollments",
            {"key": "each", "ratio": ["activity.clicks", "enrollments.learners"]},
            by=["course.code"],
        ),
        _per_learner,
    ),
    Question(
        "which subject in which term",
        _ask("courses", by=["category", "termCode"]),
        lambda d: d.courses.select("code_module", "code_presentation").unique(),
    ),
    Question(
        "courses by teacher and start",
        _ask("courses", "count", by=["creator.code", "startsOn"]),
        lambda d: d.courses.group_by("teacher-" + pl.col("code_module"), "start").agg(_N),
    ),
    Question(
        "regions of the south, whatever the case",
        _ask(
            "enrollments",
            "count",
            by=["attributes.region"],
            filters=[_if("attributes.region", "contains", "SOUTH")],
        ),
        lambda d: (
            d.enrollments.filter(pl.col("region").str.contains("(?i)south"))
            .group_by("region")
            .agg(_N)
        ),
    ),
    Question(
        "sixty to a hundred and twenty credits, both included",
        _ask(
            "enrollments",
            "count",
            {"key": "credits", "field": "attributes.studiedCredits", "agg": "avg"},
            by=["course.category"],
            filters=[_if("attributes.studiedCredits", "between", [60, 120])],
        ),
        lambda d: (
            d.enrollments.filter(pl.col("studied_credits").is_between(60, 120))
            .group_by("code_module")
            .agg(_N, pl.col("studied_credits").mean())
        ),
    ),
    Question(
        "courses that many leave",
        _ask(
            "enrollments",
            "withdrawalRate",
            by=["course.code"],
            having=[{"measure": "withdrawalRate", "op": "gt", "value": 0.12}],
        ),
        lambda d: (
            d.enrollments.group_by("code")
            .agg(w=_share(pl.col("outcome") == "WITHDRAWN"))
            .filter(pl.col("w") > 0.12)
        ),
    ),
    Question(
        "first and last day of use by subject",
        _ask(
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
        _ask(
            "courses",
            {
                "key": "tma",
                "metric": "submissions.lateRate",
                "filters": [_if("assignment.kind", "eq", "TMA")],
            },
            {
                "key": "cma",
                "metric": "submissions.lateRate",
                "filters": [_if("assignment.kind", "eq", "CMA")],
            },
            by=["category"],
        ),
        lambda d: (
            d.courses.select("code_module")
            .unique()
            .join(
                d.submissions.group_by("code_module").agg(
                    tma=_share(pl.col("late").filter(pl.col("kind") == "TMA")),
                    cma=_share(pl.col("late").filter(pl.col("kind") == "CMA")),
                ),
                on="code_module",
                how="left",
            )
        ),
    ),
)
