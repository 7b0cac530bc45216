"""Students hand in: texts, files, addresses, alone or for their group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.assessment.assignments import policies
from optilearn.assessment.assignments.selectors.times import times_by_student
from optilearn.assessment.assignments.timing import Times
from optilearn.assessment.events import SubmissionsReceived
from optilearn.assessment.gradebook.services.locks import lock_enrollments
from optilearn.assessment.groups.selectors import HandingIn, who_hands_in
from optilearn.assessment.models import Assignment, Submission, SubmissionFile
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.events import publish
from optilearn.core.plaintext import plain_text
from optilearn.core.sql import row
from optilearn.core.text import is_visible
from optilearn.courses.services.richtext import sanitized
from optilearn.enrollment.services import record_lesson_results
from optilearn.files import services as files
from optilearn.files.selectors import own_files

CATEGORY: Final = "submissions"


@dataclass(frozen=True)
class Work:
    """The work that a student hands in; ``request_id`` is the client's name of its request."""

    request_id: str
    text: str = ""
    url: str = ""
    file_ids: tuple[int, ...] = ()


@transaction.atomic
def submit_work(*, principal: Principal, assignment_id: int, work: Work) -> int:
    """Hand in work, for all of the group if the assignment has groups; return the caller's own.

    A request that is sent again changes nothing, even after the close. It is late by each
    student's own due date; the server's clock decides. Completes the lesson where that is its
    rule. Raises ``AppError``: as ``policies.own_assignment`` and ``check_is_open``, LESSON_LOCKED
    outside the assignment's times, ATTEMPT_LIMIT, VALIDATION_ERROR with the place, CONFLICT for
    who is in no group.
    """
    assignment, _course, enrollment_id = policies.own_assignment(principal, assignment_id)
    earlier = _sent_before(assignment_id, enrollment_id, work)
    if earlier is not None:
        return earlier
    policies.check_is_open(principal, assignment)
    members = who_hands_in(assignment, enrollment_id)
    # Of a request that is sent twice at once the second one waits here, and finds the first.
    lock_enrollments({one.enrollment_id for one in members})
    earlier = _sent_before(assignment_id, enrollment_id, work)
    if earlier is not None:
        return earlier
    # Shared, so that students don't wait for each other, but who changes the assignment does.
    row("SELECT id FROM assessment_assignment WHERE id = %s FOR SHARE", [assignment_id])
    assignment.refresh_from_db()
    times = times_by_student(assignment, {one.student_id: one.section_id for one in members})
    _check_may_submit(assignment, times[principal.person_id], enrollment_id)
    text = _checked_text(assignment, work)
    _check_content(assignment, work, text)
    _check_files(principal, assignment, work.file_ids)
    created = _store(assignment, work, text, members, times)
    own = next(one for one in created if one.enrollment_id == enrollment_id)
    if assignment.lesson_id is not None:
        handed_in = dict.fromkeys((one.enrollment_id for one in created), "SUBMITTED")
        record_lesson_results(lesson_id=assignment.lesson_id, events=handed_in)
    others = [one.pk for one in created if one.pk != own.pk]
    audit.record(
        action="submission.create",
        actor=principal,
        target=f"submission:{own.pk}",
        details={"assignment": assignment_id},
    )
    publish(SubmissionsReceived(assignment_id, (own.pk, *others)))
    return own.pk


def _sent_before(assignment_id: int, enrollment_id: int, work: Work) -> int | None:
    found = Submission.objects.filter(
        assignment_id=assignment_id, enrollment_id=enrollment_id, request_id=work.request_id
    )
    return found.values_list("id", flat=True).first()


