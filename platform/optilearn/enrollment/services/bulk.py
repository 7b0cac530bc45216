"""Enrolling a whole list: what would happen, and making it happen, by the same plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic.alias_generators import to_camel

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment import policies
from optilearn.enrollment.bulk_text import (
    MOST_ROWS,
    Entry,
    UnreadableListError,
    from_csv,
    from_paste,
    rejected_file,
)
from optilearn.enrollment.course_facts import Standing
from optilearn.enrollment.services import seats
from optilearn.enrollment.services.enrolling import locked, refuse_archived
from optilearn.enrollment.services.seats import Placement
from optilearn.enrollment.sql import Row, rows


class Outcome(StrEnum):
    """What becomes of a line."""

    ENROLL = "ENROLL"
    ALREADY = "ALREADY"
    DUPLICATE = "DUPLICATE"
    UNKNOWN = "UNKNOWN"
    AMBIGUOUS = "AMBIGUOUS"
    NOT_STUDENT = "NOT_STUDENT"
    INACTIVE = "INACTIVE"
    INVALID = "INVALID"
    FULL = "FULL"


REJECTED: Final = frozenset(Outcome) - {Outcome.ENROLL, Outcome.ALREADY, Outcome.DUPLICATE}
"""What can be corrected and sent again; who is enrolled already is only skipped."""


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
    """What becomes of each line of a pasted ``text`` or a CSV ``file``; done if ``apply``.

    All in one transaction and a constant number of queries. Raises ``AppError`` FORBIDDEN,
    NOT_FOUND, CONFLICT for an archived course, VALIDATION_ERROR for what is no list.
    """
    found = policies.managed(principal, course_id)
    entries = _entries(found, text, file)
    with transaction.atomic():
        course = locked(course_id)
        refuse_archived(course)
        free = seats.open_seats(course).free
        lines = _plan(course_id, entries, free)
        wanted = [line for line in lines if line.outcome is Outcome.ENROLL]
        if not apply:
            transaction.set_rollback(True)  # the ends that had passed, and seats given on for them
        if apply and wanted:
            placements = [
                Placement(line.person_id or 0, line.entry.expires_at, line.entry.outcome)
                for line in wanted
            ]
            given = seats.give(course, placements, source="BULK")
            seats.open_seats(course)
            audit.record(
                action="enrollment.bulk",
                actor=principal,
                target=f"course:{course_id}",
                details={"lines": len(lines), "enrollments": [one["id"] for one in given]},
            )
            seats.enrolled_events(course_id, given)
    return _answer(lines, applied=apply)


def _entries(found: Standing, text: str | None, file: str | None) -> list[Entry]:
    words = {
        "EMPTY": _("The list is empty."),
        "TOO_MANY": _("The list is too long: %(most)d rows are the most.") % {"most": MOST_ROWS},
        "HEADER": _("The first line has to name the columns: one of id, code, email, each once."),
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


def _plan(course_id: int, entries: Sequence[Entry], free: int | None) -> list[Line]:
    people = _People(entries)
    known = _enrolled(course_id, people.ids)
    lines: list[Line] = []
    seen: dict[int, int] = {}
    for entry in entries:
        line = people.find(entry)
        person = line.person_id
        if line.outcome is Outcome.ENROLL and person is not None:
            if person in seen:
                message = _("The same student as in line %(line)d.") % {"line": seen[person]}
                line = replace(line, outcome=Outcome.DUPLICATE, message=message)
            elif person in known:
                message = _("Enrolled already (%(status)s).") % {"status": known[person]}
                line = replace(line, outcome=Outcome.ALREADY, message=message)
            elif free == 0:
                line = replace(line, outcome=Outcome.FULL, message=_("The course is full."))
            else:
                free = None if free is None else free - 1
            seen.setdefault(person, entry.line)
        lines.append(line)
    return lines


def _enrolled(course_id: int, ids: Sequence[int]) -> dict[int, str]:
    found = rows(
        "SELECT student_id, status FROM enrollment_enrollment"
        " WHERE course_id = %s AND student_id = ANY (%s::bigint[])",
        [course_id, list(ids)],
    )
    return {one["student_id"]: one["status"] for one in found}


class _People:
    """Who could be meant by a list; one query for all of it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = sorted({entry.text for entry in entries if not entry.problem})
        found = rows(
            "SELECT id, kind, status, code, crm_id, lower(email) AS email, name"
            "  FROM people_person WHERE code = ANY (%(texts)s::text[])"
            "    OR crm_id = ANY (%(texts)s::text[]) OR (email <> ''"
            "   AND lower(email) = ANY (%(lower)s::text[])) ORDER BY id",
            {"texts": texts, "lower": sorted({text.lower() for text in texts})},
        )
        self.ids = [one["id"] for one in found]
        self._by: dict[str, dict[str, list[Row]]] = {"code": {}, "crm_id": {}, "email": {}}
        for one in found:
            for column, index in self._by.items():
                index.setdefault(one[column], []).append(one)

    def find(self, entry: Entry) -> Line:
        """Who is meant: by code, else by OptiCRM's id, else by e-mail; a student before others."""
        if entry.problem:
            return Line(entry, Outcome.INVALID, _problem(entry.problem))
        if entry.expires_at is not None and entry.expires_at <= clock.now():
            return Line(entry, Outcome.INVALID, _problem("PAST"))
        columns = ("code", "crm_id", "email") if entry.column == "id" else (entry.column,)
        others = False
        for column in columns:
            key = entry.text.lower() if column == "email" else entry.text
            people = self._by[column].get(key, [])
            students = [one for one in people if one["kind"] == "STUDENT"]
            if len(students) > 1:
                return Line(entry, Outcome.AMBIGUOUS, _("Several students have it."))
            if students:
                return _of_student(entry, students[0])
            others = others or bool(people)
        if others:
            return Line(entry, Outcome.NOT_STUDENT, _("This is somebody, but no student."))
        return Line(entry, Outcome.UNKNOWN, _("Nobody here has this code, id or e-mail."))


def _of_student(entry: Entry, student: Row) -> Line:
    who = {"person_id": student["id"], "name": student["name"]}
    if student["status"] != "ACTIVE":
        return Line(entry, Outcome.INACTIVE, _("The student has left the school."), **who)
    return Line(entry, Outcome.ENROLL, "", **who)


def _problem(problem: str) -> str:
    return {
        "EXPIRES_AT": _("expiresAt has to be a date like 2027-03-31."),
        "PAST": _("expiresAt has passed already."),
        "OUTCOME": _("outcome has to be PASS, DISTINCTION, FAIL or WITHDRAWN."),
        "EMPTY": _("The line names nobody."),
        "TOO_LONG": _("This is too long to be a code, an id or an e-mail."),
    }[problem]
