"""The guard: which rows of a table are inside a scope (docs/report-reference.md#scope).

It is made from (entity, scope kind) alone and stands in each scan's own sub-select. The ids
are one bound list, so an empty list matches no row.
"""

# ruff: noqa: S608 - SQL is built here, of quoted catalog names and placeholders alone

from __future__ import annotations

from typing import Final, assert_never

from reports.catalog.model import Catalog, Entity, Link, ScopeRule
from reports.contracts import ScopeKind

SCOPE_PARAMETER: Final = "scope"
_IDS: Final = f"(SELECT unnest(CAST(${SCOPE_PARAMETER} AS BIGINT[])))"
_NOTHING: Final = "(1 = 0)"


def quoted(name: str) -> str:
    """An identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def guard_of(catalog: Catalog, entity: Entity, kind: ScopeKind) -> str | None:
    """The predicate that keeps the entity's rows inside a scope; None if all rows are."""
    if kind is ScopeKind.INSTITUTION or entity.scope.public:
        return None
    if kind is ScopeKind.OWN_COURSES:
        return _of_courses(catalog, entity.scope)
    if kind is ScopeKind.SELF or kind is ScopeKind.CHILDREN:
        return _of_people(catalog, entity.scope)
    assert_never(kind)


def _of_courses(catalog: Catalog, rule: ScopeRule) -> str:
    if rule.course:
        return _among(rule.course, _IDS)
    if rule.person and catalog.membership:
        return _among(rule.person, _people_in(catalog.membership, _IDS))
    if rule.teacher and catalog.teaching:
        return _among(rule.teacher, _people_in(catalog.teaching, _IDS))
    return _NOTHING


def _of_people(catalog: Catalog, rule: ScopeRule) -> str:
    if rule.staff_only:
        return _NOTHING
    if rule.person:
        return _among(rule.person, _IDS)
    if catalog.membership is None:
        return _NOTHING
    courses = _courses_of(catalog.membership, _IDS)
    if rule.course:
        return _among(rule.course, courses)
    if rule.teacher and catalog.teaching:
        return _among(rule.teacher, _people_in(catalog.teaching, courses))
    return _NOTHING


def _among(column: str, ids: str) -> str:
    return f"({quoted(column)} IN {ids})"


def _people_in(link: Link, courses: str) -> str:
    table, person = quoted(link.table), quoted(link.person)
    return f"(SELECT {person} FROM {table} WHERE {_among(link.course, courses)})"


def _courses_of(link: Link, people: str) -> str:
    table, course = quoted(link.table), quoted(link.course)
    return f"(SELECT {course} FROM {table} WHERE {_among(link.person, people)})"
