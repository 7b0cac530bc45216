"""A thousand alerts over one new snapshot, over the engine's time for the distinct questions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.report import Line, once
from benchmarks.world import World
from tests.support.services import redis_url
from tests.support.snapshots import take_snapshots

ALERTS: Final = 1_000
_WRITING: Final = 0.6
"""Seconds for a row in the history of each, which takes as long over a small school's data."""
WARM: Final = 24
"""Alerts that are evaluated before, in a round of their own."""
_GROUPS: Final[dict[str, list[list[str]]]] = {
    "submissions": [["course.code"], ["assignment.kind"], ["course.code", "assignment.kind"], []],
    "activity": [["course.code"], ["course.category"], ["course.code", "kind"], []],
    "enrollments": [["course.code"], ["status"], ["course.code", "status"], ["course.termCode"]],
}
_MEASURES: Final = {
    "submissions": ["submissions.avgScore", "submissions.lateRate"],
    "activity": ["activity.clicks", "activity.activeLearners"],
    "enrollments": ["enrollments.count", "enrollments.completionRate"],
}


def questions() -> list[dict[str, Any]]:
    """Definitions, each with one measure: what the alerts share."""
    return [
        {
            "version": 1,
            "entity": entity,
            "mode": "categorical",
            "dimensions": groups,
            "measures": [measure],
        }
        for entity, found in _GROUPS.items()
        for groups in found
        for measure in _MEASURES[entity]
    ]


def measure(world: World) -> Iterator[Line]:
    from django.conf import settings

    from optilearn.core.tenancy.context import tenant_context

    settings.REDIS_URL, settings.DEBUG = redis_url(), False
    settings.SNAPSHOT_URL = (world.folder / "watched").as_uri()
    take_snapshots(world.database, world.folder / "watched")
    with tenant_context(world.institution_id):
        asked = questions()
        _alerts(asked)
        _ask(asked)
        floor = once(lambda: _ask(asked))
        _evaluate(WARM)
        value = once(lambda: _evaluate(ALERTS))
    what = f"{ALERTS:,} alerts, {len(asked)} distinct questions"
    yield Line(what, value, floor, 1.2, allowance=_WRITING)


def _alerts(asked: list[dict[str, Any]]) -> None:
    from optilearn.analytics.models import Alert
    from optilearn.people.models import Person

    owner = Person.objects.create(
        kind="USER", role="ADMIN", crm_id="bench-alerts", code="bench-alerts", name="Admin"
    )
    Alert.objects.bulk_create(
        Alert(
            owner_id=owner.pk,
            name=f"Alert {number}",
            definition=asked[number % len(asked)],
            measure=asked[number % len(asked)]["measures"][0],
            # Each fiftieth fires.
            condition={
                "kind": "THRESHOLD",
                "direction": "ABOVE",
                "limit": "0" if number % 50 == 0 else str(10**9 + number),
            },
        )
        for number in range(WARM + ALERTS)
    )


def _ask(asked: list[dict[str, Any]]) -> None:
    from optilearn.analytics.snapshots import newest_snapshot
    from optilearn.core.tenancy.context import require_institution_id
    from reports import api as reports
    from reports.contracts import Limits, Scope, ScopeKind

    scope = Scope(require_institution_id(), ScopeKind.INSTITUTION)
    snapshot = newest_snapshot()
    for definition in asked:
        reports.run(reports.ReportRequest(definition, scope, snapshot, Limits()))


def _evaluate(count: int) -> None:
    from optilearn.analytics.alerts.evaluation import evaluate_published
    from optilearn.analytics.models import AlertEvaluation

    if evaluate_published(count) != count:
        raise RuntimeError("An alert was missed.")
    if not AlertEvaluation.objects.filter(outcome="FIRED").exists():
        raise RuntimeError("No alert fired.")
    if AlertEvaluation.objects.filter(outcome="ERROR").exists():
        raise RuntimeError("A question is wrong.")
