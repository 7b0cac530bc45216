"""The database, its three roles and their default privileges, on any PostgreSQL from 15 on.

The owner migrates, the app serves, the etl role reads snapshots. None of them is a superuser and
none may bypass row-level security. Everything here can be repeated.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER, APP, ETL = "optilearn_owner", "optilearn_app", "optilearn_etl"

VERSION = "1"
"""Changes when what ``provision`` makes changes, so that embedded databases follow."""

_LOCK = 7_238_914_552  # any number; two provisioners of one server take turns by it


class ProvisionError(Exception):
    """The roles or the database can't be made as asked."""


@dataclass(frozen=True)
class Passwords:
    """The roles' passwords. ``None`` leaves a role's password as it is."""

    owner: str | None = None
    app: str | None = None
    etl: str | None = None


@dataclass(frozen=True)
class DatabaseUrls:
    """One URL for each role."""

    owner: str
    app: str
    etl: str


def provision(admin_url: str, database: str, passwords: Passwords) -> DatabaseUrls:
    """Create the roles and the database, or bring them in line.

    ``admin_url`` is a superuser, or a role with CREATEROLE and CREATEDB as managed servers give
    it. Raises ``psycopg.Error`` if that role may not do it.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        for role, password in zip((OWNER, APP, ETL), astuple(passwords), strict=True):
            _ensure_role(admin, role, password)
        _become_member(admin, OWNER)
        _ensure_database(admin, database, OWNER)
        with psycopg.connect(with_database(admin_url, database), autocommit=True) as inside:
            _grant_defaults(inside, database)
    return urls_for(admin_url, database, passwords)


def provision_from_urls(admin_url: str, app_url: str, owner_url: str, etl_url: str) -> str:
    """Provision what the roles' own URLs state, their database and passwords; return its name.

    An empty URL states nothing. Raises ``ProvisionError`` if the URLs contradict each other or
    name another role than ours, and if the server refuses.
    """
    database = ""
    passwords: list[str | None] = []
    for role, url in ((OWNER, owner_url), (APP, app_url), (ETL, etl_url)):
        parts = urlsplit(url)
        if url and unquote(parts.username or "") != role:
            raise ProvisionError(f"The URL meant for {role} names another role.")
        named = unquote(parts.path[1:])
        if database and named and named != database:
            raise ProvisionError(f"The URLs name two databases, {database} and {named}.")
        database = database or named
        passwords.append(unquote(parts.password) if parts.password else None)
    database = database or "optilearn"
    try:
        provision(admin_url, database, Passwords(*passwords))
    except psycopg.Error as error:
        raise ProvisionError(str(error).strip()) from None
    return database


def provision_other(admin_url: str, url: str) -> None:
    """A role and a database of its own, as the URL states them, for a program beside ours.

    Dagster keeps its runs there. Raises ``ProvisionError`` if the server refuses.
    """
    parts = urlsplit(url)
    role, database = unquote(parts.username or ""), unquote(parts.path[1:])
    if not role or not database:
        raise ProvisionError("DAGSTER_POSTGRES_URL must name a role and a database.")
    try:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            _ensure_role(admin, role, unquote(parts.password) if parts.password else None)
            _become_member(admin, role)
            _ensure_database(admin, database, role)
    except psycopg.Error as error:
        raise ProvisionError(str(error).strip()) from None


def urls_for(admin_url: str, database: str, passwords: Passwords) -> DatabaseUrls:
    """The roles' URLs of a database on the admin's server."""
    roles = zip((OWNER, APP, ETL), astuple(passwords), strict=True)
    return DatabaseUrls(*(with_database(admin_url, database, *who) for who in roles))


def with_database(
    url: str, database: str, role: str | None = None, password: str | None = None
) -> str:
    """The same server, another database, and another role if one is given."""
    parts = urlsplit(url)
    login, _, address = parts.netloc.rpartition("@")
    if role is not None:
        login = quote(role, safe="")
        if password is not None:
            login += f":{quote(password, safe='')}"
    netloc = f"{login}@{address}" if login else address
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{quote(database, safe='')}"))


def _ensure_role(admin: psycopg.Connection[Any], role: str, password: str | None) -> None:
    name = sql.Identifier(role)
    if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        admin.execute(sql.SQL("CREATE ROLE {}").format(name))
    # Only a superuser may state SUPERUSER, REPLICATION or BYPASSRLS, be it to deny them; a new
    # role has none of them. So they are taken away where one of them was found.
    attributes = "LOGIN NOCREATEDB NOCREATEROLE"
    query = "SELECT 1 FROM pg_roles WHERE rolname = %s AND (rolsuper OR rolbypassrls)"
    if _exists(admin, query, role):
        attributes += " NOSUPERUSER NOBYPASSRLS"
    admin.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(attributes)))
    if password is not None:
        # The verifier, not the password, so that no server log ever holds the password.
        verifier = admin.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        ).decode()
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(verifier)))


def _become_member(admin: psycopg.Connection[Any], role: str) -> None:
    """Make the administrator a member of the role.

    Without superuser rights, only members of a role may create its objects.
    """
    if not _exists(admin, "SELECT 1 WHERE pg_has_role(current_user, %s, 'MEMBER')", role):
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _ensure_database(admin: psycopg.Connection[Any], database: str, owner: str) -> None:
    if _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
        return
    # Text sorts by code point, as in snapshots, whatever the server's own locale is.
    if admin.info.server_version >= 170000:
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
    else:
        locale = "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' {}").format(
            sql.Identifier(database), sql.Identifier(owner), sql.SQL(locale)
        )
    )


def _grant_defaults(inside: psycopg.Connection[Any], database: str) -> None:
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(OWNER),
        "app": sql.Identifier(APP),
        "etl": sql.Identifier(ETL),
    }
    defaults = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {owner}").format(**names)
    for statement in (
        "ALTER DATABASE {database} SET timezone TO 'UTC'",
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}, {etl}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}, {etl}",
        "{defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "{defaults} GRANT USAGE ON SEQUENCES TO {app}",
        "{defaults} GRANT SELECT ON TABLES TO {etl}",
    ):
        inside.execute(sql.SQL(statement).format(**names, defaults=defaults))


def _exists(connection: psycopg.Connection[Any], query: str, value: str) -> bool:
    return connection.execute(query.encode(), [value]).fetchone() is not None
