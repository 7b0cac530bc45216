"""Telling OptiCRM of completed courses: an outbox, sent until it has arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from secrets import SystemRandom
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet

from optilearn.core.clock import now
from optilearn.core.queue import enqueue
from optilearn.core.sql import compose, quoted
from optilearn.core.tenancy.context import require_institution_id
from optilearn.crm.client import Tenant, opticrm
from optilearn.crm.errors import CrmAnswerError, CrmDown, CrmError, CrmNotFound, CrmRefused
from optilearn.crm.models import CompletionOutbox
from optilearn.crm.tenants import require_known, tenant_in_force
from optilearn.crm.wire import Completion
from optilearn.people.directory import known_person

PUSH_TASK: Final = "crm.push_completions"
MAX_ATTEMPTS: Final = 40
"""About a week; what OptiCRM doesn't take in that time needs a person to look at it."""
MAX_BATCH: Final = 100
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=6)
_chance: Final = SystemRandom()

_INSERT: Final = compose(
    """
INSERT INTO crm_completionoutbox (institution_id, enrollment_id, student_id, payload, key, status,
                                  attempts, next_attempt_at, last_error)
VALUES (%s, %s, %s, %s, gen_random_uuid(), <pending>, 0, %s, '')
    ON CONFLICT (institution_id, enrollment_id) DO NOTHING
""",
    pending=quoted(CompletionOutbox.Status.PENDING),
)


def queue_completion(
    *,
    enrollment_id: int,
    student_id: int,
    course_id: int,
    completed_at: datetime,
    course_code: str = "",
    course_title: str = "",
) -> bool:
    """Queue the completion of an enrollment's course for OptiCRM; return True if it is new.

    Commits with the caller's transaction. An enrollment is completed once: the second
    time changes nothing.
    """
    payload = {
        "courseId": str(course_id),
        "courseCode": course_code,
        "courseTitle": course_title,
        "completedAt": completed_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    adapted = connection.ops.adapt_json_value(payload, None)
    with connection.cursor() as cursor:
        institution_id = require_institution_id()
        cursor.execute(_INSERT, [institution_id, enrollment_id, student_id, adapted, now()])
        is_new = bool(cursor.rowcount == 1)
    if is_new:
        enqueue(PUSH_TASK)
    return is_new


def push_completions() -> int:
    """Send what is due, one by one; how many have arrived.

    Each row is held while it is sent, so several workers share the work, and one that is
    killed leaves the row as it was: sent again with the same key, OptiCRM takes it once.
    Stops when OptiCRM is down; the rows wait for their next attempt.
    """
    if not opticrm().is_connected:
        return 0
    tenant, sent = tenant_in_force(), 0
    for _ in range(MAX_BATCH):
        if opticrm().breaker.is_open(tenant.institution_id):
            break
        outcome = _push_next(tenant)
        if outcome is None:
            break
        sent += outcome
    return sent


def _due() -> QuerySet[CompletionOutbox]:
    pending = CompletionOutbox.objects.filter(status=CompletionOutbox.Status.PENDING)
    return pending.filter(next_attempt_at__lte=now()).order_by("next_attempt_at", "id")


@transaction.atomic
def _push_next(tenant: Tenant) -> bool | None:
    """Push the next row; return True if it arrived, None if there is none or OptiCRM is down."""
    row = _due().select_for_update(skip_locked=True).first()
    if row is None:
        return None
    row.attempts += 1
    try:
        _send(tenant, row)
    except CrmDown as error:
        _later(row, error)
        return None
    except (CrmRefused, CrmNotFound, CrmAnswerError) as error:
        _failed(row, error) if _is_final(tenant, error) else _later(row, error)
        return False
    row.status, row.sent_at, row.last_error = CompletionOutbox.Status.SENT, now(), ""
    row.save()
    return True


def _send(tenant: Tenant, row: CompletionOutbox) -> None:
    student = known_person(row.student_id)
    if student is None:
        raise CrmRefused("completion", "the student is no longer here", 410)
    completion = Completion(
        student_id=student.crm_id,
        enrollment_id=str(row.enrollment_id),
        course_id=row.payload["courseId"],
        course_code=row.payload["courseCode"],
        course_title=row.payload["courseTitle"],
        completed_at=row.payload["completedAt"],
    )
    opticrm().push(tenant, completion, str(row.key))


def _is_final(tenant: Tenant, error: CrmError) -> bool:
    """Return True if a retry can't help; a wrong key or an unknown institution can be corrected."""
    if isinstance(error, CrmRefused):
        return error.status not in {401, 403, 408}
    if isinstance(error, CrmNotFound):
        try:
            require_known(tenant)
        except CrmError:
            return False
        return True
    return False


def _later(row: CompletionOutbox, error: CrmError) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        _failed(row, error)
        return
    longest = min(_FIRST_WAIT * 2 ** min(row.attempts - 1, 20), _LONGEST_WAIT)
    wait = longest * _chance.uniform(0.5, 1)
    if isinstance(error, CrmDown) and error.retry_after is not None:
        wait = max(wait, min(timedelta(seconds=error.retry_after), _LONGEST_WAIT))
    row.next_attempt_at, row.last_error = now() + wait, str(error)
    row.save()


def _failed(row: CompletionOutbox, error: CrmError) -> None:
    row.status, row.last_error = CompletionOutbox.Status.FAILED, str(error)
    row.save()
