"""The treatment of obligations when a person is erased, and their columns in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "compliance_requirement",
        "created_by_id",
        Treatment.RETAIN,
        "Who required something is a record of the school; the id leads to an anonymized row.",
        shown=("id", "title", "created_at"),
    ),
    Rule(
        "compliance_requirementperson",
        "person_id",
        Treatment.CASCADE,
        "Nothing is required of who is erased.",
    ),
    Rule(
        "compliance_evidence",
        "person_id",
        Treatment.ANONYMISE,
        "That evidence was accepted is a record the school must be able to account for; what it"
        " says goes, and its file is cleaned up.",
        sets={"text": "''", "reason": "''", "file_id": "NULL"},
    ),
    Rule(
        "compliance_evidence",
        "decided_by_id",
        Treatment.RETAIN,
        "Who decided is evidence; the id leads to an anonymized row.",
        shown=("id", "decided_at", "status"),
    ),
    Rule(
        "compliance_obligation",
        "person_id",
        Treatment.ANONYMISE,
        "That a requirement was met or waived is a record the school must be able to account for;"
        " the words about the person go.",
        sets={"waiver_reason": "''"},
    ),
    Rule(
        "compliance_obligation",
        "waived_by_id",
        Treatment.RETAIN,
        "Who waived is evidence; the id leads to an anonymized row.",
        shown=("id", "waived_at"),
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "compliance_obligation.met_by": "COURSE or EVIDENCE",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
