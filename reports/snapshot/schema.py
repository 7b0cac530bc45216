"""The physical schema of a snapshot file: what pipelines write and the engine reads.

One DuckDB file holds one institution, so no table carries an institution column: a query
can't forget a filter that doesn't exist. Instants are UTC ``TIMESTAMP`` columns ending in
``_at``; beside each stands the institution's local ``DATE``, ending in ``_on``, so that a
weekly chart needs no time-zone arithmetic (a tenth of the cost at query time).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from reports.snapshot.tables import OLDEST_READABLE, Column, Reference, Table
from reports.snapshot.tables import key as _key
from reports.snapshot.tables import link as _link
from reports.snapshot.tables import moment as _moment
from reports.snapshot.tables import text as _text

__all__ = [
    "ATTRIBUTE_TYPES",
    "OLDEST_READABLE",
    "SCHEMA_VERSION",
    "TABLES",
    "TABLES_BY_NAME",
    "AttributeDefinition",
    "Column",
    "Reference",
    "Table",
    "added_after",
    "columns_of",
]

SCHEMA_VERSION: Final = 7
"""Raised with every change of a table below; the next run rebuilds an older file.

Until then, and of the past, older files answer what they have: a new table or column says with
``since`` in which version it came.
"""

ATTRIBUTE_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "VARCHAR",
        "integer": "BIGINT",
        "decimal": "DECIMAL(18,4)",
        "boolean": "BOOLEAN",
        "date": "DATE",
    }
)
"""The declared type of a custom attribute, and the column type that holds it."""


@dataclass(frozen=True)
class AttributeDefinition:
    """A custom attribute that an institution declared for ``students`` or ``enrollments``."""

    entity: str
    key: str
    type: str
    label: str = field(default="")

    @property
    def column(self) -> str:
        """The column that holds it in the snapshot."""
        return f"attributes.{self.key}"


_OF_ENROLLMENT: Final = (
    Reference("student_id", "students"),
    Reference("enrollment_id", "enrollments"),
    Reference("course_id", "courses"),
)
_OF_WORK: Final = (*_OF_ENROLLMENT, Reference("assignment_id", "assignments"))
"""Of one student's work at one assignment."""

