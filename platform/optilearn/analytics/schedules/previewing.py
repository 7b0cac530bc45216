"""The plan of a schedule before it is saved: who would get what, and at what cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from optilearn.analytics.models import Schedule
from optilearn.analytics.saved.selectors import readable_item
from optilearn.analytics.schedules.checking import Wanted, checked, timed
from optilearn.analytics.schedules.contents import (
    Source,
    content_of,
    definitions_of,
    has_sql,
    statements_in,
)
from optilearn.analytics.schedules.recipients import Recipient, principals_of, recipients_of
from optilearn.analytics.schedules.selectors import words_of
from optilearn.analytics.schedules.timing import Clock
from optilearn.analytics.services import refused
from optilearn.analytics.snapshots import history, newest_snapshot
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.people.selectors import class_ids_of
from reports import api as reports
from reports.api import ReportRequest
from reports.contracts import Limits, Scope, SnapshotRef
from reports.errors import ReportError


def preview_schedule(*, principal: Principal, wanted: Wanted) -> dict[str, Any]:
    """Return the next runs, and the recipients, scopes and files that a run now would send.

    Costs one question for each distinct scope; SQL is counted and not run, as if it had rows.
    Raises as ``checking.checked``.
    """
    clock = Clock.in_force()
    schedule = checked(principal, wanted, clock)
    source = Source(schedule, readable_item(principal, schedule.item_id), principal)
    snapshot = newest_snapshot()
    catalog = reports.catalog_of(snapshot)
    is_sql = has_sql(source, catalog)
    people = recipients_of(schedule.recipients, schedule.split, has_sql=is_sql)
    groups = {one.group: one for one in people}
    empty: set[str] = set()
    queries = 0
    for group, one in groups.items():
        content = content_of(source, one.part, catalog)
        definitions = definitions_of(content)
        statements = statements_in(content) if one.sql else 0
        queries += len(definitions) + statements
        if not statements and not any(_has_rows(d, one.scope, snapshot) for d in definitions):
            empty.add(group)
    return {
        "words": words_of(schedule, clock),
        "nextRuns": _next_runs(schedule, clock),
        "recipients": len({one.person_id for one in people}),
        "files": sum(_gets_file(schedule, one, empty) for one in people) * len(schedule.formats),
        "scopes": len(groups),
        "queries": queries,
        "empty": sum(one.group in empty for one in people),
        "notFound": _not_found(schedule.recipients, people),
    }


def preview_times(timing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words and the next runs of times alone, whatever is sent and to whom.

    Raises ``AppError`` VALIDATION_ERROR with places under ``/timing``.
    """
    clock = Clock.in_force()
    schedule = timed(timing, clock)
    return {"words": words_of(schedule, clock), "nextRuns": _next_runs(schedule, clock)}


def _next_runs(schedule: Schedule, clock: Clock) -> list[Any]:
    if schedule.trigger == Schedule.Trigger.SNAPSHOT:
        return []
    return clock.upcoming(schedule, now() - timedelta(microseconds=1))


def _has_rows(definition: Mapping[str, Any], scope: Scope, snapshot: SnapshotRef) -> bool:
    request = ReportRequest({**definition, "limit": 1}, scope, snapshot, Limits(), history)
    try:
        return reports.run(request).meta.row_count > 0
    except ReportError as error:
        raise refused(error) from error


def _gets_file(schedule: Schedule, one: Recipient, empty: Collection[str]) -> bool:
    return schedule.on_empty == Schedule.OnEmpty.SEND or one.group not in empty


def _not_found(chosen: Sequence[Mapping[str, Any]], people: Sequence[Recipient]) -> list[str]:
    """Name the recipients of the list that nobody gets a file by."""
    served = {one.person_id for one in people}
    roles = {p.role.value for p in principals_of(chosen) if p.person_id in served}
    classes = [one["classId"] for one in chosen if one["kind"] == "CLASS"]
    places = class_ids_of(served) if classes else set()
    missing = [
        str(one["id"]) for one in chosen if one["kind"] == "PERSON" and one["id"] not in served
    ]
    missing += [one["role"] for one in chosen if one["kind"] == "ROLE" and one["role"] not in roles]
    return missing + [one for one in classes if one not in places]
