"""All that has a date for a person, gathered from the apps that own it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from optilearn.assessment.assignments.selectors.dates import (
    DueDate,
    due_dates_of,
    due_dates_taught,
)
from optilearn.assessment.quizzes.selectors.dates import (
    QuizDates,
    quiz_dates_of,
    quiz_dates_taught,
)
from optilearn.calendars.entries import Entry, EntryKind, entry_id
from optilearn.compliance.selectors.dates import obligation_dates_of
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.crm.selectors import children_of
from optilearn.enrollment.selectors.dates import (
    AccessEnd,
    Unlock,
    access_ends_of,
    unlocks_of,
    unlocks_taught,
)
from optilearn.institutions.selectors import holidays_within, terms_within
from optilearn.live.selectors.dates import (
    ClassDate,
    live_classes_of,
    live_classes_taught,
)


@dataclass(frozen=True)
class Calendar:
    """The entries of a person."""

    entries: list[Entry]
    """By time; whole days stand before the moments of their first day."""
    names: dict[int, str]
    """Names of a parent's children, by id."""


def calendar_of(principal: Principal, since: date, until: date, zone: ZoneInfo) -> Calendar:
    """Return what has a date for a person, from the beginning of ``since`` to the end of ``until``.

    Days are those of ``zone``, the institution's. Students see their own dates, with extensions,
    extra time and moved lessons; parents those of their children, who are asked of OptiCRM each
    time; teachers those of the courses they teach; everybody but parents what is required of them;
    everybody the school's terms and holidays. At most eight queries. Raises ``AppError``
    SERVICE_UNAVAILABLE for a parent if OptiCRM doesn't answer.
    """
    span = _Span.of(since, until, zone)
    names: dict[int, str] = {}
    if principal.role is Role.STUDENT:
        found = [*_of_students([principal.person_id], span), *_required(principal, since, until)]
    elif principal.role is Role.PARENT:
        names = {child.person_id: child.name for child in children_of(principal)}
        found = _of_students(names, span) if names else []
    else:
        found = [*_taught(principal.person_id, span), *_required(principal, since, until)]
    found += _whole_days(since, until)
    return Calendar(sorted(found, key=lambda entry: _order(entry, zone)), names)


def work_ahead(student_id: int, now: datetime, until: datetime) -> list[Entry]:
    """Return what a student hasn't submitted and is due until then, by time.

    For the product itself: no permissions. Two queries.
    """
    span = _Span(now, until, ZoneInfo("UTC"))
    found = [
        *map(_due, due_dates_of([student_id], now, until)),
        *_quizzes(quiz_dates_of([student_id]), span),
    ]
    open_ones = (one for one in found if one.kind is not EntryKind.QUIZ_OPENS and not one.is_done)
    return sorted(open_ones, key=lambda entry: _order(entry, span.zone))


