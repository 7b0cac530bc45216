"""Threads and replies are written, changed and deleted by their authors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from optilearn.community.discussions import policies
from optilearn.community.discussions.policies import ThreadAccess
from optilearn.community.discussions.rules import MAX_MENTIONS, is_readable, member
from optilearn.community.discussions.services.reading import let_follow
from optilearn.community.events import PostWritten
from optilearn.community.models import (
    DiscussionMention,
    DiscussionPost,
    DiscussionPostVersion,
    DiscussionThread,
)
from optilearn.community.requests import lock_requests_of
from optilearn.community.texts import checked_html
from optilearn.core import audit, clock
from optilearn.core.access.policies import not_found
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.events import publish
from optilearn.core.sql import compose, rows
from optilearn.courses.rules import COURSES
from optilearn.courses.selectors.messages import lesson_summary
from optilearn.enrollment.selectors.entering import open_course
from optilearn.people.rules import PEOPLE

_MEMBERS: Final = compose(
    "SELECT p.id FROM <courses> JOIN <people> ON p.institution_id = c.institution_id"
    " WHERE c.id = %(course)s AND p.id = ANY(%(people)s::bigint[]) AND <member>",
    courses=COURSES.aliased("c"),
    people=PEOPLE.aliased("p"),
    member=member("c", "p"),
)


@transaction.atomic
def start_thread(*, principal: Principal, course_id: int, values: Mapping[str, Any]) -> int:
    """Begin a discussion with its first post; return the thread's id.

    ``values`` are fields of ``ThreadIn`` by their Python names. A request that is sent again
    changes nothing. Raises ``AppError``: as ``open_course``, NOT_FOUND for a lesson that
    isn't the course's, VALIDATION_ERROR with the place.
    """
    moderates = open_course(principal, course_id).manages
    earlier = _sent_before(principal, values)
    if earlier is not None:
        return earlier.thread_id
    check_lesson(course_id, values.get("lesson_id"))
    now = clock.now()
    thread = DiscussionThread(
        course_id=course_id,
        lesson_id=values.get("lesson_id"),
        author_id=principal.person_id,
        title=values["title"],
        last_post_at=now,
        created_at=now,
    )
    thread.save()
    post = _write(principal, ThreadAccess(thread, moderates), values, parent_id=None)
    audit.record(action="discussion.start", actor=principal, target=f"discussion:{thread.pk}")
    publish(PostWritten(post.pk))
    return thread.pk


@transaction.atomic
def reply(*, principal: Principal, thread_id: int, values: Mapping[str, Any]) -> int:
    """Reply in a thread, or to one of its replies; return the post's id.

    A reply to a reply of a reply stands beside it: there is one level. ``values`` are fields of
    ``ReplyIn``. A request that is sent again changes nothing. Raises ``AppError``: as
    ``policies.thread_in``, CONFLICT in a locked thread and for a post that is hidden or deleted,
    NOT_FOUND for one of another thread, VALIDATION_ERROR with the place.
    """
    # Whoever locks, moves or hides the thread waits for this, or this for them.
    access = policies.thread_in(principal, thread_id, lock=True)
    earlier = _sent_before(principal, values)
    if earlier is not None:
        _check_is_of(earlier, thread_id)
        return earlier.pk
    access.check_is_open()
    parent_id = _parent(thread_id, values.get("parent_id"))
    post = _write(principal, access, values, parent_id=parent_id)
    audit.record(action="discussion.reply", actor=principal, target=f"discussion_post:{post.pk}")
    publish(PostWritten(post.pk))
    return post.pk


@transaction.atomic
def edit_post(*, principal: Principal, post_id: int, text: str) -> None:
    """Change the text of one's own post; the earlier one stays as a version.

    Raises ``AppError``: as ``policies.own_post``, CONFLICT while a report of it waits.
    """
    post, _seat = policies.own_post(principal, post_id)
    _check_is_not_reported(post)
    clean = checked_html(text)
    if clean == post.text:
        return
    DiscussionPostVersion.objects.create(
        post=post,
        author_id=post.author_id,
        number=post.version,
        text=post.text,
        written_at=post.edited_at or post.created_at,
    )
    post.text, post.version, post.edited_at = clean, post.version + 1, clock.now()
    post.save(update_fields=["text", "version", "edited_at"])
    audit.record(action="discussion.edit", actor=principal, target=f"discussion_post:{post_id}")


@transaction.atomic
def delete_post(*, principal: Principal, post_id: int) -> None:
    """Delete one's own post with its earlier texts; a tombstone stays where replies refer to it.

    A first post that is alone takes its thread along. Raises ``AppError``: as
    ``policies.own_post``, CONFLICT while a report of it waits for a moderator.
    """
    post, access = policies.own_post(principal, post_id)
    _check_is_not_reported(post)
    audit.record(action="discussion.delete", actor=principal, target=f"discussion_post:{post_id}")
    is_first = post.number == 1
    others = DiscussionPost.objects.filter(thread=access.thread).exclude(pk=post_id)
    if is_first and not others.exists():
        access.thread.delete()
        return
    if is_first or post.replies.exists():
        _bury(post)
    else:
        post.delete()
        _remove_empty_parent(post.parent_id)
    if not is_first:
        DiscussionThread.objects.filter(pk=access.thread.pk).update(
            reply_count=F("reply_count") - 1
        )


def _check_is_not_reported(post: DiscussionPost) -> None:
    if post.reports.filter(resolved_at=None).exists():
        raise AppError(ErrorCode.CONFLICT, _("A moderator is looking at this post."))


def check_lesson(course_id: int, lesson_id: int | None) -> None:
    """Raises ``AppError`` NOT_FOUND for a lesson that isn't the course's, or is archived."""
    if lesson_id is None:
        return
    lesson = lesson_summary(lesson_id)
    if lesson is None or lesson.course.id != course_id:
        raise not_found()


def _sent_before(principal: Principal, values: Mapping[str, Any]) -> DiscussionPost | None:
    request_id = values.get("request_id")
    if request_id is None:
        return None
    lock_requests_of(principal)
    own = DiscussionPost.objects.filter(author_id=principal.person_id, request_id=request_id)
    return own.defer("search").first()


def _check_is_of(earlier: DiscussionPost, thread_id: int) -> None:
    if earlier.thread_id != thread_id:
        raise AppError(
            ErrorCode.CONFLICT,
            _("This requestId was used for another post."),
            [{"path": "/requestId"}],
        )


def _parent(thread_id: int, parent_id: int | None) -> int | None:
    """Return the reply of the first level that a reply to this post stands below."""
    if parent_id is None:
        return None
    parent = DiscussionPost.objects.filter(pk=parent_id, thread_id=thread_id).first()
    if parent is None:
        raise not_found()
    if not is_readable(parent.text, parent.hidden_at):
        raise AppError(ErrorCode.CONFLICT, _("The post that you reply to is gone."))
    if parent.number == 1:
        return None
    return parent.parent_id or parent.pk


def _write(
    principal: Principal, access: ThreadAccess, values: Mapping[str, Any], *, parent_id: int | None
) -> DiscussionPost:
    """Write the next post of a thread, whose row is locked or new."""
    thread, now = access.thread, clock.now()
    text = checked_html(values["text"])
    mentioned = _mentioned(thread.course_id, values.get("mention_ids") or ())
    thread.last_number += 1
    thread.reply_count += thread.last_number > 1
    thread.last_post_at = now
    thread.save(update_fields=["last_number", "reply_count", "last_post_at"])
    post = DiscussionPost.objects.create(
        thread=thread,
        course_id=thread.course_id,
        author_id=principal.person_id,
        parent_id=parent_id,
        number=thread.last_number,
        text=text,
        created_at=now,
        request_id=values.get("request_id"),
    )
    DiscussionMention.objects.bulk_create(
        DiscussionMention(post=post, person_id=person_id) for person_id in mentioned
    )
    let_follow(thread, list(dict.fromkeys([principal.person_id, *mentioned])))
    return post


def _mentioned(course_id: int, person_ids: Sequence[int]) -> list[int]:
    """Return the people, each once. Who isn't there and who isn't a member are refused alike."""
    wanted = list(dict.fromkeys(person_ids))
    if len(wanted) > MAX_MENTIONS:
        raise invalid(
            _("Mention at most %(max)d people in a post.") % {"max": MAX_MENTIONS}, "/mentionIds"
        )
    if not wanted:
        return []
    given = {"course": course_id, "people": wanted, "now": clock.now()}
    members = {one["id"] for one in rows(_MEMBERS, given)}
    for place, person_id in enumerate(person_ids):
        if person_id not in members:
            raise invalid(_("Mention people of this course."), f"/mentionIds/{place}")
    return wanted


def _bury(post: DiscussionPost) -> None:
    post.text, post.is_best, post.deleted_at = "", False, clock.now()
    post.save(update_fields=["text", "is_best", "deleted_at"])
    post.versions.all().delete()
    post.mentions.all().delete()


def _remove_empty_parent(parent_id: int | None) -> None:
    """Delete a tombstone that nothing refers to any more."""
    if parent_id is None:
        return
    parents = DiscussionPost.objects.filter(pk=parent_id, text="", replies=None, number__gt=1)
    for parent in parents.defer("search"):
        parent.delete()
