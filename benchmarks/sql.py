"""SQL of analysts over HTTP, in its process apart, over the same SQL on raw DuckDB."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import httpx

from benchmarks.asking import snapshot_of
from benchmarks.report import Line, paired
from benchmarks.world import SLUG, World
from tests.support.server import serving

_ALLOWANCE = 0.040
_RUNS = 25
STATEMENTS = {
    "a constant": ("SELECT 1", "SELECT 1"),
    "enrollments by status": (
        "SELECT status, count(*) FROM enrollments GROUP BY ALL",
        "SELECT status, count(*) FROM enrollments GROUP BY ALL",
    ),
    "clicks by week and course": (
        "SELECT c.code, date_trunc('week', a.occurredOn), sum(a.clicks),"
        " count(DISTINCT a.studentId)"
        " FROM activity a JOIN courses c ON c.id = a.courseId GROUP BY ALL",
        "SELECT c.code, date_trunc('week', a.occurred_on), sum(a.clicks),"
        " count(DISTINCT a.student_id)"
        " FROM activity a JOIN courses c ON c.id = a.course_id GROUP BY ALL",
    ),
    "median score by assignment": (
        "SELECT assignmentId, median(scorePct) FROM submissions GROUP BY ALL",
        "SELECT assignment_id, median(CAST(score AS DOUBLE) * 100"
        " / nullif(CAST(max_score AS DOUBLE), 0)) FROM submissions s"
        " JOIN assignments a ON a.id = s.assignment_id GROUP BY ALL",
    ),
    "10,000 rows": (
        "SELECT id, studentId, occurredOn, clicks FROM activity ORDER BY id LIMIT 10_000",
        "SELECT id, student_id, occurred_on, clicks FROM activity ORDER BY id LIMIT 10_000",
    ),
}


def measure(world: World) -> Iterator[Line]:
    snapshot = snapshot_of(world)
    settings = {"SNAPSHOT_URL": (world.folder / "snapshots").as_uri()}
    headers = {"Authorization": f"Bearer {_token()}"}
    with (
        serving(world.database, world.folder, settings) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers=headers) as client,
        duckdb.connect(snapshot.path, read_only=True, config={"threads": "2"}) as raw,
    ):

        def ask(sql: str) -> None:
            body = {"sql": sql, "format": "arrow"}
            answer = client.post("/analytics/sql/run", json=body, timeout=120)
            assert answer.status_code == 200, answer.text

        for name, (ours, by_hand) in STATEMENTS.items():
            served, floor = paired(
                lambda sql=ours: ask(sql),
                lambda sql=by_hand: raw.sql(sql).to_arrow_table(),
                _RUNS,
            )
            yield Line(f"SQL over HTTP: {name}", served, floor, 1, allowance=_ALLOWANCE)


def _token() -> str:
    from django.conf import settings

    from optilearn.core.access.roles import Role
    from optilearn.core.access.tokens import encode
    from optilearn.institutions.selectors import institution_by_slug
    from optilearn.people.selectors import principal_by_code, session_claims

    institution = institution_by_slug(SLUG)
    assert institution is not None
    claims = session_claims(principal_by_code(institution, Role.ADMIN, None), institution)
    return encode(claims, secret=settings.AUTH_SECRETS[0], cookie_name=settings.AUTH_COOKIE)
