"""Messages between people over HTTP: conversations, messages, reports, the school's rules."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from optilearn.community.messages import selectors, services
from optilearn.community.messages.schemas import (
    ConversationIn,
    ConversationOut,
    ConversationPage,
    ConversationReadIn,
    ConversationsQuery,
    MessageChange,
    MessageDecision,
    MessageIn,
    MessageOut,
    MessagePage,
    MessageReasonIn,
    MessageReportOut,
    MessageReportQuery,
    MessageReportRow,
    MessagesQuery,
    MessageVersionOut,
    MessagingRulesIn,
    MessagingRulesOut,
    MutedIn,
    Recipient,
    RecipientsQuery,
    UnreadMessages,
)
from optilearn.core.http.auth import principal_of
from optilearn.core.http.envelope import Done, Envelope, answer, refusals
from optilearn.core.http.pages import answer_page

router = Router(tags=["Messages"], by_alias=True)
LIST: Final = refusals(400)
READ: Final = refusals(400, 403, 404)
WRITE: Final = refusals(400, 403, 404, 409)
SEND: Final = refusals(400, 403, 404, 409, 503)


@router.get(
    "/conversations",
    response={200: Envelope[ConversationPage], **LIST},
    operation_id="listConversations",
)
def conversations(request: HttpRequest, query: Query[ConversationsQuery]) -> HttpResponse:
    """The caller's conversations that somebody has written in, the newest first."""
    return answer(selectors.conversations(principal_of(request), query))


@router.post(
    "/conversations",
    response={201: Envelope[ConversationOut], **refusals(400, 403, 409, 503)},
    operation_id="openConversation",
)
def open_one(request: HttpRequest, wanted: ConversationIn) -> HttpResponse:
    """Open a conversation; two people have one, which is answered again.

    503 while OptiCRM doesn't say whose children a parent's are and the rules depend on it.
    """
    principal = principal_of(request)
    values = wanted.model_dump(exclude_unset=True)
    key = services.open_conversation(principal=principal, values=values)
    return answer(selectors.conversation(principal, key), status=201)


@router.get(
    "/conversations/unread-count",
    response={200: Envelope[UnreadMessages], **refusals(403)},
    operation_id="countUnreadMessages",
)
def unread(request: HttpRequest) -> HttpResponse:
    """Unread on every device of the caller; muted conversations don't count."""
    return answer(selectors.unread_counts(principal_of(request)))


@router.get(
    "/conversations/recipients",
    response={200: Envelope[list[Recipient]], **refusals(400, 503)},
    operation_id="listRecipients",
)
def recipients(request: HttpRequest, query: Query[RecipientsQuery]) -> HttpResponse:
    """The people whom the caller may write to first, by name."""
    rows, total = selectors.recipients(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/conversations/{int:conversationId}",
    response={200: Envelope[ConversationOut], **READ},
    operation_id="getConversation",
)
def one(request: HttpRequest, conversationId: int) -> HttpResponse:
    """One of the caller's conversations; of others nobody learns that there are any."""
    return answer(selectors.conversation(principal_of(request), conversationId))


@router.get(
    "/conversations/{int:conversationId}/messages",
    response={200: Envelope[MessagePage], **READ},
    operation_id="listMessages",
)
def messages(
    request: HttpRequest, conversationId: int, query: Query[MessagesQuery]
) -> HttpResponse:
    """Messages of a conversation: the newest first, or in order from the one after a number."""
    return answer(selectors.messages(principal_of(request), conversationId, query))


@router.post(
    "/conversations/{int:conversationId}/messages",
    response={201: Envelope[MessageOut], **SEND},
    operation_id="sendMessage",
)
def send(request: HttpRequest, conversationId: int, wanted: MessageIn) -> HttpResponse:
    """Write a message. The school's rules are asked each time, as they are then."""
    principal = principal_of(request)
    key = services.send_message(
        principal=principal,
        conversation_id=conversationId,
        values=wanted.model_dump(exclude_unset=True),
    )
    return answer(selectors.one_message(principal, key), status=201)


@router.put(
    "/conversations/{int:conversationId}/read",
    response={200: Envelope[ConversationOut], **READ},
    operation_id="markConversationRead",
)
def mark_read(
    request: HttpRequest, conversationId: int, position: ConversationReadIn
) -> HttpResponse:
    """Report that the caller has read up to a message; an earlier one changes nothing."""
    principal = principal_of(request)
    services.mark_conversation_read(
        principal=principal, conversation_id=conversationId, number=position.number
    )
    return answer(selectors.conversation(principal, conversationId))


