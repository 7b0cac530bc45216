"""Certificates for tests: a course that awards one, and students who complete it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Lesson
from optilearn.enrollment.models import Enrollment
from optilearn.enrollment.services.completion import complete_lesson, lock_enrollment
from optilearn.recognition.models import Certificate, CertificateSettings
from tests.support.client import call, token_of
from tests.support.twins import Twin

MARCH: Final = datetime(2026, 3, 12, 10, 30, tzinfo=UTC)


def awarding(twin: Twin, course: str = "MATH", **settings: Any) -> None:
    """Let a course award a certificate; the tenant's context is open."""
    given = {"is_enabled": True} | settings
    CertificateSettings.objects.update_or_create(course=twin.courses[course], defaults=given)


def complete(twin: Twin, name: str, course: str = "MATH") -> Enrollment:
    """Let a student complete all lessons of a course; the tenant's context is open."""
    enrollment = Enrollment.objects.get(student=twin.people[name], course=twin.courses[course])
    with transaction.atomic():
        lock_enrollment(enrollment.pk)
        for lesson in Lesson.objects.filter(course=twin.courses[course]):
            complete_lesson(enrollment.pk, lesson.pk)
    enrollment.refresh_from_db()
    return enrollment


def certified(twin: Twin, name: str = "lena", at: datetime = MARCH, **settings: Any) -> Certificate:
    """The certificate that a student gets for MATH."""
    with tenant_context(twin.id), clock.frozen(at):
        awarding(twin, **settings)
        complete(twin, name)
        return Certificate.objects.filter(student=twin.people[name]).latest("id")


def ask(twin: Twin, name: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request of that person; the status and the envelope."""
    return call(method, f"/api{path}", token=token_of(twin, name), body=body)


def done(twin: Twin, name: str, method: str, path: str, body: Any = None) -> Any:
    """The data of a request that succeeds."""
    status, envelope = ask(twin, name, method, path, body)
    assert status < 300, envelope
    return envelope["data"]


def refused(twin: Twin, name: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """The status and code of a refusal."""
    status, envelope = ask(twin, name, method, path, body)
    return status, envelope["error"]["code"]
