"""Courses and what they consist of."""

from __future__ import annotations

from typing import Final

from reports.catalog.entities import choices
from reports.catalog.entities.shorthand import (
    COURSE,
    code,
    count,
    date,
    flag,
    integer,
    key,
    moments,
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
    Relation,
    ScopeRule,
)

TERMS: Final = Entity(
    key="terms",
    table="terms",
    label="Terms",
    row_label="a term of the institution's calendar",
    fields=(
        key("Term"),
        text("code", "code", "Code", required=True),
        text("name", "name", "Name"),
        date("startsOn", "starts_on", "Starts on"),
        date("endsOn", "ends_on", "Ends on"),
    ),
    scope=ScopeRule(public=True),
    time="startsOn",
    is_root=False,
)

COURSES: Final = Entity(
    key="courses",
    table="courses",
    label="Courses",
    row_label="a course",
    fields=(
        key("Course"),
        text("code", "code", "Code", required=True),
        text("title", "title", "Title", required=True),
        text("category", "category", "Category"),
        code("status", "status", "Status", choices.COURSE_STATUS, required=True),
        *moments("published", "published", "Published on"),
        *moments("archived", "archived", "Archived on"),
        date("startsOn", "starts_on", "Starts on"),
        date("endsOn", "ends_on", "Ends on"),
        integer("lengthDays", "length_days", "Length", "days"),
        Field("termCode", FieldType.TEXT, sql="{term.code}", label="Term"),
        reference("creatorId", "creator_id", "Creator", required=False),
        Field(
            "listPrice",
            FieldType.DECIMAL,
            column="list_price",
            label="List price",
            description="In the course's own currency.",
        ),
        text("currency", "currency", "Currency"),
        integer("maxEnrollments", "max_enrollments", "Seats", "seats"),
    ),
    relations=(
        Relation("term", "terms", ("term_id",), "Term"),
        Relation("creator", "staff", ("creator_id",), "Creator"),
    ),
    metrics=(
        count("Courses", "courses"),
        Metric(
            "published",
            Aggregate("count", where="{status} = 'PUBLISHED'"),
            "Published courses",
            "Courses whose status is PUBLISHED: neither in preparation nor archived.",
            Additivity.ADDITIVE,
            "courses",
        ),
    ),
    scope=ScopeRule(course="id"),
    time="startsOn",
)

MODULES: Final = Entity(
    key="modules",
    table="modules",
    label="Modules",
    row_label="a part of a course",
    fields=(
        key("Module"),
        text("title", "title", "Title"),
        integer("position", "position", "Position"),
        reference("courseId", "course_id", "Course"),
    ),
    relations=(COURSE,),
    scope=ScopeRule(course="course_id"),
    is_root=False,
)

LESSONS: Final = Entity(
    key="lessons",
    table="lessons",
    label="Lessons",
    row_label="a lesson",
    fields=(
        key("Lesson"),
        text("title", "title", "Title"),
        code("kind", "kind", "Kind", choices.LESSON_KIND),
        integer("position", "position", "Position"),
        flag("isRequired", "is_required", "Required"),
        *moments("archived", "archived", "Archived on"),
        reference("courseId", "course_id", "Course"),
        reference("moduleId", "module_id", "Module"),
    ),
    relations=(COURSE, Relation("module", "modules", ("module_id",), "Module")),
    metrics=(count("Lessons", "lessons"),),
    scope=ScopeRule(course="course_id"),
)
