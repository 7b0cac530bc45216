"""Read positions, pages, lists: right on two devices, in constant statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.community.discussions import selectors
from optilearn.community.discussions.schemas import PostsQuery, ThreadQuery
from optilearn.community.models import DiscussionPost, DiscussionReader, DiscussionThread
from tests.optilearn.community.discussing import answer_in, ask_in, posts_of, thread_of
from tests.support.community import NOON, School


def read(school: School, thread: int, number: int, name: str = "lena") -> tuple[int, int]:
    found = school.done(name, "PUT", f"discussions/{thread}/read", number=number)
    return found["lastRead"], found["unreadCount"]


def test_the_position_never_goes_back_on_two_devices(school: School) -> None:
    thread = ask_in(school)
    for _ in range(4):
        answer_in(school, thread)
    assert thread_of(school, thread)["unreadCount"] == 4
    assert read(school, thread, 3) == (3, 2)
    assert read(school, thread, 2) == (3, 2)  # the other device is behind
    assert read(school, thread, 2_000_000_000) == (5, 0)
    answer_in(school, thread)  # what comes after isn't read already
    assert thread_of(school, thread)["unreadCount"] == 1
    assert thread_of(school, thread, "मीरा")["unreadCount"] == 1  # Lena's question; not her own


def test_what_is_hidden_or_deleted_is_not_unread(school: School) -> None:
    thread = ask_in(school)
    hidden, gone = answer_in(school, thread), answer_in(school, thread)
    school.done("tom", "POST", f"discussion-posts/{hidden['id']}/hide", reason="Rude")
    school.done("मीरा", "DELETE", f"discussion-posts/{gone['id']}")
    assert thread_of(school, thread)["unreadCount"] == 0


@pytest.mark.parametrize(
    ("only", "titles"),
    [
        ("UNREAD", ["C"]),
        ("FOLLOWING", ["B", "A"]),
        ("OWN", ["A"]),
        ("UNANSWERED", ["C", "A"]),
        ("", ["B", "C", "A"]),
    ],
)
def test_lists_are_filtered_and_pinned_ones_come_first(
    school: School, only: str, titles: list[str]
) -> None:
    threads = {}
    for title, name in (("A", "lena"), ("B", "tom"), ("C", "मीरा")):
        school.now += timedelta(minutes=1)
        threads[title] = ask_in(school, name, title=title)
    answer_in(school, threads["B"], "lena")
    read(school, threads["B"], 2)
    school.done("tom", "PATCH", f"discussions/{threads['B']}", isPinned=True)
    path = f"courses/{school.twin.courses['MATH'].pk}/discussions"
    found = school.done("lena", "GET", f"{path}?only={only}" if only else path)
    assert [one["title"] for one in found] == titles


def a_long_thread(school: School, replies: int = 2_000) -> int:
    key = ask_in(school)
    with school.inside():
        thread = DiscussionThread.objects.get(pk=key)
        DiscussionPost.objects.bulk_create(
            DiscussionPost(
                thread=thread,
                course_id=thread.course_id,
                author=school.twin.people["मीरा"],
                number=number,
                text=f"<p>Reply {number}</p>",
                created_at=NOON,
            )
            for number in range(2, replies + 2)
        )
        DiscussionThread.objects.filter(pk=key).update(last_number=replies + 1, reply_count=replies)
    return key


def test_a_thread_of_two_thousand_replies_is_read_page_by_page(school: School) -> None:
    thread = a_long_thread(school)
    numbers: list[int] = []
    after, costs = 0, set()
    while after is not None:
        with school.inside(), CaptureQueriesContext(connection) as asked:
            page = selectors.posts(
                school.twin.principal("lena"), thread, PostsQuery(after=after, limit=100)
            )
        numbers += [one["number"] for one in page["posts"]]
        costs.add(len(asked))
        after = page["next"]
    assert numbers == list(range(1, 2_002))
    assert costs == {3}


def test_a_page_that_is_read_while_others_write_loses_and_repeats_none(school: School) -> None:
    thread = ask_in(school)
    replies = [answer_in(school, thread) for _ in range(5)]
    first = school.done("lena", "GET", f"discussions/{thread}/posts?limit=3")
    school.done("मीरा", "DELETE", f"discussion-posts/{replies[0]['id']}")
    answer_in(school, thread)
    path = f"discussions/{thread}/posts?limit=4&after={first['next']}"
    rest = school.done("lena", "GET", path)
    assert [one["number"] for one in rest["posts"]] == [4, 5, 6, 7]
    assert rest["next"] is None


def test_a_list_takes_two_queries_however_long_it_is(school: School) -> None:
    def asked() -> int:
        with school.inside(), CaptureQueriesContext(connection) as found:
            selectors.threads(
                school.twin.principal("lena"),
                school.twin.courses["MATH"].pk,
                ThreadQuery(per_page=100, q="question"),
            )
        return len(found)

    ask_in(school)
    few = asked()
    for _ in range(10):
        answer_in(school, ask_in(school))
    a_long_thread(school, 200)
    assert asked() == few == 2


def test_following_is_ones_own_choice(school: School) -> None:
    thread = ask_in(school)
    assert thread_of(school, thread)["isFollowing"] is True
    assert thread_of(school, thread, "मीरा")["isFollowing"] is False
    school.done("lena", "PUT", f"discussions/{thread}/following", isFollowing=False)
    answer_in(school, thread, "lena")  # writing again doesn't bring it back
    assert thread_of(school, thread)["isFollowing"] is False
    school.done("tom", "PUT", f"discussions/{thread}/following", isFollowing=True)
    assert thread_of(school, thread, "tom")["isFollowing"] is True
    assert len(posts_of(school, thread)) == 2
    with school.inside():
        assert DiscussionReader.objects.count() == 2
