"""The declared rules about people's data: what an export shows, and what an erasure does.

Each app declares the rules of its own tables in its ``personal_data.py``; ``privacy`` applies
them all. They name SQL of the app's own tables, so nobody else needs to.
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
    """SQL condition that selects the person's rows, by id (``%(person)s``) or xAPI agent keys
    (``%(keys)s``). Empty: the column is the id."""
    hidden: tuple[str, ...] = ()
    """Columns that no export shows: addresses in our storage."""
    content: str = ""
    """The column of bytes that is the person's own; other columns of bytes are hashes."""

    @property
    def theirs(self) -> str:
        """SQL that is true of the person's rows."""
        return self.where or f"{self.column} = %(person)s"


RULES: Final = (
    Rule(
        "core_auditentry",
        "actor_id",
        Treatment.RETAIN,
        "Who did what is evidence; entries name nobody, and the id leads to an anonymized row.",
        shown=("id", "at", "actor_role", "action", "outcome"),
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "core_tombstone.row_id": "a deleted row's",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
