"""Enrollments and learning over HTTP."""

from __future__ import annotations

from ninja import Router

from optilearn.enrollment.api.enrollments import router as enrollments
from optilearn.enrollment.api.learning import router as learning
from optilearn.enrollment.api.overrides import router as overrides
from optilearn.enrollment.api.ratings import router as ratings
from optilearn.enrollment.api.waiting import router as waiting

router = Router()
for part in (enrollments, waiting, learning, overrides, ratings):
    router.add_router("", part)
