"""The treatment of every record that refers to a person when the person is erased.

Every column that holds a person's id has one rule; a test fails for a new one without. The
person's own row always stays, anonymised (``people.directory.anonymise``), so a record that is
retained names nobody. Snapshots taken earlier follow the same rules (``pipelines.snapshots``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Treatment(StrEnum):
    """The treatment of rows."""

    CASCADE = "CASCADE"
    """They are deleted."""
    ANONYMISE = "ANONYMISE"
    """They stay; what could name the person is overwritten."""
    RETAIN = "RETAIN"
    """They stay as they are, for the reason given."""


@dataclass(frozen=True)
class Rule:
    """The rule of one column, or of some of its rows. Rules are applied in their order."""

    table: str
    column: str
    treatment: Treatment
    reason: str
    sets: Mapping[str, str] = field(default_factory=dict)
    """SQL by column: what ANONYMISE writes."""
    shown: tuple[str, ...] = ()
    """The columns of an export; empty: all. Given where the row is about somebody else too."""
    where: str = ""
    """SQL that is true of the person's rows, whose id is ``%(person)s`` and whom statements of
    xAPI name by one of ``%(keys)s``. Empty: of those where the column is the id."""

    @property
    def theirs(self) -> str:
        """SQL that is true of the person's rows."""
        return self.where or f"{self.column} = %(person)s"


_CASCADE, _ANONYMISE, _RETAIN = Treatment.CASCADE, Treatment.ANONYMISE, Treatment.RETAIN

_OWN_ADDRESS: Final = """address IN (
    SELECT lower(email) FROM people_person WHERE id = %(person)s
     UNION
    SELECT lower(address) FROM notifications_delivery
     WHERE person_id = %(person)s AND channel = 'EMAIL')"""
"""The address that the person has, and those that were written to before."""
_SHARED: Final = """EXISTS (
    SELECT FROM people_person p WHERE lower(p.email) = address AND p.id <> %(person)s)"""
