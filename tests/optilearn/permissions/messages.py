"""Messages are their members' own; reports and the rules of writing are for administrators."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.models import Conversation, ConversationMember, Message, MessageReport
from optilearn.core.clock import now
from tests.support.permissions import ADMINS, EVERYBODY, STAFF, Rule
from tests.support.twins import Twin

MEMBERS: Final = "tom lena uma"


def written(twin: Twin) -> None:
    """Tom writes to Lena and Uma."""
    made = Conversation.objects.create(
        starter=twin.people["tom"], title="Sports day", last_number=1, created_at=now()
    )
    for name in MEMBERS.split():
        ConversationMember.objects.create(
            conversation=made, person=twin.people[name], has_written=True
        )
    message = Message.objects.create(
        conversation=made,
        author=twin.people["tom"],
        number=1,
        text="<p>Hm.</p>",
        created_at=now(),
    )
    Conversation.objects.filter(pk=made.pk).update(position=message.pk)


def reported(twin: Twin) -> None:
    written(twin)
    MessageReport.objects.create(
        message=Message.objects.latest("id"),
        reporter=twin.people["lena"],
        reason="Rude.",
        created_at=now(),
    )


def the_conversation(_: Twin) -> dict[str, int]:
    return {"conversationId": Conversation.objects.latest("id").pk}


def the_message(_: Twin) -> dict[str, int]:
    return {"messageId": Message.objects.latest("id").pk}


def the_report(_: Twin) -> dict[str, int]:
    return {"reportId": MessageReport.objects.latest("id").pk}


def text(_: Twin) -> dict[str, Any]:
    return {"text": "<p>Tuesday?</p>"}


def to_sven(twin: Twin) -> dict[str, Any]:
    return {"memberIds": [twin.people["sven"].pk]}


def pairs(_: Twin) -> dict[str, Any]:
    pair = {"from": "STUDENT", "to": "STUDENT", "reach": "SHARED_COURSE"}
    return {"version": 0, "pairs": [pair]}


CONVERSATION: Final = "/api/conversations/{conversationId}"
MESSAGE: Final = "/api/conversation-messages/{messageId}"
OTHERS: Final = dict.fromkeys(set(EVERYBODY.split()) - set(MEMBERS.split()), 404)
NOT_TOMS: Final = OTHERS | dict.fromkeys(("lena", "uma"), 403)


def members(method: str, path: str = "", **given: Any) -> Rule:
    """A rule of a conversation: for its members, to others it isn't there."""
    return Rule(
        method,
        CONVERSATION + path,
        MEMBERS,
        params=the_conversation,
        setup=written,
        denied=404,
        **given,
    )


RULES: Final = [
    Rule("GET", "/api/conversations", EVERYBODY),
    Rule("POST", "/api/conversations", STAFF, body=to_sven, denied_as={"sven": 400}),
    Rule("GET", "/api/conversations/unread-count", EVERYBODY),
    Rule("GET", "/api/conversations/recipients", EVERYBODY, ok=frozenset({200, 503})),
    members("GET"),
    members("GET", "/messages"),
    members("POST", "/messages", body=text),
    members("PUT", "/read", body=lambda _: {"number": 1}),
    members("PUT", "/muted", body=lambda _: {"isMuted": True}),
    members("POST", "/leave"),
    Rule(
        "PUT",
        MESSAGE,
        "tom",
        params=the_message,
        setup=written,
        body=text,
        denied_as=NOT_TOMS,
    ),
    Rule("DELETE", MESSAGE, "tom", params=the_message, setup=written, denied_as=NOT_TOMS),
    Rule(
        "GET", f"{MESSAGE}/versions", "tom", params=the_message, setup=written, denied_as=NOT_TOMS
    ),
    Rule(
        "POST",
        f"{MESSAGE}/reports",
        "lena uma",
        params=the_message,
        setup=written,
        body=lambda _: {"reason": "It threatens me."},
        denied_as=OTHERS | {"tom": 409},
    ),
    Rule("GET", "/api/message-reports", ADMINS),
    Rule("GET", "/api/message-reports/{reportId}", ADMINS, params=the_report, setup=reported),
    Rule(
        "POST",
        "/api/message-reports/{reportId}/resolve",
        ADMINS,
        params=the_report,
        setup=reported,
        body=lambda _: {"outcome": "DISMISSED"},
    ),
    Rule("GET", "/api/messaging-rules", ADMINS),
    Rule("PUT", "/api/messaging-rules", ADMINS, body=pairs),
]