TABLES: Final[tuple[Table, ...]] = (
    Table(
        "terms",
        (
            _key(),
            _text("code", required=True),
            _text("name"),
            Column("starts_on", "DATE", required=True),
            Column("ends_on", "DATE", required=True),
        ),
    ),
    Table("staff", (_key(), _text("code"), _text("name"), _text("role"), _text("status"))),
    Table(
        "students",
        (
            _key(),
            *map(_text, ("code", "name", "class_name", "section_name", "status")),
        ),
        attributes_of="students",
    ),
    Table(
        "courses",
        (
            _key(),
            _text("code", required=True),
            _text("title", required=True),
            _text("category"),
            _text("status", required=True),
            *_moment("published"),
            *_moment("archived"),
            Column("starts_on", "DATE"),
            Column("ends_on", "DATE"),
            Column("length_days", "INTEGER"),
            _link("term_id", required=False),
            _link("creator_id", required=False),
            Column("list_price", "DECIMAL(12,2)", since=3),
            _text("currency", since=3),
            Column("max_enrollments", "INTEGER", since=3),
        ),
        references=(Reference("term_id", "terms"), Reference("creator_id", "staff")),
    ),
    Table(
        "modules",
        (_key(), _link("course_id"), _text("title"), Column("position", "INTEGER")),
        references=(Reference("course_id", "courses"),),
    ),
    Table(
        "lessons",
        (
            _key(),
            *map(_link, ("course_id", "module_id")),
            _text("title"),
            _text("kind"),
            Column("position", "INTEGER"),
            Column("is_required", "BOOLEAN", required=True, since=3),
            *_moment("archived", since=3),
        ),
        references=(Reference("course_id", "courses"), Reference("module_id", "modules")),
    ),
    Table(
        "enrollments",
        (
            _key(),
            _link("student_id"),
            _link("course_id"),
            _text("status", required=True),
            _text("outcome"),
            *_moment("enrolled"),
            *_moment("completed"),
            *_moment("withdrawn"),
            *_moment("last_activity"),
            Column("progress_pct", "DECIMAL(5,2)"),
            *_moment("expires", since=3),
            _text("source", since=3),
        ),
        references=(Reference("student_id", "students"), Reference("course_id", "courses")),
        attributes_of="enrollments",
    ),
    Table(
        "lesson_progress",
        (
            _key(),
            *map(_link, ("enrollment_id", "student_id", "lesson_id", "course_id")),
            _text("status", required=True),
            *_moment("completed"),
            Column("seconds_spent", "INTEGER"),
            Column("watched_pct", "DECIMAL(5,2)"),
        ),
        references=(*_OF_ENROLLMENT, Reference("lesson_id", "lessons")),
        since=2,
    ),
    Table(
        "assignments",
        (
            _key(),
            _link("course_id"),
            _link("lesson_id", required=False),
            _text("title"),
            _text("kind"),
            *_moment("due"),
            Column("weight", "DECIMAL(6,2)"),
            Column("max_score", "DECIMAL(8,2)"),
            Column("pass_mark", "DECIMAL(5,2)"),
        ),
        references=(Reference("course_id", "courses"), Reference("lesson_id", "lessons")),
    ),
    Table(
        "submissions",
        (
            _key(),
            *map(_link, ("student_id", "enrollment_id", "assignment_id", "course_id")),
            _text("status"),
            *_moment("submitted", required=True),
            Column("score", "DECIMAL(8,2)"),
            Column("is_late", "BOOLEAN", required=True),
            Column("is_banked", "BOOLEAN", required=True),
            *_moment("graded"),
        ),
        references=_OF_WORK,
    ),
    Table(
        "grades",
        (
            _key(),
            *map(_link, ("student_id", "enrollment_id", "assignment_id", "course_id")),
            Column("points", "DECIMAL(8,2)"),
            Column("raw_points", "DECIMAL(8,2)"),
            Column("deducted", "DECIMAL(8,2)"),
            Column("is_excused", "BOOLEAN", required=True),
            *_moment("graded"),
            *_moment("posted"),
        ),
        references=_OF_WORK,
        since=5,
    ),
    Table(
        "questions",
        (
            _key(),
            _link("course_id"),
            _text("name", required=True),
            _text("kind", required=True),
            Column("points", "DECIMAL(8,2)", required=True),
        ),
        references=(Reference("course_id", "courses"),),
        since=5,
    ),
    Table(
        "quiz_attempts",
        (
            _key(),
            *map(_link, ("student_id", "enrollment_id", "assignment_id", "course_id")),
            Column("number", "INTEGER", required=True),
            _text("status", required=True),
            *_moment("started", required=True),
            *_moment("submitted"),
            Column("points", "DECIMAL(8,2)"),
            Column("possible", "DECIMAL(8,2)", required=True),
            Column("has_passed", "BOOLEAN"),
        ),
        references=_OF_WORK,
        since=5,
    ),
    Table(
        "quiz_answers",
        (
            _key(),
            *map(_link, ("attempt_id", "question_id", "student_id", "course_id")),
            _text("kind", required=True),
            Column("possible", "DECIMAL(8,2)", required=True),
            Column("points", "DECIMAL(8,2)"),
            Column("share", "DECIMAL(9,7)"),
            Column("is_answered", "BOOLEAN", required=True),
        ),
        references=(
            Reference("attempt_id", "quiz_attempts"),
            Reference("question_id", "questions"),
            Reference("student_id", "students"),
            Reference("course_id", "courses"),
        ),
        since=5,
    ),
    Table(
        "peer_reviews",
        (
            _key(),
            *map(_link, ("student_id", "enrollment_id", "assignment_id", "course_id")),
            _link("reviewer_id"),
            _text("status", required=True),
            _text("decision", required=True),
            Column("score", "DECIMAL(8,2)"),
            *_moment("assigned", required=True),
            *_moment("submitted"),
        ),
        references=_OF_WORK,
        since=5,
    ),
    Table(
        "attendance",
        (
            _key(),
            _link("student_id"),
            _link("enrollment_id"),
            _link("course_id"),
            _text("status", required=True),
            *(Column(f"{of}_seconds", "INTEGER", required=True) for of in ("present", "class")),
            *_moment("held", required=True),
        ),
        references=_OF_ENROLLMENT,
        since=6,
    ),
    Table(
        "certificates",
        (
            _key(),
            _link("student_id"),
            *(_link(of, required=False) for of in ("enrollment_id", "course_id")),  # of no path
            _text("number", required=True),
            _text("status", required=True),
            *_moment("issued", required=True),
            *_moment("expires"),
            *_moment("revoked"),
        ),
        references=_OF_ENROLLMENT,
        since=7,
    ),
    Table(
        "points",
        (
            _key(),
            *map(_link, ("student_id", "course_id")),
            _text("kind", required=True),
            Column("points", "INTEGER", required=True),
            *_moment("earned", required=True),
        ),
        references=(Reference("student_id", "students"), Reference("course_id", "courses")),
        since=7,
    ),
    Table(
        "activity",
        (
            _key(),
            *map(_link, ("student_id", "course_id", "enrollment_id")),
            _link("lesson_id", required=False),
            _text("kind", required=True),
            *_moment("occurred", required=True),
            Column("clicks", "INTEGER", required=True),
        ),
        references=(*_OF_ENROLLMENT, Reference("lesson_id", "lessons")),
    ),
    Table(
        "deliveries",
        (
            _key(),
            _link("person_id"),
            _text("key", required=True),
            _text("category", required=True),
            _text("channel", required=True),
            _text("status", required=True),
            _text("rule"),
            _text("reason"),
            *_moment("created", required=True),
            *_moment("sent"),
            *_moment("delivered"),
            *_moment("read"),
        ),
        since=4,
    ),
    Table(
        "discussion_posts",
        (
            _key(),
            *map(_link, ("thread_id", "author_id", "course_id")),
            _text("status", required=True),
            Column("is_question", "BOOLEAN", required=True),
            Column("is_best", "BOOLEAN", required=True),
            *_moment("created", required=True),
        ),
        references=(Reference("course_id", "courses"),),
        since=6,
    ),
    Table(
        "compliance",
        (
            _key(),
            *map(_link, ("person_id", "requirement_id")),
            *(_text(name, required=True) for name in ("title", "status")),
            Column("due_on", "DATE", required=True),
            *_moment("met"),
            *_moment("waived"),
        ),
        since=7,
    ),
)

TABLES_BY_NAME: Final[Mapping[str, Table]] = MappingProxyType({t.name: t for t in TABLES})


def columns_of(table: Table, attributes: tuple[AttributeDefinition, ...]) -> tuple[Column, ...]:
    """The table's columns, with those of the institution's custom attributes at the end."""
    extra = sorted((a for a in attributes if a.entity == table.attributes_of), key=lambda a: a.key)
    return table.columns + tuple(Column(a.column, ATTRIBUTE_TYPES[a.type]) for a in extra)


def added_after(version: int) -> Mapping[str, Mapping[str, int]]:
    """Return the additions since an older schema version: table, column, its version."""
    found: dict[str, dict[str, int]] = {}
    for table in TABLES:
        for column in table.columns:
            since = max(table.since, column.since)
            if since > version:
                found.setdefault(table.name, {})[column.name] = since
    return found
