"""Mapping the dataset's files onto tables (the report DSL's §5).

Instants are local midnight in London, a due date the last second of its local day, so that
the institution's local dates are exactly the dataset's days.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from optilearn.demo.bulk import CHUNK_ROWS, Loader
from optilearn.demo.oulad_files import Dataset, SourceError, check_rows

ZONE: Final = "Europe/London"
TERM_MONTHS: Final = {"B": 2, "J": 10}
OUTCOMES: Final = {
    "Pass": "PASS",
    "Distinction": "DISTINCTION",
    "Fail": "FAIL",
    "Withdrawn": "WITHDRAWN",
}
ATTRIBUTES: Final = {
    "gender": ("gender", "text"),
    "region": ("region", "text"),
    "highestEducation": ("highest_education", "text"),
    "imdBand": ("imd_band", "text"),
    "ageBand": ("age_band", "text"),
    "disability": ("disability", "text"),
    "previousAttempts": ("num_of_prev_attempts", "integer"),
    "studiedCredits": ("studied_credits", "integer"),
}
COURSE_KEY: Final = ["code_module", "code_presentation"]


def _day(days: str, start: str = "starts_on") -> pl.Expr:
    return pl.col(start) + pl.duration(days=pl.col(days))


def _midnight(date: pl.Expr) -> pl.Expr:
    local = date.cast(pl.Datetime("us")).dt.replace_time_zone(ZONE)
    return local.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _last_second(date: pl.Expr) -> pl.Expr:
    local = (date.cast(pl.Datetime("us")) + pl.duration(hours=23, minutes=59, seconds=59)).dt
    return (
        local.replace_time_zone(ZONE).dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    )


class Writer:
    """Maps the dataset onto tables and copies them, parents first."""

    def __init__(self, data: Dataset, loader: Loader) -> None:
        self.data = data
        self.loader = loader
        self.students = data.info.select("id_student").unique().sort("id_student")
        self.modules = (
            data.vle.select(*COURSE_KEY, "activity_type")
            .unique()
            .sort(*COURSE_KEY, "activity_type")
        )
        self.terms = _terms(data.courses)

    @property
    def total(self) -> int:
        """The rows that will be written."""
        data = self.data
        return (
            data.event_count
            + self.terms.height
            + len(ATTRIBUTES)
            + 1
            + data.courses["code_module"].n_unique()
            + self.modules.height
            + self.students.height
            + sum(
                f.height
                for f in (
                    data.courses,
                    data.vle,
                    data.registrations,
                    data.assessments,
                    data.submissions,
                )
            )
        )

    def write(self) -> None:
        """Write everything."""
        self._attributes()
        people = self._people()
        courses = self._courses(people)
        lessons = self._lessons(courses)
        enrollments = self._enrollments(courses, people)
        self._submissions(self._assignments(courses), enrollments)
        self._events(enrollments, lessons)

    def _attributes(self) -> None:
        frame = pl.DataFrame(
            [
                {"entity": "enrollments", "key": key, "type": kind, "label": key}
                for key, (_, kind) in ATTRIBUTES.items()
            ]
        )
        self._save("institutions_attributedefinition", frame)

    def _save(self, table: str, frame: pl.DataFrame, columns: list[str] | None = None) -> None:
        numbered = frame if "id" in frame.columns else self.loader.number(table, frame)
        names = columns or [c for c in frame.columns if c != "id"]
        self.loader.write(table, numbered.select("id", *names))

    def _people(self) -> pl.DataFrame:
        modules = self.data.courses["code_module"].unique().sort()
        staff = pl.DataFrame(
            [("ADMIN", "admin", "Administrator")]
            + [("TEACHER", f"teacher-{m}", f"Teacher {m}") for m in modules],
            schema=["role", "code", "name"],
            orient="row",
        ).with_columns(kind=pl.lit("USER"))
        number = self.students["id_student"].cast(pl.String)
        students = pl.DataFrame(
            {"role": "STUDENT", "code": number, "name": "Student " + number, "kind": "STUDENT"}
        )
        people = self.loader.number(
            "people_person", pl.concat([staff, students.select(staff.columns)])
        )
        blank = [
            "email",
            "class_id",
            "class_name",
            "section_id",
            "section_name",
            "locale",
            "time_zone",
        ]
        full = people.with_columns(
            *(pl.lit("").alias(name) for name in blank),
            crm_id=pl.col("code"),
            status=pl.lit("ACTIVE"),
            attributes=pl.lit("{}"),
        )
        self._save("people_person", full, [c for c in full.columns if c != "id"])
        return people.select("id", "kind", "code")

    def _courses(self, people: pl.DataFrame) -> pl.DataFrame:
        terms = self.loader.number("institutions_term", self.terms)
        self._save(
            "institutions_term", terms.with_columns(name=pl.col("code")), list(_TERM_COLUMNS)
        )
        teachers = people.filter(pl.col("kind") == "USER").select(creator_id="id", creator="code")
        courses = (
            self.data.courses.with_columns(creator="teacher-" + pl.col("code_module"))
            .join(teachers, on="creator", how="left", maintain_order="left")
            .join(
                terms.select(term_id="id", code_presentation="code", starts_on="starts_on"),
                on="code_presentation",
                how="left",
                maintain_order="left",
            )
        )
        courses = self.loader.number("courses_course", courses)
        frame = courses.select(
            "id",
            "starts_on",
            "term_id",
            "creator_id",
            code=_code(),
            title=_code(),
            description=pl.lit(""),
            category="code_module",
            tags=pl.lit("{}"),
            status=pl.lit("PUBLISHED"),
            published_at=_midnight(pl.col("starts_on")),
            ends_on=pl.col("starts_on")
            + pl.duration(days=pl.col("module_presentation_length") - 1),
            length_days="module_presentation_length",
            currency=pl.lit(""),
            target_class_ids=pl.lit("{}"),
            target_section_ids=pl.lit("{}"),
        )
        self._save("courses_course", frame)
        return courses.select(*COURSE_KEY, "starts_on", course_id="id")

    def _lessons(self, courses: pl.DataFrame) -> pl.DataFrame:
        modules = self.modules.join(
            courses, on=COURSE_KEY, how="left", maintain_order="left"
        ).with_columns(position=pl.int_range(pl.len()).over(COURSE_KEY) + 1)
        modules = self.loader.number("courses_module", modules)
        self._save(
            "courses_module",
            modules.rename({"activity_type": "title"}),
            ["course_id", "title", "position"],
        )
        lessons = (
            self.data.vle.sort("id_site")
            .join(
                modules.select(*COURSE_KEY, "activity_type", "course_id", module_id="id"),
                on=[*COURSE_KEY, "activity_type"],
                how="left",
                maintain_order="left",
            )
            .with_columns(position=pl.int_range(pl.len()).over("module_id") + 1)
        )
        lessons = self.loader.number("courses_lesson", lessons)
        frame = lessons.select(
            "id",
            "course_id",
            "module_id",
            "position",
            title=pl.col("activity_type") + " " + pl.col("id_site").cast(pl.String),
            kind="activity_type",
        )
        self._save("courses_lesson", frame)
        return lessons.select("id_site", "course_id", lesson_id="id")

    def _enrollments(self, courses: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
        students = people.filter(pl.col("kind") == "STUDENT").select(
            student_id="id", id_student=pl.col("code").cast(pl.Int64)
        )
        key = [*COURSE_KEY, "id_student"]
        rows = (
            self.data.registrations.with_columns(pl.col("id_student").cast(pl.Int64))
            .join(
                self.data.info.with_columns(pl.col("id_student").cast(pl.Int64)),
                on=key,
                how="left",
                maintain_order="left",
            )
            .join(courses, on=COURSE_KEY, how="left", maintain_order="left")
            .join(students, on="id_student", how="left", maintain_order="left")
        )
        _refuse_orphans("studentRegistration", rows, "final_result", "studentInfo")
        _refuse_orphans("studentRegistration", rows, "course_id", "courses")
        outcome = pl.col("final_result").replace_strict(OUTCOMES, default=None)
        rows = self.loader.number("enrollment_enrollment", rows.with_columns(outcome=outcome))
        if rows["outcome"].null_count():
            bad = rows.filter(pl.col("outcome").is_null())["final_result"][0]
            raise SourceError(
                f"studentInfo.parquet: final_result is {bad!r}; it must be one of "
                f"{', '.join(OUTCOMES)}."
            )
        frame = rows.select(
            "id",
            "student_id",
            "course_id",
            "outcome",
            status=pl.when(pl.col("outcome").is_in(["PASS", "DISTINCTION"]))
            .then(pl.lit("COMPLETED"))
            .when(pl.col("outcome") == "WITHDRAWN")
            .then(pl.lit("WITHDRAWN"))
            .otherwise(pl.lit("ENDED")),
            source=pl.lit("IMPORT"),
            enrolled_at=_midnight(_day("date_registration")),
            withdrawn_at=_midnight(_day("date_unregistration")),
            attributes=pl.struct(
                [pl.col(c).alias(k) for k, (c, _) in ATTRIBUTES.items()]
            ).struct.json_encode(),
        )
        self._save("enrollment_enrollment", frame)
        return rows.select(*key, "course_id", "student_id", "starts_on", enrollment_id="id")

    def _assignments(self, courses: pl.DataFrame) -> pl.DataFrame:
        rows = self.data.assessments.join(courses, on=COURSE_KEY, how="left", maintain_order="left")
        _refuse_orphans("assessments", rows, "course_id", "courses")
        rows = self.loader.number("assessment_assignment", rows)
        kind = pl.col("assessment_type").str.to_uppercase()
        frame = rows.select(
            "id",
            "course_id",
            "weight",
            kind=kind,
            title=kind + " " + pl.col("id_assessment").cast(pl.String),
            due_at=_last_second(_day("date")),
            max_score=pl.lit(100),
        )
        self._save("assessment_assignment", frame)
        return rows.select("id_assessment", "course_id", due_day="date", assignment_id="id")

    def _submissions(self, assignments: pl.DataFrame, enrollments: pl.DataFrame) -> None:
        rows = (
            self.data.submissions.with_columns(pl.col("id_student").cast(pl.Int64))
            .join(assignments, on="id_assessment", how="left", maintain_order="left")
            .join(
                enrollments.drop(COURSE_KEY),
                on=["id_student", "course_id"],
                how="left",
                maintain_order="left",
            )
        )
        _refuse_orphans("studentAssessment", rows, "assignment_id", "assessments")
        _refuse_orphans("studentAssessment", rows, "enrollment_id", "studentRegistration")
        frame = rows.select(
            "assignment_id",
            "enrollment_id",
            "student_id",
            "course_id",
            "score",
            status=pl.when(pl.col("score").is_null())
            .then(pl.lit("SUBMITTED"))
            .otherwise(pl.lit("GRADED")),
            submitted_at=_midnight(_day("date_submitted")),
            is_late=(pl.col("date_submitted") > pl.col("due_day")).fill_null(value=False),
            is_banked=pl.col("is_banked") == 1,
        )
        self._save("assessment_submission", frame)

    def _events(self, enrollments: pl.DataFrame, lessons: pl.DataFrame) -> None:
        keys = enrollments.with_columns(pl.col("code_module", "code_presentation").cast(pl.String))
        columns = [
            "student_id",
            "course_id",
            "enrollment_id",
            "lesson_id",
            "kind",
            "occurred_at",
            "clicks",
        ]
        self.loader.stream("activity_event", columns, _event_chunks(self.data, keys, lessons))


def _event_chunks(
    data: Dataset, enrollments: pl.DataFrame, lessons: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    sites = lessons.with_columns(pl.col("id_site").cast(pl.Int64))
    for offset in range(0, data.event_count, CHUNK_ROWS):
        part = (
            pl.scan_parquet(data.events)
            .slice(offset, CHUNK_ROWS)
            .with_columns(pl.col("id_student", "id_site").cast(pl.Int64))
            .collect()
        )
        rows = (
            check_rows("studentVle", part, first_row=offset)
            .join(
                enrollments,
                on=[*COURSE_KEY, "id_student"],
                how="left",
                maintain_order="left",
            )
            .join(sites, on=["id_site", "course_id"], how="left", maintain_order="left")
        )
        _refuse_orphans("studentVle", rows, "enrollment_id", "studentRegistration", offset)
        _refuse_orphans("studentVle", rows, "lesson_id", "vle", offset)
        yield rows.select(
            "student_id",
            "course_id",
            "enrollment_id",
            "lesson_id",
            kind=pl.lit(1),
            occurred_at=_midnight(_day("date")),
            clicks="sum_click",
        )


_TERM_COLUMNS: Final = ("code", "name", "starts_on", "ends_on")


def _code() -> pl.Expr:
    return pl.col("code_module") + "-" + pl.col("code_presentation")


def _terms(courses: pl.DataFrame) -> pl.DataFrame:
    """One term for each presentation, as long as its longest course."""
    code = courses["code_presentation"]
    bad = courses.filter(~code.str.contains(r"^\d{4}[BJ]$"))
    if bad.height:
        raise SourceError(
            f"courses.parquet: code_presentation is {bad['code_presentation'][0]!r}; it must be "
            "a year and B or J."
        )
    month = pl.col("code").str.slice(4).replace_strict(TERM_MONTHS, return_dtype=pl.Int8)
    return (
        courses.group_by(code="code_presentation")
        .agg(days=pl.col("module_presentation_length").max())
        .sort("code")
        .with_columns(starts_on=pl.date(pl.col("code").str.slice(0, 4).cast(pl.Int32), month, 1))
        .with_columns(ends_on=pl.col("starts_on") + pl.duration(days=pl.col("days") - 1))
        .drop("days")
    )


def _refuse_orphans(
    file: str, rows: pl.DataFrame, found: str, target: str, first_row: int = 0
) -> None:
    if rows[found].null_count():
        at = rows[found].is_null().arg_max() or 0
        raise SourceError(
            f"{file}.parquet, row {first_row + at + 1}: no such row in {target}.parquet."
        )
