"""Gradebooks: rules of grading, students' marks and totals, grades and their history."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.assessment.gradebook import selectors, services
from optilearn.assessment.gradebook.schemas.files import GradeFileIn, GradeFileOut
from optilearn.assessment.gradebook.schemas.grading import (
    GradebookQuery,
    GradebookRow,
    GradeChangeOut,
    GradeChangesQuery,
    GradedItemChange,
    GradeGroupChange,
    GradeGroupIn,
    GradeIn,
    GradingChange,
    GradingOut,
    OwnGrades,
    PostedGrades,
    PostGradesIn,
    StudentGrades,
    TermQuery,
)
from optilearn.assessment.gradebook.services.grades import Given
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Gradebook"], by_alias=True)
READ = refusals(400, 403, 404)
WRITE = refusals(400, 403, 404, 409)
_TEXT = {"type": "string"}


@router.get(
    "/courses/{int:courseId}/grading",
    response={200: Envelope[GradingOut], **READ},
    operation_id="getGrading",
)
def grading(request: HttpRequest, courseId: int) -> HttpResponse:
    """The rules of grading of a course: late and missing work, letters, groups, items."""
    return answer(selectors.grading(principal_of(request), courseId))


@router.patch(
    "/courses/{int:courseId}/grading",
    response={200: Envelope[GradingOut], **READ},
    operation_id="updateGrading",
)
def update_grading(request: HttpRequest, courseId: int, wanted: GradingChange) -> HttpResponse:
    """Change how a course is graded.

    A changed rule for late work changes the grades that were given, each with an entry in history.
    """
    principal = principal_of(request)
    values = wanted.model_dump(exclude_unset=True)
    if values.get("letters") is not None:
        values["letters"] = [[one["letter"], str(one["from_"])] for one in values["letters"]]
    services.update_policy(principal=principal, course_id=courseId, values=values)
    return answer(selectors.grading(principal, courseId))


@router.post(
    "/courses/{int:courseId}/grade-groups",
    response={201: Envelope[GradingOut], **READ},
    operation_id="addGradeGroup",
)
def add_group(request: HttpRequest, courseId: int, group: GradeGroupIn) -> HttpResponse:
    """Add a group of assignments."""
    principal = principal_of(request)
    services.add_group(principal=principal, course_id=courseId, values=group.model_dump())
    return answer(selectors.grading(principal, courseId), status=201)


@router.patch(
    "/grade-groups/{int:groupId}",
    response={200: Envelope[GradingOut], **READ},
    operation_id="updateGradeGroup",
)
def update_group(request: HttpRequest, groupId: int, wanted: GradeGroupChange) -> HttpResponse:
    """Change a group's name, weight or rules for dropping."""
    principal = principal_of(request)
    values = wanted.model_dump(exclude_unset=True)
    course_id = services.update_group(principal=principal, group_id=groupId, values=values)
    return answer(selectors.grading(principal, course_id))


@router.delete(
    "/grade-groups/{int:groupId}",
    response={200: Envelope[Done], **READ},
    operation_id="deleteGradeGroup",
)
def delete_group(request: HttpRequest, groupId: int) -> HttpResponse:
    """Delete a group; its assignments have none then."""
    services.delete_group(principal=principal_of(request), group_id=groupId)
    return answer({"done": True})


@router.patch(
    "/assignments/{int:assignmentId}/grading",
    response={200: Envelope[GradingOut], **READ},
    operation_id="updateAssignmentGrading",
)
def update_item(request: HttpRequest, assignmentId: int, wanted: GradedItemChange) -> HttpResponse:
    """Change how an assignment counts."""
    principal = principal_of(request)
    values = wanted.model_dump(exclude_unset=True)
    course_id = services.update_item(principal=principal, assignment_id=assignmentId, values=values)
    return answer(selectors.grading(principal, course_id))


