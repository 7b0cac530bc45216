"""One submission as its markers see it, and its files."""

from __future__ import annotations

from typing import Any

from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.anonymity import file_name, is_hidden, label
from optilearn.assessment.assignments.selectors.learning import files_of
from optilearn.assessment.models import (
    Grade,
    Submission,
    SubmissionComment,
    SubmissionMark,
)
from optilearn.assessment.rubrics.content import criteria_of, ratings_of, shown
from optilearn.assessment.rubrics.selectors import newest_version
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.plaintext import plain_text
from optilearn.files.selectors import url_under_name
from optilearn.people.models import Person


def submission_for_staff(principal: Principal, submission_id: int) -> dict[str, Any]:
    """Return a submission with marks, comments and grade, for managers of the course.

    Nine queries. Raises ``AppError`` FORBIDDEN, NOT_FOUND.
    """
    one = policies.managed_submission(principal, submission_id)
    grade = _grade_of(one)
    hidden = is_hidden(one.assignment, grade)
    student = Person.objects.get(pk=one.student_id)
    ids = _all_of(one)
    rubric = _rubric(one.assignment.rubric_id)
    name = label(one.assignment_id, one.enrollment_id) if hidden else student.name
    return {
        "id": one.pk,
        "assignmentId": one.assignment_id,
        "label": name,
        "student": None
        if hidden
        else {"id": student.pk, "code": student.code, "name": student.name},
        "enrollmentId": None if hidden else one.enrollment_id,
        "status": one.status,
        "submittedAt": one.submitted_at,
        "isLate": one.is_late,
        "isNewest": ids[0] == one.pk,
        "isOfGroup": one.group_key is not None,
        "submissionIds": ids,
        "text": one.text,
        "plainText": plain_text(one.text),
        "url": one.url,
        "files": _files(one.pk, hidden=hidden),
        "returnedAt": one.returned_at,
        "returnComment": one.return_comment,
        "maxScore": one.assignment.max_score,
        "rubric": rubric,
        "marks": _marks(principal, one.pk),
        "comments": _comments(one.pk),
        "grade": None if grade is None else _grade(grade),
    }


def file_url(principal: Principal, submission_id: int, file_id: int) -> dict[str, Any]:
    """Return a URL that reads a file of a submission, under a neutral name where names are hidden.

    Six queries. Raises ``AppError``: FORBIDDEN, NOT_FOUND.
    """
    one = policies.managed_submission(principal, submission_id)
    hidden = is_hidden(one.assignment, _grade_of(one))
    names = {file["id"]: file["name"] for file in _files(submission_id, hidden=hidden)}
    if file_id not in names:
        raise not_found()
    return url_under_name(principal, file_id, names[file_id])


def _grade_of(one: Submission) -> Grade | None:
    return Grade.objects.filter(
        assignment_id=one.assignment_id, enrollment_id=one.enrollment_id
    ).first()


def _all_of(one: Submission) -> list[int]:
    found = Submission.objects.filter(
        assignment_id=one.assignment_id, enrollment_id=one.enrollment_id
    )
    return list(found.order_by("-submitted_at", "-id").values_list("id", flat=True))


def _files(submission_id: int, *, hidden: bool) -> list[dict[str, Any]]:
    files = files_of(submission_id)
    if hidden:
        for position, file in enumerate(files, start=1):
            file["name"] = file_name(position, file["contentType"])
    return files


def _rubric(rubric_id: int | None) -> dict[str, Any] | None:
    if rubric_id is None:
        return None
    version = newest_version(rubric_id)
    criteria = shown(criteria_of(version.criteria))
    return {"id": rubric_id, "version": version.number, "criteria": criteria}


def _marks(principal: Principal, submission_id: int) -> list[dict[str, Any]]:
    found = SubmissionMark.objects.filter(submission_id=submission_id).select_related(
        "marker", "rubric_version__rubric"
    )
    return [_mark(principal, one) for one in found.order_by("updated_at", "id")]


def _mark(principal: Principal, one: SubmissionMark) -> dict[str, Any]:
    version = one.rubric_version
    return {
        "id": one.pk,
        "markerName": one.marker.name,
        "isOwn": one.marker_id == principal.caller_id,
        "points": one.points,
        "ratings": None if one.ratings is None else shown(ratings_of(one.ratings)),
        "rubricVersion": None if version is None else version.number,
        "isOutdated": version is not None and version.number < version.rubric.version,
        "comment": one.comment,
        "updatedAt": one.updated_at,
    }


def _comments(submission_id: int) -> list[dict[str, Any]]:
    found = SubmissionComment.objects.filter(submission_id=submission_id)
    return [
        {
            "id": one.pk,
            "authorName": one.author.name,
            "start": one.start,
            "end": one.end,
            "quote": one.quote,
            "text": one.text,
            "createdAt": one.created_at,
        }
        for one in found.select_related("author").order_by("start", "id")
    ]


def _grade(grade: Grade) -> dict[str, Any]:
    return {
        "points": grade.points,
        "rawPoints": grade.raw_points,
        "deducted": grade.deducted,
        "comment": grade.comment,
        "version": grade.version,
        "isPosted": grade.posted_at is not None,
    }
