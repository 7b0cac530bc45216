"""The Open University's records: the mapping, twice the same, all or nothing, useful errors."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connection

from optilearn.core.tenancy.context import tenant_context
from optilearn.demo import bulk
from optilearn.demo.oulad import LoadReport, load_oulad
from optilearn.demo.oulad_files import FILES, SourceError
from optilearn.institutions.models import Institution

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "oulad_sample"
LEARNERS = 25


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records of a few learners of one course: genuine, and quick to load."""
    folder = tmp_path_factory.mktemp("oulad")
    frames = {name: pl.read_parquet(SAMPLE / f"{name}.parquet") for name in FILES}
    course = (pl.col("code_module") == "AAA") & (pl.col("code_presentation") == "2013J")
    learners = frames["studentInfo"].filter(course)["id_student"].unique().sort()[:LEARNERS]
    for name, frame in frames.items():
        kept = frame.filter(course) if "code_module" in frame.columns else frame
        if name == "studentAssessment":
            kept = kept.filter(
                pl.col("id_assessment").is_in(
                    frames["assessments"].filter(course)["id_assessment"].implode()
                )
            )
        if "id_student" in frame.columns:
            kept = kept.filter(pl.col("id_student").is_in(learners.implode()))
        kept.write_parquet(folder / f"{name}.parquet")
    return folder


@pytest.fixture
def copy_of(few: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(few, tmp_path / "copy"))


def load(folder: Path) -> LoadReport:
    return load_oulad(folder, "ou", started=lambda _: None, advance=lambda _: None)


def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with tenant_context(Institution.objects.get(slug="ou").pk), connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def counts() -> dict[str, int]:
    return {t: rows(f"SELECT count(*) FROM {t}")[0][0] for t in bulk.OWNED_TABLES}


def frame(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def test_every_row_arrives_and_a_second_load_changes_nothing(db: None, few: Path) -> None:
    report = load(few)
    first = counts()
    assert report.rows == sum(first.values())
    assert first["activity_event"] == frame(few, "studentVle").height
    assert first["enrollment_enrollment"] == LEARNERS
    assert first["people_person"] == LEARNERS + 2
    marks = rows("SELECT max(row_xid), max(id) FROM activity_event")
    assert load(few) == LoadReport(rows=0, already_loaded=True)
    assert counts() == first
    assert rows("SELECT max(row_xid), max(id) FROM activity_event") == marks


def test_days_are_london_days(db: None, few: Path) -> None:
    load(few)
    found = rows(
        "SELECT p.code, (e.enrolled_at AT TIME ZONE 'Europe/London')::timestamp::text,"
        " (e.withdrawn_at AT TIME ZONE 'Europe/London')::date::text, e.attributes->>'region'"
        " FROM enrollment_enrollment e JOIN people_person p ON p.id = e.student_id ORDER BY p.code"
    )
    start = pl.date(2013, 10, 1)
    expected = (
        frame(few, "studentRegistration")
        .join(frame(few, "studentInfo"), on="id_student")
        .select(
            "region",
            id_student=pl.col("id_student").cast(pl.String),
            on=(start + pl.duration(days=pl.col("date_registration"))).dt.strftime("%F 00:00:00"),
            off=(start + pl.duration(days=pl.col("date_unregistration"))).dt.strftime("%F"),
        )
        .select("id_student", "on", "off", "region")
        .sort("id_student")
        .rows()
    )
    assert found == expected


def test_scores_lateness_and_duplicates_are_kept(db: None, few: Path) -> None:
    load(few)
    due = frame(few, "assessments").select("id_assessment", "date")
    original = frame(few, "studentAssessment").join(due, on="id_assessment")
    late = original.filter(pl.col("date_submitted") > pl.col("date")).height
    assert rows("SELECT count(*), sum(score)::int FROM assessment_submission") == [
        (original.height, original["score"].sum())
    ]
    assert late > 0
    assert rows("SELECT count(*) FROM assessment_submission WHERE is_late") == [(late,)]
    assert rows("SELECT sum(clicks)::int FROM activity_event") == [
        (frame(few, "studentVle")["sum_click"].sum(),)
    ]


def test_other_files_replace_what_was_there(db: None, few: Path, copy_of: Path) -> None:
    load(few)
    half = frame(copy_of, "studentVle").head(10)
    half.write_parquet(copy_of / "studentVle.parquet")
    load(copy_of)
    assert counts()["activity_event"] == 10
    assert counts()["people_person"] == LEARNERS + 2


Damage = Callable[[Path], None]


def lose(name: str) -> Damage:
    return lambda folder: (folder / f"{name}.parquet").unlink()


def rewrite(name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Damage:
    def damage(folder: Path) -> None:
        change(frame(folder, name)).write_parquet(folder / f"{name}.parquet")

    return damage


def cut(name: str) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / f"{name}.parquet"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def at(column: str, row: int, value: object) -> Callable[[pl.DataFrame], pl.DataFrame]:
    is_row = pl.int_range(pl.len()) == row
    return lambda f: f.with_columns(
        pl.when(is_row).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lose("vle"), "lacks vle.parquet"),
        (cut("studentVle"), "studentVle.parquet is no readable Parquet file"),
        (rewrite("courses", lambda f: f.drop("code_module")), "lacks the column code_module"),
        (
            rewrite("studentVle", lambda f: f.with_columns(pl.col("date").cast(pl.String))),
            "studentVle.parquet: the column date holds String; it must hold a whole number",
        ),
        (rewrite("studentVle", at("sum_click", 6, None)), "row 7: sum_click is missing"),
        (rewrite("studentVle", at("id_site", 6, 1)), "studentVle.parquet, row 7: no such row in"),
        (rewrite("studentInfo", at("final_result", 2, "Passed")), "final_result is 'Passed'"),
        (
            rewrite("courses", lambda f: f.with_columns(code_presentation=pl.lit("2013X"))),
            "code_presentation is '2013X'",
        ),
        (rewrite("studentAssessment", at("id_assessment", 0, 1)), "row 1: no such row in"),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_written(
    db: None, copy_of: Path, damage: Damage, message: str
) -> None:
    damage(copy_of)
    with pytest.raises(SourceError) as refusal:
        load(copy_of)
    assert message in str(refusal.value)
    assert not Institution.objects.filter(slug="ou").exists()
