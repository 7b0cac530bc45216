"""The database that the measurements share: migrated, with the OULAD set loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.support.database import ROOT, migrated_database
from tests.support.services import Database, run_home

SLUG = "open-university"


@dataclass(frozen=True)
class World:
    """A loaded institution, and how to reach it."""

    database: Database
    institution_id: int
    folder: Path
    oulad: Path
    loading_seconds: float

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection]:
        """A connection that no policy binds."""
        with psycopg.connect(self.database.superuser_url, autocommit=True) as connection:
            yield connection

    @contextmanager
    def app(self) -> Iterator[psycopg.Connection]:
        """A connection of the role that serves."""
        with psycopg.connect(self.database.urls.app, autocommit=True) as connection:
            yield connection


def oulad_folder() -> Path:
    """``OULAD_DIR``, else the two modules that the repository ships."""
    return Path(os.environ.get("OULAD_DIR") or ROOT / "data" / "oulad_sample").resolve()


@contextmanager
def world() -> Iterator[World]:
    """Load it, and drop it at the end."""
    with migrated_database("bench") as database:
        os.environ.update(
            database.environment(), DJANGO_SETTINGS_MODULE="optilearn.config.settings"
        )
        import django

        django.setup()
        from benchmarks.loading import load

        seconds, institution_id = load(oulad_folder(), SLUG)
        folder = run_home() / "bench"
        folder.mkdir(exist_ok=True)
        with psycopg.connect(database.superuser_url, autocommit=True) as admin:
            admin.execute("VACUUM (ANALYZE)")
        yield World(database, institution_id, folder, oulad_folder(), seconds)
