"""Members report posts; moderators hide, restore, or let them stand."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.discussions import policies
from optilearn.community.models import DiscussionPost, DiscussionReport, DiscussionThread
from optilearn.core import audit, clock
from optilearn.core.access.policies import ADMINS, refuse_unless
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

Outcome = DiscussionReport.Outcome


@transaction.atomic
def report_post(*, principal: Principal, post_id: int, reason: str) -> None:
    """Report a post to the course's moderators; a second time replaces the reason.

    A report that was answered is opened again. Raises ``AppError``: as ``policies.post_in``,
    CONFLICT for one's own post, and one that is hidden or deleted.
    """
    post, _seat = policies.post_in(principal, post_id, lock=True)
    if post.author_id == principal.person_id:
        raise AppError(ErrorCode.CONFLICT, _("This is your own post; you can delete it."))
    _check_stands(post)
    opened = {"reason": reason, "outcome": None, "resolved_at": None, "resolved_by": None}
    DiscussionReport.objects.update_or_create(
        post=post,
        reporter_id=principal.person_id,
        defaults=opened,
        create_defaults={**opened, "created_at": clock.now()},
    )
    audit.record(action="discussion.report", actor=principal, target=f"discussion_post:{post_id}")


@transaction.atomic
def hide_post(*, principal: Principal, post_id: int, reason: str) -> None:
    """Hide a post from everybody but moderators and its author, and close its reports.

    A hidden first post hides its thread. A second time replaces the reason. Raises ``AppError``:
    as ``policies.post_in``, FORBIDDEN for others than moderators, CONFLICT for a deleted one.
    """
    post = _moderated(principal, post_id)
    if post.text == "":
        raise AppError(ErrorCode.CONFLICT, _("This post was deleted."))
    post.hidden_at = post.hidden_at or clock.now()
    post.hidden_by_id, post.hidden_reason = principal.caller_id, reason
    post.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
    _hide_thread(post, is_hidden=True)
    _close_reports(principal, post, Outcome.HIDDEN)
    audit.record(action="discussion.hide", actor=principal, target=f"discussion_post:{post_id}")


@transaction.atomic
def restore_post(*, principal: Principal, post_id: int) -> None:
    """Show a hidden post again; again changes nothing. Raises ``AppError`` as ``hide_post``."""
    post = _moderated(principal, post_id)
    if post.hidden_at is None:
        return
    post.hidden_at, post.hidden_by_id, post.hidden_reason = None, None, ""
    post.save(update_fields=["hidden_at", "hidden_by", "hidden_reason"])
    _hide_thread(post, is_hidden=False)
    audit.record(action="discussion.restore", actor=principal, target=f"discussion_post:{post_id}")


@transaction.atomic
def dismiss_reports(*, principal: Principal, post_id: int) -> None:
    """Let a reported post stand; again changes nothing. Raises ``AppError`` as ``hide_post``."""
    post = _moderated(principal, post_id)
    refuse_unless(
        post.author_id != principal.person_id or principal.role in ADMINS,
        _("Somebody else has to decide about your own post."),
    )
    _close_reports(principal, post, Outcome.DISMISSED)
    audit.record(action="discussion.dismiss", actor=principal, target=f"discussion_post:{post_id}")


def _moderated(principal: Principal, post_id: int) -> DiscussionPost:
    post, access = policies.post_in(principal, post_id, lock=True)
    refuse_unless(access.moderates, _("Only managers of this course can do this."))
    return post


def _check_stands(post: DiscussionPost) -> None:
    if post.text == "" or post.hidden_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("This post is gone."))


def _hide_thread(post: DiscussionPost, *, is_hidden: bool) -> None:
    if post.number == 1:
        DiscussionThread.objects.filter(pk=post.thread_id).update(is_hidden=is_hidden)


def _close_reports(principal: Principal, post: DiscussionPost, outcome: Outcome) -> None:
    post.reports.filter(resolved_at=None).update(
        outcome=outcome, resolved_at=clock.now(), resolved_by_id=principal.caller_id
    )
