"""The words of a certificate, and its PDF."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import segno

from optilearn.recognition.certificates.printing.renderer import renderer

_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg"}

LOGO_TYPES: Final = frozenset(_EXTENSIONS)
MAX_LOGO_BYTES: Final = 1024**2


@dataclass(frozen=True)
class Logo:
    """A picture of one of ``LOGO_TYPES``."""

    content_type: str
    content: bytes


@dataclass(frozen=True)
class CertificateDocument:
    """All words of a certificate, in the language of ``locale``; nothing is read as markup."""

    locale: str
    title: str
    intro: str
    name: str
    text: str
    course: str
    institution: str
    facts: tuple[tuple[str, str], ...]
    """Labels and values: dates, the number."""
    signatories: tuple[tuple[str, str], ...]
    """Names and roles."""
    accent_color: str
    url: str
    url_label: str
    moment: datetime
    """The date of the file: the same certificate has the same words and dates each time."""
    logo: Logo | None = None


def to_pdf(document: CertificateDocument) -> bytes:
    """Return the certificate on one page. Raises ``RenderError``."""
    return renderer.render(
        {
            "data": _data(document),
            "logo": _logo(document.logo),
            "timestamp": int(document.moment.timestamp()),
        }
    )


def _data(document: CertificateDocument) -> dict[str, Any]:
    code = segno.make_qr(document.url, error="m")
    return {
        "language": document.locale,
        "title": document.title,
        "intro": document.intro,
        "name": document.name,
        "text": document.text,
        "course": document.course,
        "institution": document.institution,
        "facts": document.facts,
        "signatories": document.signatories,
        "accent": document.accent_color,
        "url": document.url,
        "urlLabel": document.url_label,
        "qr": code.svg_inline(border=4),
    }


def _logo(logo: Logo | None) -> dict[str, str] | None:
    if logo is None:
        return None
    return {
        "extension": _EXTENSIONS[logo.content_type],
        "base64": base64.b64encode(logo.content).decode(),
    }
