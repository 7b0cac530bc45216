"""The due date of one student in SQL; ``timing.Times.extended`` is the same in Python."""

from __future__ import annotations

from optilearn.core.sql import compose


def extended_for(extension: str, student: str, section: str) -> str:
    """The extension is for the student, or for their section; both are SQL."""
    return (
        f"({extension}.student_id = {student} OR ({extension}.section_id <> ''"
        f" AND {extension}.section_id = {section}))"
    )


def due_for(assignment: str, student: str, section: str) -> str:
    """The moment at which the student's work is due; NULL if it never is."""
    return compose(
        "CASE WHEN <a>.due_at IS NOT NULL THEN GREATEST(<a>.due_at, ("
        "SELECT max(xt.due_at) FROM assessment_extension xt"
        " WHERE xt.institution_id = <a>.institution_id AND xt.assignment_id = <a>.id"
        " AND <extended>)) END",
        a=assignment,
        extended=extended_for("xt", student, section),
    )
