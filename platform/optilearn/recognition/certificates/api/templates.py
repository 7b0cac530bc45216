"""Templates of certificates, for administrators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import PageQuery, answer_page
from optilearn.recognition.certificates import selectors, services
from optilearn.recognition.certificates.api.certificates import PDF, READ, WRITE, pdf_answer
from optilearn.recognition.certificates.schemas import (
    CertificateTemplateChange,
    CertificateTemplateIn,
    CertificateTemplateOut,
    TemplateContentIn,
)

router = Router(tags=["Certificates"], by_alias=True)


def _values(sent: BaseModel) -> dict[str, Any]:
    """Return what was sent by the names of columns."""
    values = sent.model_dump(exclude_unset=True)
    if "logo_file_id" in values:
        values["logo_id"] = values.pop("logo_file_id")
    return values


@router.get(
    "/certificate-templates",
    response={200: Envelope[list[CertificateTemplateOut]], **READ},
    operation_id="listCertificateTemplates",
)
def templates(request: HttpRequest, query: Query[PageQuery]) -> HttpResponse:
    """The institution's templates, by name, for authors of courses."""
    rows, total = selectors.templates(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/certificate-templates",
    response={201: Envelope[CertificateTemplateOut], **WRITE, **refusals(503)},
    operation_id="addCertificateTemplate",
)
def add(request: HttpRequest, template: CertificateTemplateIn) -> HttpResponse:
    """Add a template; the default one is for all courses that name none."""
    principal = principal_of(request)
    created = services.add_template(principal=principal, values=_values(template))
    return answer(selectors.template_detail(principal, created), status=201)


@router.post(
    "/certificate-templates/preview",
    response=refusals(400, 403, 404, 503),
    openapi_extra=PDF,
    operation_id="previewCertificateTemplate",
)
def preview(request: HttpRequest, content: TemplateContentIn) -> HttpResponse:
    """A sample of what a template with this content would be, as a PDF; nothing is stored."""
    pdf = selectors.template_preview(principal_of(request), _values(content))
    return pdf_answer("sample", pdf)


@router.get(
    "/certificate-templates/{int:templateId}",
    response={200: Envelope[CertificateTemplateOut], **READ},
    operation_id="getCertificateTemplate",
)
def template(request: HttpRequest, templateId: int) -> HttpResponse:
    """A template with its newest content."""
    return answer(selectors.template_detail(principal_of(request), templateId))


@router.patch(
    "/certificate-templates/{int:templateId}",
    response={200: Envelope[CertificateTemplateOut], **WRITE, **refusals(503)},
    operation_id="updateCertificateTemplate",
)
def update(
    request: HttpRequest, templateId: int, wanted: CertificateTemplateChange
) -> HttpResponse:
    """Change a template; certificates that were issued keep the content that they have."""
    principal = principal_of(request)
    services.update_template(principal=principal, template_id=templateId, values=_values(wanted))
    return answer(selectors.template_detail(principal, templateId))
