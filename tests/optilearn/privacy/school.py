"""A database of its own with the twins in it, kept snapshots, and real erasures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from pipelines.snapshots.extract import Institution
from pipelines.snapshots.service import Outcome, SnapshotRequest, SnapshotService
from pipelines.snapshots.settings import SnapshotSettings
from reports.snapshot.storage import LocalStorage
from tests.support.database import ROOT, environment, migrated_database
from tests.support.services import Database, redis_url

SECRETS = ("Lenaxq", "codelenaxq", "Gryffinxq", "मीराxq", "codeमीराxq", "Tomxq", "codetomxq")


@dataclass
class School:
    """North of the twins, with snapshots from before an erasure."""

    database: Database
    store: Path
    service: SnapshotService
    institution: Institution
    admin: psycopg.Connection[Any]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """As a superuser, whom no policy stops."""
        return self.admin.execute(query, values).fetchall()

    def person(self, crm_id: str) -> int:
        """Our id."""
        query = "SELECT id FROM people_person WHERE institution_id = %s AND crm_id = %s"
        return int(self.rows(query, self.institution.id, crm_id)[0][0])

    def take(self, *, full: bool = False) -> Outcome:
        return self.service.take(self.institution, SnapshotRequest(full=full))

    def registry(self) -> list[tuple[str, str, str, int]]:
        """(snapshot, key, digest, size) of the kept ones."""
        return [
            (str(s.snapshot_id), s.file.key, s.file.digest, s.file.size_bytes)
            for s in self.service.registry.published(self.institution)
        ]

    def files(self) -> list[Path]:
        folder = self.store / self.registry()[0][1].rsplit("/", 1)[0]
        return sorted(folder.iterdir())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        variables = environment(self.database) | {
            "REDIS_URL": redis_url(),
            "SNAPSHOT_URL": self.store.as_uri(),
        }
        return subprocess.run(
            [sys.executable, *words],
            env=variables,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )

    def script(self, code: str) -> str:
        """Run Python with the product set up, in the institution's context."""
        lines = [
            "import django; django.setup()",
            "from optilearn.core.tenancy.context import tenant_context",
            f"with tenant_context({self.institution.id}):",
            *(f"    {line}" for line in code.strip().splitlines()),
        ]
        done = self.run("-c", "\n".join(lines))
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def records() -> Iterator[Database]:
    """A database with the twins in it, some of North's people under names of their own."""
    with migrated_database("privacy") as database:
        variables = environment(database) | {"REDIS_URL": redis_url()}
        code = (
            "import django; django.setup(); "
            "from tests.support.twins import make_twins; make_twins()"
        )
        subprocess.run([sys.executable, "-c", code], env=variables, cwd=ROOT, check=True)
        with psycopg.connect(database.superuser_url, autocommit=True) as admin:
            _mark(admin)
        yield database


@contextmanager
def school(database: Database, store: Path) -> Iterator[School]:
    """North with three snapshots, and South with one, in a store of their own."""
    settings = SnapshotSettings(database_url=database.urls.etl, storage=LocalStorage(store))
    with (
        psycopg.connect(database.superuser_url, autocommit=True) as admin,
        SnapshotService(settings) as service,
    ):
        admin.execute("DELETE FROM analytics_snapshot")
        twins = {institution.slug: institution for institution in service.roster()}
        made = School(database, store, service, twins["north"], admin)
        service.take(twins["south"])
        made.take()
        admin.execute(
            "UPDATE courses_course SET title = title || '!' WHERE institution_id = %s",
            [made.institution.id],
        )
        made.take()
        made.take(full=True)
        yield made


def _mark(admin: psycopg.Connection[Any]) -> None:
    """Names that stand nowhere else."""
    for key, name in (("lena", "Lenaxq"), ("मीरा", "मीराxq"), ("tom", "Tomxq")):
        attributes = '{"house": "Gryffinxq"}' if key == "lena" else "{}"
        admin.execute(
            "UPDATE people_person SET name = %s, code = %s, attributes = %s WHERE crm_id = %s"
            " AND institution_id = (SELECT id FROM institutions_institution WHERE slug = 'north')",
            [name, f"code{key}xq", attributes, f"crm-{key}"],
        )


def texts_of(path: Path) -> set[str]:
    """Every text in every table of a snapshot file, and its raw bytes' beginning to end."""
    found: set[str] = set()
    with duckdb.connect(str(path), read_only=True) as file:
        columns = file.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR'"
            " AND NOT internal"
        ).fetchall()
        for table, column in columns:
            rows = file.execute(f'SELECT DISTINCT "{column}" FROM "{table}"').fetchall()
            found |= {row[0] for row in rows if row[0] is not None}
    return found


def secrets_in(path: Path) -> set[str]:
    """Which of the names a file holds, as a text or anywhere among its bytes."""
    raw, texts = path.read_bytes(), "\n".join(texts_of(path))
    return {name for name in SECRETS if name in texts or name.encode() in raw}
