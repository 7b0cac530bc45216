"""Starting a recording: a row, then the lease of a Jibri, then its job.

The row and the lease are committed before the Jibri is asked, and no transaction is open while it
is. Whoever is killed in between leaves both to the sweep.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import require_institution_id
from optilearn.live import policies
from optilearn.live.models import LiveClass, Recording
from optilearn.live.recordings import leases, rules
from optilearn.live.recordings.jibri import (
    JibriBusyError,
    JibriError,
    JibriRefusedError,
    Job,
    Login,
)
from optilearn.live.recordings.services.stopping import jibri_at, stop_job

_logger: Final = logging.getLogger(__name__)
_BUSY: Final = "busy"


@dataclass(frozen=True)
class Started:
    """A recording that is going on."""

    recording_id: int
    already: bool
    """It was before the caller asked for it."""


@dataclass(frozen=True)
class _Attempt:
    """A recording whose Jibri is being looked for."""

    recording_id: int
    room: str
    lease_until: datetime


def start(*, principal: Principal, class_id: int) -> Started:
    """Record a class. Of two hosts who do it at once one did; the other is answered the same.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND; CONFLICT for a class that isn't LIVE or has no room;
    SERVICE_UNAVAILABLE if recording isn't set up, or no Jibri takes the job: nothing is left then.
    """
    claimed = _claim(principal, class_id)
    if isinstance(claimed, Started):
        return claimed
    refusals: Counter[str] = Counter()
    session_id = _find_jibri(claimed, refusals)
    if session_id is None:
        raise _give_up(principal, class_id, claimed, refusals)
    if not _confirm(claimed, session_id):
        # Somebody stopped it, or ended the class, while the Jibri was being asked.
        stop_job(session_id)
    return Started(claimed.recording_id, already=False)


@transaction.atomic
def _claim(principal: Principal, class_id: int) -> Started | _Attempt:
    found = policies.hosted(principal, class_id, lock=True).live_class
    if found.status != LiveClass.Status.LIVE or not found.room:
        raise AppError(
            ErrorCode.CONFLICT,
            _("Only a live class that is going on can be recorded."),
            {"status": found.status},
        )
    active = Recording.objects.filter(live_class=found, status__in=rules.ACTIVE).first()
    if active is not None:
        return Started(active.pk, already=True)
    if not settings.JIBRI_URLS:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("Recording isn't set up. Ask the people who run this platform."),
        )
    now = clock.now()
    recording = Recording.objects.create(
        live_class=found,
        session_id=leases.new_session_id(require_institution_id()),
        started_by_id=principal.person_id,
        created_at=now,
    )
    audit.record(
        action="recording.start",
        actor=principal,
        target=f"live-class:{class_id}",
        details={"recording": recording.pk},
    )
    return _Attempt(recording.pk, found.room, rules.lease_end(found.ends_at, now))


def _find_jibri(attempt: _Attempt, refusals: Counter[str]) -> str | None:
    """Return the session of the first Jibri that takes the job; None if none does."""
    deadline = monotonic() + rules.ASKING_SECONDS
    for url in settings.JIBRI_URLS:
        if monotonic() > deadline:
            refusals["notAsked"] += 1
            continue
        session_id = _take(attempt, url)
        if session_id is None:
            refusals[_BUSY] += 1
            continue
        try:
            _ask(url, Job(session_id, settings.JITSI_URL, attempt.room))
        except JibriError as error:
            refusals[_word_of(error)] += 1
            _logger.warning("Jibri %s doesn't record %s: %s", url, session_id, error)
            _let_go(session_id, error)
        else:
            return session_id
    return None


@transaction.atomic
def _take(attempt: _Attempt, url: str) -> str | None:
    """Return a new session that has the Jibri; None if another one has it.

    Each Jibri gets a session of its own: what one of them does after all, though it was given
    up, is no file of this recording.
    """
    session_id = leases.new_session_id(require_institution_id())
    if not leases.take(url, session_id, attempt.lease_until):
        return None
    pending = Recording.objects.filter(pk=attempt.recording_id, status=rules.Status.PENDING)
    if not pending.update(session_id=session_id):
        transaction.set_rollback(True)
        return None
    return session_id


def _ask(url: str, job: Job) -> None:
    jibri = jibri_at(url)
    jibri.check_idle()
    jibri.start(job, Login(settings.JIBRI_DOMAIN, settings.JIBRI_USERNAME, settings.JIBRI_PASSWORD))


def _let_go(session_id: str, error: JibriError) -> None:
    if error.is_certain:
        leases.release(session_id)
    else:
        stop_job(session_id)  # it may have begun; the sweep repeats a stop that fails


def _confirm(attempt: _Attempt, session_id: str) -> bool:
    pending = Recording.objects.filter(
        pk=attempt.recording_id, session_id=session_id, status=rules.Status.PENDING
    )
    changed = pending.update(status=rules.Status.RECORDING, recording_at=clock.now())
    return bool(changed)


@transaction.atomic
def _give_up(
    principal: Principal, class_id: int, attempt: _Attempt, refusals: Counter[str]
) -> AppError:
    """Remove the row, also one that was stopped meanwhile; return the refusal with its reasons."""
    unfinished = (rules.Status.PENDING, rules.Status.PROCESSING)
    Recording.objects.filter(pk=attempt.recording_id, status__in=unfinished).delete()
    audit.record(
        action="recording.start",
        outcome="unavailable",
        actor=principal,
        target=f"live-class:{class_id}",
        details={"recording": attempt.recording_id, "jibris": dict(refusals)},
    )
    busy = set(refusals) <= {_BUSY}
    message = (
        _("All recorders are in use by other classes. Try again in a few minutes.")
        if busy
        else _("No recorder can be reached. Try again, or ask the people who run this platform.")
    )
    return AppError(ErrorCode.SERVICE_UNAVAILABLE, message, {"recorders": dict(refusals)})


def _word_of(error: JibriError) -> str:
    if isinstance(error, JibriBusyError):
        return _BUSY
    return "misconfigured" if isinstance(error, JibriRefusedError) else "unreachable"
