"""Templates of certificates: each change of the content is a version, and what was issued stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.locking import lock_name
from optilearn.core.tenancy.context import require_institution_id
from optilearn.files import services as files
from optilearn.recognition.certificates import policies
from optilearn.recognition.certificates.selectors.printing import sample_of
from optilearn.recognition.models import CertificateTemplate, CertificateTemplateVersion

CONTENT: Final = ("title", "text", "signatories", "accent_color", "logo_id")
"""The columns of a version; the others are the template's own."""


@transaction.atomic
def add_template(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Add a template; return its id.

    Raises ``AppError``: FORBIDDEN, CONFLICT for a name that another has, NOT_FOUND,
    VALIDATION_ERROR or CONFLICT for a logo that can't be used.
    """
    policies.require_admin(principal)
    created = CertificateTemplate(name=values["name"])
    _save(created, is_default=values.get("is_default"))
    content = {name: values[name] for name in CONTENT if name in values}
    _add_version(principal, created, content)
    audit.record(
        action="certificate.template_create",
        actor=principal,
        target=f"certificate_template:{created.pk}",
    )
    return created.pk


@transaction.atomic
def update_template(*, principal: Principal, template_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names, for certificates that are issued from now on.

    Raises ``AppError`` as ``add_template``, and NOT_FOUND.
    """
    template = policies.template_of(principal, template_id, lock=True)
    before = CertificateTemplateVersion.objects.get(template=template, number=template.version)
    known = {name: getattr(before, name) for name in CONTENT}
    content = known | {name: values[name] for name in CONTENT if name in values}
    if content != known:
        template.version += 1
        _add_version(principal, template, content, logo_before=before.logo_id)
    template.name = values.get("name", template.name)
    _save(template, is_default=values.get("is_default"))
    audit.record(
        action="certificate.template_update",
        actor=principal,
        target=f"certificate_template:{template_id}",
        details={"fields": sorted(values)},
    )


def _save(template: CertificateTemplate, *, is_default: bool | None) -> None:
    if is_default:
        lock_name("recognition.default_template", require_institution_id())
        CertificateTemplate.objects.filter(is_default=True).update(is_default=False)
    template.is_default = template.is_default if is_default is None else is_default
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise AppError(
            ErrorCode.CONFLICT, _("Another template has this name."), [{"path": "/name"}]
        ) from error


def _add_version(
    principal: Principal,
    template: CertificateTemplate,
    content: Mapping[str, Any],
    *,
    logo_before: int | None = None,
) -> None:
    version = CertificateTemplateVersion(
        template_id=template.pk,
        number=template.version,
        author_id=principal.caller_id,
        created_at=clock.now(),
        **content,
    )
    if version.logo_id is not None and version.logo_id != logo_before:
        # Never released again: certificates that were issued show it.
        _keep_logo(principal, version, version.logo_id)
    version.save()


def _keep_logo(principal: Principal, version: CertificateTemplateVersion, file_id: int) -> None:
    """Let the version use the file. Raises ``AppError`` for one that can't be printed."""
    policies.check_logo(principal, file_id)
    files.keep(file_id, principal=principal, categories=frozenset({"image"}))
    sample_of(version)
