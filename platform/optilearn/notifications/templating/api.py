"""Institutions' own templates, for administrators."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page
from optilearn.notifications.templating import selectors, services
from optilearn.notifications.templating.schemas import (
    PreviewIn,
    PreviewOut,
    TemplateActivation,
    TemplateDetail,
    TemplateIn,
    TemplateOut,
    TemplateQuery,
    TemplateVerdict,
    TestOut,
)
from optilearn.notifications.templating.template_keys import TemplateKey

router = Router(tags=["Notifications"], by_alias=True)
ONE: Final = "/notifications/templates/{key}/{channel}/{locale}"


@router.get(
    "/notifications/templates",
    response={200: Envelope[list[TemplateOut]], **refusals(400)},
    operation_id="listTemplates",
)
def templates(request: HttpRequest, query: Query[TemplateQuery]) -> HttpResponse:
    """List all templates, with the version that is active."""
    rows, total = selectors.templates(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    ONE, response={200: Envelope[TemplateDetail], **refusals(404)}, operation_id="getTemplate"
)
def template(request: HttpRequest, key: str, channel: str, locale: str) -> HttpResponse:
    """Show the active template, the institution's versions, and the names that it may use."""
    return answer(selectors.template(principal_of(request), TemplateKey.of(key, channel, locale)))


@router.put(
    ONE, response={200: Envelope[TemplateDetail], **refusals(400, 404)}, operation_id="saveTemplate"
)
def save(
    request: HttpRequest, key: str, channel: str, locale: str, wanted: TemplateIn
) -> HttpResponse:
    """Save the institution's own template as its next version, active at once."""
    principal, template_key = principal_of(request), TemplateKey.of(key, channel, locale)
    services.save_template(
        principal=principal, template_key=template_key, title=wanted.title, body=wanted.body
    )
    return answer(selectors.template(principal, template_key))


@router.delete(
    ONE,
    response={200: Envelope[TemplateDetail], **refusals(404)},
    operation_id="restoreDefaultTemplate",
)
def restore(request: HttpRequest, key: str, channel: str, locale: str) -> HttpResponse:
    """Restore the product's template. The institution's versions are kept."""
    principal, template_key = principal_of(request), TemplateKey.of(key, channel, locale)
    services.restore_default(principal=principal, template_key=template_key)
    return answer(selectors.template(principal, template_key))


@router.post(
    f"{ONE}/activate",
    response={200: Envelope[TemplateDetail], **refusals(400, 404)},
    operation_id="activateTemplate",
)
def activate(
    request: HttpRequest, key: str, channel: str, locale: str, wanted: TemplateActivation
) -> HttpResponse:
    """Activate one of the institution's versions again."""
    principal, template_key = principal_of(request), TemplateKey.of(key, channel, locale)
    services.activate_template(
        principal=principal, template_key=template_key, version=wanted.version
    )
    return answer(selectors.template(principal, template_key))


@router.post(
    f"{ONE}/preview",
    response={200: Envelope[PreviewOut], **refusals(400, 404)},
    operation_id="previewTemplate",
)
def preview(
    request: HttpRequest, key: str, channel: str, locale: str, wanted: PreviewIn
) -> HttpResponse:
    """Show the message as its reader would get it. Nothing is sent or saved."""
    shown = selectors.preview(
        principal_of(request),
        TemplateKey.of(key, channel, locale),
        title=wanted.title,
        body=wanted.body,
        data=wanted.data or {},
    )
    return answer(shown)


@router.post(
    f"{ONE}/validate",
    response={200: Envelope[TemplateVerdict], **refusals(400, 404)},
    operation_id="validateTemplate",
)
def validate(
    request: HttpRequest, key: str, channel: str, locale: str, wanted: TemplateIn
) -> HttpResponse:
    """List all problems of a template. Nothing is saved."""
    template_key = TemplateKey.of(key, channel, locale)
    return answer(
        selectors.validation(principal_of(request), template_key, wanted.title, wanted.body)
    )


@router.post(
    f"{ONE}/test",
    response={202: Envelope[TestOut], **refusals(404, 409)},
    operation_id="sendTestTemplate",
)
def send_test(request: HttpRequest, key: str, channel: str, locale: str) -> HttpResponse:
    """Send yourself the example, in the active template, by the usual channel."""
    delivery = services.test_template(
        principal=principal_of(request), template_key=TemplateKey.of(key, channel, locale)
    )
    return answer({"deliveryId": delivery}, status=202)
