"""The API of assessment."""

from __future__ import annotations

from ninja import Router

from optilearn.assessment.gradebook.api import router as gradebook
from optilearn.assessment.quizzes.api import router as quizzes

router = Router()
for part in (gradebook, quizzes):
    router.add_router("", part)
