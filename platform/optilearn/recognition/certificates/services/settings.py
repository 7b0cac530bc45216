"""The certificate that a course awards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.core import audit
from optilearn.core.access.principal import Principal
from optilearn.core.errors import invalid
from optilearn.courses.events import CourseCopied
from optilearn.enrollment.selectors.entering import managed_course
from optilearn.recognition.models import CertificateSettings, CertificateTemplate


@transaction.atomic
def update_settings(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> None:
    """Change what ``values`` names; certificates that were issued stay as they are.

    Raises ``AppError``: FORBIDDEN, NOT_FOUND, VALIDATION_ERROR for an unknown template.
    """
    managed_course(principal, course_id)
    template_id = values.get("template_id")
    if template_id is not None and not CertificateTemplate.objects.filter(pk=template_id).exists():
        raise invalid(_("There is no such template."), "/templateId")
    CertificateSettings.objects.update_or_create(course_id=course_id, defaults=dict(values))
    audit.record(
        action="certificate.settings",
        actor=principal,
        target=f"course:{course_id}",
        details={"fields": sorted(values)},
    )


def copy_settings(event: CourseCopied) -> None:
    """Let the copy of a course award the same certificate. Two statements at most."""
    found = CertificateSettings.objects.filter(course_id=event.course_id).first()
    if found is not None and event.by_manager:
        CertificateSettings.objects.create(
            course_id=event.copy_id,
            is_enabled=found.is_enabled,
            valid_months=found.valid_months,
            template_id=found.template_id,
        )
