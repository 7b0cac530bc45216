"""OULAD's tables with added columns (docs/report-reference.md#oulad), and how to ask about them.

Nothing here knows the engine, a snapshot or SQL: polars reads the published Parquet files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

COURSE = ["code_module", "code_presentation"]
N = pl.len()
PASSED = pl.col("outcome").is_in(["PASS", "DISTINCTION"])


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
            .with_columns(assessment_type=pl.col("assessment_type").str.to_uppercase())
            .join(keys, on=COURSE)
            .with_columns(due=day_of("date"), weight=pl.col("weight").cast(pl.Float64))
        )
        self.submissions = self._submissions(read("studentAssessment"))
        self.activity = read("studentVle").join(keys, on=COURSE).with_columns(day=day_of("date"))

    @staticmethod
    def _enrollments(read: Callable[[str], pl.DataFrame], keys: pl.DataFrame) -> pl.DataFrame:
        joined = read("studentInfo").join(
            read("studentRegistration"), on=[*COURSE, "id_student"], validate="1:1"
        )
        return joined.join(keys, on=COURSE).with_columns(
            outcome=pl.col("final_result").str.to_uppercase(),
            enrolled=day_of("date_registration"),
            withdrawn=day_of("date_unregistration"),
        )

    def _submissions(self, raw: pl.DataFrame) -> pl.DataFrame:
        own = self.assignments.select(
            "id_assessment", *COURSE, "code", "start", "due", kind="assessment_type"
        )
        joined = raw.join(own, on="id_assessment").with_columns(day=day_of("date_submitted"))
        return joined.with_columns(late=(pl.col("day") > pl.col("due")).fill_null(value=False))


def day_of(offset: str) -> pl.Expr:
    return pl.col("start") + pl.duration(days=pl.col(offset))


def ask(entity: str, *measures: Any, by: Sequence[Any] = (), **rest: Any) -> dict[str, Any]:
    made = {"version": 1, "entity": entity, "mode": "categorical", **rest}
    return made | {"dimensions": list(by), "measures": list(measures)}


def over_time(
    entity: str, field: str, bucket: str, *measures: Any, by: Sequence[str] = (), **rest: Any
) -> dict[str, Any]:
    made = ask(entity, *measures, by=by, **rest)
    return made | {"mode": "temporal", "time": {"field": field, "bucket": bucket}}


def listing(entity: str, *columns: str, **rest: Any) -> dict[str, Any]:
    return {"version": 1, "entity": entity, "mode": "rows", "columns": list(columns), **rest}


def only_if(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op} | ({} if value is None else {"value": value})


def share(condition: pl.Expr) -> pl.Expr:
    return condition.cast(pl.Float64).mean()
