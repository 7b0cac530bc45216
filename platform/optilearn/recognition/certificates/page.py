"""The page behind the QR code of a certificate, for anybody who holds one in their hands."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from babel.dates import format_date
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from optilearn.recognition.certificates.rules import State
from optilearn.recognition.certificates.selectors import verified
from optilearn.recognition.certificates.selectors.verifying import Verified

_TEMPLATE: Final = "recognition/verify.html"
_HEADERS: Final = {
    "Cache-Control": "no-store",  # a revocation counts at once
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
}


@require_safe
def verification(request: HttpRequest, code: str) -> HttpResponse:
    """Show the facts of a certificate and whether it is valid now; 404 for any other text."""
    found = verified(code)
    context = {"found": found, "facts": _facts(found) if found else (), "words": _words(found)}
    response = render(request, _TEMPLATE, context, status=200 if found else 404)
    for name, value in _HEADERS.items():
        response[name] = value
    response["Content-Language"] = translation.get_language() or "en"
    return response


def _words(found: Verified | None) -> dict[str, str]:
    """Return the verdict, its colour, and what it means."""
    if found is None:
        return {}
    if found.state == State.REVOKED:
        verdict, kind = _("This certificate was revoked"), "bad"
    elif found.state == State.EXPIRED:
        verdict, kind = _("This certificate has expired"), "warn"
    else:
        verdict, kind = _("This certificate is valid"), "good"
    return {"verdict": verdict, "kind": kind}


def _facts(found: Verified) -> tuple[tuple[str, Any], ...]:
    def day(moment: datetime | None) -> str:
        if moment is None:
            return ""
        language = translation.get_language() or "en"
        return format_date(moment.astimezone(found.zone), "d MMMM y", locale=language)

    facts = (
        (_("Name"), found.student_name or _("Removed at the person’s request")),
        (_("Learning path") if found.is_for_path else _("Course"), found.course_title),
        (_("Issued by"), found.institution_name),
        (_("Completed on"), day(found.completed_at)),
        (_("Issued on"), day(found.issued_at)),
        (_("Valid until"), day(found.expires_at) or _("Without end")),
        (_("Number"), found.number),
        (_("Revoked on"), day(found.revoked_at)),
        (_("Reason"), found.revocation_reason),
    )
    return tuple((label, value) for label, value in facts if value)
