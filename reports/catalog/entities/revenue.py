"""The list price of enrollments."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities.shorthand import COURSE, ENROLLMENT, STUDENT, key, moments, reference
from reports.catalog.model import (
    Additivity,
    Aggregate,
    Entity,
    Field,
    FieldType,
    Metric,
    Pii,
    Relation,
    ScopeRule,
)

_PRICE: Final = "{course.listPrice}"

REVENUE: Final = Entity(
    key="revenue",
    table="enrollments",
    label="Revenue",
    row_label="the list price of an enrollment",
    fields=(
        key("Enrollment", Pii.PSEUDONYM),
        *moments("enrolled", "enrolled", "Enrolled on"),
        Field(
            "listPrice",
            FieldType.DECIMAL,
            sql=_PRICE,
            label="List price",
            description="Of the course, in the row's currency; empty where the course has none.",
            digits=(12, 2),
        ),
        Field(
            "currency",
            FieldType.TEXT,
            sql=f"CASE WHEN {_PRICE} IS NOT NULL THEN nullif({{course.currency}}, '') END",
            label="Currency",
            description="Of the list price; empty where there is none.",
        ),
        reference("studentId", "student_id", "Student", pii=Pii.PSEUDONYM),
        reference("courseId", "course_id", "Course"),
    ),
    relations=(
        STUDENT,
        COURSE,
        Relation(ENROLLMENT.name, ENROLLMENT.to, ("id",), ENROLLMENT.label),
    ),
    metrics=(
        Metric(
            "listRevenue",
            Aggregate("sum", "listPrice"),
            "List revenue",
            "List prices over all enrollments, the withdrawn too. Ask by currency: it is one "
            "amount only where all prices are in one.",
            Additivity.ADDITIVE,
        ),
    ),
    scope=ScopeRule(person="student_id", course="course_id"),
    time="enrolledOn",
)
