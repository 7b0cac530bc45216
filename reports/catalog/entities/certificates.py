"""The certificates that were issued, with their state when the snapshot was taken."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    ENROLLMENT,
    STUDENT,
    code,
    key,
    moments,
    reference,
    text,
)
from reports.catalog.model import Additivity, Aggregate, Entity, Metric, Pii, ScopeRule


def _counted(name: str, label: str, description: str, where: str = "") -> Metric:
    value = Aggregate("count", where=where)
    return Metric(name, value, label, description, Additivity.ADDITIVE, "certificates")


CERTIFICATES: Final = Entity(
    key="certificates",
    table="certificates",
    label="Certificates",
    row_label="one certificate of one student, for a course or a learning path",
    fields=(
        key("Certificate", Pii.PSEUDONYM),
        text("number", "number", "Number", pii=Pii.PSEUDONYM, required=True),
        code("status", "status", "Status", choices.CERTIFICATE_STATUS, required=True),
        *moments("issued", "issued", "Issued on", required=True),
        *moments("expires", "expires", "Valid until"),
        *moments("revoked", "revoked", "Revoked on"),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course", required=False),
        reference("enrollmentId", "enrollment_id", "Enrollment", pii=Pii.PSEUDONYM, required=False),
    ),
    relations=(STUDENT, COURSE, ENROLLMENT),
    metrics=(
        _counted("issued", "Issued", "How many certificates were issued, whatever became of them."),
        _counted(
            "expired",
            "Expired",
            "Certificates whose last day was over when the snapshot was taken; not the revoked.",
            "{status} = 'EXPIRED'",
        ),
        _counted("revoked", "Revoked", "Certificates that were revoked.", "{status} = 'REVOKED'"),
    ),
    scope=ScopeRule(person="student_id", course="course_id"),
    time="issuedOn",
)
