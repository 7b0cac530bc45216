"""Reads of schedules, their history, and of what was sent to the caller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import translation
from django.utils.translation import gettext as _

from optilearn.analytics.models import Occurrence, OccurrenceFile, OccurrenceRecipient, Schedule
from optilearn.analytics.schedules.delivering import file_url
from optilearn.analytics.schedules.policies import SCHEDULERS, SENDERS, visible_to
from optilearn.analytics.schedules.schemas import ScheduleSearch, SchedulesQuery
from optilearn.analytics.schedules.timing import Clock, recurrence_of
from optilearn.analytics.schedules.wording import describe
from optilearn.core import text
from optilearn.core.access.policies import not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.http.pages import PageQuery

Row = dict[str, Any]
_LANGUAGES = ("en", "hi")
_REAL = (Occurrence.Kind.SCHEDULED, Occurrence.Kind.NOW)
_ENDED = (Occurrence.Status.DONE, Occurrence.Status.SKIPPED, Occurrence.Status.FAILED)


def sends_to_others(principal: Principal) -> bool:
    """Return True if the principal's role may send reports to other people."""
    return principal.role in SENDERS


def schedule_list(principal: Principal, query: SchedulesQuery) -> tuple[list[Row], int]:
    """A page of the schedules that the principal sees, the next to run first. Two queries.

    Administrators see everybody's. Raises ``AppError`` FORBIDDEN for students and parents.
    """
    require(principal, SCHEDULERS)
    rows = _seen(principal, query)
    return [_summary(row) for row in rows[query.window]], rows.count()


def schedule_overview(principal: Principal, query: ScheduleSearch) -> tuple[list[Row], int]:
    """A page of schedules with their times in words, recipients and last run. Six queries.

    Raises ``AppError`` FORBIDDEN for students and parents.
    """
    require(principal, SCHEDULERS)
    last = Occurrence.objects.filter(
        schedule_id=OuterRef("pk"), kind__in=_REAL, status__in=_ENDED
    ).order_by("-due_at", "-id")
    rows = _seen(principal, query)
    for word in text.words_of(query.q):
        rows = rows.filter(Q(name__icontains=word) | Q(item__name__icontains=word))
    page = list(rows.annotate(last_id=Subquery(last.values("pk")[:1]))[query.window])
    runs = Occurrence.objects.in_bulk([row.last_id for row in page if row.last_id])
    clock = Clock.in_force()
    found = [
        _summary(row)
        | {
            "text": _words(row, clock),
            "recipients": row.recipients,
            "split": row.split,
            "lastRun": _occurrence(runs[row.last_id]) if row.last_id in runs else None,
        }
        for row in page
    ]
    return found, rows.count()


def _seen(principal: Principal, query: SchedulesQuery) -> QuerySet[Schedule]:
    """The schedules that are asked for, the next to run first."""
    rows = Schedule.objects.filter(visible_to(principal)).select_related("item", "owner")
    if query.status is not None:
        rows = rows.filter(status=query.status)
    if query.saved_item_id is not None:
        rows = rows.filter(item_id=query.saved_item_id)
    if query.mine:
        rows = rows.filter(owner_id=principal.person_id)
    return rows.order_by("next_at", "id")


def waiting_for_terms() -> int:
    """The number of schedules that have no run to come until a term is entered. One query."""
    rows = Schedule.objects.filter(status=Schedule.Status.ACTIVE, trigger=Schedule.Trigger.TIME)
    return rows.filter(next_at=None).count()


def schedule_detail(principal: Principal, schedule_id: int) -> Row:
    """A schedule with its next runs. Raises ``AppError``: FORBIDDEN, NOT_FOUND."""
    row = _visible(principal, schedule_id)
    clock = Clock.in_force()
    is_timed = row.trigger == Schedule.Trigger.TIME
    is_active = row.status == Schedule.Status.ACTIVE
    return _summary(row) | {
        "timing": timing_of(row, clock),
        "words": words_of(row, clock),
        "recipients": row.recipients,
        "split": row.split,
        "attaches": row.attaches,
        "subject": row.subject,
        "note": row.note,
        "filters": row.filters,
        "onEmpty": row.on_empty,
        "onStale": row.on_stale,
        "staleHours": row.stale_hours,
        "waitHours": row.wait_hours,
        "nextRuns": clock.upcoming(row, now()) if is_timed and is_active else [],
        "version": row.version,
    }


def timing_of(row: Schedule, clock: Clock) -> Row:
    """The times as they were given: local, without a zone."""
    local = row.starts_at.astimezone(clock.zone)
    ends = row.ends_at.astimezone(clock.zone).date() if row.ends_at else None
    return {
        "trigger": row.trigger,
        "rule": row.rule,
        "startsAt": f"{local:%Y-%m-%dT%H:%M}",
        "endsOn": ends.isoformat() if ends else None,
        "onlyInTerms": row.only_in_terms,
        "skipsHolidays": row.skips_holidays,
        "nthInTerm": row.nth_in_term,
        "minHours": row.min_hours,
    }


def words_of(row: Schedule, clock: Clock) -> dict[str, str]:
    """The times in words, in each language."""
    found = {}
    for language in _LANGUAGES:
        with translation.override(language):
            found[language] = _words(row, clock)
    return found


def _words(row: Schedule, clock: Clock) -> str:
    if row.trigger == Schedule.Trigger.SNAPSHOT:
        return _("With new data, at most once in {hours} h").format(hours=row.min_hours)
    return describe(recurrence_of(row), clock.zone)


