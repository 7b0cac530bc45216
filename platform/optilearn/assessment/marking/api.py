"""Marking over HTTP: the queue, marks, comments, returned work, moderation, regrades."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.marking import selectors, services
from optilearn.assessment.marking.schemas import (
    CommentIn,
    FinalMarkIn,
    MarkIn,
    ModeratedSubmission,
    ModerationQuery,
    QueuedSubmission,
    RegradeAnswerIn,
    RegradeIn,
    RegradeMessageIn,
    RegradeOut,
    RegradeRow,
    RegradesQuery,
    ReturnIn,
    SubmissionFileUrl,
    SubmissionOut,
    SubmissionsQuery,
)
from optilearn.assessment.marking.services.comments import Anchor
from optilearn.assessment.marking.services.regrades import Decision
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Marking"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)


@router.get(
    "/assignments/{int:assignmentId}/submissions",
    response={200: Envelope[list[QueuedSubmission]], **WRITE},
    operation_id="listSubmissions",
)
def submissions(
    request: HttpRequest, assignmentId: int, query: Query[SubmissionsQuery]
) -> HttpResponse:
    """The newest submission of each student, the earliest first: the marking queue."""
    rows, total = selectors.submissions(principal_of(request), assignmentId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/submissions/{int:submissionId}",
    response={200: Envelope[SubmissionOut], **READ},
    operation_id="getSubmission",
)
def submission(request: HttpRequest, submissionId: int) -> HttpResponse:
    """A submission with its marks, comments and grade."""
    return answer(selectors.submission_for_staff(principal_of(request), submissionId))


@router.get(
    "/submissions/{int:submissionId}/files/{int:fileId}/url",
    response={200: Envelope[SubmissionFileUrl], **refusals(403, 404, 503)},
    operation_id="getSubmissionFileUrl",
)
def file_url(request: HttpRequest, submissionId: int, fileId: int) -> HttpResponse:
    """A URL that reads a file of a submission; while marking is anonymous, under a neutral name."""
    return answer(selectors.file_url(principal_of(request), submissionId, fileId))


@router.put(
    "/submissions/{int:submissionId}/mark",
    response={200: Envelope[SubmissionOut], **WRITE},
    operation_id="markSubmission",
)
def mark(request: HttpRequest, submissionId: int, given: MarkIn) -> HttpResponse:
    """Mark a student's newest submission; the mark is the grade, unless it is moderated.

    A criterion that counts without a rating leaves the mark open. 409 with the newest version if
    somebody else changed the grade meanwhile.
    """
    principal = principal_of(request)
    values: dict[str, Any] = {name: getattr(given, name) for name in MarkIn.model_fields}
    values["ratings"] = None if given.ratings is None else tuple(given.ratings)
    services.mark_submission(
        principal=principal, submission_id=submissionId, given=services.MarkGiven(**values)
    )
    return answer(selectors.submission_for_staff(principal, submissionId))


@router.put(
    "/submissions/{int:submissionId}/final-mark",
    response={200: Envelope[SubmissionOut], **WRITE},
    operation_id="decideMark",
)
def decide(request: HttpRequest, submissionId: int, given: FinalMarkIn) -> HttpResponse:
    """Decide the final mark of moderated work; it is the grade."""
    principal = principal_of(request)
    values: dict[str, Any] = given.model_dump(exclude={"mark_id"})
    services.decide_mark(
        principal=principal,
        submission_id=submissionId,
        given=services.MarkGiven(**values),
        mark_id=given.mark_id,
    )
    return answer(selectors.submission_for_staff(principal, submissionId))


@router.post(
    "/submissions/{int:submissionId}/return",
    response={200: Envelope[SubmissionOut], **WRITE},
    operation_id="returnSubmission",
)
def return_work(request: HttpRequest, submissionId: int, wanted: ReturnIn) -> HttpResponse:
    """Return work for revision: the student may hand in once more, even at the limit."""
    principal = principal_of(request)
    services.return_work(principal=principal, submission_id=submissionId, comment=wanted.comment)
    return answer(selectors.submission_for_staff(principal, submissionId))


@router.post(
    "/submissions/{int:submissionId}/comments",
    response={201: Envelope[SubmissionOut], **READ},
    operation_id="addSubmissionComment",
)
def add_comment(request: HttpRequest, submissionId: int, comment: CommentIn) -> HttpResponse:
    """Comment on a passage of a submission's text; the student sees it with the grade."""
    principal = principal_of(request)
    sent = comment.anchor
    services.add_comment(
        principal=principal,
        submission_id=submissionId,
        text=comment.text,
        anchor=None if sent is None else Anchor(sent.start, sent.end, sent.quote),
    )
    return answer(selectors.submission_for_staff(principal, submissionId), status=201)


