"""What is left of a student's work, and of what was said about it, when they are erased."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from optilearn.assessment.models import (
    RegradeMessage,
    Submission,
    SubmissionComment,
    SubmissionFile,
    SubmissionMark,
)
from optilearn.files.models import File
from tests.support.assignments import Classroom, a_file, a_rubric, an_assignment, handed_in
from tests.support.twins import Twin

SECRET = "Lena's own words"
RATINGS = [
    {"criterion": "sources", "level": "good", "comment": SECRET},
    {"criterion": "style", "level": "clear"},
]


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], datetime(2026, 3, 1, 9, tzinfo=UTC))


def test_words_and_files_go_and_marks_stay(room: Classroom) -> None:
    with room.inside():
        essay = an_assignment(
            room.twin, rubricId=a_rubric(room.twin), submissionTypes=["TEXT", "FILE"]
        )
        file_id = a_file(room.twin, name=SECRET)
        work = handed_in(room.twin, essay, text=f"<p>{SECRET}</p>", file_ids=(file_id,))
    path = f"submissions/{work.pk}"
    room.done("tom", "POST", f"{path}/comments", text=SECRET)
    room.done("tom", "PUT", f"{path}/mark", ratings=RATINGS, comment=SECRET, version=0)
    asked = f"learning/assignments/{essay.pk}/regrade-requests"
    room.done("lena", "POST", asked, reason=SECRET)
    room.done("tom", "POST", f"{path}/return", comment=SECRET)
    lena = room.twin.people["lena"].pk
    confirmed = {"confirm": "lena", "reason": "She asked for it."}
    assert room.ask("asha", "POST", f"people/{lena}/erase", **confirmed)[0] == 200
    with room.inside():
        left = [
            *Submission.objects.filter(assignment=essay).values(),
            *SubmissionMark.objects.values(),
            *SubmissionComment.objects.values(),
            *RegradeMessage.objects.values(),
            *File.objects.values("name", "is_kept"),
        ]
        assert not SubmissionFile.objects.exists()
        assert SubmissionMark.objects.get().points == 10
        assert not File.objects.get(pk=file_id).is_kept
    assert SECRET not in str(left)
