"""The API of assessment."""

from __future__ import annotations

from ninja import Router

from optilearn.assessment.gradebook.api import router as gradebook

router = Router()
router.add_router("", gradebook)
