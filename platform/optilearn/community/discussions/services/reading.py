"""Read positions and followers. Both are one row for each person and thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from optilearn.community.discussions import policies
from optilearn.community.models import DiscussionThread
from optilearn.core.access.principal import Principal
from optilearn.core.sql import change
from optilearn.core.tenancy.context import require_institution_id

_READ: Final = """
INSERT INTO community_discussionreader
       (institution_id, thread_id, person_id, last_read, followed_from)
VALUES (%(institution)s, %(thread)s, %(person)s, %(number)s, 0)
    ON CONFLICT (institution_id, thread_id, person_id) DO UPDATE
   SET last_read = greatest(community_discussionreader.last_read, excluded.last_read)
"""
_FOLLOW: Final = """
INSERT INTO community_discussionreader AS r
       (institution_id, thread_id, person_id, last_read, is_following, followed_from)
SELECT %(institution)s, %(thread)s, person_id, 0, %(following)s, %(number)s
  FROM unnest(%(people)s::bigint[]) AS person_id ORDER BY person_id
    ON CONFLICT (institution_id, thread_id, person_id) DO UPDATE
   SET is_following = CASE WHEN %(chosen)s OR r.is_following IS NULL
                           THEN excluded.is_following ELSE r.is_following END,
       followed_from = CASE WHEN r.is_following
                            THEN r.followed_from ELSE excluded.followed_from END
"""


@transaction.atomic
def mark_thread_read(*, principal: Principal, thread_id: int, number: int) -> None:
    """Record that the principal has read a thread up to a post's number.

    The position never goes back, whichever device reports last, nor beyond the newest post. An
    administrator who acts as somebody moves nothing of theirs. Raises ``AppError`` as
    ``policies.thread_in``.
    """
    thread = policies.thread_in(principal, thread_id).thread
    if principal.actor_id is not None:
        return
    change(
        _READ,
        {
            "institution": require_institution_id(),
            "thread": thread_id,
            "person": principal.person_id,
            "number": min(number, thread.last_number),
        },
    )


@transaction.atomic
def set_following(*, principal: Principal, thread_id: int, is_following: bool) -> None:
    """Follow a thread, or stop following it. Raises ``AppError`` as ``policies.thread_in``."""
    thread = policies.thread_in(principal, thread_id).thread
    _follow(thread, [principal.person_id], is_following=is_following, is_chosen=True)


def let_follow(thread: DiscussionThread, person_ids: Sequence[int]) -> None:
    """Let people follow a thread that they write in; who stopped following it stays out."""
    _follow(thread, person_ids, is_following=True, is_chosen=False)


def _follow(
    thread: DiscussionThread, person_ids: Sequence[int], *, is_following: bool, is_chosen: bool
) -> None:
    change(
        _FOLLOW,
        {
            "institution": require_institution_id(),
            "thread": thread.pk,
            "people": list(person_ids),
            "number": thread.last_number,
            "following": is_following,
            "chosen": is_chosen,
        },
    )
