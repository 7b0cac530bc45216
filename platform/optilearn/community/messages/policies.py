"""Permissions on messages: the institution's rules, members of a conversation, administrators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from django.utils.translation import gettext as _

from optilearn.community.messages.rules import (
    OWN_COURSES,
    Group,
    Reach,
    Reaches,
    group_of,
    shares,
    stated,
)
from optilearn.community.models import (
    Conversation,
    ConversationMember,
    Message,
    MessageReport,
    MessagingRules,
)
from optilearn.core import clock
from optilearn.core.access.policies import ADMINS, not_found, refuse_unless, require
from optilearn.core.access.principal import Principal
from optilearn.core.access.roles import Role
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.sql import compose, rows
from optilearn.crm.selectors import child_person_ids, children_of_parent
from optilearn.people.rules import PEOPLE, active

_ROLES: Final = compose(
    "SELECT p.id, p.role FROM <people> WHERE p.id = ANY(%(people)s::bigint[]) AND <active>",
    people=PEOPLE.aliased("p"),
    active=active("p"),
)

_SHARING: Final = compose(
    """
    WITH <own_courses>
    SELECT DISTINCT r.person_id
      FROM unnest(%(readers)s::bigint[], %(their_learners)s::bigint[]) AS r (person_id, learner_id)
     WHERE <shares>
    """,
    own_courses=OWN_COURSES,
    shares=shares("r.person_id", "r.learner_id"),
)
_READERS: Final = compose(
    """
    SELECT m.person_id, m.has_written FROM community_conversationmember m <person>
     WHERE m.conversation_id = %(conversation)s AND m.person_id <> %(person)s
       AND m.left_at IS NULL AND <active>
    """,
    person=PEOPLE.joined("p", "m.person_id"),
    active=active("p"),
)


def check_is_in_person(principal: Principal) -> None:
    """Raises ``AppError`` FORBIDDEN for an administrator who acts as the principal.

    Messages are private: nobody reads or writes them in another's name.
    """
    refuse_unless(
        principal.actor_id is None, _("Messages are private. You can't see those of others.")
    )


def rules_in_force() -> Reaches:
    """Return the institution's rules as they are now. One query."""
    found = MessagingRules.objects.values_list("reaches", flat=True).first()
    return stated(found or {})


def writable(principal: Principal, person_ids: Collection[int]) -> set[int]:
    """Return those of the people whom the principal may write to first.

    Never oneself, and nobody who isn't at the school any more. Two queries, three where a shared
    course decides; then OptiCRM says whose children parents' are. Raises ``AppError``
    SERVICE_UNAVAILABLE if it doesn't.
    """
    roles = {one["id"]: one["role"] for one in rows(_ROLES, {"people": list(person_ids)})}
    roles.pop(principal.person_id, None)
    reaches, own = rules_in_force(), group_of(principal.role)
    reach = {person: reaches[own, group_of(role)] for person, role in roles.items()}
    anybody = {person for person, found in reach.items() if found is Reach.ANYBODY}
    asked = {p: roles[p] for p, found in reach.items() if found is Reach.SHARED_COURSE}
    return anybody | (_sharing(principal, asked) if asked else set())


def _sharing(principal: Principal, roles: Mapping[int, str]) -> set[int]:
    """Those of the people, by their roles, who share a course with the principal."""
    theirs = [(person, learner) for person, role in roles.items() for learner in _of(person, role)]
    given = {
        "writer": principal.person_id,
        "learners": own_learners(principal),
        "readers": [person for person, _learner in theirs],
        "their_learners": [learner for _person, learner in theirs],
        "now": clock.now(),
    }
    return {one["person_id"] for one in rows(_SHARING, given)}


def own_learners(principal: Principal) -> list[int]:
    """Return the students that the principal stands for: themselves, or a parent's children.

    Raises ``AppError`` SERVICE_UNAVAILABLE if OptiCRM doesn't say who they are.
    """
    if principal.role is Role.PARENT:
        return list(child_person_ids(principal))
    return [principal.person_id] if principal.role is Role.STUDENT else []