@router.delete(
    "/submission-comments/{int:commentId}",
    response={200: Envelope[SubmissionOut], **READ},
    operation_id="deleteSubmissionComment",
)
def delete_comment(request: HttpRequest, commentId: int) -> HttpResponse:
    """Delete a comment."""
    principal = principal_of(request)
    submission_id = services.delete_comment(principal=principal, comment_id=commentId)
    return answer(selectors.submission_for_staff(principal, submission_id))


@router.get(
    "/assignments/{int:assignmentId}/moderation",
    response={200: Envelope[list[ModeratedSubmission]], **WRITE},
    operation_id="listModeration",
)
def moderation(
    request: HttpRequest, assignmentId: int, query: Query[ModerationQuery]
) -> HttpResponse:
    """Submissions with their markers' points, the furthest apart first."""
    rows, total = selectors.moderation(principal_of(request), assignmentId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/courses/{int:courseId}/regrade-requests",
    response={200: Envelope[list[RegradeRow]], **READ},
    operation_id="listRegradeRequests",
)
def regrades(request: HttpRequest, courseId: int, query: Query[RegradesQuery]) -> HttpResponse:
    """The requests of a course's students to grade again, the newest first."""
    rows, total = selectors.regrades(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/regrade-requests/{int:requestId}",
    response={200: Envelope[RegradeOut], **READ},
    operation_id="getRegradeRequest",
)
def regrade(request: HttpRequest, requestId: int) -> HttpResponse:
    """A request with its thread."""
    return answer(selectors.regrade(principal_of(request), requestId))


@router.post(
    "/regrade-requests/{int:requestId}/messages",
    response={201: Envelope[RegradeOut], **WRITE},
    operation_id="writeRegradeMessage",
)
def write(request: HttpRequest, requestId: int, message: RegradeMessageIn) -> HttpResponse:
    """Write into the thread of an open request."""
    principal = principal_of(request)
    services.write_message(
        principal=principal, request_id=requestId, text=message.text, as_student=False
    )
    return answer(selectors.regrade(principal, requestId), status=201)


@router.put(
    "/regrade-requests/{int:requestId}/answer",
    response={200: Envelope[RegradeOut], **WRITE},
    operation_id="answerRegradeRequest",
)
def answer_request(request: HttpRequest, requestId: int, given: RegradeAnswerIn) -> HttpResponse:
    """Accept a request with a new grade, or decline it with words. 409 if it was answered."""
    principal = principal_of(request)
    services.answer_request(
        principal=principal, request_id=requestId, decision=Decision(**given.model_dump())
    )
    return answer(selectors.regrade(principal, requestId))


@router.get(
    "/learning/assignments/{int:assignmentId}/regrade-requests",
    response={200: Envelope[list[RegradeOut]], **READ},
    operation_id="listOwnRegradeRequests",
)
def own_regrades(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """The student's own requests for an assignment."""
    return answer(selectors.own_regrades(principal_of(request), assignmentId))


@router.post(
    "/learning/assignments/{int:assignmentId}/regrade-requests",
    response={201: Envelope[RegradeOut], **WRITE},
    operation_id="requestRegrade",
)
def request_regrade(request: HttpRequest, assignmentId: int, wanted: RegradeIn) -> HttpResponse:
    """Ask to grade again, within the assignment's days after the release."""
    principal = principal_of(request)
    key = services.request_regrade(
        principal=principal, assignment_id=assignmentId, reason=wanted.reason
    )
    return answer(selectors.own_regrade(principal, key), status=201)


@router.post(
    "/learning/regrade-requests/{int:requestId}/messages",
    response={201: Envelope[RegradeOut], **WRITE},
    operation_id="writeOwnRegradeMessage",
)
def write_own(request: HttpRequest, requestId: int, message: RegradeMessageIn) -> HttpResponse:
    """Write into the thread of the student's own open request."""
    principal = principal_of(request)
    services.write_message(
        principal=principal, request_id=requestId, text=message.text, as_student=True
    )
    return answer(selectors.own_regrade(principal, requestId), status=201)
