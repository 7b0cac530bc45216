"""People: students and staff."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import code, count, key, text
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
        code("status", "status", "Status", choices.PERSON_STATUS),
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
        code("role", "role", "Role", choices.ROLE),
        code("status", "status", "Status", choices.PERSON_STATUS),
    ),
    metrics=(count("Staff", "staff users"),),
    scope=ScopeRule(teacher="id"),
)
