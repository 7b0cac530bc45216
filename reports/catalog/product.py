"""The product's own catalog over the snapshot's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from reports.bounded_cache import BoundedCache
from reports.catalog.checks import checked
from reports.catalog.entities.attendance import ATTENDANCE
from reports.catalog.entities.certificates import CERTIFICATES
from reports.catalog.entities.compliance import COMPLIANCE
from reports.catalog.entities.courses import COURSES, LESSONS, MODULES, TERMS
from reports.catalog.entities.deliveries import DELIVERIES
from reports.catalog.entities.discussion_posts import DISCUSSION_POSTS
from reports.catalog.entities.grades import GRADES
from reports.catalog.entities.learning import ACTIVITY, ASSIGNMENTS, ENROLLMENTS, SUBMISSIONS
from reports.catalog.entities.peer_reviews import PEER_REVIEWS
from reports.catalog.entities.people import STAFF, STUDENTS
from reports.catalog.entities.points import POINTS
from reports.catalog.entities.progress import LESSON_PROGRESS
from reports.catalog.entities.quizzes import QUESTIONS, QUIZ_ANSWERS, QUIZ_ATTEMPTS
from reports.catalog.entities.revenue import REVENUE
from reports.catalog.model import (
    Catalog,
    Entity,
    Field,
    FieldType,
    Link,
    PhysicalTable,
    Sensitivity,
    with_digits,
)
from reports.errors import CatalogInvalid
from reports.snapshot.schema import ATTRIBUTE_TYPES as _TYPES
from reports.snapshot.schema import TABLES, AttributeDefinition, columns_of

ENTITIES: Final = (
    COURSES,
    LESSONS,
    STUDENTS,
    STAFF,
    ENROLLMENTS,
    LESSON_PROGRESS,
    ASSIGNMENTS,
    SUBMISSIONS,
    GRADES,
    QUESTIONS,
    QUIZ_ATTEMPTS,
    QUIZ_ANSWERS,
    PEER_REVIEWS,
    ATTENDANCE,
    CERTIFICATES,
    POINTS,
    ACTIVITY,
    REVENUE,
    DELIVERIES,
    DISCUSSION_POSTS,
    COMPLIANCE,
    MODULES,
    TERMS,
)


_CACHE: Final = BoundedCache[tuple[AttributeDefinition, ...], Catalog](32 * 1024**2)
_OF_A_CATALOG: Final = 20 * 1024
_OF_AN_ATTRIBUTE: Final = 4 * 1024
"""Upper bounds of their cost in bytes, measured (tests hold it)."""


def product_catalog(attributes: Iterable[AttributeDefinition] = ()) -> Catalog:
    """Return the catalog, with ``attributes.<key>`` fields for an institution's attributes.

    Raises :class:`~reports.errors.CatalogInvalid` if an attribute can't be a field.
    """
    attributes = tuple(attributes)
    if (found := _CACHE.get(attributes)) is not None:
        return found
    catalog = _created(attributes)
    texts = sum(len(a.key) + len(a.label) for a in attributes)
    size = _OF_A_CATALOG + _OF_AN_ATTRIBUTE * len(attributes) + 8 * texts
    _CACHE.put(attributes, catalog, size)
    return catalog


def _created(attributes: tuple[AttributeDefinition, ...]) -> Catalog:
    unknown = [f"{a.key}: unknown type {a.type}" for a in attributes if a.type not in _TYPES]
    if unknown:
        raise CatalogInvalid(unknown)
    tables = tuple(
        PhysicalTable(table.name, frozenset(c.name for c in columns_of(table, attributes)))
        for table in TABLES
    )
    types = {(t.name, c.name): c.type for t in TABLES for c in columns_of(t, attributes)}
    entities = tuple(_typed(_with_attributes(e, attributes), types) for e in ENTITIES)
    catalog = Catalog(
        entities,
        tables,
        membership=Link("enrollments", person="student_id", course="course_id"),
        teaching=Link("courses", person="creator_id", course="id"),
    )
    return checked(catalog, is_product=True)


def _typed(entity: Entity, types: Mapping[tuple[str, str], str]) -> Entity:
    """The entity's decimals with the digits of their columns."""
    fields = tuple(with_digits(f, types.get((entity.table, f.column), "")) for f in entity.fields)
    return replace(entity, fields=fields)


def _with_attributes(entity: Entity, attributes: tuple[AttributeDefinition, ...]) -> Entity:
    extra = tuple(
        Field(
            f"attributes.{a.key}",
            FieldType(a.type),
            column=a.column,
            label=a.label or a.key,
            description="A custom attribute of the institution.",
            # The institution alone knows what it holds, so it is treated with most care.
            sensitivity=Sensitivity.SPECIAL,
        )
        for a in sorted(attributes, key=lambda a: a.key)
        if a.entity == entity.key
    )
    return replace(entity, fields=entity.fields + extra) if extra else entity
