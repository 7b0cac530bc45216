"""Who marks, who moderates, who asks to grade again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from optilearn.assessment.marking import services
from optilearn.assessment.models import (
    Assignment,
    RegradeRequest,
    Submission,
    SubmissionComment,
    SubmissionMark,
)
from tests.optilearn.permissions.assignments import NOT_IN_IT, essay, hers, submitted, the_essay
from tests.optilearn.permissions.enrollment import TOMS, math
from tests.support.assignments import a_file, an_assignment, handed_in
from tests.support.permissions import Rule
from tests.support.twins import Twin


def with_file(twin: Twin) -> None:
    assignment = an_assignment(twin, submissionTypes=["FILE"])
    handed_in(twin, assignment, text="", file_ids=(a_file(twin),))


def her_file(_: Twin) -> dict[str, int]:
    work = Submission.objects.latest("id")
    return {"submissionId": work.pk, "fileId": work.files.get().file_id}


def commented(twin: Twin) -> None:
    submitted(twin)
    services.add_comment(
        principal=twin.principal("tom"),
        submission_id=Submission.objects.latest("id").pk,
        text="Good",
        anchor=None,
    )


def the_comment(_: Twin) -> dict[str, int]:
    return {"commentId": SubmissionComment.objects.latest("id").pk}


def mark_hers(twin: Twin) -> None:
    services.mark_submission(
        principal=twin.principal("tom"),
        submission_id=Submission.objects.latest("id").pk,
        given=services.MarkGiven(points=Decimal(6)),
    )


def moderated(twin: Twin) -> None:
    handed_in(twin, an_assignment(twin, isModerated=True))
    mark_hers(twin)


def toms_mark(_: Twin) -> dict[str, int]:
    return {"markId": SubmissionMark.objects.latest("id").pk, "version": 0}


def graded(twin: Twin) -> None:
    submitted(twin)
    mark_hers(twin)


def requested(twin: Twin) -> None:
    graded(twin)
    services.request_regrade(
        principal=twin.principal("lena"),
        assignment_id=Assignment.objects.latest("id").pk,
        reason="Page 2?",
    )


def her_request(_: Twin) -> dict[str, int]:
    return {"requestId": RegradeRequest.objects.latest("id").pk}


def words(_: Twin) -> dict[str, Any]:
    return {"text": "Which page?"}


RULES: Final = [
    Rule(
        "GET",
        "/api/assignments/{assignmentId}/submissions",
        TOMS,
        params=the_essay,
        setup=submitted,
    ),
    Rule("GET", "/api/submissions/{submissionId}", TOMS, params=hers, setup=submitted),
    Rule(
        "GET",
        "/api/submissions/{submissionId}/files/{fileId}/url",
        TOMS,
        params=her_file,
        setup=with_file,
    ),
    Rule(
        "PUT",
        "/api/submissions/{submissionId}/mark",
        TOMS,
        params=hers,
        body=lambda _: {"points": 7},
        setup=submitted,
    ),
    Rule(
        "PUT",
        "/api/submissions/{submissionId}/final-mark",
        TOMS,
        params=hers,
        body=toms_mark,
        setup=moderated,
    ),
    Rule(
        "POST",
        "/api/submissions/{submissionId}/return",
        TOMS,
        params=hers,
        body=lambda _: {"comment": "Sources?"},
        setup=submitted,
    ),
    Rule(
        "POST",
        "/api/submissions/{submissionId}/comments",
        TOMS,
        params=hers,
        body=words,
        setup=submitted,
    ),
    Rule(
        "DELETE",
        "/api/submission-comments/{commentId}",
        TOMS,
        params=the_comment,
        setup=commented,
    ),
    Rule(
        "GET",
        "/api/assignments/{assignmentId}/moderation",
        TOMS,
        params=the_essay,
        setup=moderated,
    ),
    Rule("GET", "/api/courses/{courseId}/regrade-requests", TOMS, params=math),
    Rule("GET", "/api/regrade-requests/{requestId}", TOMS, params=her_request, setup=requested),
    Rule(
        "POST",
        "/api/regrade-requests/{requestId}/messages",
        TOMS,
        params=her_request,
        body=words,
        setup=requested,
    ),
    Rule(
        "PUT",
        "/api/regrade-requests/{requestId}/answer",
        TOMS,
        params=her_request,
        body=lambda _: {"isAccepted": False, "text": "It was blank."},
        setup=requested,
    ),
    Rule(
        "GET",
        "/api/learning/assignments/{assignmentId}/regrade-requests",
        "lena मीरा",
        params=the_essay,
        setup=essay,
        denied_as=NOT_IN_IT,
    ),
    Rule(
        "POST",
        "/api/learning/assignments/{assignmentId}/regrade-requests",
        "lena",
        params=the_essay,
        body=lambda _: {"reason": "Page 2?"},
        setup=graded,
        denied_as={"sven": 403, "मीरा": 409},
    ),
    Rule(
        "POST",
        "/api/learning/regrade-requests/{requestId}/messages",
        "lena",
        params=her_request,
        body=words,
        setup=requested,
        denied=404,
    ),
]