_RECIPIENT: Final = "recipients @> ARRAY[%(person)s]::bigint[]"
_ALONE: Final = "recipients <@ ARRAY[%(person)s]::bigint[]"
_NAMED: Final = "student_id <> %(person)s AND people && %(keys)s::text[]"
"""Others' statements of xAPI that name the person, also by the sum of an address that we know."""

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "activity_event",
        "student_id",
        _CASCADE,
        "How a person used the pages is of no use to anybody else.",
    ),
    Rule(
        "activity_statement",
        "student_id",
        _CASCADE,
        "What a person did in their lessons is of no use to anybody else.",
    ),
    Rule(
        "activity_statement",
        "people",
        _ANONYMISE,
        "It is somebody else's and names the person: what it says goes, that it was sent stays.",
        sets={"body": "''", "people": "'{}'", "object_people": "'{}'"},
        shown=("id", "verb", "stored_at"),
        where=_NAMED,
    ),
    Rule(
        "activity_statedocument",
        "student_id",
        _CASCADE,
        "Nobody goes on with it where the person left.",
    ),
    Rule(
        "notifications_addressstate",
        "address",
        _CASCADE,
        "Nobody is written to there any more, so it needn't be known that it bounced.",
        where=f"{_OWN_ADDRESS} AND NOT {_SHARED}",
    ),
    Rule(
        "notifications_addressstate",
        "address",
        _RETAIN,
        "Somebody else has the same address, and must not be written to against its will either.",
        where=f"{_OWN_ADDRESS} AND {_SHARED}",
    ),
    Rule(
        "notifications_delivery",
        "person_id",
        _CASCADE,
        "What a person was told was told to nobody else.",
    ),
    Rule(
        "notifications_delivery",
        "about_id",
        _CASCADE,
        "What others were told of a person, as parents of their child, names the person.",
        shown=("id", "key", "status", "created_at"),
        # As everywhere the message says it too; and of messages there is an index of this.
        where="notification_id IN "
        "(SELECT id FROM notifications_notification WHERE about_id = %(person)s)",
    ),
    Rule(
        "notifications_notification",
        "about_id",
        _CASCADE,
        "What others were told of a person, as parents of their child, names the person.",
        shown=("id", "key", "created_at"),
    ),
    Rule(
        "notifications_notification",
        "recipients",
        _CASCADE,
        "What nobody else was told is of no use to anybody else.",
        shown=("id", "key", "data", "created_at"),
        where=f"{_RECIPIENT} AND {_ALONE}",
    ),
    Rule(
        "notifications_notification",
        "recipients",
        _ANONYMISE,
        "The others are told it, or were; the person isn't among them any more.",
        # A worker goes on behind those who have their rows, so their number must stay right.
        sets={
            "recipients": "array_remove(recipients, %(person)s::bigint)",
            "expanded": "cardinality(array_remove(recipients[:expanded], %(person)s::bigint))",
        },
        shown=("id", "key", "data", "created_at"),
        where=f"{_RECIPIENT} AND NOT {_ALONE}",
    ),
    Rule("notifications_deliverymark", "person_id", _CASCADE, "Nobody is told anything twice."),
    Rule("notifications_dailycount", "person_id", _CASCADE, "Nobody is told too much."),
    Rule("notifications_digest", "person_id", _CASCADE, "Nobody gets a summary any more."),
    Rule("notifications_preference", "person_id", _CASCADE, "The choice was the person's own."),
    Rule("notifications_readerprofile", "person_id", _CASCADE, "The hours were the person's own."),
    Rule("notifications_pushtoken", "person_id", _CASCADE, "The device is somebody else's now."),
    Rule(
        "notifications_messagetemplate",
        "created_by_id",
        _RETAIN,
        "The wording is the institution's; the id leads to an anonymised row.",
        shown=("id", "key", "channel", "locale", "created_at"),
    ),
    Rule("people_apitoken", "person_id", _CASCADE, "A key of nobody opens nothing."),
    Rule("courses_coteacher", "person_id", _CASCADE, "Nobody teaches the course with it."),
    Rule("courses_lessonoverride", "student_id", _CASCADE, "The exception was the person's own."),
    Rule("enrollment_waitingentry", "student_id", _CASCADE, "Nobody waits any more."),
    Rule(
        "crm_completionoutbox",
        "student_id",
        _CASCADE,
        "OptiCRM erases by itself; what it wasn't told yet it needn't hear.",
    ),
    Rule(
        "enrollment_enrollment",
        "student_id",
        _ANONYMISE,
        "Courses keep their counts; what was noted about the person goes.",
        sets={"attributes": "'{}'", "withdrawal_reason": "''"},
    ),
    Rule(
        "enrollment_enrollment",
        "withdrawn_by_id",
        _RETAIN,
        "Who ended it decides who may return; the id leads to an anonymised row.",
        shown=("id", "withdrawn_at"),
    ),
    Rule(
        "enrollment_courserating",
        "student_id",
        _ANONYMISE,
        "The course keeps the stars; the words were the person's.",
        sets={"comment": "''"},
    ),
    Rule(
        "enrollment_lessonprogress",
        "student_id",
        _RETAIN,
        "Courses keep how many got how far; the id leads to an anonymised row.",
    ),
    Rule(
        "assessment_submission",
        "student_id",
        _RETAIN,
        "Marks are a record the school must be able to account for, and averages depend on them.",
    ),
    Rule(
        "files_file",
        "owner_id",
        _ANONYMISE,
        "A course goes on using its files; what the person handed in is let go, and cleaned up.",
        sets={
            "owner_id": "NULL",
            "name": "''",
            "is_kept": "is_kept AND category <> 'submissions'",
            "released_at": "CASE WHEN category = 'submissions' THEN now() ELSE released_at END",
        },
    ),
    Rule(
        "courses_course",
        "creator_id",
        _RETAIN,
        "A course is the institution's; the id leads to an anonymised row.",
        shown=("id", "code", "title", "status", "created_at"),
    ),
    Rule(
        "core_auditentry",
        "actor_id",
        _RETAIN,
        "Who did what is evidence; entries name nobody, and the id leads to an anonymised row.",
        shown=("id", "at", "actor_role", "action", "outcome"),
    ),
    Rule(
        "privacy_erasedperson",
        "person_id",
        _RETAIN,
        "Without it the next refresh would bring the person back.",
        shown=("id", "erased_at"),
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "activity_statement.object_people": "some of those in people",
    "core_tombstone.row_id": "a deleted row's",
    "crm_completionoutbox.enrollment_id": "an enrollment's",
    "notifications_deliverymark.delivery_id": "a delivery's",
    "notifications_delivery.taken_by": "a worker's",
    "notifications_delivery.address": "the reader's, and goes with the row",
    "people_person.email": "the person's own, which is overwritten",
}
"""Plain columns that look as if they might hold a person's id or address, and what they hold."""
