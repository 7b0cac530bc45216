"""Who holds certificates, who reads them, who issues and revokes them."""

from __future__ import annotations

from typing import Any, Final

from optilearn.recognition.models import Certificate, CertificateTemplate
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.support.certificates import awarding, complete
from tests.support.permissions import ADMINS, STUDENTS, TEACHERS, Rule
from tests.support.twins import Twin

REASON: Final = {"reason": "A mistake."}


def lenas(twin: Twin) -> None:
    awarding(twin)
    complete(twin, "lena")


def completed(twin: Twin) -> None:
    complete(twin, "lena")


def a_template(_: Twin) -> None:
    CertificateTemplate.objects.create(name="Usual").versions.create(number=1)


def hers(_: Twin) -> dict[str, int]:
    return {"certificateId": Certificate.objects.latest("id").pk}


def the_template(_: Twin) -> dict[str, int]:
    return {"templateId": CertificateTemplate.objects.latest("id").pk}


def her_enrollment(twin: Twin) -> dict[str, Any]:
    return {"enrollmentIds": [twin.enrollments[0].pk]}


ONE: Final = "/api/certificates/{certificateId}"
COURSE: Final = "/api/courses/{courseId}/certificate"
TEMPLATES: Final = "/api/certificate-templates"
RULES: Final = [
    Rule("GET", "/api/me/certificates", STUDENTS),
    Rule("GET", "/api/certificates", ADMINS),
    Rule("GET", ONE, f"{TOMS} lena", params=hers, setup=lenas, denied=404),
    Rule("GET", f"{ONE}/pdf", f"{TOMS} lena", params=hers, setup=lenas, denied=404),
    Rule(
        "GET",
        f"{ONE}/credential",
        f"{TOMS} lena",
        params=hers,
        setup=lenas,
        denied=404,
        ok=frozenset({503}),  # there is no key in tests
    ),
    Rule("POST", f"{ONE}/revoke", ADMINS, params=hers, body=lambda _: REASON, setup=lenas),
    Rule("POST", f"{ONE}/reissue", ADMINS, params=hers, body=lambda _: REASON, setup=lenas),
    Rule("GET", f"{COURSE}s", TOMS, params=math),
    Rule("POST", f"{COURSE}s", ADMINS, params=math, body=her_enrollment, setup=completed),
    Rule("GET", f"{COURSE}-settings", TOMS, params=math),
    Rule(
        "PATCH",
        f"{COURSE}-settings",
        TOMS,
        params=math,
        body=lambda _: {"isEnabled": True},
    ),
    Rule("GET", TEMPLATES, f"{ADMINS} {TEACHERS}"),
    Rule("POST", TEMPLATES, ADMINS, body=lambda _: {"name": "Mine"}),
    Rule("POST", f"{TEMPLATES}/preview", ADMINS, body=lambda _: {"title": "Sample"}),
    Rule("GET", TEMPLATES + "/{templateId}", ADMINS, params=the_template, setup=a_template),
    Rule(
        "PATCH",
        TEMPLATES + "/{templateId}",
        ADMINS,
        params=the_template,
        body=lambda _: {"title": "Other"},
        setup=a_template,
    ),
]
