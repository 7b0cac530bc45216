"""The treatment of the community's records when a person is erased, and what an export shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment

_OF_OWN_POSTS: Final = (
    "post_id IN (SELECT id FROM community_discussionpost WHERE author_id = %(person)s)"
)
_OF_OWN_MESSAGES: Final = (
    "message_id IN (SELECT id FROM community_message WHERE author_id = %(person)s)"
)

RULES: Final = (
    Rule(
        "community_announcement",
        "author_id",
        Treatment.RETAIN,
        "Announcements are the institution's; the id leads to an anonymized row.",
        shown=("id", "title", "text", "status", "published_at", "created_at"),
    ),
    Rule(
        "community_announcement",
        "withdrawn_by_id",
        Treatment.RETAIN,
        "Who withdrew it is evidence; the id leads to an anonymized row.",
        shown=("id", "withdrawn_at"),
    ),
    Rule(
        "community_announcementversion",
        "author_id",
        Treatment.RETAIN,
        "Announcements are the institution's; the id leads to an anonymized row.",
        shown=("id", "title", "text", "created_at"),
    ),
    Rule(
        "community_announcementreceipt",
        "person_id",
        Treatment.CASCADE,
        "The receipt was about the person.",
    ),
    Rule(
        "community_discussionthread",
        "author_id",
        Treatment.ANONYMISE,
        "The replies of others refer to it; the person's words go.",
        sets={"title": "''"},
        shown=("id", "course_id", "title", "created_at"),
    ),
    Rule(
        "community_discussionpostversion",
        "author_id",
        Treatment.CASCADE,
        "Earlier texts are the person's own words.",
    ),
    Rule(
        "community_discussionreport",
        "reporter_id",
        Treatment.ANONYMISE,
        "That a post was reported is a record; the words about the person go.",
        sets={"reason": "''"},
        shown=("id", "post_id", "created_at", "outcome", "resolved_at"),
        where=_OF_OWN_POSTS,
    ),
    Rule(
        "community_discussionreport",
        "reporter_id",
        Treatment.ANONYMISE,
        "That a post was reported is a record; the person's words go.",
        sets={"reason": "''"},
        shown=("id", "post_id", "reason", "created_at", "outcome", "resolved_at"),
    ),
    Rule(
        "community_discussionreport",
        "resolved_by_id",
        Treatment.RETAIN,
        "Who decided is evidence; the id leads to an anonymized row.",
        shown=("id", "outcome", "resolved_at"),
    ),
    Rule(
        "community_discussionpost",
        "author_id",
        Treatment.ANONYMISE,
        "The replies of others refer to it: a tombstone stays, the person's words go.",
        sets={"text": "''", "hidden_reason": "''", "is_best": "false"},
        hidden=("search",),
    ),
    Rule(
        "community_discussionpost",
        "hidden_by_id",
        Treatment.RETAIN,
        "Who hid it is evidence; the id leads to an anonymized row.",
        shown=("id", "hidden_at", "hidden_reason"),
    ),
    Rule(
        "community_discussionmention",
        "person_id",
        Treatment.CASCADE,
        "It addressed the person.",
    ),
    Rule(
        "community_discussionreader",
        "person_id",
        Treatment.CASCADE,
        "It was about what the person read.",
    ),
    Rule(
        "community_conversation",
        "starter_id",
        Treatment.ANONYMISE,
        "The messages of others stay theirs; the person's words go.",
        sets={"title": "''"},
        shown=("id", "title", "created_at"),
    ),
    Rule(
        "community_conversationmember",
        "person_id",
        Treatment.ANONYMISE,
        "The others see that somebody was there; what the person read goes.",
        sets={"last_read": "0", "notified": "0", "is_muted": "false"},
    ),
    Rule(
        "community_messageversion",
        "author_id",
        Treatment.CASCADE,
        "Earlier texts are the person's own words.",
    ),
    Rule(
        "community_messagereport",
        "reporter_id",
        Treatment.ANONYMISE,
        "That a message was reported is a record; the words about the person go.",
        sets={"reason": "''"},
        shown=("id", "message_id", "created_at", "outcome", "resolved_at"),
        where=_OF_OWN_MESSAGES,
    ),
    Rule(
        "community_messagereport",
        "reporter_id",
        Treatment.ANONYMISE,
        "That a message was reported is a record; the person's words go.",
        sets={"reason": "''"},
        shown=("id", "message_id", "reason", "created_at", "outcome", "resolved_at"),
    ),
    Rule(
        "community_messagereport",
        "resolved_by_id",
        Treatment.RETAIN,
        "Who decided is evidence; the id leads to an anonymized row.",
        shown=("id", "outcome", "resolved_at"),
    ),
    Rule(
        "community_message",
        "author_id",
        Treatment.ANONYMISE,
        "The messages of others stay in their order: a tombstone stays, the person's words go.",
        sets={"text": "''"},
    ),
    Rule(
        "community_message",
        "hidden_by_id",
        Treatment.RETAIN,
        "Who hid it is evidence; the id leads to an anonymized row.",
        shown=("id", "hidden_at"),
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "community_announcement.include_parents": "a choice of its author",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
