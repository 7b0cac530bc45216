"""Courses, their content and their captions over HTTP."""

from __future__ import annotations

from ninja import Router

from optilearn.courses.api.content import router as content
from optilearn.courses.api.courses import router as courses
from optilearn.courses.captions.api import router as captions

router = Router()
for part in (courses, content, captions):
    router.add_router("", part)
