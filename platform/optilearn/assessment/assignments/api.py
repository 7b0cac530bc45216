"""Assignments over HTTP: authoring, extensions, handing in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.assignments import selectors, services
from optilearn.assessment.assignments.schemas import (
    AssignmentChange,
    AssignmentIn,
    AssignmentOut,
    AssignmentRow,
    AssignmentsQuery,
    ExtensionIn,
    ExtensionOut,
    StudentAssignment,
    StudentAssignmentRow,
    StudentSubmission,
    StudentSubmissionRow,
    SubmissionIn,
)
from optilearn.assessment.assignments.services.extensions import NewTimes
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Assignments"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)
LEARN = refusals(400, 402, 403, 404)


@router.get(
    "/courses/{int:courseId}/assignments",
    response={200: Envelope[list[AssignmentRow]], **READ},
    operation_id="listAssignments",
)
def assignments(
    request: HttpRequest, courseId: int, query: Query[AssignmentsQuery]
) -> HttpResponse:
    """The assignments of a course by due date, quizzes too, with what waits for a grade."""
    rows, total = selectors.assignments(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/assignments",
    response={201: Envelope[AssignmentOut], **READ},
    operation_id="addAssignment",
)
def add(request: HttpRequest, courseId: int, assignment: AssignmentIn) -> HttpResponse:
    """Add an assignment to a course."""
    principal = principal_of(request)
    key = services.add_assignment(
        principal=principal, course_id=courseId, values=assignment.model_dump()
    )
    return answer(selectors.assignment_for_staff(principal, key), status=201)


@router.get(
    "/assignments/{int:assignmentId}",
    response={200: Envelope[AssignmentOut], **WRITE},
    operation_id="getAssignment",
)
def assignment(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """An assignment, for managers of its course. 409 for a quiz, which its lesson has."""
    return answer(selectors.assignment_for_staff(principal_of(request), assignmentId))


@router.patch(
    "/assignments/{int:assignmentId}",
    response={200: Envelope[AssignmentOut], **WRITE},
    operation_id="updateAssignment",
)
def update(request: HttpRequest, assignmentId: int, wanted: AssignmentChange) -> HttpResponse:
    """Change an assignment, or archive it.

    Another due date moves lateness; other points need `onGrades` once grades were given.
    """
    principal = principal_of(request)
    values: dict[str, Any] = wanted.model_dump(exclude_unset=True, exclude={"version", "on_grades"})
    services.update_assignment(
        principal=principal,
        assignment_id=assignmentId,
        values=values,
        version=wanted.version,
        on_grades=wanted.on_grades,
    )
    return answer(selectors.assignment_for_staff(principal, assignmentId))


@router.delete(
    "/assignments/{int:assignmentId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="deleteAssignment",
)
def delete(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """Delete an assignment that nobody has used; 409 for others, which can be archived."""
    services.delete_assignment(principal=principal_of(request), assignment_id=assignmentId)
    return answer({"done": True})


@router.get(
    "/assignments/{int:assignmentId}/extensions",
    response={200: Envelope[list[ExtensionOut]], **WRITE},
    operation_id="listExtensions",
)
def extensions(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """The students and sections that have more time."""
    return answer(selectors.extensions(principal_of(request), assignmentId))


@router.put(
    "/assignments/{int:assignmentId}/extensions",
    response={200: Envelope[list[ExtensionOut]], **WRITE},
    operation_id="putExtension",
)
def put_extension(request: HttpRequest, assignmentId: int, extension: ExtensionIn) -> HttpResponse:
    """Give a student or a section more time; an earlier extension of theirs is replaced.

    `days` count on the school's calendar from the assignment's own times.
    """
    principal = principal_of(request)
    services.put_extension(
        principal=principal,
        assignment_id=assignmentId,
        given=NewTimes(**extension.model_dump()),
    )
    return answer(selectors.extensions(principal, assignmentId))


@router.delete(
    "/extensions/{int:extensionId}",
    response={200: Envelope[list[ExtensionOut]], **WRITE},
    operation_id="removeExtension",
)
def remove_extension(request: HttpRequest, extensionId: int) -> HttpResponse:
    """Take an extension back; lateness is computed anew."""
    principal = principal_of(request)
    assignment_id = services.remove_extension(principal=principal, extension_id=extensionId)
    return answer(selectors.extensions(principal, assignment_id))


@router.get(
    "/learning/courses/{int:courseId}/assignments",
    response={200: Envelope[list[StudentAssignmentRow]], **READ},
    operation_id="listOwnAssignments",
)
def own_assignments(request: HttpRequest, courseId: int) -> HttpResponse:
    """The assignments of a course by the student's own due dates. Quizzes are in their lessons."""
    return answer(selectors.own_assignments(principal_of(request), courseId))


@router.get(
    "/learning/assignments/{int:assignmentId}",
    response={200: Envelope[StudentAssignment], **LEARN},
    operation_id="getOwnAssignment",
)
def own_assignment(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """An assignment with the student's own times, attempts left and submissions."""
    return answer(selectors.own_assignment(principal_of(request), assignmentId))


@router.get(
    "/learning/assignments/{int:assignmentId}/submissions",
    response={200: Envelope[list[StudentSubmissionRow]], **READ},
    operation_id="listOwnSubmissions",
)
def own_submissions(request: HttpRequest, assignmentId: int) -> HttpResponse:
    """The student's submissions, the newest first; also after the close."""
    return answer(selectors.own_submissions(principal_of(request), assignmentId))


@router.post(
    "/learning/assignments/{int:assignmentId}/submissions",
    response={201: Envelope[StudentSubmission], **refusals(400, 402, 403, 404, 409)},
    operation_id="submitWork",
)
def submit(request: HttpRequest, assignmentId: int, work: SubmissionIn) -> HttpResponse:
    """Hand in work, for the group where there are groups; sent again, it is the same submission.

    409 ATTEMPT_LIMIT when all attempts are used; 403 LESSON_LOCKED before the opening and after
    the close.
    """
    principal = principal_of(request)
    key = services.submit_work(
        principal=principal,
        assignment_id=assignmentId,
        work=services.Work(work.request_id, work.text, work.url, tuple(work.file_ids)),
    )
    return answer(selectors.own_submission(principal, key), status=201)


@router.get(
    "/learning/submissions/{int:submissionId}",
    response={200: Envelope[StudentSubmission], **READ},
    operation_id="getOwnSubmission",
)
def own_submission(request: HttpRequest, submissionId: int) -> HttpResponse:
    """The student's own submission; comments and ratings once its grade is released."""
    return answer(selectors.own_submission(principal_of(request), submissionId))
