"""Discussions over HTTP: threads, posts, moderation."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.community.discussions import selectors, services
from optilearn.community.discussions.schemas import (
    BestAnswerIn,
    DiscussionReportOut,
    FollowingIn,
    PostIn,
    PostOut,
    PostPage,
    PostReasonIn,
    PostsQuery,
    PostVersionOut,
    ReplyIn,
    ReportQuery,
    ThreadChange,
    ThreadIn,
    ThreadOut,
    ThreadQuery,
    ThreadReadIn,
    ThreadRow,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Discussions"], by_alias=True)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)


@router.get(
    "/courses/{int:courseId}/discussions",
    response={200: Envelope[list[ThreadRow]], **READ},
    operation_id="listDiscussions",
)
def threads(request: HttpRequest, courseId: int, query: Query[ThreadQuery]) -> HttpResponse:
    """The threads of a course in which the caller takes part; pinned ones, then the newest."""
    rows, total = selectors.threads(principal_of(request), courseId, query)
    return answer_page(rows, total=total, query=query)


@router.post(
    "/courses/{int:courseId}/discussions",
    response={201: Envelope[ThreadOut], **WRITE},
    operation_id="startDiscussion",
)
def start(request: HttpRequest, courseId: int, wanted: ThreadIn) -> HttpResponse:
    """Begin a discussion, maybe of a lesson; its author follows it."""
    principal = principal_of(request)
    key = services.start_thread(
        principal=principal, course_id=courseId, values=wanted.model_dump(exclude_unset=True)
    )
    return answer(selectors.thread(principal, key), status=201)


@router.get(
    "/discussions/{int:threadId}",
    response={200: Envelope[ThreadOut], **READ},
    operation_id="getDiscussion",
)
def thread(request: HttpRequest, threadId: int) -> HttpResponse:
    """A thread, with the caller's position in it."""
    return answer(selectors.thread(principal_of(request), threadId))


@router.patch(
    "/discussions/{int:threadId}",
    response={200: Envelope[ThreadOut], **WRITE},
    operation_id="updateDiscussion",
)
def update(request: HttpRequest, threadId: int, wanted: ThreadChange) -> HttpResponse:
    """Rename, move, pin or lock a thread."""
    principal = principal_of(request)
    services.update_thread(
        principal=principal, thread_id=threadId, values=wanted.model_dump(exclude_unset=True)
    )
    return answer(selectors.thread(principal, threadId))


@router.get(
    "/discussions/{int:threadId}/posts",
    response={200: Envelope[PostPage], **READ},
    operation_id="listDiscussionPosts",
)
def posts(request: HttpRequest, threadId: int, query: Query[PostsQuery]) -> HttpResponse:
    """The posts of a thread in the order of writing, from the one after a number."""
    return answer(selectors.posts(principal_of(request), threadId, query))


@router.post(
    "/discussions/{int:threadId}/posts",
    response={201: Envelope[PostOut], **WRITE},
    operation_id="replyInDiscussion",
)
def reply(request: HttpRequest, threadId: int, wanted: ReplyIn) -> HttpResponse:
    """Reply in a thread; its followers and the people mentioned are notified."""
    principal = principal_of(request)
    key = services.reply(
        principal=principal, thread_id=threadId, values=wanted.model_dump(exclude_unset=True)
    )
    return answer(selectors.one_post(principal, key), status=201)


@router.put(
    "/discussions/{int:threadId}/read",
    response={200: Envelope[ThreadOut], **READ},
    operation_id="markDiscussionRead",
)
def mark_read(request: HttpRequest, threadId: int, position: ThreadReadIn) -> HttpResponse:
    """Report that the caller has read up to a post; an earlier one changes nothing."""
    principal = principal_of(request)
    services.mark_thread_read(principal=principal, thread_id=threadId, number=position.number)
    return answer(selectors.thread(principal, threadId))


@router.put(
    "/discussions/{int:threadId}/following",
    response={200: Envelope[Done], **READ},
    operation_id="followDiscussion",
)
def follow(request: HttpRequest, threadId: int, choice: FollowingIn) -> HttpResponse:
    """Follow a thread, or stop: writing in it doesn't change that choice."""
    services.set_following(
        principal=principal_of(request), thread_id=threadId, is_following=choice.is_following
    )
    return answer({"done": True})