def _of(person_id: int, role: str) -> list[int | None]:
    """The students that a reader stands for; None for staff, who stand for no student."""
    group = group_of(role)
    if group is Group.PARENT:
        return list(children_of_parent(person_id))
    return [person_id if group is Group.STUDENT else None]


def check_may_write_in(principal: Principal, conversation_id: int) -> None:
    """Check that the principal may write to everybody who reads the conversation.

    To each of them first, by the rules of today, or because they wrote in it before. Raises
    ``AppError``: FORBIDDEN with the people, CONFLICT if nobody else is there, and as
    :func:`writable`.
    """
    given = {"conversation": conversation_id, "person": principal.person_id}
    readers = {one["person_id"]: one["has_written"] for one in rows(_READERS, given)}
    if not readers:
        raise AppError(ErrorCode.CONFLICT, _("Nobody else is in this conversation any more."))
    first = [person for person, has_written in readers.items() if not has_written]
    refused = sorted(set(first) - writable(principal, first)) if first else []
    if refused:
        raise AppError(
            ErrorCode.FORBIDDEN,
            _("Your school's rules don't let you write to everybody in this conversation."),
            {"personIds": refused},
        )


def own_place(
    principal: Principal, conversation_id: int, *, lock: bool = False
) -> ConversationMember:
    """Return the principal's place in a conversation that they belong to.

    ``lock`` locks the conversation's row. Raises ``AppError``: FORBIDDEN as
    :func:`check_is_in_person`, NOT_FOUND for one that they don't belong to, or have left.
    """
    check_is_in_person(principal)
    if lock:
        Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    places = ConversationMember.objects.select_related("conversation")
    found = places.filter(
        conversation_id=conversation_id, person_id=principal.person_id, left_at=None
    ).first()
    if found is None:
        raise not_found()
    return found


def message_in(
    principal: Principal, message_id: int, *, lock: bool = False
) -> tuple[Message, ConversationMember]:
    """Return a message with the principal's place in its conversation.

    ``lock`` locks both, the conversation first. Raises ``AppError`` as :func:`own_place`.
    """
    keys = Message.objects.filter(pk=message_id).values_list("conversation_id", flat=True)
    place = own_place(principal, keys.first() or 0, lock=lock)
    messages = Message.objects.select_for_update() if lock else Message.objects
    message = messages.filter(pk=message_id).first()
    if message is None:
        raise not_found()
    return message, place


def own_message(principal: Principal, message_id: int) -> Message:
    """Return a message that the principal wrote and may change or delete now, locked.

    Raises ``AppError``: as :func:`message_in`; FORBIDDEN for somebody else's; CONFLICT if it was
    deleted or hidden, or a report of it waits.
    """
    message, _place = message_in(principal, message_id, lock=True)
    refuse_unless(message.author_id == principal.person_id, _("Only its author can do this."))
    if message.text == "":
        raise AppError(ErrorCode.CONFLICT, _("This message was deleted."))
    if message.hidden_at is not None:
        raise AppError(ErrorCode.CONFLICT, _("An administrator has hidden this message."))
    if message.reports.filter(resolved_at=None).exists():
        raise AppError(ErrorCode.CONFLICT, _("An administrator is looking at this message."))
    return message


def judged_report(principal: Principal, report_id: int, *, lock: bool = False) -> MessageReport:
    """Return a report that the principal may decide on; ``lock`` locks its message.

    Raises ``AppError``: FORBIDDEN for everybody but administrators, and for them if they wrote the
    message, or act as somebody else; NOT_FOUND.
    """
    require(principal, ADMINS)
    check_is_in_person(principal)
    reports = MessageReport.objects.select_related("message__author", "reporter", "resolved_by")
    found = reports.filter(pk=report_id).first()
    if found is None:
        raise not_found()
    refuse_unless(
        found.message.author_id != principal.person_id,
        _("Somebody else has to decide about your own message."),
    )
    if lock:
        found.message = Message.objects.select_for_update().get(pk=found.message_id)
    return found
