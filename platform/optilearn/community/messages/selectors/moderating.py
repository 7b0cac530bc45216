"""Reports of messages, for administrators: the queue has no texts, one report has those around."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.messages.policies import check_is_in_person
from optilearn.community.messages.schemas import MessageReportQuery
from optilearn.community.messages.selectors.messages import texts_of
from optilearn.community.models import Message, MessageReport
from optilearn.core.access.policies import ADMINS, require
from optilearn.core.access.principal import Principal
from optilearn.core.sql import Row

AROUND: Final = 3
"""Messages before a reported one, and after it, that are shown with it."""


def reports(principal: Principal, query: MessageReportQuery) -> tuple[list[Row], int]:
    """Return a page of reports, the oldest first, and their number, without those of own messages.

    Two queries. Raises ``AppError`` FORBIDDEN for everybody but administrators, and for them while
    they act as somebody else.
    """
    require(principal, ADMINS)
    check_is_in_person(principal)
    found = MessageReport.objects.filter(resolved_at__isnull=query.state == "OPEN")
    found = found.exclude(message__author_id=principal.person_id)
    page = found.select_related("message__author", "reporter", "resolved_by")
    page = page.defer("message__text")
    return [_wire(one) for one in page.order_by("created_at", "id")[query.window]], found.count()


def with_context(report: MessageReport) -> dict[str, Any]:
    """Return a report with the texts of its message and the messages around it.

    Two queries. For the product itself: no permissions.
    """
    message = report.message
    near = (message.number - AROUND, message.number + AROUND)
    around = Message.objects.select_related("author").filter(
        conversation_id=message.conversation_id, number__range=near
    )
    return {
        **_wire(report),
        "texts": texts_of(message),
        "context": [
            {
                "number": one.number,
                "author": {"id": one.author_id, "name": one.author.name},
                "text": one.text,
                "createdAt": one.created_at,
            }
            for one in around.order_by("number")
        ],
    }


def _wire(one: MessageReport) -> Row:
    message, moderator = one.message, one.resolved_by
    return {
        "id": one.pk,
        "messageId": message.pk,
        "number": message.number,
        "author": {"id": message.author_id, "name": message.author.name},
        "isHidden": message.hidden_at is not None,
        "reason": one.reason,
        "reporter": {"id": one.reporter_id, "name": one.reporter.name},
        "createdAt": one.created_at,
        "outcome": one.outcome,
        "resolvedAt": one.resolved_at,
        "resolvedBy": {"id": moderator.pk, "name": moderator.name} if moderator else None,
    }
