"""Discussions: who takes part, replies, changes with a history, deletions with a tombstone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from optilearn.community.models import DiscussionPost, DiscussionPostVersion, DiscussionThread
from optilearn.courses.models import Course, Lesson
from optilearn.enrollment.models import Enrollment
from tests.optilearn.community.discussing import answer_in, ask_in, posts_of, thread_of
from tests.support.community import NOON, School
from tests.support.twins import Twin

GONE = (404, "NOT_FOUND")
CONFLICT = (409, "CONFLICT")
FORBIDDEN = (403, "FORBIDDEN")


def test_a_question_gets_an_answer(school: School) -> None:
    thread = ask_in(school)
    school.now += timedelta(minutes=5)
    reply = answer_in(school, thread)
    nested = answer_in(school, thread, "lena", parentId=reply["id"])
    beside = answer_in(school, thread, "tom", parentId=nested["id"])
    top = answer_in(school, thread, "tom", parentId=posts_of(school, thread)[0]["id"])
    found = posts_of(school, thread)
    assert [(one["number"], one["parentId"]) for one in found] == [
        (1, None),
        (2, None),
        (3, reply["id"]),
        (4, reply["id"]),  # one level: it stands beside
        (5, None),
    ]
    assert (beside["isOwn"], top["author"]["name"]) == (True, "Tom")
    assert thread_of(school, thread)["replyCount"] == 4
    assert thread_of(school, thread)["lastPostAt"] == "2026-03-02T12:05:00Z"


@pytest.mark.parametrize(
    "facts", [{"status": "WITHDRAWN"}, {"status": "EXPIRED"}, {"expires_at": NOON}]
)
def test_who_has_left_the_course_takes_no_part(school: School, facts: dict[str, Any]) -> None:
    thread = ask_in(school)
    with school.inside():
        Enrollment.objects.filter(student=school.twin.people["lena"]).update(**facts)
    course = school.twin.courses["MATH"].pk
    for method, path, body in (
        ("GET", f"courses/{course}/discussions", {}),
        ("GET", f"discussions/{thread}", {}),
        ("GET", f"discussions/{thread}/posts", {}),
        ("POST", f"discussions/{thread}/posts", {"text": "Still me"}),
        ("PUT", f"discussions/{thread}/read", {"number": 1}),
    ):
        assert school.refused("lena", method, path, **body) == (403, "ENROLLMENT_REQUIRED")


def test_students_of_a_draft_and_strangers_find_nothing(twins: tuple[Twin, Twin]) -> None:
    north, south = map(School, twins)
    thread = ask_in(north)
    assert south.refused("asha", "GET", f"discussions/{thread}") == GONE
    assert south.refused("lena", "POST", f"discussions/{thread}/posts", text="Hi") == GONE
    with north.inside():
        Course.objects.filter(code="MATH").update(status="DRAFT")
    assert north.refused("lena", "GET", f"discussions/{thread}") == GONE
    assert north.refused("pia", "GET", f"discussions/{thread}") == FORBIDDEN
    assert north.refused("uma", "GET", f"discussions/{thread}") == FORBIDDEN
    assert north.done("tom", "GET", f"discussions/{thread}")["canModerate"] is True


def test_texts_are_harmless_and_as_they_were_written(school: School) -> None:
    text = '<p onclick="x()">भिन्न <b>क्या</b> है?<script>alert(1)</script></p>'
    thread = ask_in(school, title="भिन्न", text=text)
    (found,) = posts_of(school, thread)
    assert found["text"] == "<p>भिन्न <b>क्या</b> है?</p>"
    for wrong in ("", " ", "\u200b", "<script>x</script>", "x" * 20_001):
        path = f"discussions/{thread}/posts"
        assert school.refused("lena", "POST", path, text=wrong)[0] == 400
    assert thread_of(school, thread)["lastNumber"] == 1


def test_a_locked_thread_takes_no_more_but_from_moderators(school: School) -> None:
    thread = ask_in(school)
    reply = answer_in(school, thread)
    path = f"discussions/{thread}"
    assert school.refused("lena", "PATCH", path, isLocked=True) == FORBIDDEN
    school.done("tom", "PATCH", path, isLocked=True, isPinned=True)
    for name, method, what, body in (
        ("मीरा", "POST", f"{path}/posts", {"text": "More"}),
        ("मीरा", "PUT", f"discussion-posts/{reply['id']}", {"text": "Other"}),
        ("मीरा", "DELETE", f"discussion-posts/{reply['id']}", {}),
        ("lena", "PATCH", path, {"title": "Other"}),
        ("lena", "PUT", f"{path}/best-answer", {"postId": reply["id"]}),
    ):
        assert school.refused(name, method, what, **body) == CONFLICT
    answer_in(school, thread, "tom")
    school.done("tom", "PATCH", path, isLocked=False)
    answer_in(school, thread)


def test_authors_rename_and_moderators_move_threads(school: School) -> None:
    with school.inside():
        lesson = Lesson.objects.get(course=school.twin.courses["MATH"])
        other = Lesson.objects.get(course=school.twin.courses["ART"])
    thread = ask_in(school, lessonId=lesson.pk)
    path = f"discussions/{thread}"
    assert school.done("lena", "PATCH", path, title="Fractions")["lesson"]["title"] == "Start"
    assert school.refused("lena", "PATCH", path, lessonId=None) == FORBIDDEN
    assert school.refused("मीरा", "PATCH", path, title="Mine") == FORBIDDEN
    assert school.refused("tom", "PATCH", path, lessonId=other.pk) == GONE
    assert school.done("tom", "PATCH", path, lessonId=None)["lesson"] is None
    course = school.twin.courses["MATH"].pk
    body = {"title": "Question", "text": "Text", "lessonId": other.pk}
    assert school.refused("lena", "POST", f"courses/{course}/discussions", **body) == GONE


def test_a_change_leaves_the_earlier_text_as_a_version(school: School) -> None:
    thread = ask_in(school)
    reply = answer_in(school, thread)
    path = f"discussion-posts/{reply['id']}"
    school.now += timedelta(minutes=1)
    assert school.done("मीरा", "PUT", path, text="Try x = 3.")["editedAt"] is not None
    school.done("मीरा", "PUT", path, text="Try x = 3.")  # the same again is no change
    found = school.done("tom", "GET", f"{path}/versions")
    assert [(one["number"], one["text"], one["writtenAt"]) for one in found] == [
        (2, "Try x = 3.", "2026-03-02T12:01:00Z"),
        (1, "<p>Try it with x = 2.</p>", "2026-03-02T12:00:00Z"),
    ]
    assert school.done("मीरा", "GET", f"{path}/versions") == found
    assert school.refused("lena", "GET", f"{path}/versions") == FORBIDDEN
    assert school.refused("tom", "PUT", path, text="Mine") == FORBIDDEN


def test_a_tombstone_stays_where_replies_refer_to_it(school: School) -> None:
    thread = ask_in(school)
    reply = answer_in(school, thread)
    school.done("मीरा", "PUT", f"discussion-posts/{reply['id']}", text="Secret, then gone")
    nested = answer_in(school, thread, "lena", parentId=reply["id"])
    school.done("मीरा", "DELETE", f"discussion-posts/{reply['id']}")
    stone = posts_of(school, thread)[1]
    assert (stone["isDeleted"], stone["text"], stone["author"]) == (True, "", None)
    assert thread_of(school, thread)["replyCount"] == 1
    with school.inside():
        assert not DiscussionPostVersion.objects.exists()
    assert school.refused("मीरा", "DELETE", f"discussion-posts/{reply['id']}") == CONFLICT
    path, body = f"discussions/{thread}/posts", {"text": "Why?", "parentId": reply["id"]}
    assert school.refused("tom", "POST", path, **body) == CONFLICT
    school.done("lena", "DELETE", f"discussion-posts/{nested['id']}")
    assert len(posts_of(school, thread)) == 1  # nothing refers to the tombstone any more
    assert thread_of(school, thread)["replyCount"] == 0


def test_a_question_that_is_alone_goes_with_its_thread(school: School) -> None:
    thread, answered = ask_in(school), ask_in(school)
    answer_in(school, answered)
    for key in (thread, answered):
        (first, *_rest) = posts_of(school, key)
        school.done("lena", "DELETE", f"discussion-posts/{first['id']}")
    assert school.refused("lena", "GET", f"discussions/{thread}") == GONE
    assert [one["isDeleted"] for one in posts_of(school, answered)] == [True, False]
    with school.inside():
        assert DiscussionThread.objects.count() == 1


def test_a_reply_belongs_to_its_thread(school: School) -> None:
    thread, other = ask_in(school), ask_in(school)
    reply = answer_in(school, other)
    path = f"discussions/{thread}"
    body = {"text": "Hm", "parentId": reply["id"]}
    assert school.refused("lena", "POST", f"{path}/posts", **body) == GONE
    assert school.refused("lena", "PUT", f"{path}/best-answer", postId=reply["id"]) == GONE


def test_the_asker_or_a_teacher_chooses_the_best_answer(school: School) -> None:
    thread = ask_in(school)
    first, second = answer_in(school, thread), answer_in(school, thread, "tom")
    path = f"discussions/{thread}/best-answer"
    assert school.refused("मीरा", "PUT", path, postId=first["id"]) == FORBIDDEN
    school.done("lena", "PUT", path, postId=first["id"])
    assert school.done("tom", "PUT", path, postId=second["id"])["bestPostId"] == second["id"]
    assert [one["isBest"] for one in posts_of(school, thread)] == [False, False, True]
    question = posts_of(school, thread)[0]["id"]
    assert school.refused("lena", "PUT", path, postId=question) == GONE
    assert school.done("lena", "PUT", path, postId=None)["bestPostId"] is None


def test_a_request_that_is_sent_again_changes_nothing(school: School) -> None:
    thread = ask_in(school, requestId="a")
    assert ask_in(school, requestId="a") == thread
    first = answer_in(school, thread, requestId="b")
    assert answer_in(school, thread, requestId="b", text="Other")["id"] == first["id"]
    school.done("tom", "PATCH", f"discussions/{thread}", isLocked=True)
    assert answer_in(school, thread, requestId="b")["id"] == first["id"]
    with school.inside():
        assert DiscussionPost.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("fraction", True),  # by the stem
        ("FRAC", True),  # by its beginning
        ("denominator question", True),  # of a reply and the title
        ("भिन्नों", True),
        ("भिन", True),
        ("c++", True),
        ("c#", False),
        ("geometry", False),
        ("secret", False),  # hidden
        ("%", False),
    ],
)
def test_search_in_english_and_hindi(school: School, words: str, is_found: bool) -> None:
    from urllib.parse import quote

    thread = ask_in(school, text="<p>Adding fractions: भिन्न, in C++</p>")
    answer_in(school, thread, text="<p>Find the common <i>denominator</i> first.</p>")
    hidden = answer_in(school, thread, text="A secret")
    school.done("tom", "POST", f"discussion-posts/{hidden['id']}/hide", reason="No")
    ask_in(school, title="Other", text="Circles")
    course = school.twin.courses["MATH"].pk
    path = f"courses/{course}/discussions?q={quote(words)}"
    found = school.done("lena", "GET", path)
    assert [one["id"] for one in found] == ([thread] if is_found else [])