@dataclass(frozen=True)
class _Span:
    since: datetime
    until: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, since: date, until: date, zone: ZoneInfo) -> _Span:
        end = datetime.combine(until + timedelta(days=1), time(), zone)
        return cls(datetime.combine(since, time(), zone), end - timedelta(microseconds=1), zone)

    def has(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at <= self.until


def _of_students(student_ids: Collection[int], span: _Span) -> list[Entry]:
    return [
        *map(_due, due_dates_of(student_ids, span.since, span.until)),
        *_quizzes(quiz_dates_of(student_ids), span),
        *_unlocks(unlocks_of(student_ids, span.zone), span),
        *map(_live_class, live_classes_of(student_ids, span.since, span.until)),
        *map(_access_end, access_ends_of(student_ids, span.since, span.until)),
    ]


def _taught(person_id: int, span: _Span) -> list[Entry]:
    return [
        *map(_due, due_dates_taught(person_id, span.since, span.until)),
        *_quizzes(quiz_dates_taught(person_id), span),
        *_unlocks(unlocks_taught(person_id, span.zone), span),
        *map(_live_class, live_classes_taught(person_id, span.since, span.until)),
    ]


def _due(found: DueDate) -> Entry:
    return Entry(
        entry_id(EntryKind.ASSIGNMENT_DUE, found.assignment_id, found.student_id),
        EntryKind.ASSIGNMENT_DUE,
        at=found.due_at,
        title=found.title,
        student_id=found.student_id,
        course_id=found.course_id,
        course_title=found.course_title,
        lesson_id=found.lesson_id,
        assignment_id=found.assignment_id,
        is_done=found.is_submitted,
    )


def _quizzes(found: list[QuizDates], span: _Span) -> Iterator[Entry]:
    for quiz in found:
        for kind, at in (
            (EntryKind.QUIZ_OPENS, quiz.opens_at),
            (EntryKind.QUIZ_CLOSES, quiz.closes_at),
        ):
            if at is not None and span.has(at):
                yield Entry(
                    entry_id(kind, quiz.lesson_id, quiz.student_id),
                    kind,
                    at=at,
                    title=quiz.title,
                    student_id=quiz.student_id,
                    course_id=quiz.course_id,
                    course_title=quiz.course_title,
                    lesson_id=quiz.lesson_id,
                    is_done=quiz.is_submitted,
                )


def _unlocks(found: list[Unlock], span: _Span) -> Iterator[Entry]:
    for unlock in found:
        if span.has(unlock.opens_at):
            yield Entry(
                entry_id(EntryKind.LESSON_UNLOCKS, unlock.lesson_id, unlock.student_id),
                EntryKind.LESSON_UNLOCKS,
                at=unlock.opens_at,
                title=unlock.title,
                student_id=unlock.student_id,
                course_id=unlock.course_id,
                course_title=unlock.course_title,
                lesson_id=unlock.lesson_id,
            )


def _live_class(found: ClassDate) -> Entry:
    return Entry(
        entry_id(EntryKind.LIVE_CLASS, found.class_id, found.student_id),
        EntryKind.LIVE_CLASS,
        at=found.starts_at,
        title=found.title,
        student_id=found.student_id,
        ends_at=found.ends_at,
        course_id=found.course_id,
        course_title=found.course_title,
        lesson_id=found.lesson_id,
        live_class_id=found.class_id,
        is_done=found.is_over,
    )


def _access_end(found: AccessEnd) -> Entry:
    return Entry(
        entry_id(EntryKind.ACCESS_ENDS, found.enrollment_id, found.student_id),
        EntryKind.ACCESS_ENDS,
        at=found.expires_at,
        title=found.course_title,
        student_id=found.student_id,
        course_id=found.course_id,
        course_title=found.course_title,
    )


def _required(principal: Principal, since: date, until: date) -> list[Entry]:
    return [
        Entry(
            entry_id(EntryKind.REQUIREMENT_DUE, one.obligation_id),
            EntryKind.REQUIREMENT_DUE,
            title=one.title,
            starts_on=one.due_on,
            ends_on=one.due_on,
            requirement_id=one.requirement_id,
            is_done=one.is_met,
        )
        for one in obligation_dates_of(principal.person_id, since, until)
    ]


def _whole_days(since: date, until: date) -> list[Entry]:
    return [
        Entry(
            entry_id(kind, one.id),
            kind,
            one.name,
            starts_on=one.starts_on,
            ends_on=one.ends_on,
        )
        for kind, spans in (
            (EntryKind.TERM, terms_within(since, until)),
            (EntryKind.HOLIDAY, holidays_within(since, until)),
        )
        for one in spans
    ]


def _order(entry: Entry, zone: ZoneInfo) -> tuple[datetime, bool, str]:
    if entry.at is not None:
        return entry.at, True, entry.id
    assert entry.starts_on is not None  # one of the two is there
    return datetime.combine(entry.starts_on, time(), zone), False, entry.id
