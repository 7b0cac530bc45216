"""The treatment of activity when a person is erased, and their columns in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment

_NAMED: Final = "student_id <> %(person)s AND people && %(keys)s::text[]"
"""Others' statements of xAPI that name the person, also by the sum of an address that we know."""

RULES: Final = (
    Rule(
        "activity_event",
        "student_id",
        Treatment.CASCADE,
        "How a person used the pages is of no use to anybody else.",
    ),
    Rule(
        "activity_statement",
        "student_id",
        Treatment.CASCADE,
        "What a person did in their lessons is of no use to anybody else.",
    ),
    Rule(
        "activity_statement",
        "people",
        Treatment.ANONYMISE,
        "It is somebody else's and names the person: what it says goes, that it was sent stays.",
        sets={"body": "''", "people": "'{}'", "object_people": "'{}'"},
        shown=("id", "verb", "stored_at"),
        where=_NAMED,
    ),
    Rule(
        "activity_statedocument",
        "student_id",
        Treatment.CASCADE,
        "Nobody goes on with it where the person left.",
        content="content",
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "activity_statement.object_people": "some of those in people",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
