"""The ready-made reports of each role, and reports made from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboards.templates import TEMPLATES, Audience, Template
from optilearn.analytics.models import SavedItem
from optilearn.analytics.saved.boards.model import locale_of
from optilearn.analytics.saved.content import Content
from optilearn.analytics.saved.services import create_item
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role

_AUDIENCES: Final[Mapping[Role, Audience]] = {
    Role.HOD: "head",
    Role.TEACHER: "teacher",
    Role.FINANCE: "finance",
    Role.PARENT: "parent",
    Role.STUDENT: "parent",
}
"""Students ask of themselves what parents ask of their children; the rest of the staff, whose
reports cover the institution, what administrators ask."""


def templates(principal: Principal) -> list[dict[str, Any]]:
    """The templates for the principal's role, in the reader's language."""
    audience = _AUDIENCES.get(principal.role, "administrator")
    return [_wire(principal, one) for one in TEMPLATES.values() if audience in one.audiences]


def template_gallery(principal: Principal, audience: str = "") -> list[dict[str, Any]]:
    """The templates of an audience (none given: of the principal's; ``all``: of everybody).

    Each as :func:`templates` has it, with ``entity`` and the ``audiences`` that ask it.
    """
    wanted = audience or _AUDIENCES.get(principal.role, "administrator")
    return [
        _wire(principal, one)
        | {"entity": one.definition["entity"], "audiences": sorted(one.audiences)}
        for one in TEMPLATES.values()
        if wanted == "all" or wanted in one.audiences
    ]


def create_from_template(*, principal: Principal, key: str, name: str | None) -> int:
    """Save a private draft of the principal's with a template's content, in their language.

    Any template may be used: it counts what the principal may see. Returns the report's id. Raises
    ``AppError`` NOT_FOUND.
    """
    template = TEMPLATES.get(key)
    if template is None:
        raise not_found()
    locale = locale_of(principal)
    body = {"definition": template.definition, "readerFilters": list(template.reader_filters)}
    content = Content(
        name or template.title.in_(locale), template.description.in_(locale), body=body
    )
    return create_item(principal=principal, kind=SavedItem.Kind.REPORT, content=content)


def _wire(principal: Principal, template: Template) -> dict[str, Any]:
    locale = locale_of(principal)
    return {
        "key": template.key,
        "title": template.title.in_(locale),
        "description": template.description.in_(locale),
        "definition": template.definition,
        "readerFilters": list(template.reader_filters),
    }
