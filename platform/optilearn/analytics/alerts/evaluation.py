"""Evaluating an institution's alerts on its newest snapshot, each once.

Answers are worked out first, without a lock. Then each chunk is written in one transaction with the
alerts locked: their evaluations, the rows that fire from now on, and the messages. Killed anywhere,
a chunk is written whole or not at all, and the next round does the rest; two rounds at one time
wait for each other and find each other's rows.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from optilearn.analytics.alerts.answers import Answers
from optilearn.analytics.alerts.findings import Outcome
from optilearn.analytics.alerts.rounds import Evaluated, Round
from optilearn.analytics.models import Alert, AlertEvaluation, AlertState, Snapshot
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.core import audit, clock
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.services import Item, send_each
from reports.api import READABLE

KEY: Final = "ADMIN_ALERT_TRIGGERED"
MAX_LISTED: Final = 20
"""Rows that a message lists; it says how many more there are."""
_CHUNK: Final = 200


def evaluate_published(limit: int = 1_000) -> int:
    """Evaluate up to ``limit`` alerts of the institution in force that haven't been yet.

    Return the number of evaluations that were written; 0: none is left, or they have to wait.
    """
    started = time.perf_counter()
    snapshot = _newest()
    if snapshot is None:
        return 0
    alerts = list(_due(snapshot)[:limit])
    if not alerts:
        return 0
    answers = Answers(newest_snapshot())
    if answers.newest.snapshot_id != snapshot.snapshot_id:
        return 0  # another was published right now: the next round has it
    current = Round(institution_by_id(require_institution_id()), snapshot, answers)
    firing = _firing([alert.pk for alert in alerts])
    found = [current.evaluate(alert, firing[alert.pk]) for alert in alerts]
    evaluated = [one for one in found if one is not None]
    outcomes: Counter[str] = Counter()
    for start in range(0, len(evaluated), _CHUNK):
        outcomes += _write(evaluated[start : start + _CHUNK], snapshot, firing)
    audit.record(
        action="alert.evaluate",
        target=snapshot.snapshot_id,
        details={
            "alerts": outcomes.total(),
            "questions": answers.asked,
            "outcomes": dict(outcomes),
            "ms": round((time.perf_counter() - started) * 1_000),
        },
    )
    return outcomes.total()


def is_due() -> bool:
    """Return True if an alert hasn't been evaluated on the newest snapshot. Two queries."""
    newest = Snapshot.objects.filter(
        status=Snapshot.Status.PUBLISHED, schema_version__range=READABLE
    )
    snapshot = newest.order_by("-id").first()
    return snapshot is not None and _due(snapshot).exists()


def _newest() -> Snapshot | None:
    """The snapshot that serves, as ``newest_snapshot`` finds it."""
    try:
        ref = newest_snapshot()
    except AppError as error:
        if error.code is ErrorCode.NOT_FOUND:
            return None
        raise
    return Snapshot.objects.get(snapshot_id=ref.snapshot_id)


def _due(snapshot: Snapshot) -> Any:
    done = AlertEvaluation.objects.filter(alert_id=OuterRef("pk"), taken_at__gte=snapshot.taken_at)
    in_force = Q(expires_at__isnull=True) | Q(expires_at__gt=clock.now())
    return Alert.objects.filter(in_force, ~Exists(done), owner__isnull=False).order_by("id")


def _firing(alert_ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    states = AlertState.objects.filter(alert_id__in=alert_ids)
    for alert_id, key in states.values_list("alert_id", "row_key"):
        found[alert_id].add(key)
    return found


@transaction.atomic
def _write(
    evaluated: Sequence[Evaluated], snapshot: Snapshot, assumed: dict[int, set[str]]
) -> Counter[str]:
    """Write a chunk; alerts that changed since they were read are left to the next round."""
    ids = [one.alert.pk for one in evaluated]
    versions = dict(
        Alert.objects.select_for_update()
        .filter(pk__in=ids)
        .order_by("id")
        .values_list("pk", "version")
    )
    later = AlertEvaluation.objects.filter(alert_id__in=ids, taken_at__gte=snapshot.taken_at)
    done = set(later.values_list("alert_id", flat=True))
    firing = _firing(ids)
    fresh = [
        one
        for one in evaluated
        if versions.get(one.alert.pk) == one.alert.version
        and one.alert.pk not in done
        and firing[one.alert.pk] == assumed[one.alert.pk]
    ]
    AlertEvaluation.objects.bulk_create(_row(one, snapshot) for one in fresh)
    _write_states(fresh, snapshot, firing)
    fired = [one for one in fresh if one.findings.outcome is Outcome.FIRED]
    send_each(key=KEY, items=[_message(one, snapshot) for one in fired])
    ended = [one.alert.pk for one in fired if one.alert.is_once]
    Alert.objects.filter(pk__in=ended).update(expires_at=clock.now())
    return Counter(one.findings.outcome.value for one in fresh)


def _write_states(
    fresh: Sequence[Evaluated], snapshot: Snapshot, firing: dict[int, set[str]]
) -> None:
    gone = Q(pk__in=[])
    new: list[AlertState] = []
    for one in fresh:
        alert_id, now = one.alert.pk, one.findings.firing
        if ended := firing[alert_id] - now:
            gone |= Q(alert_id=alert_id, row_key__in=ended)
        new += [
            AlertState(alert_id=alert_id, row_key=key, since=snapshot.taken_at)
            for key in sorted(now - firing[alert_id])
        ]
    if len(gone) > 1:
        AlertState.objects.filter(gone).delete()
    AlertState.objects.bulk_create(new)


def _row(one: Evaluated, snapshot: Snapshot) -> AlertEvaluation:
    return AlertEvaluation(
        alert_id=one.alert.pk,
        snapshot_id=snapshot.snapshot_id,
        taken_at=snapshot.taken_at,
        evaluated_at=clock.now(),
        outcome=one.findings.outcome.value,
        counts=dict(one.findings.counts),
        rows=list(one.rows),
        limit=one.limit,
        problem=dict(one.problem),
    )


def _message(one: Evaluated, snapshot: Snapshot) -> Item:
    """The rows that fired, before and now; its link shows them on this snapshot."""
    alert, rows = one.alert, one.rows[:MAX_LISTED]
    assert alert.owner_id is not None  # else it is not due
    data = {
        "alertId": alert.pk,
        "alertName": alert.name,
        "value": rows[0]["now"],
        "threshold": one.limit,
        "takenAt": snapshot.taken_at,
        "snapshotId": snapshot.snapshot_id,
        "rows": [{name: row[name] for name in ("label", "now", "before")} for row in rows],
        "more": len(one.findings.fired) - len(rows),
    }
    return Item(to=alert.owner_id, data=data, once=f"alert:{alert.pk}:{snapshot.snapshot_id}")
