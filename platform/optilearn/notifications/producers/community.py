"""Notifications of announcements, posts and messages.

Handlers run inside the transaction of the event.
"""

from __future__ import annotations

from typing import Final

from optilearn.community.announcements.selectors.messages import posted_announcement, students_of
from optilearn.community.discussions.selectors.messages import new_post
from optilearn.community.events import AnnouncementPublished, MessageWritten, PostWritten
from optilearn.community.messages.selectors.notices import new_message
from optilearn.core.events import subscribe
from optilearn.notifications.audiences import ConcernedBy, ParentsOf, ReadersOf
from optilearn.notifications.payloads import message_key, post_key
from optilearn.notifications.services import Item, send, send_bulk, send_each

CHUNK: Final = 2_000
POSTED: Final = "ANNOUNCEMENT_POSTED"
REPLY: Final = "DISCUSSION_REPLY"
MESSAGE: Final = "MESSAGE_RECEIVED"


def register() -> None:
    """Register the handlers; called once, when the app is ready."""
    subscribe(AnnouncementPublished, notify_posted)
    subscribe(PostWritten, notify_written)
    subscribe(MessageWritten, notify_received)


def notify_posted(event: AnnouncementPublished) -> None:
    """Notify the readers of an announcement, each once.

    One row, whatever the audience: workers look up its people when they write their rows. Parents
    of students are looked up in OptiCRM, one student at a time; a parent of two has one message.
    """
    found = posted_announcement(event.announcement_id)
    data = {
        "announcementId": found.id,
        "title": found.title,
        "authorName": found.author_name,
        "excerpt": found.excerpt,
    }
    once, ends = f"announcement:{found.id}", found.expires_at
    send_bulk(
        key=POSTED, to=ReadersOf(found.id), data=data, once=once, dedupe=once, expires_at=ends
    )
    after = 0
    while found.asks_for_parents and (page := students_of(found.id, after=after, limit=CHUNK)):
        items = [
            Item(ParentsOf(one), data, f"{once}:parents:{one}", expires_at=ends, dedupe=once)
            for one in page
        ]
        send_each(key=POSTED, items=items)
        after = page[-1]


def notify_written(event: PostWritten) -> None:
    """Notify followers and the people mentioned of a post, each once, and never its author.

    Workers look them up when they write their rows: who has left the course by then, or a post
    that was hidden, is left out.
    """
    found = new_post(event.post_id)
    data = {
        "courseId": found.course_id,
        "courseTitle": found.course_title,
        "threadId": found.thread_id,
        "threadTitle": found.thread_title,
        "authorName": found.author_name,
        "excerpt": found.excerpt,
    }
    once = post_key(found.id)
    send_bulk(key=REPLY, to=ConcernedBy(found.id), data=data, once=once, dedupe=once)


def notify_received(event: MessageWritten) -> None:
    """Notify the members for whom a message begins something unread.

    What is written until they have read it is told by the first notification.
    """
    if not event.person_ids:
        return
    found = new_message(event.message_id)
    data = {
        "threadId": found.conversation_id,
        "authorName": found.author_name,
        "excerpt": found.excerpt,
    }
    once = message_key(found.id)
    send(key=MESSAGE, to=event.person_ids, data=data, once=once, dedupe=once)