def _check_may_submit(assignment: Assignment, times: Times, enrollment_id: int) -> None:
    now = clock.now()
    if not times.has_opened(now):
        raise AppError(
            ErrorCode.LESSON_LOCKED,
            _("This assignment isn't open yet."),
            {"reason": "NOT_YET", "unlocksAt": times.opens_at},
        )
    if times.has_closed(now):
        raise AppError(
            ErrorCode.LESSON_LOCKED,
            _("This assignment has closed. Nothing more is accepted."),
            {"reason": "CLOSED", "closedAt": times.closes_at},
        )
    own = Submission.objects.filter(assignment_id=assignment.pk, enrollment_id=enrollment_id)
    if assignment.max_attempts is None or own.count() < assignment.max_attempts:
        return
    newest = own.latest("submitted_at", "id")
    if newest.status != Submission.Status.RETURNED:  # work that was returned may come once more
        raise AppError(
            ErrorCode.ATTEMPT_LIMIT,
            _("You have used all attempts."),
            {"attempts": assignment.max_attempts},
        )


def _checked_text(assignment: Assignment, work: Work) -> str:
    if not work.text:
        return ""
    text = sanitized(work.text)
    has_content = is_visible(plain_text(text)) or "<img" in text
    if has_content and not assignment.accepts_text:
        raise invalid(_("This assignment takes no text."), "/text")
    return text if has_content else ""


def _check_content(assignment: Assignment, work: Work, text: str) -> None:
    if work.url:
        if not assignment.accepts_urls:
            raise invalid(_("This assignment takes no address."), "/url")
        if not _is_web(work.url):
            raise invalid(_("Enter an address that begins with https:// or http://."), "/url")
    if work.file_ids and not assignment.accepts_files:
        raise invalid(_("This assignment takes no files."), "/fileIds")
    if not (text or work.url or work.file_ids):
        raise invalid(_("There is nothing to hand in yet."), "")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname)
    except ValueError:
        return False
    is_plain = all(c.isprintable() and not c.isspace() and c not in "<>\"'\\" for c in url)
    return parts.scheme.lower() in {"http", "https"} and has_host and is_plain


def _check_files(principal: Principal, assignment: Assignment, ids: Sequence[int]) -> None:
    """Check that the files are the caller's, complete and allowed, and store that they are used."""
    if len(ids) > assignment.max_files:
        raise invalid(
            _("Hand in at most %(most)d files.") % {"most": assignment.max_files}, "/fileIds"
        )
    if len(set(ids)) != len(ids):
        raise invalid(_("Each file can be handed in once."), "/fileIds")
    known = {one.id: one for one in own_files(principal, ids, CATEGORY)}
    allowed = assignment.file_types
    for index, file_id in enumerate(ids):
        place, file = f"/fileIds/{index}", known.get(file_id)
        if file is None or not file.is_ready:
            raise invalid(_("Upload the file first: it is missing, or not complete."), place)
        if allowed is not None and file.content_type not in allowed:
            raise invalid(
                _("Files of this type can't be handed in: %(types)s.")
                % {"types": file.content_type},
                place,
            )
        files.keep(file_id, principal=principal, categories=frozenset({CATEGORY}))


def _store(
    assignment: Assignment,
    work: Work,
    text: str,
    members: Sequence[HandingIn],
    times: dict[int, Times],
) -> list[Submission]:
    """Store a submission of each member; those of a group share a key."""
    now, key = clock.now(), uuid4() if assignment.group_set_id is not None else None
    created = Submission.objects.bulk_create(
        Submission(
            assignment_id=assignment.pk,
            enrollment_id=one.enrollment_id,
            student_id=one.student_id,
            course_id=assignment.course_id,
            submitted_at=now,
            is_late=times[one.student_id].is_late(now),
            text=text,
            url=work.url,
            request_id=work.request_id if one.is_caller else None,
            group_key=key,
        )
        for one in members
    )
    SubmissionFile.objects.bulk_create(
        SubmissionFile(
            submission=one, file_id=file_id, student_id=one.student_id, position=position
        )
        for one in created
        for position, file_id in enumerate(work.file_ids, start=1)
    )
    return created
