"""Short ways to say what many entities have."""

from __future__ import annotations

from reports.catalog.entities.choices import Choices
from reports.catalog.model import (
    Additivity,
    Aggregate,
    Field,
    FieldType,
    Metric,
    Pii,
    Quotient,
    Relation,
    Sensitivity,
)


def key(label: str, pii: Pii = Pii.NONE) -> Field:
    """The row's own id."""
    return Field("id", FieldType.INTEGER, column="id", label=label, pii=pii, required=True)


def text(
    name: str, column: str, label: str, *, pii: Pii = Pii.NONE, required: bool = False
) -> Field:
    """A text of no special sensitivity."""
    return Field(name, FieldType.TEXT, column=column, label=label, pii=pii, required=required)


def code(name: str, column: str, label: str, choices: Choices, *, required: bool = False) -> Field:
    """A text of few values, which readers see by their labels."""
    return Field(
        name, FieldType.TEXT, column=column, label=label, required=required, choices=choices
    )


def reference(
    name: str, column: str, label: str, *, pii: Pii = Pii.NONE, required: bool = True
) -> Field:
    """The id of a parent row, for links."""
    return Field(name, FieldType.INTEGER, column=column, label=label, pii=pii, required=required)


def moments(stem: str, column: str, label: str, *, required: bool = False) -> tuple[Field, Field]:
    """A local date ``<stem>On`` and the instant ``<stem>At`` behind it."""
    return (
        Field(
            f"{stem}On",
            FieldType.DATE,
            column=f"{column}_on",
            label=label,
            description="The institution's local date.",
            format="date",
            required=required,
        ),
        Field(
            f"{stem}At",
            FieldType.TIMESTAMP,
            column=f"{column}_at",
            label=f"{label} (time)",
            format="datetime",
            required=required,
        ),
    )


def date(name: str, column: str, label: str) -> Field:
    """A date of the calendar."""
    return Field(name, FieldType.DATE, column=column, label=label, format="date")


def integer(name: str, column: str, label: str, unit: str | None = None) -> Field:
    """A whole number."""
    return Field(name, FieldType.INTEGER, column=column, label=label, unit=unit)


def mark(name: str, column: str, label: str, unit: str | None = None) -> Field:
    """An exact decimal about one person's learning."""
    return Field(
        name,
        FieldType.DECIMAL,
        column=column,
        label=label,
        unit=unit,
        sensitivity=Sensitivity.PERSONAL,
    )


def of_maximum(name: str, points: str, maximum: str, label: str) -> Field:
    """One path as a percentage of another; NULL where that is 0."""
    return Field(
        name,
        FieldType.FLOAT,
        sql=f"CAST({{{points}}} AS DOUBLE) * 100 / nullif(CAST({{{maximum}}} AS DOUBLE), 0)",
        label=label,
        unit="%",
        sensitivity=Sensitivity.PERSONAL,
    )


def flag(name: str, column: str, label: str) -> Field:
    """A yes or no that every row has."""
    return Field(name, FieldType.BOOLEAN, column=column, label=label, required=True)


def count(label: str, unit: str) -> Metric:
    """Return a metric that counts rows."""
    return Metric(
        "count", Aggregate("count"), label, f"How many {unit}.", Additivity.ADDITIVE, unit
    )


def rate(name: str, label: str, description: str, of: str, among: str = "") -> Metric:
    """The share of rows where ``of`` holds, of those where ``among`` holds (else all)."""
    both = f"({among}) AND ({of})" if among else of
    value = Quotient(Aggregate("count", where=both), Aggregate("count", where=among))
    return Metric(
        name, value, label, description, Additivity.NON_ADDITIVE, unit=None, format="percent"
    )


STUDENT = Relation("student", "students", ("student_id",), "Student")
COURSE = Relation("course", "courses", ("course_id",), "Course")
ENROLLMENT = Relation("enrollment", "enrollments", ("enrollment_id",), "Enrollment")
