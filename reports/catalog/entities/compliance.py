"""Obligations of people for requirements, as they stood on the day of the snapshot."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    code,
    count,
    key,
    moments,
    rate,
    reference,
    text,
)
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

COMPLIANCE: Final = Entity(
    key="compliance",
    table="compliance",
    label="Compliance",
    row_label="one requirement for one person and due date",
    fields=(
        key("Obligation", Pii.PSEUDONYM),
        text("requirement", "title", "Requirement", required=True),
        code("status", "status", "Status", choices.OBLIGATION_STATUS, required=True),
        Field(
            "dueOn",
            FieldType.DATE,
            column="due_on",
            label="Due on",
            description="The institution's local date.",
            format="date",
            required=True,
        ),
        *moments("met", "met", "Met on"),
        *moments("waived", "waived", "Waived on"),
        reference("requirementId", "requirement_id", "Requirement (id)"),
        reference("personId", "person_id", "Person", pii=Pii.PSEUDONYM),
    ),
    # A person is a student or staff: of the others there is none, which is a group of its own.
    relations=(
        Relation("student", "students", ("person_id",), "Student"),
        Relation("staff", "staff", ("person_id",), "Staff user"),
    ),
    metrics=(
        count("Obligations", "requirements for a person and due date"),
        Metric(
            "overdue",
            Aggregate("count", where="{status} = 'OVERDUE'"),
            "Overdue",
            "Past due date and grace, and not met.",
            Additivity.ADDITIVE,
            "requirements for a person and due date",
        ),
        rate(
            "complianceRate",
            "Requirements met",
            "Met, of all that weren't waived.",
            "{status} = 'MET'",
            "{status} <> 'WAIVED'",
        ),
    ),
    scope=ScopeRule(person="person_id"),
    time="dueOn",
)
