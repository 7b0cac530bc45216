"""The API of assessment."""

from __future__ import annotations

from ninja import Router

from optilearn.assessment.assignments.api import router as assignments
from optilearn.assessment.gradebook.api import router as gradebook
from optilearn.assessment.groups.api import router as groups
from optilearn.assessment.marking.api import router as marking
from optilearn.assessment.peer_reviews.api import router as peer_reviews
from optilearn.assessment.question_files.api import router as question_files
from optilearn.assessment.quizzes.api import router as quizzes
from optilearn.assessment.rubrics.api import router as rubrics

router = Router()
for part in (
    *(gradebook, question_files, quizzes, assignments, groups, rubrics, marking, peer_reviews),
):
    router.add_router("", part)
