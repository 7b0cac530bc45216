"""Conversations are opened: those of two people once, however often and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.messages import policies
from optilearn.community.messages.rules import MAX_MEMBERS
from optilearn.community.models import Conversation, ConversationMember
from optilearn.community.requests import lock_requests_of
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode, invalid
from optilearn.core.sql import row
from optilearn.core.tenancy.context import require_institution_id

_OPEN: Final = """
INSERT INTO community_conversation
       (institution_id, starter_id, title, pair, last_number, position, created_at, request_id)
VALUES (%(institution)s, %(starter)s, %(title)s, %(pair)s, 0, 0, %(now)s, %(request)s)
    ON CONFLICT (institution_id, pair) DO NOTHING
RETURNING id
"""


def open_conversation(*, principal: Principal, values: Mapping[str, Any]) -> int:
    """Open a conversation with others; return its id. Nobody is told before somebody writes.

    Two people have one: it is returned, whoever opens it. A request of a group that is sent again
    changes nothing. ``values`` are fields of ``ConversationIn`` by their Python names. Raises
    ``AppError``: as ``policies.check_is_in_person`` and ``policies.writable``; VALIDATION_ERROR,
    and FORBIDDEN for somebody whom the principal may not write to first, with the place; CONFLICT
    for a request's name that was used for other people.
    """
    policies.check_is_in_person(principal)
    others = _others(principal, values)
    found = _earlier(principal, others, values)
    if found is None:
        # OptiCRM may have to be asked: while it thinks, no transaction is open.
        _check_may_write_to(principal, others, values["member_ids"])
        found = _open(principal, others, values)
    return found


def _others(principal: Principal, values: Mapping[str, Any]) -> list[int]:
    others = [one for one in dict.fromkeys(values["member_ids"]) if one != principal.person_id]
    if not others:
        raise invalid(_("Choose somebody to write to."), "/memberIds")
    if len(others) >= MAX_MEMBERS:
        words = _("A conversation has at most %(max)d people.") % {"max": MAX_MEMBERS}
        raise invalid(words, "/memberIds")
    if len(others) == 1 and values.get("title"):
        raise invalid(_("Only groups have a title."), "/title")
    return others


def _check_may_write_to(
    principal: Principal, others: Sequence[int], member_ids: Sequence[int]
) -> None:
    """Refuse people who aren't there and people whom the rules forbid alike."""
    allowed = {*policies.writable(principal, others), principal.person_id}
    for place, person_id in enumerate(member_ids):
        if person_id not in allowed:
            raise AppError(
                ErrorCode.FORBIDDEN,
                _("You can't write to this person."),
                [{"path": f"/memberIds/{place}"}],
            )


def _earlier(principal: Principal, others: Sequence[int], values: Mapping[str, Any]) -> int | None:
    """Return the conversation that the request opened before, or that of the two people."""
    request_id = values.get("request_id")
    if request_id is not None:
        own = Conversation.objects.filter(starter_id=principal.person_id, request_id=request_id)
        if named := own.values_list("id", flat=True).first():
            _check_is_with(principal, named, others)
            return named
    pair = _pair(principal, others)
    if pair is None:
        return None
    return Conversation.objects.filter(pair=pair).values_list("id", flat=True).first()


def _check_is_with(principal: Principal, conversation_id: int, others: Sequence[int]) -> None:
    people = ConversationMember.objects.filter(conversation_id=conversation_id)
    if set(people.values_list("person_id", flat=True)) != {principal.person_id, *others}:
        raise AppError(
            ErrorCode.CONFLICT,
            _("This requestId was used for another conversation."),
            [{"path": "/requestId"}],
        )


def _pair(principal: Principal, others: Sequence[int]) -> str | None:
    if len(others) > 1:
        return None
    return ":".join(map(str, sorted([principal.person_id, *others])))


@transaction.atomic
def _open(principal: Principal, others: Sequence[int], values: Mapping[str, Any]) -> int:
    if values.get("request_id") is not None:
        lock_requests_of(principal)
        if (found := _earlier(principal, others, values)) is not None:
            return found
    opened = row(
        _OPEN,
        {
            "institution": require_institution_id(),
            "starter": principal.person_id,
            "title": values.get("title") or "",
            "pair": _pair(principal, others),
            "now": clock.now(),
            "request": values.get("request_id"),
        },
    )
    if opened is None:  # the other one has opened it meanwhile, and committed
        return Conversation.objects.get(pair=_pair(principal, others)).pk
    ConversationMember.objects.bulk_create(
        ConversationMember(conversation_id=opened["id"], person_id=person_id)
        for person_id in [principal.person_id, *others]
    )
    audit.record(action="conversation.open", actor=principal, target=f"conversation:{opened['id']}")
    return int(opened["id"])
