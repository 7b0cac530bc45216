"""Entering rooms, and what participants' clients report from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import compose, row
from optilearn.live import policies, rules
from optilearn.live.models import LiveClass, PresenceEvent
from optilearn.live.services.running import not_open
from optilearn.live.tokens import Participant, room_token
from optilearn.people.selectors import email_of, names_of

_INSERT: Final = compose(
    """
    INSERT INTO live_presenceevent (
        institution_id, live_class_id, person_id, event_id, connection_id, kind, is_host, at)
    SELECT k.institution_id, k.id, %(person)s, %(event)s, %(connection)s, %(kind)s, %(is_host)s,
           %(now)s
      FROM live_liveclass k
     WHERE k.id = %(class)s AND <open> AND k.starts_at <= %(opens)s AND k.ends_at > %(closes)s
       AND (SELECT count(*) FROM live_presenceevent p WHERE p.institution_id = k.institution_id
               AND p.live_class_id = k.id AND p.person_id = %(person)s) < %(max)s
    ON CONFLICT (institution_id, live_class_id, person_id, event_id) DO NOTHING
    RETURNING id
    """,
    open=rules.open_now("k"),
)


@dataclass(frozen=True)
class Entry:
    """A room, and a person's token for it."""

    url: str
    room: str
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Report:
    """A client's report that its person came or left."""

    event_id: UUID
    connection_id: UUID
    kind: str


def enter_room(*, principal: Principal, class_id: int) -> Entry:
    """Return the room of a class and a token for it, which makes hosts moderators.

    Nothing of it is attendance: that is what clients report from the room. Raises ``AppError``:
    FORBIDDEN, NOT_FOUND, ENROLLMENT_REQUIRED, LESSON_LOCKED, FEE_OVERDUE; CONFLICT for a class
    that is cancelled, over or not yet open; SERVICE_UNAVAILABLE without a video server.
    """
    policies.check_is_themselves(principal)
    visit = policies.visible(principal, class_id)
    found = visit.live_class
    policies.check_may_enter(principal, visit)
    if not rules.may_enter(found, clock.now(), is_host=visit.is_host):
        raise not_open(found, is_host=visit.is_host)
    if not settings.JITSI_URL:
        raise AppError(
            ErrorCode.SERVICE_UNAVAILABLE,
            _("No video server is set up. Ask the people who run this platform."),
        )
    expires_at = rules.closes_at(found.ends_at)
    token = room_token(
        app_id=settings.JITSI_APP_ID,
        secret=settings.JITSI_APP_SECRET,
        room=found.room,
        participant=_participant(principal, is_host=visit.is_host),
        now=clock.now(),
        expires_at=expires_at,
    )
    audit.record(action="live_class.join", actor=principal, target=f"live-class:{class_id}")
    return Entry(f"{settings.JITSI_URL}/{found.room}", found.room, token, expires_at)


def report_presence(*, principal: Principal, class_id: int, report: Report) -> None:
    """Record that the caller came into the room or left it, by our clock.

    One statement writes it, so that a report is stored once however often it is sent. A LEAVE
    that comes too late is taken and changes nothing: the class's end has ended the stay. Raises
    ``AppError``: FORBIDDEN, NOT_FOUND, ENROLLMENT_REQUIRED, CONFLICT for a JOIN while the room
    isn't open, RATE_LIMITED for more than a thousand reports.
    """
    policies.check_is_themselves(principal)
    visit = policies.visible(principal, class_id)
    if _insert(principal, visit, report) or report.kind == PresenceEvent.Kind.LEAVE:
        return
    own = PresenceEvent.objects.filter(live_class_id=class_id, person_id=principal.person_id)
    if own.filter(event_id=report.event_id).exists():
        return
    found = LiveClass.objects.get(pk=class_id)
    if rules.may_enter(found, clock.now(), is_host=visit.is_host):
        raise AppError(ErrorCode.RATE_LIMITED, _("Too many reports of this class."))
    raise not_open(found, is_host=visit.is_host)


def _insert(principal: Principal, visit: policies.Visit, report: Report) -> bool:
    now = clock.now()
    before = rules.HOSTS_BEFORE if visit.is_host else rules.STUDENTS_BEFORE
    values = {
        "class": visit.live_class.pk,
        "person": principal.person_id,
        "event": report.event_id,
        "connection": report.connection_id,
        "kind": report.kind,
        "is_host": visit.is_host,
        "now": now,
        "opens": now + before,
        "closes": now - rules.GRACE,
        "max": rules.MAX_REPORTS,
    }
    return row(_INSERT, values) is not None


def _participant(principal: Principal, *, is_host: bool) -> Participant:
    name = names_of([principal.person_id]).get(principal.person_id, principal.name)
    email = email_of(principal.person_id) or ""
    return Participant(principal.person_id, name, email, is_host)