@router.get(
    "/courses/{int:courseId}/gradebook",
    response={200: Envelope[list[GradebookRow]], **READ},
    operation_id="getGradebook",
)
def gradebook(request: HttpRequest, courseId: int, query: Query[GradebookQuery]) -> HttpResponse:
    """The students of a course with their marks and totals, by name."""
    rows, total = selectors.gradebook(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/courses/{int:courseId}/gradebook/{int:enrollmentId}",
    response={200: Envelope[StudentGrades], **READ},
    operation_id="getStudentGrades",
)
def student_grades(
    request: HttpRequest, courseId: int, enrollmentId: int, query: Query[TermQuery]
) -> HttpResponse:
    """A student's marks and totals, each total explained step by step."""
    principal = principal_of(request)
    return answer(
        selectors.student_grades(principal, courseId, enrollmentId, term_id=query.term_id)
    )


@router.get(
    "/courses/{int:courseId}/gradebook.csv",
    response={**READ},
    openapi_extra={
        "responses": {
            200: {"description": "The gradebook.", "content": {"text/csv": {"schema": _TEXT}}}
        }
    },
    operation_id="exportGradebook",
)
def export(request: HttpRequest, courseId: int, query: Query[TermQuery]) -> HttpResponse:
    """The gradebook as CSV that a spreadsheet opens, and that can be imported again."""
    body = selectors.gradebook_csv(principal_of(request), courseId, term_id=query.term_id)
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gradebook-{courseId}.csv"'
    return response


@router.post(
    "/courses/{int:courseId}/grade-imports",
    response={200: Envelope[GradeFileOut], **WRITE},
    operation_id="importGrades",
)
def import_file(request: HttpRequest, courseId: int, wanted: GradeFileIn) -> HttpResponse:
    """Read grades of a file: our own, of Canvas, of Moodle, or any table of students.

    The answer is a preview; sent again with its `token` as `applyToken`, the grades are given.
    409 if grades have changed in between.
    """
    plan, applied = services.import_grades(
        principal=principal_of(request),
        course_id=courseId,
        text=wanted.csv,
        columns=wanted.columns,
        apply_token=wanted.apply_token,
    )
    return answer(services.plan_to_wire(plan, applied=applied))


@router.get(
    "/courses/{int:courseId}/grade-changes",
    response={200: Envelope[list[GradeChangeOut]], **READ},
    operation_id="listGradeChanges",
)
def changes(request: HttpRequest, courseId: int, query: Query[GradeChangesQuery]) -> HttpResponse:
    """The changes of a course's grades, the newest first."""
    rows, total = selectors.grade_changes(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.put(
    "/assignments/{int:assignmentId}/grades/{int:enrollmentId}",
    response={200: Envelope[StudentGrades], **WRITE},
    operation_id="giveGrade",
)
def give(
    request: HttpRequest, assignmentId: int, enrollmentId: int, grade: GradeIn
) -> HttpResponse:
    """Give, change or remove a student's grade; the answer has the student's new totals.

    409 with the newest version if somebody else changed it meanwhile.
    """
    principal = principal_of(request)
    values: dict[str, Any] = grade.model_dump(exclude={"version"})
    course_id = services.give_grade(
        principal=principal,
        assignment_id=assignmentId,
        enrollment_id=enrollmentId,
        given=Given(**values),
        version=grade.version,
    )
    return answer(selectors.student_grades(principal, course_id, enrollmentId))


@router.post(
    "/assignments/{int:assignmentId}/post-grades",
    response={200: Envelope[PostedGrades], **READ},
    operation_id="postGrades",
)
def post(request: HttpRequest, assignmentId: int, wanted: PostGradesIn) -> HttpResponse:
    """Release the grades of an assignment to students, or hide them again."""
    changed = services.post_grades(
        principal=principal_of(request),
        assignment_id=assignmentId,
        is_posted=wanted.is_posted,
        enrollment_ids=wanted.enrollment_ids,
    )
    return answer({"changed": changed})


@router.get(
    "/learning/courses/{int:courseId}/grades",
    response={200: Envelope[OwnGrades], **READ},
    operation_id="getOwnGrades",
)
def own(request: HttpRequest, courseId: int, query: Query[TermQuery]) -> HttpResponse:
    """The calling student's grades that were released, with totals, explained."""
    return answer(selectors.own_grades(principal_of(request), courseId, term_id=query.term_id))
