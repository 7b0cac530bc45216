"""Migrated databases for tests: migrations run once, each test suite gets a copy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.support.services import Database, create_database, fresh_database

ROOT = Path(__file__).resolve().parents[2]


def environment(database: Database) -> dict[str, str]:
    """The environment of a process of the product that works on this database."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    return (
        dict(os.environ)
        | database.environment()
        | {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "optilearn.config.settings"}
    )


def migrate(database: Database) -> None:
    """Run the migrations as the owner, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        env=environment(database),
        check=True,
        cwd=ROOT,
    )


@cache
def template() -> Database:
    """A migrated database that copies are made of; nobody stays connected to it."""
    database = create_database("template")
    migrate(database)
    return database


@contextmanager
def migrated_database(purpose: str = "test") -> Iterator[Database]:
    """A migrated database of its own for the block: what is committed in it may stay."""
    with fresh_database(purpose, template=template().name) as database:
        yield database
