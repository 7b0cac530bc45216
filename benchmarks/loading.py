"""`load_oulad` over plain COPY of the same rows into the same tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from benchmarks.report import Line, once
from benchmarks.world import World
from tests.support.database import migrated_database

TABLES = (
    "institutions_term",
    "institutions_attributedefinition",
    "people_person",
    "courses_course",
    "courses_module",
    "courses_lesson",
    "enrollment_enrollment",
    "assessment_assignment",
    "assessment_submission",
    "activity_event",
)


def load(folder: Path, slug: str) -> tuple[float, int]:
    """Load into Django's database; the seconds it took and the institution's id."""
    from optilearn.demo.oulad import load_oulad
    from optilearn.institutions.selectors import institution_by_slug

    started = time.perf_counter()
    load_oulad(folder, slug, started=lambda _: None, advance=lambda _: None)
    seconds = time.perf_counter() - started
    institution = institution_by_slug(slug)
    assert institution is not None
    return seconds, institution.id


def measure(world: World) -> Iterator[Line]:
    files = {table: world.folder / f"{table}.copy" for table in TABLES}
    columns: dict[str, str] = {}
    with world.superuser() as source:
        for table, file in files.items():
            columns[table] = _columns(source, table)
            query = f"SELECT {columns[table]} FROM {table}"
            with (
                source.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy,
                file.open("wb") as target,
            ):
                for block in copy:
                    target.write(block)
        row = source.execute("SELECT * FROM institutions_institution").fetchone()
        assert row is not None
    with migrated_database("floor") as other, psycopg.connect(other.superuser_url) as floor:
        floor.execute(
            "INSERT INTO institutions_institution (id, slug, crm_id, name, time_zone, locale,"
            " first_weekday, min_group_size, settings, created_at)"
            " VALUES (%s, 'x', 'x', 'x', 'UTC', 'en', 1, 0, '{}', now())",
            [world.institution_id],
        )

        def copy_all() -> None:
            for table, file in files.items():
                _copy_in(floor, table, columns[table], file)
            floor.commit()

        seconds = once(copy_all)
    for file in files.values():
        file.unlink()
    yield Line("load_oulad over plain COPY", world.loading_seconds, seconds, 1.5)


def _columns(connection: psycopg.Connection, table: str) -> str:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attname <> 'row_xid' ORDER BY attnum",
        [table],
    ).fetchall()
    return ", ".join(f'"{name}"' for (name,) in rows)


def _copy_in(connection: psycopg.Connection, table: str, columns: str, file: Path) -> None:
    statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)"
    with connection.cursor().copy(statement) as copy, file.open("rb") as source:
        while block := source.read(1 << 20):
            copy.write(block)
