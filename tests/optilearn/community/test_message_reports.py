"""Reported messages: shown to administrators with those around, audited, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.core.models import AuditEntry
from tests.optilearn.community.messaging import opened, seen, write
from tests.support.client import call, token_of
from tests.support.community import School

CONFLICT = (409, "CONFLICT")


@pytest.fixture
def quarrel(school: School) -> int:
    """Tom writes ten messages to Lena, who reports the fifth; the message."""
    made = opened(school, "tom", "lena")
    found = [write(school, "tom", made, f"Text {n}")["id"] for n in range(1, 11)]
    path = f"conversation-messages/{found[4]}/reports"
    school.done("lena", "POST", path, reason="Rude")
    school.done("lena", "POST", path, reason="Very rude")
    return int(found[4])


def queue(school: School, name: str = "asha", state: str = "OPEN") -> list[Any]:
    found: list[Any] = school.done(name, "GET", f"message-reports?state={state}")
    return found


def test_an_administrator_sees_the_message_with_those_around(school: School, quarrel: int) -> None:
    (one,) = queue(school)
    assert (one["messageId"], one["reason"], "Text" in str(one)) == (quarrel, "Very rude", False)
    found = school.done("asha", "GET", f"message-reports/{one['id']}")
    assert [near["text"] for near in found["context"]] == [f"Text {n}" for n in range(2, 9)]
    assert [text["text"] for text in found["texts"]] == ["Text 5"]
    with school.inside():
        look = AuditEntry.objects.get(action="message.report_read")
        assert (look.actor_id, look.target) == (
            school.twin.people["asha"].pk,
            f"message:{quarrel}",
        )


def test_what_is_reported_is_not_changed_or_deleted(school: School, quarrel: int) -> None:
    path = f"conversation-messages/{quarrel}"
    assert school.refused("tom", "PUT", path, text="Kind") == CONFLICT
    assert school.refused("tom", "DELETE", path) == CONFLICT
    assert school.refused("tom", "POST", f"{path}/reports", reason="Mine") == CONFLICT
    (one,) = queue(school)
    school.done("asha", "POST", f"message-reports/{one['id']}/resolve", outcome="DISMISSED")
    school.done("tom", "DELETE", path)
    hide = {"outcome": "HIDDEN"}
    assert (
        school.refused("asha", "POST", f"message-reports/{one['id']}/resolve", **hide) == CONFLICT
    )


def test_a_hidden_message_is_read_by_its_author_alone(school: School, quarrel: int) -> None:
    (one,) = queue(school)
    path = f"message-reports/{one['id']}/resolve"
    school.done("asha", "POST", path, outcome="HIDDEN")
    assert queue(school) == []
    (closed,) = queue(school, state="RESOLVED")
    assert (closed["outcome"], closed["resolvedBy"]["name"]) == ("HIDDEN", "Asha")
    shown = {name: seen(school, name, conversation_of(school))[5] for name in ("lena", "tom")}
    assert [shown[name]["text"] for name in ("lena", "tom")] == ["", "Text 5"]
    assert shown["lena"]["isHidden"]
    again = f"conversation-messages/{quarrel}"
    assert school.refused("lena", "POST", f"{again}/reports", reason="Again") == CONFLICT
    assert school.refused("tom", "PUT", again, text="Kind") == CONFLICT
    school.done("asha", "POST", path, outcome="DISMISSED")
    assert seen(school, "lena", conversation_of(school))[5]["text"] == "Text 5"


def conversation_of(school: School) -> int:
    (found,) = school.done("lena", "GET", "conversations")["conversations"]
    return int(found["id"])


def test_nobody_decides_about_their_own_message(school: School) -> None:
    made = opened(school, "asha", "lena")
    message = write(school, "asha", made)["id"]
    school.done("lena", "POST", f"conversation-messages/{message}/reports", reason="Rude")
    assert queue(school) == []
    (one,) = queue(school, "paul")
    path = f"message-reports/{one['id']}"
    assert school.refused("asha", "GET", path) == (403, "FORBIDDEN")
    assert school.refused("asha", "POST", f"{path}/resolve", outcome="DISMISSED")[0] == 403
    school.done("paul", "POST", f"{path}/resolve", outcome="DISMISSED")


def test_own_messages_are_judged_in_nobody_s_name(school: School) -> None:
    made = opened(school, "sita", "lena")
    message = write(school, "sita", made, "Rude")["id"]
    school.done("lena", "POST", f"conversation-messages/{message}/reports", reason="Rude.")
    (one,) = school.done("asha", "GET", "message-reports")
    token = token_of(school.twin, "sita")
    body = {"personId": school.twin.people["asha"].pk, "reason": "Help."}
    _status, envelope = call("POST", "/api/acting", token=token, body=body)
    acting = {"X-Acting-As": envelope["data"]["token"]}
    path = f"/api/message-reports/{one['id']}"
    outcome = {"outcome": "DISMISSED"}
    assert call("GET", "/api/message-reports", token=token, **acting)[0] == 403
    assert call("GET", path, token=token, **acting)[0] == 403
    assert call("POST", f"{path}/resolve", token=token, body=outcome, **acting)[0] == 403
