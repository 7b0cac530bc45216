"""Servers for tests: one set for the whole run, and as many databases as tests ask for.

The servers are embedded ones in a temporary folder, unless the caller brings their own:
``DATABASE_ADMIN_URL`` (a superuser's; e.g. of Debian's PostgreSQL 15) and ``REDIS_URL``.
"""

from __future__ import annotations

import atexit
import hashlib
import hmac
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from optilearn.embedded import DatabaseUrls, Passwords, ensure, provision
from optilearn.embedded.provision import OWNER, urls_for, with_database


@dataclass(frozen=True)
class Database:
    """A database of its own, with the URLs of its three roles and the superuser's."""

    name: str
    urls: DatabaseUrls
    superuser_url: str

    def environment(self) -> dict[str, str]:
        """What the product reads."""
        return {
            "DATABASE_URL": self.urls.app,
            "DATABASE_OWNER_URL": self.urls.owner,
            "DATABASE_ETL_URL": self.urls.etl,
        }


@cache
def run_home() -> Path:
    """A temporary folder for what the run keeps outside databases; removed at its end."""
    home = Path(tempfile.mkdtemp(prefix="optilearn-tests-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


@cache
def admin_url() -> str:
    """A superuser's URL of the server that this run uses."""
    given = os.environ.get("DATABASE_ADMIN_URL", "")
    if given:
        return given
    services = ensure(run_home(), postgres=True, valkey=False, durable=False)
    atexit.register(services.close)  # before the folder is removed: the last registered goes first
    return services.superuser_url


@cache
def redis_url() -> str:
    """A Redis or Valkey that this run may write to."""
    given = os.environ.get("REDIS_URL", "")
    if given:
        return given
    services = ensure(run_home(), postgres=False, valkey=True, durable=False)
    atexit.register(services.close)
    return services.redis_url


def role_passwords() -> Passwords:
    """The roles' passwords: the same for every run on one server, as roles belong to the server."""
    key = admin_url().encode()
    return Passwords(
        *(hmac.new(key, role, hashlib.sha256).hexdigest() for role in (b"owner", b"app", b"etl"))
    )


def create_database(purpose: str = "test", *, template: str | None = None) -> Database:
    """A new database of a unique name: empty, or a copy of one that nobody is connected to."""
    name = f"optilearn_{purpose}_{secrets.token_hex(6)}"
    if template is not None:
        with psycopg.connect(admin_url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
            # A copy takes over everything but what is said about the database itself.
            admin.execute(
                sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(sql.Identifier(name))
            )
        urls = urls_for(admin_url(), name, role_passwords())
    else:
        urls = provision(admin_url(), name, role_passwords())
    return Database(name, urls, with_database(admin_url(), name))


def drop_database(database: Database) -> None:
    """Drop it, whoever is still connected."""
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        )


@contextmanager
def fresh_database(purpose: str = "test", *, template: str | None = None) -> Iterator[Database]:
    """A new database for the block."""
    database = create_database(purpose, template=template)
    try:
        yield database
    finally:
        drop_database(database)
