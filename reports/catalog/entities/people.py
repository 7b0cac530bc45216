"""People: students and staff."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities.shorthand import count, key, text
from reports.catalog.model import Entity, Pii, ScopeRule

STUDENTS: Final = Entity(
    key="students",
    table="students",
    label="Students",
    row_label="a student",
    fields=(
        key("Student", Pii.PSEUDONYM),
        text("name", "name", "Name", pii=Pii.DIRECT),
        text("code", "code", "Code", pii=Pii.PSEUDONYM),
        text("className", "class_name", "Class"),
        text("sectionName", "section_name", "Section"),
        text("status", "status", "Status"),
    ),
    metrics=(count("Students", "students"),),
    scope=ScopeRule(person="id"),
)

STAFF: Final = Entity(
    key="staff",
    table="staff",
    label="Staff",
    row_label="a staff user",
    fields=(
        key("Staff user", Pii.PSEUDONYM),
        text("name", "name", "Name", pii=Pii.DIRECT),
        text("code", "code", "Code", pii=Pii.PSEUDONYM),
        text("role", "role", "Role"),
        text("status", "status", "Status"),
    ),
    metrics=(count("Staff", "staff users"),),
    scope=ScopeRule(teacher="id"),
)
