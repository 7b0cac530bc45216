"""Reads of templates, for administrators and those who choose one for a course."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from optilearn.core.access.policies import AUTHORS, require
from optilearn.core.access.principal import Principal
from optilearn.core.http.pages import PageQuery
from optilearn.recognition.certificates import policies
from optilearn.recognition.models import CertificateTemplateVersion


def templates(principal: Principal, query: PageQuery) -> tuple[list[dict[str, Any]], int]:
    """Return a page of the templates by name, and their number. Two queries.

    Raises ``AppError`` FORBIDDEN for everybody but authors of courses.
    """
    require(principal, AUTHORS)
    newest = CertificateTemplateVersion.objects.filter(number=F("template__version"))
    page = newest.select_related("template").order_by("template__name")[query.window]
    return [_wire(one) for one in page], newest.count()


def template_detail(principal: Principal, template_id: int) -> dict[str, Any]:
    """Return a template with its newest content, for administrators. Two queries.

    Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    template = policies.template_of(principal, template_id)
    version = CertificateTemplateVersion.objects.select_related("template").get(
        template=template, number=template.version
    )
    return _wire(version)


def _wire(version: CertificateTemplateVersion) -> dict[str, Any]:
    return {
        "id": version.template_id,
        "name": version.template.name,
        "isDefault": version.template.is_default,
        "version": version.number,
        "title": version.title,
        "text": version.text,
        "signatories": version.signatories,
        "accentColor": version.accent_color,
        "logoFileId": version.logo_id,
    }
