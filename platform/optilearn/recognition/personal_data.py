"""Certificates and points when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "recognition_certificate",
        "student_id",
        Treatment.ANONYMISE,
        "The school must be able to account for the certificates that it issued: number, course"
        " and dates stay; the name goes, and the page that verifies it shows none.",
        sets={"student_name": "''", "revocation_reason": "''"},
    ),
    Rule(
        "recognition_certificate",
        "issued_by_id",
        Treatment.RETAIN,
        "Who issued a certificate is evidence; the id leads to an anonymized row.",
        shown=("id", "number", "issued_at"),
    ),
    Rule(
        "recognition_certificate",
        "revoked_by_id",
        Treatment.RETAIN,
        "Who revoked a certificate is evidence; the id leads to an anonymized row.",
        shown=("id", "number", "revoked_at"),
    ),
    Rule(
        "recognition_certificatetemplateversion",
        "author_id",
        Treatment.RETAIN,
        "Templates are the institution's; the id leads to an anonymized row.",
        shown=("id", "created_at"),
    ),
    Rule(
        "recognition_pathmember",
        "student_id",
        Treatment.RETAIN,
        "Certificates of learning paths stand on who took them; the id leads to an anonymized row.",
        shown=("id", "path_id", "joined_at", "left_at", "completed_at"),
    ),
    Rule(
        "recognition_pathmember",
        "added_by_id",
        Treatment.RETAIN,
        "Who chose a path for a student is evidence; the id leads to an anonymized row.",
        shown=("id", "path_id", "joined_at"),
    ),
    *(
        Rule(
            f"recognition_{table}",
            "student_id",
            Treatment.CASCADE,
            "Points and badges are of no use to anybody else.",
        )
        for table in ("earnedbadge", "pointsentry", "coursepoints", "learnertotals")
    ),
)
