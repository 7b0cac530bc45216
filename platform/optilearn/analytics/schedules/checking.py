"""Checking a schedule that somebody wants to save, into the columns of its row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from optilearn.analytics.exports.rendering import REPORT_FORMATS
from optilearn.analytics.models import SavedItem, Schedule
from optilearn.analytics.saved.selectors import ItemRow, readable_item
from optilearn.analytics.schedules.contents import Source, content_of, definitions_of, is_empty
from optilearn.analytics.schedules.delivering import TEXT_NAMES
from optilearn.analytics.schedules.policies import SCHEDULERS, may_send, sends_to_others
from optilearn.analytics.schedules.timing import Clock
from optilearn.analytics.snapshots import newest_snapshot
from optilearn.core.access.policies import refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.recurrence.parsing import RuleError, parse_rule
from optilearn.core.recurrence.recurrences import instant_of
from optilearn.notifications.services import problems_of_text
from reports import api as reports
from reports.api import BOOK_FORMATS
from reports.errors import ReportError

_ANY_PART: Final[Mapping[str, str]] = {
    Schedule.Split.NONE: "",
    Schedule.Split.COURSE: "0",
    Schedule.Split.CLASS: "8A",
}
"""Some part of each kind, to see whether the report has the field."""
Wanted = Mapping[str, Any]
"""A ``ScheduleIn`` as a dictionary by the names of its fields."""

_SAME_COLUMNS: Final = (
    *("name", "split", "formats", "attaches", "subject", "note", "filters"),
    *("on_empty", "on_stale", "stale_hours", "wait_hours"),
)
_OF_TIMING: Final = ("trigger", "only_in_terms", "skips_holidays", "nth_in_term", "min_hours")


def checked(principal: Principal, wanted: Wanted, clock: Clock) -> Schedule:
    """Return an unsaved schedule of what is wanted.

    Raises ``AppError``: FORBIDDEN for who may not schedule, or not to others; NOT_FOUND for a
    report that the principal may not read; VALIDATION_ERROR and REPORT_INVALID with places.
    """
    require(principal, SCHEDULERS)
    recipients = [_stored(one) for one in wanted["recipients"]]
    refuse_unless(may_send(principal, recipients), _("You can schedule reports for yourself only."))
    schedule = Schedule(
        owner_id=principal.person_id,
        item_id=wanted["saved_item_id"],
        recipients=recipients,
        **{name: wanted[name] for name in _SAME_COLUMNS},
        **{name: wanted["timing"][name] for name in _OF_TIMING},
    )
    item = readable_item(
        principal, schedule.item_id, SavedItem.Kind.REPORT, SavedItem.Kind.DASHBOARD
    )
    if item.published_version is None and sends_to_others(principal, recipients):
        message = _("Publish the report before it is sent to others.")
        raise _invalid("/savedItemId", "NOT_PUBLISHED", message)
    _check_formats(schedule, item)
    _check_texts(schedule)
    _set_times(schedule, wanted["timing"], clock)
    _check_filters(schedule, item)
    _check_split(schedule, item, principal)
    return schedule


def timed(timing: Mapping[str, Any], clock: Clock) -> Schedule:
    """Return an unsaved schedule that has nothing but its times.

    Raises ``AppError`` VALIDATION_ERROR with places under ``/timing``.
    """
    schedule = Schedule(**{name: timing[name] for name in _OF_TIMING})
    _set_times(schedule, timing, clock)
    return schedule


def _stored(recipient: Mapping[str, Any]) -> dict[str, Any]:
    kind = recipient["kind"]
    if kind == "ROLE":
        return {"kind": kind, "role": str(recipient["role"].value)}
    if kind == "CLASS":
        return {"kind": kind, "classId": recipient["class_id"]}
    part = {"part": recipient["part"]} if recipient["part"] else {}
    return {"kind": kind, "id": recipient["id"], **part}


def _check_formats(schedule: Schedule, item: ItemRow) -> None:
    schedule.formats = list(dict.fromkeys(schedule.formats))
    known = BOOK_FORMATS if item.kind == SavedItem.Kind.DASHBOARD else REPORT_FORMATS
    for number, form in enumerate(schedule.formats):
        if form not in known:
            message = _("A dashboard can't be sent in this format.")
            hint = _("Use: {formats}.").format(formats=", ".join(known))
            raise _invalid(f"/formats/{number}", "FORMAT", message, hint)


def _check_texts(schedule: Schedule) -> None:
    problems = [
        problem
        for name in ("subject", "note")
        if getattr(schedule, name)
        for problem in problems_of_text(name, getattr(schedule, name), TEXT_NAMES)
    ]
    if problems:
        raise AppError(ErrorCode.VALIDATION_ERROR, problems[0]["message"], problems)


def _set_times(schedule: Schedule, timing: Mapping[str, Any], clock: Clock) -> None:
    """Set the rule, its begin and end, and the next instance."""
    start = timing["starts_at"] or now()
    local = start.astimezone(clock.zone).replace(tzinfo=None) if start.tzinfo else start
    local = local.replace(second=0, microsecond=0)
    schedule.starts_at = instant_of(local, clock.zone)
    if timing["ends_on"] is not None:
        schedule.ends_at = instant_of(
            datetime.combine(timing["ends_on"], time(23, 59, 59)), clock.zone
        )
    if schedule.trigger == Schedule.Trigger.SNAPSHOT:
        schedule.rule, schedule.next_at = "", None
        return
    try:
        parsed = parse_rule(timing["rule"], local, clock.zone)
    except RuleError as error:
        raise _invalid("/timing/rule", "RULE", str(error)) from error
    schedule.rule = parsed.rule
    ends = [end for end in (schedule.ends_at, parsed.ends_at) if end is not None]
    schedule.ends_at = min(ends, default=None)
    upcoming = clock.upcoming(schedule, now() - timedelta(microseconds=1), 1)
    if not upcoming:
        _refuse_without_instances(schedule, clock)
    schedule.next_at = upcoming[0]


def _refuse_without_instances(schedule: Schedule, clock: Clock) -> None:
    message = _("This schedule has no run to come.")
    hint = ""
    if schedule.only_in_terms or schedule.nth_in_term is not None:
        hint = _("The school's calendar has no term to come.")
    elif schedule.ends_at is not None and schedule.ends_at < now():
        hint = _("Its end lies in the past.")
    raise _invalid("/timing", "NO_RUNS", message, hint)


def _check_filters(schedule: Schedule, item: ItemRow) -> None:
    """Raise unless a report has conditions, and a dashboard values of its shared filters."""
    is_board = item.kind == SavedItem.Kind.DASHBOARD
    if schedule.filters and isinstance(schedule.filters, list) == is_board:
        message = _("A report is filtered by conditions, a dashboard by values of its filters.")
        raise _invalid("/filters", "FILTERS", message)


def _check_split(schedule: Schedule, item: ItemRow, owner: Principal) -> None:
    """Raise unless the report can be answered with the filters, and split as is wanted."""
    is_split = schedule.split != Schedule.Split.NONE
    if is_split and item.kind == SavedItem.Kind.DASHBOARD:
        raise _invalid("/split", "SPLIT", _("A dashboard can't be split."))
    snapshot = newest_snapshot()
    catalog = reports.catalog_of(snapshot)
    content = content_of(Source(schedule, item, owner), _ANY_PART[schedule.split], catalog)
    if is_empty(content):
        raise _invalid("/savedItemId", "NO_TILES", _("No tile of this dashboard can be sent."))
    if any(definition.get("asOf") for definition in definitions_of(content)):
        message = _("A schedule sends the newest data. Leave asOf out of the report.")
        raise _invalid("/savedItemId", "AS_OF", message)
    try:
        for definition in definitions_of(content):
            reports.validate(definition, catalog)
    except ReportError as error:
        problems = [problem.to_wire() for problem in error.problems]
        raise AppError(ErrorCode.REPORT_INVALID, error.message, problems) from error


def _invalid(path: str, code: str, message: str, hint: str = "") -> AppError:
    problem = {"path": path, "code": code, "message": message, "hint": hint}
    return AppError(ErrorCode.VALIDATION_ERROR, message, [problem])
