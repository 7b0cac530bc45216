"""Certificates over HTTP."""

from __future__ import annotations

from ninja import Router

from optilearn.recognition.certificates.api.certificates import router as certificates
from optilearn.recognition.certificates.api.public import router as public
from optilearn.recognition.certificates.api.templates import router as templates

router = Router()
for part in (certificates, templates, public):
    router.add_router("", part)
