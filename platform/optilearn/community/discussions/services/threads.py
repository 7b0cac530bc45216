"""Threads are renamed, moved, pinned and locked; one reply is the best answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.discussions import policies
from optilearn.community.discussions.rules import is_readable
from optilearn.community.discussions.services.posting import check_lesson
from optilearn.community.models import DiscussionPost
from optilearn.core import audit
from optilearn.core.access.policies import not_found, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

_OWN: Final = frozenset({"title"})
"""The part that authors change too."""


@transaction.atomic
def update_thread(*, principal: Principal, thread_id: int, values: Mapping[str, Any]) -> None:
    """Change what is sent of a thread: its author the title, moderators all.

    Raises ``AppError``: as ``policies.thread_in``, FORBIDDEN, CONFLICT for the author of a locked
    one, NOT_FOUND for a lesson that isn't the course's.
    """
    access = policies.thread_in(principal, thread_id, lock=True)
    thread = access.thread
    is_own = thread.author_id == principal.person_id and values.keys() <= _OWN
    refuse_unless(access.moderates or is_own, _("Only managers of this course can do this."))
    access.check_is_open()
    if "lesson_id" in values:
        check_lesson(thread.course_id, values["lesson_id"])
    for name, value in values.items():
        setattr(thread, name, value)
    if values:
        thread.save(update_fields=list(values))
    audit.record(action="discussion.update", actor=principal, target=f"discussion:{thread_id}")


@transaction.atomic
def choose_best_answer(*, principal: Principal, thread_id: int, post_id: int | None) -> None:
    """Mark a reply as the best answer, or none: the asker or a moderator.

    Raises ``AppError``: as ``policies.thread_in``, FORBIDDEN, NOT_FOUND for a post that is no reply
    of the thread, CONFLICT for one that is hidden or deleted, and for the asker of a locked one.
    """
    access = policies.thread_in(principal, thread_id, lock=True)
    is_own = access.thread.author_id == principal.person_id
    refuse_unless(access.moderates or is_own, _("Only who asked, or a teacher, can do this."))
    access.check_is_open()
    posts = DiscussionPost.objects.filter(thread_id=thread_id)
    if post_id is not None:
        post = posts.filter(pk=post_id, number__gt=1).first()
        if post is None:
            raise not_found()
        if not is_readable(post.text, post.hidden_at):
            raise AppError(ErrorCode.CONFLICT, _("This post is gone."))
    posts.filter(is_best=True).update(is_best=False)
    if post_id is not None:
        posts.filter(pk=post_id).update(is_best=True)
    audit.record(
        action="discussion.best_answer",
        actor=principal,
        target=f"discussion:{thread_id}",
        details={"post": post_id},
    )
