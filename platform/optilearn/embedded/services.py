"""Join the embedded services of a folder, starting them if nobody uses them yet."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote

from optilearn.embedded.membership import Membership
from optilearn.embedded.postgres import SUPERUSER, Postgres
from optilearn.embedded.provision import VERSION, Passwords, provision
from optilearn.embedded.server import Server
from optilearn.embedded.valkey import HOST, Valkey

DATABASE = "optilearn"
_PROVISIONED = "provisioned"


@dataclass
class Services:
    """The addresses of running services, and our share in keeping them running.

    The URLs of what was not asked for are empty. The services run at least until ``close``, or
    until this process ends in any way.
    """

    home: Path
    superuser_url: str = ""
    owner_url: str = ""
    app_url: str = ""
    etl_url: str = ""
    redis_url: str = ""
    memberships: list[Membership] = field(default_factory=list, repr=False)

    def close(self) -> None:
        """Leave. If nobody else uses the services, return when they have stopped."""
        while self.memberships:
            self.memberships.pop().leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def ensure(home: Path, *, postgres: bool, valkey: bool, durable: bool = True) -> Services:
    """Make the services of a folder run, and keep them running for this process.

    Not ``durable`` gives up safety at a power cut for speed (for tests); it counts for whoever
    starts the services first. Raises ``EmbeddedError`` with what to do about it.
    """
    home = Path(os.path.realpath(home))
    services = Services(home)
    wanted: list[Server] = []
    if postgres:
        wanted.append(Postgres(home / "postgres", durable=durable))
    if valkey:
        wanted.append(Valkey(home / "valkey", durable=durable))
    for server in wanted:
        server.check_installed()
    services.memberships = [Membership(server) for server in wanted]
    try:
        for membership in services.memberships:  # both start at once
            membership.join()
        for membership in services.memberships:
            state = membership.wait_until_ready()
            if isinstance(membership.server, Postgres):
                _fill_in_postgres(services, membership.server, state["socket_folder"])
            elif isinstance(membership.server, Valkey):
                password = membership.server.password()
                services.redis_url = f"redis://:{password}@{HOST}:{state['port']}/0"
    except BaseException:
        services.close()
        raise
    finally:
        for membership in services.memberships:
            membership.let_others_start()
    return services


def _fill_in_postgres(services: Services, server: Postgres, socket_folder: str) -> None:
    """Set the URLs, and make the database and its roles if that hasn't been done yet."""
    passwords = server.passwords()
    where = f"?host={quote(socket_folder, safe='')}&port=5432"

    def url(role: str, database: str) -> str:
        return f"postgresql://{role}:{passwords[role]}@/{database}{where}"

    services.superuser_url = url(SUPERUSER, "postgres")
    services.owner_url = url("optilearn_owner", DATABASE)
    services.app_url = url("optilearn_app", DATABASE)
    services.etl_url = url("optilearn_etl", DATABASE)
    done = server.data / _PROVISIONED
    if not done.exists() or done.read_text() != VERSION:
        given = Passwords(*(passwords[f"optilearn_{role}"] for role in ("owner", "app", "etl")))
        provision(services.superuser_url, DATABASE, given)
        done.write_text(VERSION)