def occurrence_list(
    principal: Principal, schedule_id: int, query: PageQuery
) -> tuple[list[Row], int]:
    """A page of the runs of a schedule, the newest first. Three queries."""
    _visible(principal, schedule_id)
    rows = Occurrence.objects.filter(schedule_id=schedule_id)
    page = rows.order_by("-due_at", "-id")[query.window]
    return [_occurrence(row) for row in page], rows.count()


def occurrence_detail(principal: Principal, occurrence_id: int) -> Row:
    """A run with the schedule that it is of. Raises ``AppError``: FORBIDDEN, NOT_FOUND."""
    require(principal, SCHEDULERS)
    seen = Schedule.objects.filter(visible_to(principal))
    row = Occurrence.objects.filter(pk=occurrence_id, schedule__in=seen).first()
    if row is None:
        raise not_found()
    return _occurrence(row) | {"scheduleId": row.schedule_id}


def delivery_list(
    principal: Principal, occurrence_id: int, query: PageQuery
) -> tuple[list[Row], int]:
    """A page of the recipients of a run, with their files. Four queries."""
    require(principal, SCHEDULERS)
    seen = Schedule.objects.filter(visible_to(principal))
    if not Occurrence.objects.filter(pk=occurrence_id, schedule__in=seen).exists():
        raise not_found()
    rows = OccurrenceRecipient.objects.filter(occurrence_id=occurrence_id)
    page = list(rows.select_related("person").order_by("id")[query.window])
    files = _files_of(page)
    found = [
        {
            "id": row.pk,
            "occurrenceId": row.occurrence_id,
            "person": {"id": row.person_id, "name": row.person.name},
            "part": row.part,
            "status": row.status,
            "reason": row.reason,
            "rows": row.rows,
            "sentAt": row.sent_at,
            "openedAt": row.opened_at,
            # The address is the recipient's: the owner has files of their own.
            "files": [file | {"url": None} for file in files(row)],
        }
        for row in page
    ]
    return found, rows.count()


def received_list(principal: Principal, query: PageQuery) -> tuple[list[Row], int]:
    """A page of the reports that were sent to the principal, the newest first. Three queries."""
    rows = _received(principal)
    page = list(rows.select_related("occurrence__schedule").order_by("-id")[query.window])
    files = _files_of(page)
    found = [
        {
            "id": row.pk,
            "name": row.occurrence.schedule.name,
            "part": row.part,
            "rows": row.rows,
            "sentAt": row.sent_at,
            "openedAt": row.opened_at,
            "snapshotId": row.occurrence.snapshot_id,
            "files": files(row),
        }
        for row in page
    ]
    return found, rows.count()


def received_counts(principal: Principal) -> tuple[int, int]:
    """The number of reports that were sent to the principal, and of those not opened. One query."""
    counted = _received(principal).aggregate(
        all=Count("pk"), new=Count("pk", filter=Q(opened_at__isnull=True))
    )
    return counted["all"], counted["new"]


def _received(principal: Principal) -> QuerySet[OccurrenceRecipient]:
    return OccurrenceRecipient.objects.filter(
        person_id=principal.person_id, status=OccurrenceRecipient.Status.SENT
    )


def _files_of(page: Sequence[OccurrenceRecipient]) -> Any:
    """Return a function that lists a recipient's files; one query for all of a page."""
    groups: dict[tuple[int, str], list[OccurrenceFile]] = {}
    wanted = {row.occurrence_id for row in page}
    digests = {row.group for row in page}
    for file in OccurrenceFile.objects.filter(occurrence_id__in=wanted, group__in=digests):
        groups.setdefault((file.occurrence_id, file.group), []).append(file)

    def files(row: OccurrenceRecipient) -> list[Row]:
        return _file_rows(row, groups.get((row.occurrence_id, row.group), ()))

    return files


def _file_rows(row: OccurrenceRecipient, files: Iterable[OccurrenceFile]) -> list[Row]:
    return [
        {
            "format": file.format,
            "name": file.name,
            "rows": file.rows,
            "size": file.size_bytes,
            "sha256": file.sha256,
            "url": file_url(row.pk, file.format) if file.file_id is not None else None,
        }
        for file in sorted(files, key=lambda file: file.pk)
    ]


def _visible(principal: Principal, schedule_id: int) -> Schedule:
    require(principal, SCHEDULERS)
    rows = Schedule.objects.filter(visible_to(principal), pk=schedule_id)
    row = rows.select_related("item", "owner").first()
    if row is None:
        raise not_found()
    return row


def _summary(row: Schedule) -> Row:
    owner = {"id": row.owner_id, "name": row.owner.name} if row.owner else None
    return {
        "id": row.pk,
        "name": row.name,
        "item": {"id": row.item_id, "name": row.item.name, "kind": row.item.kind},
        "owner": owner,
        "formats": row.formats,
        "status": row.status,
        "pauseReason": row.pause_reason,
        "nextAt": row.next_at if row.status == Schedule.Status.ACTIVE else None,
        "lastRunAt": row.last_run_at,
    }


def _occurrence(row: Occurrence) -> Row:
    return {
        "id": row.pk,
        "kind": row.kind,
        "status": row.status,
        "reason": row.reason,
        "problem": row.problem,
        "dueAt": row.due_at,
        "missed": row.missed,
        "snapshotId": row.snapshot_id,
        "isStale": row.is_stale,
        "counts": row.counts,
        "startedAt": row.started_at,
        "finishedAt": row.finished_at,
    }
