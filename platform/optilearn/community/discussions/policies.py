"""Permissions on discussions: members of a course, authors of posts, moderators."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from optilearn.community.models import DiscussionPost, DiscussionThread
from optilearn.core.access.policies import STAFF, not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.enrollment.selectors.entering import open_course


@dataclass(frozen=True)
class ThreadAccess:
    """A thread, and the rights of the caller in it."""

    thread: DiscussionThread
    moderates: bool

    def check_is_open(self) -> None:
        """Raises ``AppError`` CONFLICT for everybody but moderators while the thread is locked."""
        if self.thread.is_locked and not self.moderates:
            raise AppError(ErrorCode.CONFLICT, _("This discussion is locked."))


def thread_in(principal: Principal, thread_id: int, *, lock: bool = False) -> ThreadAccess:
    """Return a thread of a course in which the caller takes part; ``lock`` locks its row.

    Raises ``AppError`` as :func:`open_course`, and NOT_FOUND for a hidden one unless they moderate.
    """
    refuse_unless(principal.role in STAFF or principal.role is Role.STUDENT)
    threads = DiscussionThread.objects.select_for_update() if lock else DiscussionThread.objects
    thread = threads.filter(pk=thread_id).defer("search").first()
    if thread is None:
        raise not_found()
    moderates = open_course(principal, thread.course_id).manages
    if thread.is_hidden and not moderates:
        raise not_found()
    return ThreadAccess(thread, moderates)


def post_in(
    principal: Principal, post_id: int, *, lock: bool = False
) -> tuple[DiscussionPost, ThreadAccess]:
    """Return a post with its thread; ``lock`` locks both, the thread first.

    Raises ``AppError`` as :func:`thread_in`.
    """
    thread_id = DiscussionPost.objects.filter(pk=post_id).values_list("thread_id", flat=True)
    access = thread_in(principal, thread_id.first() or 0, lock=lock)
    posts = DiscussionPost.objects.select_for_update() if lock else DiscussionPost.objects
    post = posts.filter(pk=post_id).defer("search").first()
    if post is None:
        raise not_found()
    return post, access


def own_post(principal: Principal, post_id: int) -> tuple[DiscussionPost, ThreadAccess]:
    """Return a post that the caller wrote and may change now, locked.

    Raises ``AppError``: as :func:`post_in`; FORBIDDEN for that of somebody else; CONFLICT while
    the thread is locked, moderators have hidden it, or it was deleted.
    """
    post, access = post_in(principal, post_id, lock=True)
    refuse_unless(post.author_id == principal.person_id, _("Only its author can do this."))
    access.check_is_open()
    if post.text == "":
        raise AppError(ErrorCode.CONFLICT, _("This post was deleted."))
    if post.hidden_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("A moderator has hidden this post."))
    return post, access
