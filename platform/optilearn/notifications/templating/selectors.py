"""Reads of an institution's own templates."""

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
from optilearn.notifications.rendering.engine import ENVIRONMENT
from optilearn.notifications.rendering.errors import BrokenTemplateError
from optilearn.notifications.rendering.reader import Reader
from optilearn.notifications.rendering.renderer import RenderRequest, compose
from optilearn.notifications.rendering.sources import TemplateSource, defaults
from optilearn.notifications.rendering.validation import Problem, known_names, problems_of
from optilearn.notifications.templating.schemas import TemplateQuery
from optilearn.notifications.templating.template_keys import TemplateKey, all_template_keys

Row = dict[str, Any]


def templates(principal: Principal, query: TemplateQuery) -> tuple[list[Row], int]:
    """Return a page of all templates, and how many there are. One query. Raises ``AppError``."""
    require(principal, ADMINS)
    own = {
        (row["key"], row["channel"], row["locale"]): row
        for row in MessageTemplate.objects.values("key", "channel", "locale").annotate(
            active=Max("version", filter=Q(is_active=True)), count=Count("id")
        )
    }
    found = []
    for template_key in all_template_keys():
        row: Row = dict(own.get(template_key.place) or {"active": None, "count": 0})
        if _fits(template_key, row, query):
            found.append(_row(template_key, version=row["active"], versions=row["count"]))
    return found[query.window], len(found)


def _fits(template_key: TemplateKey, row: Mapping[str, Any], query: TemplateQuery) -> bool:
    for name, value in template_key.columns.items():
        wanted = getattr(query, name)
        if wanted is not None and wanted != value:
            return False
    return query.own is None or query.own == (row["active"] is not None)


def _row(template_key: TemplateKey, *, version: int | None, versions: int) -> Row:
    return template_key.columns | {
        "label": str(template_key.definition.label),
        "category": template_key.definition.category.value,
        "version": version,
        "versions": versions,
    }


def template(principal: Principal, template_key: TemplateKey) -> Row:
    """Return one template with its history. One query. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    rows = MessageTemplate.objects.filter(**template_key.columns).order_by("-version")
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
    default = default_template(template_key)
    active = next((row for row in history if row["isActive"]), None)
    version = active["version"] if active else None
    return _row(template_key, version=version, versions=len(history)) | {
        "title": active["title"] if active else default.title,
        "body": active["body"] if active else default.body,
        "defaultTitle": default.title,
        "defaultBody": default.body,
        "names": [
            {"name": name, "example": value}
            for name, value in known_names(template_key.definition).items()
        ],
        "filters": sorted(ENVIRONMENT.filters),
        "history": history,
    }


def default_template(template_key: TemplateKey) -> TemplateSource:
    """Return the product's template."""
    return defaults()[template_key.definition.key, template_key.channel, template_key.locale]


def active_template(template_key: TemplateKey) -> TemplateSource:
    """Return the template that readers get now. One query."""
    rows = MessageTemplate.objects.filter(**template_key.columns, is_active=True)
    row = rows.values_list("title", "body", "version").first()
    return TemplateSource(*row) if row else default_template(template_key)


def validation(principal: Principal, template_key: TemplateKey, title: str, body: str) -> Row:
    """Validate a template without saving it. No query. Raises ``AppError`` FORBIDDEN."""
    require(principal, ADMINS)
    problems = problems_out(problems_of(template_key.definition, title, body))
    return {"valid": not problems, "problems": problems}


def problems_out(problems: list[Problem]) -> list[Row]:
    """Convert problems to the API's format."""
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
    template_key: TemplateKey,
    *,
    title: str | None,
    body: str | None,
    data: Mapping[str, Any],
) -> Row:
    """Render the message as the principal would read it in the template's language.

    Raises ``AppError``: FORBIDDEN, VALIDATION_ERROR if it can't be written so.
    """
    require(principal, ADMINS)
    institution = institution_by_id(principal.institution_id)
    source = active_template(template_key)
    if title is not None or body is not None:
        source = TemplateSource(title or source.title, body or source.body)
    reader = Reader(
        principal.person_id, principal.name, template_key.locale, zone_of("", institution.time_zone)
    )
    request = RenderRequest(template_key.definition, template_key.channel, template_key.locale)
    values = {**template_key.definition.example, **data}
    try:
        wording = compose(request, source, values, reader=reader, institution=institution)
    except BrokenTemplateError as problem:
        found = problems_out(problems_of(template_key.definition, source.title, source.body))
        raise AppError(ErrorCode.VALIDATION_ERROR, str(problem), found) from problem
    return {
        "title": wording.title,
        "body": wording.body,
        "html": wording.html,
        "text": wording.text,
        "url": wording.url,
        "version": wording.template_version,
    }
