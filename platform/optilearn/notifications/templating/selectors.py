"""Reads about an institution's own wordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Max, Q

from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications.models import MessageTemplate
from optilearn.notifications.quiet import zone_of
from optilearn.notifications.templating.addresses import Address, every_address
from optilearn.notifications.templating.schemas import TemplateQuery
from optilearn.notifications.wording.checking import Problem, known_names, problems_of
from optilearn.notifications.wording.engine import ENVIRONMENT
from optilearn.notifications.wording.errors import BrokenTemplate
from optilearn.notifications.wording.reader import Reader
from optilearn.notifications.wording.sources import Source, defaults
from optilearn.notifications.wording.writer import Order, compose

Row = dict[str, Any]


def templates(principal: Principal, query: TemplateQuery) -> tuple[list[Row], int]:
    """A page of all templates there are, and how many. One query. Raises ``AppError``."""
    require(principal, ADMINS)
    own = {
        (row["key"], row["channel"], row["locale"]): row
        for row in MessageTemplate.objects.values("key", "channel", "locale").annotate(
            active=Max("version", filter=Q(is_active=True)), count=Count("id")
        )
    }
    found = []
    for address in every_address():
        row: Row = dict(own.get(address.place) or {"active": None, "count": 0})
        if _fits(address, row, query):
            found.append(_row(address, version=row["active"], versions=row["count"]))
    return found[query.window], len(found)


def _fits(address: Address, row: Mapping[str, Any], query: TemplateQuery) -> bool:
    for name, value in address.columns.items():
        wanted = getattr(query, name)
        if wanted is not None and wanted != value:
            return False
    return query.own is None or query.own == (row["active"] is not None)


def _row(address: Address, *, version: int | None, versions: int) -> Row:
    return address.columns | {
        "label": str(address.definition.label),
        "category": address.definition.category.value,
        "version": version,
        "versions": versions,
    }


def template(principal: Principal, address: Address) -> Row:
    """One template with its history. One query. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    rows = MessageTemplate.objects.filter(**address.columns).order_by("-version")
    history: list[Row] = [
        {
            "version": row["version"],
            "title": row["title"],
            "body": row["body"],
            "isActive": row["is_active"],
            "createdAt": row["created_at"],
            "createdBy": row["created_by__name"] or "",
        }
        for row in rows.values(
            "version", "title", "body", "is_active", "created_at", "created_by__name"
        )
    ]
    default = default_of(address)
    active = next((row for row in history if row["isActive"]), None)
    version = active["version"] if active else None
    return _row(address, version=version, versions=len(history)) | {
        "title": active["title"] if active else default.title,
        "body": active["body"] if active else default.body,
        "defaultTitle": default.title,
        "defaultBody": default.body,
        "names": [
            {"name": name, "example": value}
            for name, value in known_names(address.definition).items()
        ],
        "filters": sorted(ENVIRONMENT.filters),
        "history": history,
    }


def default_of(address: Address) -> Source:
    """The product's wording."""
    return defaults()[address.definition.key, address.channel, address.locale]


def in_force(address: Address) -> Source:
    """The wording that readers get now. One query."""
    rows = MessageTemplate.objects.filter(**address.columns, is_active=True)
    row = rows.values_list("title", "body", "version").first()
    return Source(*row) if row else default_of(address)


def verdict(principal: Principal, address: Address, title: str, body: str) -> Row:
    """Whether these words could be saved. No query. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    problems = told(problems_of(address.definition, title, body))
    return {"valid": not problems, "problems": problems}


def told(problems: list[Problem]) -> list[Row]:
    """Problems as they are on the wire."""
    return [
        {
            "path": f"/{problem.part}",
            "line": problem.line,
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]


def preview(
    principal: Principal,
    address: Address,
    *,
    title: str | None,
    body: str | None,
    data: Mapping[str, Any],
) -> Row:
    """The message as the principal would read it in the template's language.

    Raises ``AppError``: FORBIDDEN, VALIDATION_ERROR if it can't be written so.
    """
    require(principal, ADMINS)
    institution = institution_by_id(principal.institution_id)
    source = in_force(address)
    if title is not None or body is not None:
        source = Source(title or source.title, body or source.body)
    reader = Reader(
        principal.person_id, principal.name, address.locale, zone_of("", institution.time_zone)
    )
    order = Order(address.definition, address.channel, address.locale)
    values = {**address.definition.example, **data}
    try:
        wording = compose(order, source, values, reader=reader, institution=institution)
    except BrokenTemplate as problem:
        found = told(problems_of(address.definition, source.title, source.body))
        raise AppError(ErrorCode.VALIDATION_ERROR, str(problem), found) from problem
    return {
        "title": wording.title,
        "body": wording.body,
        "html": wording.html,
        "text": wording.text,
        "url": wording.url,
        "version": wording.template_version,
    }
