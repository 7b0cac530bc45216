"""Messages are written, changed and deleted by their authors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.events import MessageWritten
from optilearn.community.messages import policies
from optilearn.community.messages.rules import EDIT_WINDOW, readable
from optilearn.community.models import ConversationMember, Message, MessageVersion
from optilearn.community.requests import lock_requests_of
from optilearn.community.texts import checked_html
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.events import publish
from optilearn.core.sql import compose, rows
from optilearn.people.rules import PEOPLE, active

_NOTIFIED: Final = compose(
    """
    UPDATE community_conversationmember m SET notified = %(number)s FROM <people>
     WHERE p.institution_id = m.institution_id AND p.id = m.person_id AND <active>
       AND m.conversation_id = %(conversation)s AND m.person_id <> %(author)s
       AND m.left_at IS NULL AND NOT m.is_muted
       AND (m.notified <= m.last_read OR NOT EXISTS (
            SELECT FROM community_message o
             WHERE o.institution_id = m.institution_id AND o.conversation_id = m.conversation_id
               AND o.number = m.notified AND <readable>))
    RETURNING m.person_id
    """,
    readable=readable("o"),
    people=PEOPLE.aliased("p"),
    active=active("p"),
)
"""Of what is unread together people are notified once: the next time is after they have read, or
after the message that they were notified of is gone."""


def send_message(*, principal: Principal, conversation_id: int, values: Mapping[str, Any]) -> int:
    """Write a message; return its id. The rules are asked each time.

    ``values`` are fields of ``MessageIn``. A request that is sent again changes nothing. Raises
    ``AppError``: as ``policies.own_place`` and ``policies.check_may_write_in``; CONFLICT for a
    request's name that was used elsewhere, VALIDATION_ERROR with the place.
    """
    policies.own_place(principal, conversation_id)
    earlier = _sent_before(principal, conversation_id, values)
    if earlier is not None:
        return earlier
    text = checked_html(values["text"])
    # OptiCRM may have to be asked: while it thinks, nothing is locked.
    policies.check_may_write_in(principal, conversation_id)
    return _write(principal, conversation_id, text, values)


@transaction.atomic
def _write(principal: Principal, conversation_id: int, text: str, values: Mapping[str, Any]) -> int:
    place = policies.own_place(principal, conversation_id, lock=True)
    if values.get("request_id") is not None:
        lock_requests_of(principal)
        if (earlier := _sent_before(principal, conversation_id, values)) is not None:
            return earlier
    conversation = place.conversation
    conversation.last_number += 1
    message = Message.objects.create(
        conversation=conversation,
        author_id=principal.person_id,
        number=conversation.last_number,
        text=text,
        created_at=clock.now(),
        request_id=values.get("request_id"),
    )
    conversation.position = message.pk
    conversation.save(update_fields=["last_number", "position"])
    ConversationMember.objects.filter(pk=place.pk, has_written=False).update(has_written=True)
    audit.record(action="message.send", actor=principal, target=f"message:{message.pk}")
    publish(MessageWritten(message.pk, _to_notify(message)))
    return message.pk


def _to_notify(message: Message) -> tuple[int, ...]:
    given = {
        "number": message.number,
        "conversation": message.conversation_id,
        "author": message.author_id,
    }
    return tuple(sorted(one["person_id"] for one in rows(_NOTIFIED, given)))


def _sent_before(
    principal: Principal, conversation_id: int, values: Mapping[str, Any]
) -> int | None:
    request_id = values.get("request_id")
    if request_id is None:
        return None
    own = Message.objects.filter(author_id=principal.person_id, request_id=request_id)
    found = own.values_list("id", "conversation_id").first()
    if found is None:
        return None
    if found[1] != conversation_id:
        raise AppError(
            ErrorCode.CONFLICT,
            _("This requestId was used for another message."),
            [{"path": "/requestId"}],
        )
    return int(found[0])


@transaction.atomic
def edit_message(*, principal: Principal, message_id: int, text: str) -> None:
    """Change the text of one's own message; the earlier one stays as a version.

    Raises ``AppError``: as ``policies.own_message``, VALIDATION_ERROR, CONFLICT once
    ``EDIT_WINDOW`` is over.
    """
    message = policies.own_message(principal, message_id)
    clean = checked_html(text)
    if clean == message.text:
        return
    if clock.now() >= message.created_at + EDIT_WINDOW:
        minutes = EDIT_WINDOW.seconds // 60
        words = _("A message can be changed for %(minutes)d minutes.") % {"minutes": minutes}
        raise AppError(ErrorCode.CONFLICT, words)
    MessageVersion.objects.create(
        message=message,
        author_id=message.author_id,
        number=message.version,
        text=message.text,
        written_at=message.edited_at or message.created_at,
    )
    message.text, message.version, message.edited_at = clean, message.version + 1, clock.now()
    message.save(update_fields=["text", "version", "edited_at"])
    audit.record(action="message.edit", actor=principal, target=f"message:{message_id}")


@transaction.atomic
def delete_message(*, principal: Principal, message_id: int) -> None:
    """Delete one's own message with its earlier texts; a tombstone stays in its place.

    Raises ``AppError`` as ``policies.own_message``.
    """
    message = policies.own_message(principal, message_id)
    message.text, message.deleted_at = "", clock.now()
    message.save(update_fields=["text", "deleted_at"])
    message.versions.all().delete()
    audit.record(action="message.delete", actor=principal, target=f"message:{message_id}")
