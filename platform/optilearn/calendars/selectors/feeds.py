"""Reads of feeds, and a calendar as iCalendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from optilearn.calendars import ical
from optilearn.calendars.entries import Entry, EntryKind
from optilearn.calendars.models import CalendarFeed
from optilearn.calendars.revisions import Revision, Revisions
from optilearn.calendars.selectors.entries import Calendar
from optilearn.core.access.principal import Principal

_SUMMARIES: Final = {
    EntryKind.ASSIGNMENT_DUE: gettext_lazy("Due: %(title)s"),
    EntryKind.QUIZ_OPENS: gettext_lazy("Quiz opens: %(title)s"),
    EntryKind.QUIZ_CLOSES: gettext_lazy("Quiz closes: %(title)s"),
    EntryKind.LIVE_CLASS: gettext_lazy("Live class: %(title)s"),
    EntryKind.LESSON_UNLOCKS: gettext_lazy("Lesson opens: %(title)s"),
    EntryKind.ACCESS_ENDS: gettext_lazy("Access ends: %(title)s"),
    EntryKind.REQUIREMENT_DUE: gettext_lazy("Due: %(title)s"),
    EntryKind.TERM: gettext_lazy("Term: %(title)s"),
}


def own_feed(principal: Principal) -> dict[str, Any]:
    """Return the state of the caller's feed, without its address. One query."""
    feed = CalendarFeed.objects.filter(person_id=principal.person_id)
    created_at = feed.values_list("created_at", flat=True).first()
    return {"isActive": created_at is not None, "createdAt": created_at}


def as_icalendar(calendar: Calendar, revisions: Revisions, slug: str, name: str) -> bytes:
    """Return a calendar and what was cancelled of it, as iCalendar in the language in force."""
    entries = {entry.id: entry for entry in calendar.entries}
    patterns = {kind: str(pattern) for kind, pattern in _SUMMARIES.items()}
    events = [
        _event(entry, revisions[entry.id], slug, _summary(entry, patterns, calendar.names))
        for entry in entries.values()
    ]
    events += [
        _cancelled(key, revision, slug)
        for key, revision in sorted(revisions.items())
        if key not in entries
    ]
    return ical.calendar(name, events)


def _event(entry: Entry, revision: Revision, slug: str, summary: str) -> ical.Event:
    starts: datetime | date | None = entry.at or entry.starts_on
    assert starts is not None  # one of the two is there
    return ical.Event(
        uid=_uid(entry.id, slug),
        sequence=revision.sequence,
        changed_at=revision.changed_at,
        starts=starts,
        ends=entry.ends_at or entry.ends_on,
        summary=summary,
        description=entry.course_title,
        category=entry.kind.value,
    )


def _cancelled(key: str, revision: Revision, slug: str) -> ical.Event:
    has_time = "T" in revision.starts
    read = datetime.fromisoformat if has_time else date.fromisoformat
    return ical.Event(
        uid=_uid(key, slug),
        sequence=revision.sequence,
        changed_at=revision.changed_at,
        starts=read(revision.starts),
        is_cancelled=True,
    )


def _uid(key: str, slug: str) -> str:
    return f"{key}@{slug}.optilearn"


def _summary(entry: Entry, patterns: Mapping[EntryKind, str], names: Mapping[int, str]) -> str:
    if entry.kind is EntryKind.HOLIDAY:
        return entry.title or _("Holiday")
    summary = patterns[entry.kind] % {"title": entry.title}
    child = names.get(entry.student_id or 0)
    return f"{child} · {summary}" if child else summary
