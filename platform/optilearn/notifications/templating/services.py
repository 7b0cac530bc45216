"""Writes of an institution's own templates, by administrators only."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.policies import ADMINS, not_found, require
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import lock_name
from optilearn.core.tenancy.context import require_institution_id
from optilearn.notifications import services
from optilearn.notifications.models import MessageTemplate
from optilearn.notifications.rendering.reader import language_of
from optilearn.notifications.rendering.validation import problems_of
from optilearn.notifications.templating.selectors import problems_out
from optilearn.notifications.templating.template_keys import TemplateKey


@transaction.atomic
def save_template(*, principal: Principal, template_key: TemplateKey, title: str, body: str) -> int:
    """Save a template as the next version, active at once; return the version.

    If the active version has the same text, it stays. Raises ``AppError``:
    FORBIDDEN, VALIDATION_ERROR with every problem and its line.
    """
    require(principal, ADMINS)
    problems = problems_of(template_key.definition, title, body)
    if problems:
        message = _("The template wasn't saved, because it has errors.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message, problems_out(problems))
    rows = _locked(template_key)
    same = rows.filter(is_active=True, title=title, body=body).values_list("version").first()
    if same is not None:
        return int(same[0])
    version = (rows.aggregate(last=Max("version"))["last"] or 0) + 1
    rows.filter(is_active=True).update(is_active=False)
    MessageTemplate.objects.create(
        **template_key.columns,
        version=version,
        title=title,
        body=body,
        is_active=True,
        created_by_id=principal.person_id,
    )
    _record("save", principal, template_key, version=version)
    return version


@transaction.atomic
def activate_template(*, principal: Principal, template_key: TemplateKey, version: int) -> None:
    """Activate one of the institution's versions again.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR if it doesn't fit any more.
    """
    require(principal, ADMINS)
    rows = _locked(template_key)
    wanted = rows.filter(version=version).first()
    if wanted is None:
        raise not_found()
    problems = problems_of(template_key.definition, wanted.title, wanted.body)
    if problems:
        message = _("This version uses names that the message no longer has. Save a corrected one.")
        raise AppError(ErrorCode.VALIDATION_ERROR, message, problems_out(problems))
    rows.filter(is_active=True).exclude(pk=wanted.pk).update(is_active=False)
    rows.filter(pk=wanted.pk).update(is_active=True)
    _record("activate", principal, template_key, version=version)


@transaction.atomic
def restore_default(*, principal: Principal, template_key: TemplateKey) -> None:
    """Restore the product's template; the institution's versions are kept.

    Raises ``AppError`` FORBIDDEN.
    """
    require(principal, ADMINS)
    if _locked(template_key).filter(is_active=True).update(is_active=False):
        _record("restore_default", principal, template_key)


@transaction.atomic
def test_template(*, principal: Principal, template_key: TemplateKey) -> int:
    """Send the principal the example, in the active template; return the delivery's id.

    Raises ``AppError``: FORBIDDEN, CONFLICT for a language that the principal doesn't read.
    """
    require(principal, ADMINS)
    if language_of(principal.locale) != template_key.locale:
        message = _("A test is sent in your own language. For this one, use the preview.")
        raise AppError(ErrorCode.CONFLICT, message)
    key, channel = template_key.definition.key, template_key.channel
    delivery = services.send_test(principal=principal, key=key, channel=channel)
    _record("test", principal, template_key)
    return delivery


def _locked(template_key: TemplateKey) -> QuerySet[MessageTemplate]:
    """Lock the versions of a template until the transaction ends, and return them.

    There may be no row to lock yet, so the lock is on the name.
    """
    lock_name(f"template.{template_key}", require_institution_id())
    return MessageTemplate.objects.filter(**template_key.columns)


def _record(action: str, principal: Principal, template_key: TemplateKey, **details: Any) -> None:
    audit.record(
        action=f"template.{action}", actor=principal, target=str(template_key), details=details
    )
