"""Messages between people: under the school's rules, read by their members alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.community.messages import selectors, services
from optilearn.community.messages.rules import EDIT_WINDOW, MAX_MEMBERS, USUAL, Group
from optilearn.community.messages.schemas import ConversationsQuery, MessagesQuery
from optilearn.community.models import Conversation, ConversationMember, Message
from optilearn.core.errors import AppError
from optilearn.core.models import AuditEntry
from optilearn.enrollment.models import Enrollment
from optilearn.people.models import Person
from tests.optilearn.community.messaging import (
    ids,
    of,
    opened,
    read,
    refused_to_open,
    refused_to_write,
    seen,
    set_rule,
    write,
)
from tests.support.community import School
from tests.support.twins import Twin

NOT_THEM = (403, "/memberIds/0")
FORBIDDEN, GONE = (403, "FORBIDDEN"), (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("asha", "tom finn lena pia", ""),
        ("tom", "asha uma finn sven pia", ""),
        ("finn", "asha lena pia", ""),
        ("lena", "tom asha paul", "uma finn मीरा pia"),
        ("sven", "hari", "tom uma lena"),
    ],
)
def test_the_usual_rules(school: School, name: str, allowed: str, refused: str) -> None:
    for other in allowed.split():
        opened(school, name, other)
    for other in refused.split():
        assert refused_to_open(school, name, other) == NOT_THEM
    found = {one["id"] for one in school.done(name, "GET", "conversations/recipients?perPage=100")}
    assert found >= set(ids(school, *allowed.split()))
    assert not found & set(ids(school, name, *refused.split()))


def test_the_usual_rules_keep_learners_and_parents_apart() -> None:
    apart = {Group.STUDENT, Group.PARENT}
    assert {reach for (one, other), reach in USUAL.items() if {one, other} <= apart} == {"NOBODY"}
    assert len(USUAL) == len(Group) ** 2


def test_who_is_not_there_and_who_is_forbidden_are_refused_alike(
    twins: tuple[Twin, Twin],
) -> None:
    north, south = map(School, twins)
    with north.inside():
        Person.objects.filter(code="paul").update(status="INACTIVE")
    for wrong in (*ids(north, "मीरा", "paul"), *ids(south, "tom", "asha"), 9_999_999):
        body = {"memberIds": [wrong]}
        assert north.ask("lena", "POST", "conversations", **body)[0] == 403
        assert north.refused("lena", "POST", "conversations", **body) == NOT_THEM
    tom = ids(north, "tom")
    body = {"memberIds": [*tom, *ids(north, "uma")]}
    assert north.refused("lena", "POST", "conversations", **body) == (403, "/memberIds/1")


def test_two_people_have_one_conversation(school: School) -> None:
    first = opened(school, "lena", "tom")
    assert opened(school, "tom", "lena") == opened(school, "lena", "tom", "tom") == first
    assert of(school, "lena", first)["isDirect"] is True
    with school.inside():
        assert ConversationMember.objects.filter(conversation_id=first).count() == 2
    assert opened(school, "tom", "lena", "uma") != opened(school, "tom", "lena", "uma")


def test_nobody_hears_of_a_conversation_before_somebody_writes(school: School) -> None:
    made = opened(school, "tom", "lena", "uma", title="Sports day")
    for name in ("tom", "lena"):
        assert school.done(name, "GET", "conversations")["conversations"] == []
    write(school, "tom", made, "<p>Who plays?</p>")
    (found,) = school.done("lena", "GET", "conversations")["conversations"]
    assert (found["id"], found["title"], found["unreadCount"]) == (made, "Sports day", 1)
    assert found["newest"]["preview"] == "Who plays?"
    assert [one["name"] for one in found["members"]] == ["Tom", "Lena", "Uma"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"memberIds": []}, "/memberIds"),
        ({"memberIds": [1] * 1_001}, "/memberIds"),
        ({"memberIds": [0]}, "/memberIds/0"),
        ({"memberIds": [5], "title": "Two"}, "/title"),
        ({"memberIds": list(range(10_000, 10_000 + MAX_MEMBERS))}, "/memberIds"),
    ],
)
def test_a_conversation_has_some_people(school: School, body: dict[str, Any], place: str) -> None:
    assert school.refused("tom", "POST", "conversations", **body) == (400, place)
    alone = {"memberIds": ids(school, "tom")}
    assert school.refused("tom", "POST", "conversations", **alone) == (400, "/memberIds")


def test_a_student_answers_who_wrote_first_and_writes_to_nobody_else(school: School) -> None:
    made = opened(school, "uma", "lena")
    assert refused_to_write(school, "lena", made) == FORBIDDEN
    write(school, "uma", made)
    assert write(school, "lena", made)["number"] == 2
    group = opened(school, "tom", "lena", "मीरा")
    write(school, "tom", group)
    status, error = school.ask("lena", "POST", f"conversations/{group}/messages", text="Hm")
    assert (status, error["details"]) == (403, {"personIds": ids(school, "मीरा")})
    set_rule(school, "STUDENT", "STUDENT", "SHARED_COURSE")
    write(school, "lena", group)
    set_rule(school, "STUDENT", "STUDENT", "NOBODY")
    write(school, "मीरा", group)  # Lena has written
    assert refused_to_write(school, "lena", opened(school, "tom", "lena", "sven")) == FORBIDDEN


def test_a_rule_that_changed_is_asked_at_the_next_message(school: School) -> None:
    made = opened(school, "lena", "tom")
    write(school, "lena", made)
    assert set_rule(school, "STUDENT", "TEACHER", "NOBODY") == 1
    assert refused_to_write(school, "lena", made) == FORBIDDEN
    assert opened(school, "lena", "tom") == made  # what there is can be read
    assert len(seen(school, "lena", made)) == 1
    set_rule(school, "STUDENT", "TEACHER", "ANYBODY")
    write(school, "lena", made)
    opened(school, "lena", "uma")


def test_who_left_a_course_does_not_write_to_its_teacher(school: School) -> None:
    made = opened(school, "lena", "tom")
    write(school, "lena", made)
    with school.inside():
        Enrollment.objects.filter(student__code="lena").update(status="WITHDRAWN")
    assert refused_to_write(school, "lena", made) == FORBIDDEN
    assert opened(school, "lena", "tom") == made  # it is there, to be read
    assert refused_to_open(school, "lena", "tom", "asha") == NOT_THEM
    write(school, "tom", made)
    write(school, "lena", made)


def test_two_administrators_do_not_overwrite_each_others_rules(school: School) -> None:
    pair = {"from": "STUDENT", "to": "OFFICE", "reach": "ANYBODY"}
    change = {"version": 0, "pairs": [pair]}
    found = school.done("asha", "PUT", "messaging-rules", **change)
    assert (found["version"], pair in found["pairs"], len(found["pairs"])) == (1, True, 25)
    assert school.refused("paul", "PUT", "messaging-rules", **change) == (409, "CONFLICT")
    twice = {"version": 1, "pairs": [pair, pair | {"reach": "NOBODY"}]}
    assert school.ask("paul", "PUT", "messaging-rules", **twice)[0] == 400
    with school.inside():
        assert AuditEntry.objects.filter(action="messaging.rules").count() == 1
    assert school.refused("tom", "GET", "messaging-rules") == FORBIDDEN
    usual = school.done("asha", "PUT", "messaging-rules", version=1, pairs=[])
    assert (usual["version"], pair in usual["pairs"]) == (2, False)


def test_parents_write_to_teachers_of_their_children_by_opticrm(
    school: School, crm: object
) -> None:
    made = opened(school, "pia", "tom")
    assert refused_to_open(school, "pia", "uma") == NOT_THEM
    write(school, "pia", made)
    names = {one["name"] for one in school.done("pia", "GET", "conversations/recipients")}
    assert (names >= {"Tom", "Asha"}, names & {"Uma", "Lena"}) == (True, set())
    set_rule(school, "TEACHER", "PARENT", "SHARED_COURSE")
    write(school, "tom", made)
    assert refused_to_open(school, "uma", "pia") == NOT_THEM


def test_while_opticrm_is_down_parents_are_refused_and_told_why(school: School) -> None:
    down = (503, "SERVICE_UNAVAILABLE")
    assert refused_to_open(school, "pia", "tom") == down
    assert school.refused("pia", "GET", "conversations/recipients") == down
    made = opened(school, "tom", "pia")
    assert refused_to_write(school, "pia", made) == down
    write(school, "tom", made)
    write(school, "pia", made)  # an answer needs no children
    opened(school, "pia", "asha")
    set_rule(school, "TEACHER", "PARENT", "SHARED_COURSE")
    assert refused_to_open(school, "uma", "pia") == down


def test_others_learn_nothing_of_a_conversation(twins: tuple[Twin, Twin]) -> None:
    north, south = map(School, twins)
    made = opened(north, "lena", "tom")
    message = write(north, "lena", made)["id"]
    paths = [
        ("GET", f"conversations/{made}", {}),
        ("GET", f"conversations/{made}/messages", {}),
        ("POST", f"conversations/{made}/messages", {"text": "Hm"}),
        ("PUT", f"conversations/{made}/read", {"number": 1}),
        ("PUT", f"conversations/{made}/muted", {"isMuted": True}),
        ("POST", f"conversations/{made}/leave", {}),
        ("PUT", f"conversation-messages/{message}", {"text": "Hm"}),
        ("DELETE", f"conversation-messages/{message}", {}),
        ("GET", f"conversation-messages/{message}/versions", {}),
        ("POST", f"conversation-messages/{message}/reports", {"reason": "Hm"}),
    ]
    for method, path, body in paths:
        for some, name in ((north, "asha"), (north, "मीरा"), (south, "lena"), (south, "asha")):
            assert some.refused(name, method, path, **body) == GONE, path
    assert len(seen(north, "tom", made)) == 1


@pytest.mark.parametrize("text", ["", "\u200b\u2060", "<p>\u00a0</p>", "<script>x</script>", 7])
def test_a_message_has_something_to_see(school: School, text: Any) -> None:
    made = opened(school, "lena", "tom")
    assert refused_to_write(school, "lena", made, text) == (400, "/text")
    assert refused_to_write(school, "lena", made, "x" * 20_001) == (400, "/text")
    assert seen(school, "lena", made) == []


def test_texts_are_sanitized(school: School) -> None:
    made = opened(school, "lena", "tom")
    written = write(school, "lena", made, '<p onclick="x()">Hm</p><script>alert(1)</script>')
    assert written["text"] == "<p>Hm</p>"
    path = f"conversation-messages/{written['id']}"
    changed = school.done("lena", "PUT", path, text="<img src=x onerror=y><b>So</b>")
    assert "onerror" not in changed["text"]


def test_a_message_is_changed_within_minutes_and_its_earlier_text_is_kept(school: School) -> None:
    made = opened(school, "lena", "tom")
    path = f"conversation-messages/{write(school, 'lena', made, 'Monday')['id']}"
    school.now += EDIT_WINDOW - timedelta(seconds=1)
    changed = school.done("lena", "PUT", path, text="Tuesday")
    assert changed["editedAt"] is not None
    school.done("lena", "PUT", path, text="Tuesday")
    texts = [one["text"] for one in school.done("lena", "GET", f"{path}/versions")]
    assert texts == ["Tuesday", "Monday"]
    assert school.refused("tom", "GET", f"{path}/versions") == FORBIDDEN
    school.now += timedelta(seconds=1)
    assert school.refused("lena", "PUT", path, text="Friday") == (409, "CONFLICT")
    assert school.refused("tom", "DELETE", path) == FORBIDDEN
    school.done("lena", "DELETE", path)
    assert school.refused("lena", "DELETE", path) == (409, "CONFLICT")
    (left,) = seen(school, "tom", made)
    assert (left["text"], left["isDeleted"], left["author"]["name"]) == ("", True, "Lena")
    with school.inside():
        assert not Message.objects.get().versions.exists()


def test_who_leaves_a_group_reads_no_more(school: School) -> None:
    made = opened(school, "tom", "lena", "uma")
    write(school, "tom", made)
    path = f"conversations/{made}/leave"
    for _ in range(2):
        school.done("lena", "POST", path)
    assert school.refused("lena", "GET", f"conversations/{made}") == GONE
    assert refused_to_write(school, "lena", made) == GONE
    assert school.done("lena", "GET", "conversations")["conversations"] == []
    there = {one["name"]: one["isThere"] for one in of(school, "tom", made)["members"]}
    assert there == {"Tom": True, "Lena": False, "Uma": True}
    school.done("uma", "POST", path)
    assert refused_to_write(school, "tom", made) == (409, "CONFLICT")
    two = opened(school, "lena", "tom")
    assert school.refused("lena", "POST", f"conversations/{two}/leave") == (409, "CONFLICT")


def test_who_left_the_school_gets_no_message(school: School) -> None:
    made = opened(school, "tom", "lena")
    write(school, "tom", made)
    with school.inside():
        Person.objects.filter(code="lena").update(status="INACTIVE")
    assert refused_to_write(school, "tom", made) == (409, "CONFLICT")
    assert opened(school, "tom", "lena") == made


def test_an_administrator_who_acts_as_somebody_sees_no_messages(school: School) -> None:
    made = opened(school, "lena", "tom")
    write(school, "lena", made)
    acting = replace(school.twin.principal("lena"), actor_id=school.twin.people["asha"].pk)
    with school.inside():
        for look in (
            lambda: selectors.conversations(acting, ConversationsQuery()),
            lambda: selectors.conversation(acting, made),
            lambda: selectors.messages(acting, made, MessagesQuery()),
            lambda: selectors.unread_counts(acting),
            lambda: services.send_message(
                principal=acting, conversation_id=made, values={"text": "Hm"}
            ),
            lambda: services.open_conversation(
                principal=acting, values={"member_ids": ids(school, "asha")}
            ),
            lambda: services.leave_conversation(principal=acting, conversation_id=made),
        ):
            with pytest.raises(AppError) as refused:
                look()
            assert refused.value.code == "FORBIDDEN"


def test_a_request_that_is_sent_again_changes_nothing(school: School) -> None:
    group = opened(school, "tom", "lena", "uma", requestId="one")
    assert opened(school, "tom", "uma", "lena", requestId="one") == group
    body = {"memberIds": ids(school, "lena", "asha"), "requestId": "one"}
    assert school.refused("tom", "POST", "conversations", **body) == (409, "/requestId")
    first = write(school, "tom", group, "Hm", requestId="two")
    set_rule(school, "TEACHER", "STUDENT", "NOBODY")  # the answer to it was lost
    assert write(school, "tom", group, "Hm", requestId="two")["id"] == first["id"]
    other = opened(school, "tom", "uma")
    path = f"conversations/{other}/messages"
    again = {"text": "Hm", "requestId": "two"}
    assert school.refused("tom", "POST", path, **again) == (409, "/requestId")
    assert len(seen(school, "tom", group)) == 1
    with school.inside():
        assert Conversation.objects.count() == 2


def test_read_positions_never_go_back(school: School) -> None:
    made = opened(school, "tom", "lena")
    for _ in range(3):
        write(school, "tom", made)
    assert read(school, "lena", made, 2)["unreadCount"] == 1
    assert read(school, "lena", made, 1)["lastRead"] == 2
    assert read(school, "lena", made, 99)["lastRead"] == 3
    write(school, "tom", made)
    message = write(school, "tom", made)["id"]
    counts = "conversations/unread-count"
    assert school.done("lena", "GET", counts) == {"conversations": 1, "messages": 2}
    assert school.done("tom", "GET", counts) == {"conversations": 0, "messages": 0}
    school.done("tom", "DELETE", f"conversation-messages/{message}")
    assert of(school, "lena", made)["unreadCount"] == 1
    school.done("lena", "PUT", f"conversations/{made}/muted", isMuted=True)
    assert school.done("lena", "GET", counts) == {"conversations": 0, "messages": 0}


def test_pages_go_by_the_number_and_cost_the_same(school: School) -> None:
    made = opened(school, "tom", "lena")
    write(school, "tom", made)
    with school.inside():
        tom = school.twin.people["tom"]
        found = Message.objects.bulk_create(
            Message(conversation_id=made, author=tom, number=n, text="x", created_at=school.now)
            for n in range(2, 2_001)
        )
        Conversation.objects.filter(pk=made).update(last_number=2_000, position=found[-1].pk)
        ConversationMember.objects.filter(conversation_id=made).update(last_read=10)
    path = f"conversations/{made}/messages?limit=100"
    numbers, costs, after = [], set(), ""
    while True:
        with CaptureQueriesContext(connection) as asked:
            page = school.done("lena", "GET", path + after)
        costs.add(len(asked))
        numbers += [one["number"] for one in page["messages"]]
        if page["next"] is None:
            break
        after = f"&before={page['next']}"
    assert numbers == list(range(2_000, 0, -1))
    assert len(costs) == 1
    newer = seen(school, "lena", made, "?after=1990&limit=5")
    assert [one["number"] for one in newer] == [1991, 1992, 1993, 1994, 1995]
    assert school.ask("lena", "GET", f"{path}&after=1&before=3")[0] == 400
    assert of(school, "lena", made)["unreadCount"] == 1_990


def test_lists_page_by_a_key_in_one_cost(school: School) -> None:
    others = ("asha", "uma", "finn", "lena", "sven")
    made = [opened(school, "tom", name) for name in others]
    for one in made:
        write(school, "tom", one)
    write(school, "tom", made[0])
    found, costs, after = [], set(), ""
    while True:
        with CaptureQueriesContext(connection) as asked:
            page = school.done("tom", "GET", f"conversations?limit=2{after}")
        costs.add(len(asked))
        found += [one["id"] for one in page["conversations"]]
        if page["next"] is None:
            break
        after = f"&before={page['next']}"
    assert found == [made[0], *reversed(made[1:])]
    assert len(costs) == 1