@router.put(
    "/discussions/{int:threadId}/best-answer",
    response={200: Envelope[ThreadOut], **WRITE},
    operation_id="chooseBestAnswer",
)
def best_answer(request: HttpRequest, threadId: int, choice: BestAnswerIn) -> HttpResponse:
    """Mark a reply as the best answer, or none, as the asker or a moderator."""
    principal = principal_of(request)
    services.choose_best_answer(principal=principal, thread_id=threadId, post_id=choice.post_id)
    return answer(selectors.thread(principal, threadId))


@router.put(
    "/discussion-posts/{int:postId}",
    response={200: Envelope[PostOut], **WRITE},
    operation_id="editDiscussionPost",
)
def edit(request: HttpRequest, postId: int, wanted: PostIn) -> HttpResponse:
    """Change the text of one's own post; the earlier one stays as a version."""
    principal = principal_of(request)
    services.edit_post(principal=principal, post_id=postId, text=wanted.text)
    return answer(selectors.one_post(principal, postId))


@router.delete(
    "/discussion-posts/{int:postId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="deleteDiscussionPost",
)
def delete(request: HttpRequest, postId: int) -> HttpResponse:
    """Delete one's own post; a tombstone stays where replies refer to it."""
    services.delete_post(principal=principal_of(request), post_id=postId)
    return answer({"done": True})


@router.get(
    "/discussion-posts/{int:postId}/versions",
    response={200: Envelope[list[PostVersionOut]], **READ},
    operation_id="listDiscussionPostVersions",
)
def versions(request: HttpRequest, postId: int) -> HttpResponse:
    """The texts of a post, the newest first, for its author and moderators."""
    return answer(selectors.versions(principal_of(request), postId))


@router.post(
    "/discussion-posts/{int:postId}/reports",
    response={200: Envelope[Done], **WRITE},
    operation_id="reportDiscussionPost",
)
def report(request: HttpRequest, postId: int, wanted: PostReasonIn) -> HttpResponse:
    """Report a post to the course's moderators; again replaces the reason."""
    services.report_post(principal=principal_of(request), post_id=postId, reason=wanted.reason)
    return answer({"done": True})


@router.post(
    "/discussion-posts/{int:postId}/hide",
    response={200: Envelope[PostOut], **WRITE},
    operation_id="hideDiscussionPost",
)
def hide(request: HttpRequest, postId: int, wanted: PostReasonIn) -> HttpResponse:
    """Hide a post, with the reason, as a moderator; its reports are closed."""
    principal = principal_of(request)
    services.hide_post(principal=principal, post_id=postId, reason=wanted.reason)
    return answer(selectors.one_post(principal, postId))


@router.post(
    "/discussion-posts/{int:postId}/restore",
    response={200: Envelope[PostOut], **READ},
    operation_id="restoreDiscussionPost",
)
def restore(request: HttpRequest, postId: int) -> HttpResponse:
    """Show a hidden post again, as a moderator."""
    principal = principal_of(request)
    services.restore_post(principal=principal, post_id=postId)
    return answer(selectors.one_post(principal, postId))


@router.post(
    "/discussion-posts/{int:postId}/dismiss-reports",
    response={200: Envelope[Done], **READ},
    operation_id="dismissDiscussionReports",
)
def dismiss(request: HttpRequest, postId: int) -> HttpResponse:
    """Let a reported post stand, as a moderator."""
    services.dismiss_reports(principal=principal_of(request), post_id=postId)
    return answer({"done": True})


@router.get(
    "/discussion-reports",
    response={200: Envelope[list[DiscussionReportOut]], **refusals(400)},
    operation_id="listDiscussionReports",
)
def reports(request: HttpRequest, query: Query[ReportQuery]) -> HttpResponse:
    """The queue of reports: administrators see all, teachers those of their courses."""
    rows, total = selectors.reports(principal_of(request), query)
    return answer_page(rows, total=total, query=query)
