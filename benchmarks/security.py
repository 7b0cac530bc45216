"""Row-level security on a scan and on a point look-up, over the same without."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report import Line, paired
from benchmarks.world import World

SCAN = "SELECT count(*), sum(clicks) FROM activity_event WHERE institution_id = %s"
ANNOUNCE = "SELECT set_config('optilearn.institution_id', %s, true)"
LOOKUPS = 200


def measure(world: World) -> Iterator[Line]:
    yield _scan(world)
    yield _lookup(world)
    yield _orm(world)


def _scan(world: World) -> Line:
    with world.app() as app, world.superuser() as free:

        def guarded() -> None:
            with app.transaction():
                app.execute(ANNOUNCE, [str(world.institution_id)])
                app.execute(SCAN, [world.institution_id]).fetchone()

        def plain() -> None:
            with free.transaction():
                free.execute(SCAN, [world.institution_id]).fetchone()

        return Line("row-level security on a scan", *paired(guarded, plain), 1.3)


def _lookup(world: World) -> Line:
    """Look-ups of one transaction each, the institution announced in the same round trip."""
    query = "SELECT code, name FROM people_person WHERE institution_id = %s AND id = %s"
    with world.app() as app, world.superuser() as free:
        found = free.execute("SELECT id FROM people_person ORDER BY id LIMIT %s", [LOOKUPS])
        ids = [row[0] for row in found.fetchall()]

        def guarded() -> None:
            with app.transaction():
                app.execute(ANNOUNCE, [str(world.institution_id)])
                for key in ids:
                    app.execute(query, [world.institution_id, key]).fetchone()

        def plain() -> None:
            with free.transaction():
                for key in ids:
                    free.execute(query, [world.institution_id, key]).fetchone()

        return Line("row-level security on a point look-up", *paired(guarded, plain, 15), 1.15)


def _orm(world: World) -> Line:
    """What a request does: one look-up through the ORM in autocommit, each told its institution."""
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
