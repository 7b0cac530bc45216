"""A run whose answer is cached: what the server does for it, HTTP aside, over a bare GET."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.asking import snapshot_of
from benchmarks.questions import QUESTIONS
from benchmarks.report import Line, paired
from benchmarks.world import SLUG, World
from tests.support.services import redis_url

_GOAL_SECONDS = 0.002
_RUNS = 200
_LISTING = {
    "version": 1,
    "entity": "enrollments",
    "mode": "rows",
    "columns": ["id", "student.code", "course.code", "status", "enrolledOn", "progressPct"],
    "limit": 5_000,
}


def measure(world: World) -> Iterator[Line]:
    from django.conf import settings

    settings.REDIS_URL = redis_url()
    settings.SNAPSHOT_URL = (world.folder / "snapshots").as_uri()
    snapshot_of(world)

    from optilearn.analytics.services import answer_report
    from optilearn.core.access.roles import Role
    from optilearn.core.tenancy.context import tenant_context
    from optilearn.core.valkey import valkey
    from optilearn.institutions.selectors import institution_by_slug
    from optilearn.people.selectors import principal_by_code

    institution = institution_by_slug(SLUG)
    assert institution is not None
    admin = principal_by_code(institution, Role.ADMIN, None)
    definitions = {q.name: dict(q.definition) for q in QUESTIONS} | {"5,000 rows": _LISTING}
    with tenant_context(institution.id):
        for name, definition in definitions.items():
            size = len(answer_report(principal=admin, definition=definition))
            valkey().call("SET", "optilearn:bench", b"x" * size)
            served, bare = paired(
                lambda d=definition: answer_report(principal=admin, definition=d),
                lambda: valkey().call("GET", "optilearn:bench"),
                _RUNS,
            )
            what = f"cached: {name} ({size / 1000:,.1f} kB)"
            yield Line(what, served, bare, 0, allowance=_GOAL_SECONDS)
