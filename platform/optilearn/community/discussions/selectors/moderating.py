"""The queue of reports, for the moderators of a course."""

from __future__ import annotations

from django.db.models import Q

from optilearn.community.discussions.schemas import ReportQuery
from optilearn.community.models import DiscussionReport
from optilearn.core.access.policies import ADMINS, AUTHORS, require
from optilearn.core.access.principal import Principal
from optilearn.core.plaintext import preview
from optilearn.core.sql import Row
from optilearn.courses.models import Course
from optilearn.courses.rules import taught


def reports(principal: Principal, query: ReportQuery) -> tuple[list[Row], int]:
    """Return a page of reports, the oldest first, and their number.

    Administrators see all, teachers those of courses that they teach, but not of their own posts.
    Two queries. Raises
    ``AppError`` FORBIDDEN for others.
    """
    require(principal, AUTHORS)
    found = DiscussionReport.objects.filter(resolved_at__isnull=query.state == "OPEN")
    if principal.role not in ADMINS:
        own = Course.objects.filter(taught(principal.person_id))
        found = found.filter(post__course_id__in=own.values("id"))
        # Nobody judges what is said against themselves: another manager does.
        found = found.filter(~Q(post__author_id=principal.person_id))
    if query.course_id is not None:
        found = found.filter(post__course_id=query.course_id)
    page = found.select_related("post__thread", "post__author", "reporter", "resolved_by")
    page = page.defer("post__search", "post__thread__search")
    shown = page.order_by("created_at", "id")[query.window]
    return [_wire(one) for one in shown], found.count()


def _wire(one: DiscussionReport) -> Row:
    post, moderator = one.post, one.resolved_by
    return {
        "id": one.pk,
        "courseId": post.course_id,
        "threadId": post.thread_id,
        "threadTitle": post.thread.title,
        "postId": post.pk,
        "number": post.number,
        "preview": preview(post.text),
        "author": {"id": post.author_id, "name": post.author.name},
        "isHidden": post.hidden_at is not None,
        "reason": one.reason,
        "reporter": {"id": one.reporter_id, "name": one.reporter.name},
        "createdAt": one.created_at,
        "outcome": one.outcome,
        "resolvedAt": one.resolved_at,
        "resolvedBy": {"id": moderator.pk, "name": moderator.name} if moderator else None,
    }