@router.put(
    "/conversations/{int:conversationId}/muted",
    response={200: Envelope[Done], **READ},
    operation_id="muteConversation",
)
def mute(request: HttpRequest, conversationId: int, choice: MutedIn) -> HttpResponse:
    """Be notified of a conversation's messages, or not."""
    services.set_muted(
        principal=principal_of(request), conversation_id=conversationId, is_muted=choice.is_muted
    )
    return answer({"done": True})


@router.post(
    "/conversations/{int:conversationId}/leave",
    response={200: Envelope[Done], **WRITE},
    operation_id="leaveConversation",
)
def leave(request: HttpRequest, conversationId: int) -> HttpResponse:
    """Leave a group, for good; again changes nothing."""
    services.leave_conversation(principal=principal_of(request), conversation_id=conversationId)
    return answer({"done": True})


@router.put(
    "/conversation-messages/{int:messageId}",
    response={200: Envelope[MessageOut], **WRITE},
    operation_id="editMessage",
)
def edit(request: HttpRequest, messageId: int, wanted: MessageChange) -> HttpResponse:
    """Change the text of one's own message, in its first minutes; the earlier one is kept."""
    principal = principal_of(request)
    services.edit_message(principal=principal, message_id=messageId, text=wanted.text)
    return answer(selectors.one_message(principal, messageId))


@router.delete(
    "/conversation-messages/{int:messageId}",
    response={200: Envelope[Done], **WRITE},
    operation_id="deleteMessage",
)
def delete(request: HttpRequest, messageId: int) -> HttpResponse:
    """Delete one's own message; a tombstone stays in its place."""
    services.delete_message(principal=principal_of(request), message_id=messageId)
    return answer({"done": True})


@router.get(
    "/conversation-messages/{int:messageId}/versions",
    response={200: Envelope[list[MessageVersionOut]], **READ},
    operation_id="listMessageVersions",
)
def versions(request: HttpRequest, messageId: int) -> HttpResponse:
    """The texts of one's own message, the newest first."""
    return answer(selectors.versions(principal_of(request), messageId))


@router.post(
    "/conversation-messages/{int:messageId}/reports",
    response={200: Envelope[Done], **WRITE},
    operation_id="reportMessage",
)
def report(request: HttpRequest, messageId: int, wanted: MessageReasonIn) -> HttpResponse:
    """Show a message to administrators, with those around it; again replaces the reason."""
    services.report_message(
        principal=principal_of(request), message_id=messageId, reason=wanted.reason
    )
    return answer({"done": True})


@router.get(
    "/message-reports",
    response={200: Envelope[list[MessageReportRow]], **LIST},
    operation_id="listMessageReports",
)
def reports(request: HttpRequest, query: Query[MessageReportQuery]) -> HttpResponse:
    """The queue of reports, for administrators; it has no texts of messages."""
    rows, total = selectors.reports(principal_of(request), query)
    return answer_page(rows, total=total, query=query)


@router.get(
    "/message-reports/{int:reportId}",
    response={200: Envelope[MessageReportOut], **READ},
    operation_id="getMessageReport",
)
def one_report(request: HttpRequest, reportId: int) -> HttpResponse:
    """A reported message with those around it, for administrators; the audit log has the look."""
    return answer(services.read_report(principal=principal_of(request), report_id=reportId))


@router.post(
    "/message-reports/{int:reportId}/resolve",
    response={200: Envelope[Done], **WRITE},
    operation_id="resolveMessageReport",
)
def resolve(request: HttpRequest, reportId: int, decision: MessageDecision) -> HttpResponse:
    """Hide the reported message from everybody, or let it stand."""
    services.resolve_report(
        principal=principal_of(request), report_id=reportId, outcome=decision.outcome
    )
    return answer({"done": True})


@router.get(
    "/messaging-rules",
    response={200: Envelope[MessagingRulesOut], **LIST},
    operation_id="getMessagingRules",
)
def rules(request: HttpRequest) -> HttpResponse:
    """The rules of who may write to whom first, for administrators."""
    return answer(selectors.messaging_rules(principal_of(request)))


@router.put(
    "/messaging-rules",
    response={200: Envelope[MessagingRulesOut], **refusals(400, 409)},
    operation_id="setMessagingRules",
)
def change_rules(request: HttpRequest, wanted: MessagingRulesIn) -> HttpResponse:
    """Set the rules; they hold from the next message on. Pairs that aren't sent are as usual."""
    principal = principal_of(request)
    reaches = {(one.writer, one.reader): one.reach for one in wanted.pairs}
    services.set_messaging_rules(principal=principal, reaches=reaches, version=wanted.version)
    return answer(selectors.messaging_rules(principal))
