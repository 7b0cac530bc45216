"""Enrolling a whole list: the preview and the writing follow the same plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic.alias_generators import to_camel

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import Row
from optilearn.core.text import code_of
from optilearn.courses.services.seats import LockedCourse
from optilearn.enrollment.rules import is_holding
from optilearn.enrollment.selectors.access import CourseAccess
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.enrollment.services import completion, seats
from optilearn.enrollment.services.bulk_text import (
    MAX_ROWS,
    Entry,
    UnreadableListError,
    from_csv,
    from_paste,
    rejected_file,
)
from optilearn.enrollment.services.enrolling import locked, refuse_archived
from optilearn.enrollment.services.seats import Placement
from optilearn.people.models import Person
from optilearn.people.rules import is_active
from optilearn.people.selectors import people_by_any_name


class Outcome(StrEnum):
    """The outcome of a line."""

    ENROLL = "ENROLL"
    REENROLL = "REENROLL"
    """Was enrolled before, and comes back with all work kept."""
    CHANGE = "CHANGE"
    """Is enrolled; the line has another end or outcome, which is set."""
    ALREADY = "ALREADY"
    DUPLICATE = "DUPLICATE"
    UNKNOWN = "UNKNOWN"
    AMBIGUOUS = "AMBIGUOUS"
    NOT_STUDENT = "NOT_STUDENT"
    INACTIVE = "INACTIVE"
    INVALID = "INVALID"
    FULL = "FULL"


DONE: Final = frozenset({Outcome.ENROLL, Outcome.REENROLL, Outcome.CHANGE})
REJECTED: Final = frozenset(Outcome) - DONE - {Outcome.ALREADY, Outcome.DUPLICATE}
"""The outcomes that can be corrected and sent again; enrolled students are only skipped."""


@dataclass(frozen=True)
class Line:
    """A line of the list and what becomes of it."""

    entry: Entry
    outcome: Outcome
    message: str = ""
    person_id: int | None = None
    name: str | None = None

    def to_wire(self) -> Row:
        """As the API answers it."""
        return {
            "line": self.entry.line,
            "input": self.entry.text,
            "personId": self.person_id,
            "name": self.name,
            "outcome": self.outcome.value,
            "message": self.message,
        }


def enroll_list(
    *, principal: Principal, course_id: int, text: str | None, file: str | None, apply: bool
) -> dict[str, Any]:
    """Plan each line of a pasted ``text`` or a CSV ``file``, and carry it out if ``apply``.

    All in one transaction and a constant number of queries. Raises ``AppError`` FORBIDDEN,
    NOT_FOUND, CONFLICT for an archived course, VALIDATION_ERROR for what is no list.
    """
    found = managed_course(principal, course_id)
    entries = _entries(found, text, file)
    with transaction.atomic():
        course = locked(course_id)
        refuse_archived(course)
        people = _People(entries)
        held = _holding(course_id, people.ids)
        free = seats.open_seats(course).free
        known = seats.enrolled_among(course_id, people.ids)
        lines = _Plan(known, held, free).of(people, entries)
        wanted = [line for line in lines if line.outcome in DONE]
        if not apply:
            transaction.set_rollback(True)  # the ends that had passed, and seats given on for them
        if apply and wanted:
            given = _apply(course, wanted, known)
            audit.record(
                action="enrollment.bulk",
                actor=principal,
                target=f"course:{course_id}",
                details={"lines": len(lines), "enrollments": given},
            )
    return _answer(lines, applied=apply)


def _entries(found: CourseAccess, text: str | None, file: str | None) -> list[Entry]:
    words = {
        "EMPTY": _("The list is empty."),
        "TOO_MANY": _("The list is too long. Use at most %(most)d rows.") % {"most": MAX_ROWS},
        "HEADER": _(
            "The first line must name the columns: at least one of id, code and email, each once."
        ),
        "CSV": _("The file isn't CSV."),
    }
    try:
        return from_csv(file, found.zone) if file is not None else from_paste(text or "")
    except UnreadableListError as error:
        path = "/text" if file is None else "/csv"
        problem = {"path": path, "code": str(error), "message": words[str(error)]}
        raise AppError(ErrorCode.VALIDATION_ERROR, words[str(error)], [problem]) from error


def _answer(lines: Sequence[Line], *, applied: bool) -> dict[str, Any]:
    counts = Counter(line.outcome.value for line in lines)
    rejected = [(line.entry, line.message) for line in lines if line.outcome in REJECTED]
    return {
        "applied": applied,
        "summary": {"lines": len(lines)}
        | {to_camel(outcome.value.lower()): counts[outcome.value] for outcome in Outcome}
        | {"rejected": len(rejected)},
        "rows": [line.to_wire() for line in lines],
        "rejectedCsv": rejected_file(rejected) if rejected else None,
    }


def _apply(course: LockedCourse, wanted: Sequence[Line], known: Mapping[int, Row]) -> list[int]:
    """Do what was planned; the ids of the enrollments, in any order."""
    by: dict[Outcome, list[Placement]] = {outcome: [] for outcome in DONE}
    for line in wanted:
        by[line.outcome].append(
            Placement(line.person_id or 0, line.entry.expires_at, line.entry.outcome)
        )
    passed_on = [one for one in by[Outcome.ENROLL] if one.student_id in known]
    fresh = [one for one in by[Outcome.ENROLL] if one.student_id not in known]
    returning = by[Outcome.REENROLL]
    given = seats.give(course, fresh, source="BULK")
    seats.bring_back(course, returning)
    seats.amend(course.id, [*by[Outcome.CHANGE], *passed_on])
    seats.open_seats(course)
    ids = [known[one.student_id]["id"] for one in returning]
    completion.recompute_enrollments(ids)
    seats.publish_enrolled(course.id, given)
    seats.publish_returned(
        course.id, [known[one.student_id] | {"student_id": one.student_id} for one in returning]
    )
    others = [known[one.student_id]["id"] for one in (*by[Outcome.CHANGE], *passed_on)]
    return [one["id"] for one in given] + ids + others


def _holding(course_id: int, ids: Sequence[int]) -> frozenset[int]:
    """Return those of the students who hold a seat by now."""
    known = seats.enrolled_among(course_id, ids)
    return frozenset(student for student, one in known.items() if is_holding(one["status"]))


class _Plan:
    """The outcome of each line, given the enrolled students and the free seats.

    ``held`` are those who had a seat before lapsed ones were passed on: who got one then is
    enrolled by this list, as the list has it.
    """

    def __init__(self, known: Mapping[int, Row], held: frozenset[int], free: int | None) -> None:
        self._known = known
        self._held = held
        self._free = free
        self._seen: dict[int, Entry] = {}

    def of(self, people: _People, entries: Sequence[Entry]) -> list[Line]:
        """Return the lines, in the order of the list, in which seats are given."""
        return [self._line(people.find(entry)) for entry in entries]

    def _line(self, line: Line) -> Line:
        person = line.person_id
        if line.outcome is not Outcome.ENROLL or person is None:
            return line
        before = self._seen.setdefault(person, line.entry)
        if before is not line.entry:
            return _repeated(line, before)
        known = self._known.get(person)
        if known is None:
            return self._seated(line)
        if not is_holding(known["status"]):
            message = _("Returns (%(status)s) with all earlier work.") % {"status": known["status"]}
            return self._seated(replace(line, outcome=Outcome.REENROLL, message=message))
        return _held_already(line, known) if person in self._held else line

    def _seated(self, line: Line) -> Line:
        if self._free == 0:
            return replace(line, outcome=Outcome.FULL, message=_("The course is full."))
        self._free = None if self._free is None else self._free - 1
        return line


def _repeated(line: Line, before: Entry) -> Line:
    given = (line.entry.expires_at, line.entry.outcome)
    if given in ((None, None), (before.expires_at, before.outcome)):
        message = _("The same student as in line %(line)d.") % {"line": before.line}
        return replace(line, outcome=Outcome.DUPLICATE, message=message)
    message = _("Line %(line)d names the same student with another end or outcome.")
    return replace(line, outcome=Outcome.INVALID, message=message % {"line": before.line})


def _held_already(line: Line, known: Row) -> Line:
    entry = line.entry
    changed = (entry.expires_at is not None and entry.expires_at != known["expires_at"]) or (
        entry.outcome is not None and entry.outcome != known["outcome"]
    )
    if changed:
        words = _("Already enrolled (%(status)s); the end and outcome of this line are set.")
        return replace(line, outcome=Outcome.CHANGE, message=words % {"status": known["status"]})
    message = _("Already enrolled (%(status)s).") % {"status": known["status"]}
    return replace(line, outcome=Outcome.ALREADY, message=message)


def _key(column: str, text: str) -> str:
    """Return the key to look up: a code as codes are stored, however its letters are composed."""
    if column == "email":
        return text.lower()
    return code_of(text) if column == "code" else text


class _People:
    """The people that a list may mean; one query for all of it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        named = {entry.text for entry in entries if not entry.problem}
        texts = sorted(named | {code_of(text) for text in named})
        found = people_by_any_name(texts)
        self.ids = [one["id"] for one in found]
        self._by: dict[str, dict[str, list[Row]]] = {"code": {}, "crm_id": {}, "email": {}}
        for one in found:
            for column, index in self._by.items():
                index.setdefault(one[column], []).append(one)

    def find(self, entry: Entry) -> Line:
        """Find the person by code, else OptiCRM's id, else e-mail; a student before others."""
        if entry.problem:
            return Line(entry, Outcome.INVALID, _problem(entry.problem))
        if entry.expires_at is not None and entry.expires_at <= clock.now():
            return Line(entry, Outcome.INVALID, _problem("PAST"))
        columns = ("code", "crm_id", "email") if entry.column == "id" else (entry.column,)
        others = False
        for column in columns:
            people = self._by[column].get(_key(column, entry.text), [])
            students = [one for one in people if one["kind"] == Person.Kind.STUDENT]
            if len(students) > 1:
                return Line(entry, Outcome.AMBIGUOUS, _("Several students match. Use a code."))
            if students:
                return _of_student(entry, students[0])
            others = others or bool(people)
        if others:
            return Line(entry, Outcome.NOT_STUDENT, _("This person is not a student."))
        return Line(entry, Outcome.UNKNOWN, _("Nobody has this code, id or e-mail address."))


def _of_student(entry: Entry, student: Row) -> Line:
    who = {"person_id": student["id"], "name": student["name"]}
    if not is_active(student["status"]):
        return Line(entry, Outcome.INACTIVE, _("The student has left the school."), **who)
    return Line(entry, Outcome.ENROLL, "", **who)


def _problem(problem: str) -> str:
    return {
        "EXPIRES_AT": _("expiresAt must be a date like 2027-03-31."),
        "PAST": _("expiresAt is in the past."),
        "OUTCOME": _("outcome must be PASS, DISTINCTION, FAIL or WITHDRAWN."),
        "EMPTY": _("This line has no code, id or e-mail address."),
        "TOO_LONG": _("This is too long to be a code, an id or an e-mail."),
    }[problem]
