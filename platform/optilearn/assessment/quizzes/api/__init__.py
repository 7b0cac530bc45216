"""Quizzes over HTTP: the bank, quizzes, attempts, accommodations."""

from __future__ import annotations

from ninja import Router

from optilearn.assessment.quizzes.api.bank import router as bank
from optilearn.assessment.quizzes.api.learning import router as learning
from optilearn.assessment.quizzes.api.quizzes import router as quizzes

router = Router()
for part in (bank, quizzes, learning):
    router.add_router("", part)
