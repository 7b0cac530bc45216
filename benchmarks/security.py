"""Row-level security on a scan and on a point look-up, over the same without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg

from benchmarks.report import Line, paired
from benchmarks.world import World

SCAN = "SELECT count(*), sum(clicks) FROM activity_event WHERE institution_id = %s"
BECOME = "SELECT set_config('role', %s, true), set_config('optilearn.institution_id', %s, true)"
LOOKUPS = 200


def measure(world: World) -> Iterator[Line]:
    yield _scan(world)
    yield _lookup(world)
    yield _orm(world)


def _scan(world: World) -> Line:
    return _compare(
        world,
        "row-level security on a scan",
        lambda connection: connection.execute(SCAN, [world.institution_id]).fetchone(),
        goal=1.3,
    )


def _lookup(world: World) -> Line:
    query = "SELECT code, name FROM people_person WHERE institution_id = %s AND id = %s"
    with world.superuser() as free:
        found = free.execute("SELECT id FROM people_person ORDER BY id LIMIT %s", [LOOKUPS])
        ids = [row[0] for row in found.fetchall()]

    def look_up(connection: psycopg.Connection) -> None:
        for key in ids:
            connection.execute(query, [world.institution_id, key]).fetchone()

    return _compare(world, "row-level security on a point look-up", look_up, goal=1.15)


def _compare(
    world: World, what: str, work: Callable[[psycopg.Connection], object], *, goal: float
) -> Line:
    """The work as the role that is bound and as one that isn't, over one connection.

    Two connections would differ by where the scheduler puts them: up to 3x on a look-up.
    """
    with world.superuser() as connection:

        def run(role: str) -> None:
            with connection.transaction():
                connection.execute(BECOME, [role, str(world.institution_id)])
                work(connection)

        return Line(what, *paired(lambda: run("optilearn_app"), lambda: run("postgres"), 15), goal)


def _orm(world: World) -> Line:
    """Return a request's work: one look-up through the ORM in autocommit, told its institution."""
    from django.db import connections
    from django.db.utils import load_backend

    from optilearn.config import env
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.people.models import Person

    settings = dict(connections["default"].settings_dict)
    url = world.database.superuser_url
    connections.settings["free"] = settings | env.database(url)
    connections["free"] = load_backend("django.db.backends.postgresql").DatabaseWrapper(
        connections.settings["free"], "free"
    )
    with tenant_context(world.institution_id):
        ids = list(Person.objects.order_by("id").values_list("id", flat=True)[:LOOKUPS])

        def read(alias: str) -> None:
            for key in ids:
                Person.objects.using(alias).get(pk=key)

        times = paired(lambda: read("default"), lambda: read("free"), 15)
    connections["free"].close()
    return Line("the same through the ORM, a transaction each", *times, 1.15)
