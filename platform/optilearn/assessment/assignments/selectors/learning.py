"""Assignments and submissions as their students see them."""

from __future__ import annotations

from typing import Any

from optilearn.assessment import policies as assessment_policies
from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.selectors.authoring import types_of
from optilearn.assessment.assignments.selectors.times import times_for, times_for_all, times_of
from optilearn.assessment.groups.selectors import name_of_group
from optilearn.assessment.models import (
    Assignment,
    Grade,
    Submission,
    SubmissionComment,
    SubmissionFile,
    SubmissionMark,
)
from optilearn.assessment.rubrics.content import ratings_of, shown
from optilearn.core import clock
from optilearn.core.access.principal import Principal

_Status = Submission.Status


def own_assignments(principal: Principal, course_id: int) -> list[dict[str, Any]]:
    """Return a course's assignments with the calling student's own state, by due date.

    Five queries. Quizzes aren't among them. Raises ``AppError``: FORBIDDEN, NOT_FOUND,
    ENROLLMENT_REQUIRED.
    """
    course, enrollment_id = assessment_policies.own_course(principal, course_id)
    found = list(
        Assignment.objects.filter(course_id=course_id, archived_at=None, lesson__archived_at=None)
        .exclude(kind=policies.QUIZ)
        .defer("instructions")
    )
    times = times_for_all(found, principal.person_id, course.section_id)
    newest = {
        one.assignment_id: one
        for one in Submission.objects.filter(enrollment_id=enrollment_id, attempt=None)
        .order_by("submitted_at", "id")
        .defer("text")
    }
    released = _released(enrollment_id)
    listed = []
    for one in sorted(found, key=lambda a: (times[a.pk].due_at is None, times[a.pk].due_at, a.pk)):
        work, own = newest.get(one.pk), times[one.pk]
        is_missing = work is None and own.is_late(clock.now()) and one.pk not in released
        listed.append(
            {
                "id": one.pk,
                "title": one.title,
                "lessonId": one.lesson_id,
                "dueAt": own.due_at,
                "closesAt": own.closes_at,
                "maxScore": one.max_score,
                "status": None if work is None else _status(work, is_released=one.pk in released),
                "isLate": work is not None and work.is_late,
                "isMissing": is_missing,
                "submittedAt": None if work is None else work.submitted_at,
            }
        )
    return listed


def own_assignment(principal: Principal, assignment_id: int) -> dict[str, Any]:
    """Return an assignment as its student sees it before handing in, with all submissions so far.

    Six queries, seven with groups. Raises as ``policies.own_assignment`` and ``check_is_open``.
    """
    one, course, enrollment_id = policies.own_assignment(principal, assignment_id)
    policies.check_is_open(principal, one)
    times = times_for(one, principal.person_id, course.section_id)
    now, submitted = clock.now(), _own_rows(one, enrollment_id)
    has_opened = times.has_opened(now)
    return {
        "id": one.pk,
        "courseId": one.course_id,
        "title": one.title,
        "instructions": one.instructions if has_opened else "",
        "lessonId": one.lesson_id,
        "submissionTypes": types_of(one),
        "fileTypes": one.file_types,
        "maxFiles": one.max_files,
        "maxScore": one.max_score,
        "opensAt": times.opens_at,
        "dueAt": times.due_at,
        "closesAt": times.closes_at,
        "isExtended": times != times_of(one),
        "isOpen": has_opened and not times.has_closed(now),
        "maxAttempts": one.max_attempts,
        "attemptsLeft": _attempts_left(one, submitted),
        "group": name_of_group(one.group_set_id, enrollment_id),
        "submissions": submitted,
    }


def own_submissions(principal: Principal, assignment_id: int) -> list[dict[str, Any]]:
    """Return the caller's submissions of an assignment, the newest first. Four queries.

    Also after the close. Raises as ``policies.own_assignment``.
    """
    one, _course, enrollment_id = policies.own_assignment(principal, assignment_id)
    return _own_rows(one, enrollment_id)


def own_submission(principal: Principal, submission_id: int) -> dict[str, Any]:
    """Return the caller's own submission; what markers say once the grade is released.

    At most five queries. Raises ``AppError`` NOT_FOUND.
    """
    one = policies.own_submission(principal, submission_id)
    is_released = one.assignment_id in _released(one.enrollment_id, one.assignment_id)
    return {
        "id": one.pk,
        "assignmentId": one.assignment_id,
        "submittedAt": one.submitted_at,
        "status": _status(one, is_released=is_released),
        "isLate": one.is_late,
        "text": one.text,
        "url": one.url,
        "files": files_of(one.pk),
        "isOfGroup": one.group_key is not None,
        "returnedAt": one.returned_at,
        "returnComment": one.return_comment,
        "comments": _comments(one.pk) if is_released else [],
        "ratings": _ratings(one) if is_released else None,
    }


def files_of(submission_id: int) -> list[dict[str, Any]]:
    """Return the files of a submission in their order. One query."""
    found = SubmissionFile.objects.filter(submission_id=submission_id).order_by("position")
    return [
        {"id": key, "name": name, "contentType": kind, "size": size}
        for key, name, kind, size in found.values_list(
            "file_id", "file__name", "file__content_type", "file__size_bytes"
        )
    ]


def _released(enrollment_id: int, assignment_id: int | None = None) -> set[int]:
    """The assignments whose grade the student sees."""
    found = Grade.objects.filter(enrollment_id=enrollment_id, posted_at__isnull=False)
    if assignment_id is not None:
        found = found.filter(assignment_id=assignment_id)
    return set(found.values_list("assignment_id", flat=True))


def _status(work: Submission, *, is_released: bool) -> str:
    """A grade that isn't released isn't given yet, for the student."""
    hidden = work.status == _Status.GRADED and not is_released
    return _Status.SUBMITTED.value if hidden else work.status


def _own_rows(assignment: Assignment, enrollment_id: int) -> list[dict[str, Any]]:
    is_released = assignment.pk in _released(enrollment_id, assignment.pk)
    found = Submission.objects.filter(assignment_id=assignment.pk, enrollment_id=enrollment_id)
    return [
        {
            "id": one.pk,
            "submittedAt": one.submitted_at,
            "status": _status(one, is_released=is_released),
            "isLate": one.is_late,
            "isOfGroup": one.group_key is not None,
            "returnComment": one.return_comment,
        }
        for one in found.order_by("-submitted_at", "-id").defer("text")
    ]


def _attempts_left(assignment: Assignment, submitted: list[dict[str, Any]]) -> int | None:
    if assignment.max_attempts is None:
        return None
    may_again = bool(submitted) and submitted[0]["status"] == _Status.RETURNED.value
    return max(assignment.max_attempts - len(submitted), 1 if may_again else 0)


def _comments(submission_id: int) -> list[dict[str, Any]]:
    found = SubmissionComment.objects.filter(submission_id=submission_id)
    columns = ("id", "author__name", "start", "end", "quote", "text", "created_at")
    return [
        {
            "id": key,
            "authorName": author,
            "start": start,
            "end": end,
            "quote": quote,
            "text": text,
            "createdAt": at,
        }
        for key, author, start, end, quote, text, at in found.order_by("start", "id").values_list(
            *columns
        )
    ]


def _ratings(work: Submission) -> list[dict[str, Any]] | None:
    """The ratings of who marked last; those of moderated work aren't the final word."""
    if work.assignment.is_moderated:
        return None
    found = SubmissionMark.objects.filter(submission_id=work.pk, ratings__isnull=False)
    newest = found.order_by("-updated_at", "-id").values_list("ratings", flat=True).first()
    return shown(ratings_of(newest)) if newest else None
