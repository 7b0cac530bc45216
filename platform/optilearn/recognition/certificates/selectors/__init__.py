"""Reads of certificates."""

from optilearn.recognition.certificates.selectors.certificates import (
    all_certificates,
    certificate_detail,
    certificates_of,
    course_certificates,
    own_certificates,
    settings_of,
)
from optilearn.recognition.certificates.selectors.printing import (
    certificate_pdf,
    template_preview,
)
from optilearn.recognition.certificates.selectors.templates import template_detail, templates
from optilearn.recognition.certificates.selectors.verifying import verified

__all__ = [
    "all_certificates",
    "certificate_detail",
    "certificate_pdf",
    "certificates_of",
    "course_certificates",
    "own_certificates",
    "settings_of",
    "template_detail",
    "template_preview",
    "templates",
    "verified",
]
