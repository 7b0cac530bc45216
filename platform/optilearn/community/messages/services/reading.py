"""Read positions, muting, leaving: each is a person's own row of a conversation."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from optilearn.community.messages import policies
from optilearn.community.models import ConversationMember
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode


@transaction.atomic
def mark_conversation_read(*, principal: Principal, conversation_id: int, number: int) -> None:
    """Record that the principal has read a conversation up to a message's number.

    The position never goes back, whichever device reports last, nor beyond the newest message.
    Raises ``AppError`` as ``policies.own_place``.
    """
    place = policies.own_place(principal, conversation_id)
    reached = min(number, place.conversation.last_number)
    own = ConversationMember.objects.filter(pk=place.pk, last_read__lt=reached)
    own.update(last_read=Greatest(F("last_read"), Value(reached)))


@transaction.atomic
def set_muted(*, principal: Principal, conversation_id: int, is_muted: bool) -> None:
    """Be notified of a conversation's messages, or not. Raises as ``policies.own_place``.

    What was written while it was muted makes nobody wait for a notification of what follows.
    """
    place = policies.own_place(principal, conversation_id)
    own = ConversationMember.objects.filter(pk=place.pk).exclude(is_muted=is_muted)
    own.update(is_muted=is_muted, notified=F("last_read"))


@transaction.atomic
def leave_conversation(*, principal: Principal, conversation_id: int) -> None:
    """Leave a group, for good: it can't be read or written in any more. Again changes nothing.

    Raises ``AppError``: as ``policies.own_place``; CONFLICT for that of two people, which would
    leave one alone in the only one that they can have.
    """
    policies.check_is_in_person(principal)
    gone = ConversationMember.objects.filter(
        conversation_id=conversation_id, person_id=principal.person_id, left_at__isnull=False
    )
    if gone.exists():
        return
    place = policies.own_place(principal, conversation_id, lock=True)
    if place.conversation.pair is not None:
        raise AppError(
            ErrorCode.CONFLICT, _("A conversation of two people can't be left. Mute it instead.")
        )
    ConversationMember.objects.filter(pk=place.pk).update(left_at=clock.now())
    audit.record(
        action="conversation.leave", actor=principal, target=f"conversation:{conversation_id}"
    )
