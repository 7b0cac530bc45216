"""Reports and moderation: hidden with a reason, shown again, or left standing."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.community.models import DiscussionReport
from tests.optilearn.community.discussing import answer_in, ask_in, posts_of, thread_of
from tests.support.community import School

GONE = (404, "NOT_FOUND")
CONFLICT = (409, "CONFLICT")


@pytest.fixture
def thread(school: School) -> int:
    return ask_in(school)


def queue(school: School, name: str, query: str = "") -> list[Any]:
    found: list[Any] = school.done(name, "GET", f"discussion-reports{query}")
    return found


def test_a_report_waits_for_the_moderators_of_the_course(school: School, thread: int) -> None:
    reply = answer_in(school, thread)
    path = f"discussion-posts/{reply['id']}/reports"
    for reason in ("Rude.", "It is rude."):  # again replaces the reason
        school.done("lena", "POST", path, reason=reason)
    for name in ("tom", "asha"):
        (found,) = queue(school, name)
        assert (found["reason"], found["reporter"]["name"]) == ("It is rude.", "Lena")
    assert queue(school, "uma") == []
    assert queue(school, "tom", f"?courseId={school.twin.courses['ART'].pk}") == []
    assert school.refused("मीरा", "POST", path, reason="Mine") == CONFLICT
    assert school.refused("मीरा", "DELETE", f"discussion-posts/{reply['id']}") == CONFLICT
    school.done("tom", "POST", f"discussion-posts/{reply['id']}/dismiss-reports")
    assert queue(school, "tom") == []
    (closed,) = queue(school, "tom", "?state=RESOLVED")
    assert (closed["outcome"], closed["resolvedBy"]["name"]) == ("DISMISSED", "Tom")
    school.done("lena", "POST", path, reason="Still rude.")
    assert [one["outcome"] for one in queue(school, "tom")] == [None]


def test_what_is_hidden_is_seen_by_its_author_and_moderators(school: School, thread: int) -> None:
    reply = answer_in(school, thread)
    post = f"discussion-posts/{reply['id']}"
    school.done("lena", "POST", f"{post}/reports", reason="Rude.")
    school.done("tom", "POST", f"{post}/hide", reason="It insults a classmate.")
    seen = {name: posts_of(school, thread, name)[1] for name in ("lena", "मीरा", "tom")}
    assert {name: bool(one["text"]) for name, one in seen.items()} == {
        "lena": False,
        "मीरा": True,
        "tom": True,
    }
    assert [one["hiddenReason"] for one in seen.values()] == ["", *["It insults a classmate."] * 2]
    assert queue(school, "tom", "?state=RESOLVED")[0]["outcome"] == "HIDDEN"
    for name, method, path, body in (
        ("lena", "POST", f"discussions/{thread}/posts", {"text": "Hm", "parentId": reply["id"]}),
        ("tom", "POST", f"discussions/{thread}/posts", {"text": "Hm", "parentId": reply["id"]}),
        ("मीरा", "PUT", post, {"text": "Nicer"}),
        ("lena", "POST", f"{post}/reports", {"reason": "Again"}),
        ("lena", "PUT", f"discussions/{thread}/best-answer", {"postId": reply["id"]}),
    ):
        assert school.refused(name, method, path, **body) == CONFLICT
    for _ in range(2):
        school.done("tom", "POST", f"{post}/restore")
    assert posts_of(school, thread)[1]["text"] == reply["text"]


def test_a_hidden_best_answer_is_none_until_it_is_shown_again(school: School, thread: int) -> None:
    reply = answer_in(school, thread)
    school.done("lena", "PUT", f"discussions/{thread}/best-answer", postId=reply["id"])
    school.done("tom", "POST", f"discussion-posts/{reply['id']}/hide", reason="Wrong")
    assert thread_of(school, thread)["bestPostId"] is None
    school.done("tom", "POST", f"discussion-posts/{reply['id']}/restore")
    assert thread_of(school, thread)["bestPostId"] == reply["id"]


def test_a_hidden_question_hides_its_thread(school: School, thread: int) -> None:
    question = posts_of(school, thread)[0]["id"]
    course = school.twin.courses["MATH"].pk
    school.done("tom", "POST", f"discussion-posts/{question}/hide", reason="Rude")
    assert school.done("मीरा", "GET", f"courses/{course}/discussions") == []
    for name in ("lena", "मीरा"):
        assert school.refused(name, "GET", f"discussions/{thread}/posts") == GONE
        assert school.refused(name, "POST", f"discussions/{thread}/posts", text="Hm") == GONE
    assert thread_of(school, thread, "tom")["isHidden"] is True
    school.done("tom", "POST", f"discussion-posts/{question}/restore")
    assert thread_of(school, thread)["isHidden"] is False


def test_what_was_deleted_is_not_hidden(school: School, thread: int) -> None:
    answer_in(school, thread)
    question = posts_of(school, thread)[0]["id"]
    school.done("lena", "DELETE", f"discussion-posts/{question}")
    assert school.refused("tom", "POST", f"discussion-posts/{question}/hide", reason="Rude") == (
        CONFLICT
    )
    assert school.refused("मीरा", "POST", f"discussion-posts/{question}/reports", reason="X") == (
        CONFLICT
    )
    with school.inside():
        assert not DiscussionReport.objects.exists()
