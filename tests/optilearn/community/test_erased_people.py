"""What is left of what people wrote to each other when one of them is erased, and exported."""

from __future__ import annotations

from optilearn.community.models import (
    AnnouncementReceipt,
    Conversation,
    ConversationMember,
    DiscussionMention,
    DiscussionPost,
    DiscussionPostVersion,
    DiscussionReader,
    DiscussionReport,
    DiscussionThread,
    Message,
    MessageReport,
    MessageVersion,
)
from tests.optilearn.community.announcing import post
from tests.optilearn.community.discussing import answer_in, ask_in, posts_of, thread_of
from tests.optilearn.community.messaging import (
    of,
    opened,
    read,
    refused_to_write,
    seen,
    set_rule,
    write,
)
from tests.support.community import School

SECRET = "Lena's own words"


def written(school: School) -> int:
    """Lena asks, changes it, is reported and reports; Meera mentions her and replies."""
    thread = ask_in(school, title=SECRET, text=SECRET)
    (question,) = posts_of(school, thread)
    path = f"discussion-posts/{question['id']}"
    school.done("lena", "PUT", path, text=f"{SECRET}, again")
    reply = answer_in(school, thread, mentionIds=[school.twin.people["lena"].pk])
    school.done("मीरा", "POST", f"{path}/reports", reason=f"{SECRET} are rude.")
    school.done("lena", "POST", f"discussion-posts/{reply['id']}/reports", reason=SECRET)
    school.done("lena", "PUT", f"announcements/{post(school, isForEveryone=True)}/read")
    return thread


def test_words_go_and_the_replies_of_others_stay(school: School) -> None:
    thread = written(school)
    lena = school.twin.people["lena"].pk
    confirmed = {"confirm": "lena", "reason": "She asked for it."}
    school.done("asha", "POST", f"people/{lena}/erase", **confirmed)
    with school.inside():
        left = [
            *DiscussionThread.objects.values(),
            *DiscussionPost.objects.values(),
            *DiscussionReport.objects.values(),
        ]
        assert (SECRET in str(left), "lena" in str(left)) == (False, False)  # nor in its words
        assert DiscussionReport.objects.count() == 2
        assert not DiscussionPostVersion.objects.exists()
        assert not DiscussionMention.objects.exists()
        assert not AnnouncementReceipt.objects.exists()
        assert set(DiscussionReader.objects.values_list("person__code", flat=True)) == {"मीरा"}
    question, reply = posts_of(school, thread, "मीरा")
    assert (question["isDeleted"], question["author"], reply["isDeleted"]) == (True, None, False)
    assert thread_of(school, thread, "मीरा")["title"] == ""
    answer_in(school, thread)


def test_an_export_has_ones_own_words_and_not_who_reported_them(school: School) -> None:
    written(school)
    lena = school.twin.people["lena"].pk
    tables = school.done("asha", "GET", f"people/{lena}/export")["tables"]
    rows = {
        name: [row for table in tables if table["table"] == name for row in table["rows"]]
        for name in ("community_discussionreport", "community_discussionpost")
    }
    reports, (question,) = rows.values()
    assert {row.get("reason") for row in reports} == {None, SECRET}
    assert not any("reporterId" in row for row in reports)
    assert (question["text"], "search" in question) == (f"{SECRET}, again", False)


def corresponded(school: School) -> tuple[int, int]:
    """Lena writes to Tom, and in a group of her own; each of the two reports the other.

    Returns the two conversations.
    """
    made = opened(school, "lena", "tom")
    own = write(school, "lena", made, "Monday")["id"]
    school.done("lena", "PUT", f"conversation-messages/{own}", text=SECRET)
    answer = write(school, "tom", made, "Tuesday")["id"]
    read(school, "lena", made, 2)
    school.done("lena", "POST", f"conversation-messages/{answer}/reports", reason=SECRET)
    reason = f"{SECRET} are rude."
    school.done("tom", "POST", f"conversation-messages/{own}/reports", reason=reason)
    set_rule(school, "STUDENT", "TEACHER", "ANYBODY")
    group = opened(school, "lena", "tom", "uma", title=SECRET)
    write(school, "lena", group, SECRET)
    return made, group


def test_of_messages_the_words_go_and_the_answers_stay(school: School) -> None:
    made, group = corresponded(school)
    lena = school.twin.people["lena"].pk
    school.done("asha", "POST", f"people/{lena}/erase", confirm="lena", reason="She asked for it.")
    with school.inside():
        tables = (Conversation, ConversationMember, Message, MessageReport)
        left = str([list(table.objects.values()) for table in tables])
        assert (SECRET in left, "Tuesday" in left) == (False, True)
        assert not MessageVersion.objects.exists()
        assert set(
            ConversationMember.objects.filter(person_id=lena).values_list("last_read", flat=True)
        ) == {0}
    newest, first = seen(school, "tom", made)
    assert (newest["text"], first["text"], first["isDeleted"]) == ("Tuesday", "", True)
    assert "Lena" not in str([of(school, "tom", one) for one in (made, group)])
    assert refused_to_write(school, "tom", made) == (409, "CONFLICT")
    write(school, "tom", group)


def test_an_export_has_ones_own_messages_alone(school: School) -> None:
    corresponded(school)
    lena = school.twin.people["lena"].pk
    tables = school.done("asha", "GET", f"people/{lena}/export")["tables"]
    rows = {
        name: [row for table in tables if table["table"] == name for row in table["rows"]]
        for name in ("community_message", "community_messagereport", "community_conversation")
    }
    messages, reports, conversations = rows.values()
    assert [row["text"] for row in messages] == [SECRET, SECRET]
    assert {row.get("reason") for row in reports} == {None, SECRET}
    assert not any("reporterId" in row for row in reports)
    assert {row["title"] for row in conversations} == {"", SECRET}
