"""Templates of messages, with a preview beside the text."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from optilearn.core.access.policies import ADMINS
from optilearn.core.errors import AppError
from optilearn.notifications.templating import selectors, services
from optilearn.notifications.templating.schemas import PreviewIn, TemplateIn, TemplateQuery
from optilearn.notifications.templating.template_keys import TemplateKey
from optilearn.web.administration.sections import school
from optilearn.web.pages import WebRequest, flash, page, parse, problems_in, redirect_to, show

_ALL: Final = 100


@require_safe
@page(roles=ADMINS)
def templates(request: WebRequest) -> HttpResponse:
    """All kinds of messages, with their channels and languages."""
    rows: list[dict[str, Any]] = []
    number, total = 1, 1
    while (number - 1) * _ALL < total:
        query = parse(TemplateQuery, {"page": number, "perPage": _ALL})
        found, total = selectors.templates(request.principal, query)
        rows += found
        number += 1
    kinds: dict[str, dict[str, Any]] = {}
    for row in rows:
        kind = kinds.setdefault(row["key"], {"label": row["label"], "key": row["key"], "own": []})
        kind["own"].append(row)
    context = {"kinds": list(kinds.values())}
    return show(request, "web/administration/templates.html", school("templates", context))


@page(roles=ADMINS)
def template(request: WebRequest, key: str, channel: str, locale: str) -> HttpResponse:
    """One template: its text, a preview, its versions."""
    template_key = TemplateKey.of(key, channel, locale)
    found = selectors.template(request.principal, template_key)
    text = {"title": found["title"], "body": found["body"]}
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        text = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in text}
        try:
            wanted = parse(TemplateIn, text)
            services.save_template(
                principal=request.principal,
                template_key=template_key,
                title=wanted.title,
                body=wanted.body,
            )
        except AppError as error:
            problems = [
                one | {"href": f"#{one['path'].lstrip('/')}"} for one in problems_in(error)
            ] or [{"message": error.message}]
        else:
            flash(request, _("Template saved. It is used from now on."))
            return redirect_to(request.path)
    context = {
        "found": found,
        "text": text,
        "problems": problems,
        "other": "hi" if locale == "en" else "en",
        "preview": None if problems else _preview(request, template_key, text),
    }
    status = 422 if problems else 200
    return show(request, "web/administration/template.html", school("templates", context),
                status=status)  # fmt: skip


@require_POST
@page(roles=ADMINS)
def preview(request: WebRequest, key: str, channel: str, locale: str) -> HttpResponse:
    """The message as its reader would get it, while its text is written."""
    text = {name: request.POST.get(name, "") for name in ("title", "body")}
    template_key = TemplateKey.of(key, channel, locale)
    try:
        shown = _preview(request, template_key, text)
        checked = selectors.validation(request.principal, template_key, **text)
        problems: list[dict[str, Any]] = checked["problems"]
    except AppError as error:
        shown, problems = None, [*problems_in(error)] or [{"message": error.message}]
    context = {"preview": shown, "problems": problems}
    return show(request, "web/administration/_preview.html", context,
                partial="web/administration/_preview.html")  # fmt: skip


def _preview(
    request: WebRequest, template_key: TemplateKey, text: dict[str, str]
) -> dict[str, Any]:
    wanted = parse(PreviewIn, text)
    return selectors.preview(
        request.principal, template_key, title=wanted.title, body=wanted.body, data={}
    )


@require_POST
@page(roles=ADMINS)
def change(request: WebRequest, key: str, channel: str, locale: str) -> HttpResponse:
    """Restore the product's text, use another version, or send oneself a test."""
    template_key, sent = TemplateKey.of(key, channel, locale), request.POST
    version = sent.get("version", "")
    if "restore" in sent:
        services.restore_default(principal=request.principal, template_key=template_key)
        flash(request, _("The product's own text is used again."))
    elif version.isdecimal() and len(version) < 10:
        services.activate_template(
            principal=request.principal, template_key=template_key, version=int(version)
        )
        flash(request, _("This version is used from now on."))
    elif "test" in sent:
        services.test_template(principal=request.principal, template_key=template_key)
        flash(request, _("A test is on its way to you."))
    return redirect_to(f"/school/templates/{key}/{channel}/{locale}")
