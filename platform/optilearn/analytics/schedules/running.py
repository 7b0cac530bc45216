"""Running an occurrence: recipients, one file for each scope, messages.

Each step leaves rows behind that the next attempt finds: a run that is killed at any line and
claimed again ends as if nothing had happened. Files are stored before their row is written, and
what no row names is swept; messages and the recipients' outcomes are one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

from django.db import DatabaseError

from optilearn.analytics.models import Occurrence, OccurrenceRecipient, Schedule
from optilearn.analytics.schedules import endings
from optilearn.analytics.schedules.contents import has_sql
from optilearn.analytics.schedules.delivering import deliver
from optilearn.analytics.schedules.files import Work, discard_outdated, make_files
from optilearn.analytics.schedules.freshness import pin_snapshot
from optilearn.analytics.schedules.leases import claim_next
from optilearn.analytics.schedules.outcomes import (
    Failed,
    LeaseLost,
    Postponed,
    Reason,
    RunEnd,
    Skipped,
)
from optilearn.analytics.schedules.recipients import Recipient, chosen_of, recipients_of
from optilearn.analytics.schedules.reviewing import review
from optilearn.core.errors import AppError, ErrorCode
from reports import api as reports
from reports.errors import ReportBusy, ReportError, ReportTimeout, SnapshotDamaged

log = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 5
_PAUSES: Final = (1, 5, 15, 60, 120)
"""Minutes before the next attempt while a service is down."""
_PASSING: Final = (ReportBusy, ReportTimeout, SnapshotDamaged)


def run_due(seconds: float = 300.0) -> int:
    """Run the occurrences that are due in the institution in force; return how many ended.

    Ends after about ``seconds``; what is left stays due.
    """
    until, count = monotonic() + seconds, 0
    while monotonic() < until:
        occurrence = claim_next()
        if occurrence is None:
            break
        run(occurrence)
        count += 1
    return count


def run(occurrence: Occurrence) -> None:
    """Run a claimed occurrence, and record how it ended."""
    try:
        _run_to_its_end(occurrence)
    except LeaseLost:
        log.warning("The lease of occurrence %s ended before it did.", occurrence.pk)


def _run_to_its_end(occurrence: Occurrence) -> None:
    try:
        _run(occurrence)
    except RunEnd as end:
        endings.record(occurrence, end)
    except ReportError as error:
        if isinstance(error, _PASSING):
            endings.record(occurrence, _later(occurrence, str(error)))
        else:
            endings.record(occurrence, Failed(Reason.REPORT_INVALID, error.message))
    except AppError as error:
        if error.code is ErrorCode.SERVICE_UNAVAILABLE:
            endings.record(occurrence, _later(occurrence, error.message))
        else:
            endings.record(occurrence, Failed(Reason.REPORT_INVALID, error.message))
    except (LeaseLost, DatabaseError):
        raise
    except Exception:  # a defect that one report meets must not stop the others
        log.exception("Occurrence %s failed.", occurrence.pk)
        endings.record(occurrence, _later(occurrence, "", Reason.INTERNAL_ERROR))
    else:
        endings.finish(occurrence)


def _run(occurrence: Occurrence) -> None:
    schedule = occurrence.schedule
    if occurrence.attempts > MAX_ATTEMPTS + len(_PAUSES):
        raise Failed(Reason.GAVE_UP)
    source = review(occurrence)
    snapshot = pin_snapshot(occurrence)
    work = Work(occurrence, source, snapshot)
    people = _recipients(work)
    discard_outdated(work)
    rows = make_files(work, people)
    if schedule.on_empty == Schedule.OnEmpty.SKIP and not any(rows.values()):
        raise Skipped(Reason.EMPTY)
    deliver(work, people)


def _recipients(work: Work) -> Sequence[Recipient]:
    """Return the recipients as they are now, with a row for each."""
    occurrence = work.occurrence
    is_test = occurrence.kind == Occurrence.Kind.TEST
    split = Schedule.Split.NONE if is_test else work.schedule.split
    is_sql = has_sql(work.source, reports.catalog_of(work.snapshot))
    has_words = not reports.SPEAKING.isdisjoint(work.schedule.formats)
    people = recipients_of(chosen_of(occurrence), split, has_sql=is_sql, has_words=has_words)
    if occurrence.kind == Occurrence.Kind.AGAIN:
        people = [one for one in people if one.part == occurrence.only_part]
    if not people:
        raise Skipped(Reason.NO_RECIPIENTS)
    OccurrenceRecipient.objects.bulk_create(
        [
            OccurrenceRecipient(
                occurrence_id=occurrence.pk,
                person_id=one.person_id,
                part=one.part,
                group=one.group,
            )
            for one in people
        ],
        ignore_conflicts=True,
    )
    return people


def _later(occurrence: Occurrence, problem: str, reason: Reason = Reason.SERVICE_DOWN) -> RunEnd:
    """Return the next attempt, with growing pauses; after the last one it has failed."""
    if occurrence.attempts > len(_PAUSES):
        return Failed(reason, problem)
    return Postponed(reason, timedelta(minutes=_PAUSES[occurrence.attempts - 1]), problem)
