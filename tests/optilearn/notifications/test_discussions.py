"""Messages of discussions: to followers and the people mentioned, once, never to the writer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.community.discussions import services
from optilearn.community.events import PostWritten
from optilearn.community.models import DiscussionReader
from optilearn.core import events
from optilearn.enrollment.models import Enrollment
from optilearn.notifications.audiences import ConcernedBy
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.delivery.recipients import resolve
from optilearn.notifications.models import Delivery, Notification
from optilearn.people.models import Person
from tests.optilearn.community.discussing import REPLY, answer_in, ask_in
from tests.support.community import School
from tests.support.twins import Twin


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> School:
    return School(twins[0])


def test_followers_are_notified_without_the_writer(school: School) -> None:
    thread = ask_in(school)
    assert school.notified(REPLY) == []
    answer_in(school, thread)
    assert school.notified(REPLY) == ["lena"]
    answer_in(school, thread, "tom")
    assert school.notified(REPLY) == ["lena", "lena", "मीरा"]
    school.done("lena", "PUT", f"discussions/{thread}/following", isFollowing=False)
    answer_in(school, thread, "tom")
    assert school.notified(REPLY) == ["lena", "lena", "मीरा", "मीरा"]


def test_people_who_are_mentioned_are_notified_and_follow(school: School) -> None:
    people = {name: person.pk for name, person in school.twin.people.items()}
    thread = ask_in(school, mentionIds=[people["tom"], people["tom"]])
    assert school.notified(REPLY) == ["tom"]
    post = answer_in(school, thread, mentionIds=[people["lena"], people["asha"]])
    assert [one["name"] for one in post["mentions"]] == ["Lena", "Asha"]
    assert school.notified(REPLY) == ["asha", "lena", "tom", "tom"]


def test_only_people_of_the_course_are_mentioned(twins: tuple[Twin, Twin]) -> None:
    north, south = map(School, twins)
    thread = ask_in(north)
    path = f"discussions/{thread}/posts"
    people = north.twin.people
    lena = people["lena"].pk
    for wrong in (people["sven"].pk, people["uma"].pk, people["pia"].pk,
                  south.twin.people["lena"].pk, 9_999_999):  # fmt: skip
        body = {"text": "Hi", "mentionIds": [lena, wrong]}
        assert north.refused("मीरा", "POST", path, **body) == (400, "/mentionIds/1")
    with north.inside():
        Enrollment.objects.filter(student=people["lena"]).update(status="WITHDRAWN")
    body = {"text": "Hi", "mentionIds": [lena]}
    assert north.refused("मीरा", "POST", path, **body) == (400, "/mentionIds/0")


def test_five_hundred_mentions_are_refused_clearly(school: School) -> None:
    thread = ask_in(school)
    with school.inside():
        added = Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"n{n}", code=f"n{n}", name=f"N {n}")
            for n in range(500)
        )
        Enrollment.objects.bulk_create(
            Enrollment(student=person, course=school.twin.courses["MATH"]) for person in added
        )
    ids = [person.pk for person in added]
    status, error = school.ask(
        "lena", "POST", f"discussions/{thread}/posts", text="All!", mentionIds=ids
    )
    assert (status, error["message"]) == (400, "Mention at most 20 people in a post.")
    answer_in(school, thread, "tom", mentionIds=ids[:20])
    assert len(school.notified(REPLY)) == 21  # and Lena, who follows it
    assert "tom" not in school.notified(REPLY)


def test_who_has_left_and_what_is_hidden_by_then_is_left_out(school: School) -> None:
    thread = ask_in(school)
    answer_in(school, thread)
    with school.inside():
        Enrollment.objects.filter(student=school.twin.people["lena"]).update(status="WITHDRAWN")
    assert school.notified(REPLY) == []
    hidden = answer_in(school, thread, "tom")
    school.done("tom", "POST", f"discussion-posts/{hidden['id']}/hide", reason="Oh")
    assert school.notified(REPLY) == []
    late = answer_in(school, thread, "tom")
    assert school.notified(REPLY) == ["मीरा"]
    school.now += timedelta(minutes=16)
    school.done("tom", "POST", f"discussion-posts/{late['id']}/hide", reason="Oh")
    with school.inside():
        deliver_in_app()
        sent = Delivery.objects.filter(key=REPLY, channel="IN_APP")
        assert list(sent.values_list("rule", flat=True)) == ["outdated"]


def test_an_event_that_comes_twice_notifies_once(school: School) -> None:
    post = answer_in(school, ask_in(school))
    with school.inside():
        events.publish(PostWritten(post["id"]))
        assert Notification.objects.filter(key=REPLY, once=f"post:{post['id']}").count() == 1


def test_many_followers_cost_no_more_statements(school: School) -> None:
    thread = ask_in(school)

    def reply() -> tuple[int, int]:
        principal = school.twin.principal("tom")
        with school.inside(), CaptureQueriesContext(connection) as asked:
            post = services.reply(principal=principal, thread_id=thread, values={"text": "Hm"})
            found = resolve(ConcernedBy(post))
        return len(asked), len(found)

    few, followers = reply()
    assert followers == 1
    with school.inside():
        added = Person.objects.bulk_create(
            Person(kind="STUDENT", role="STUDENT", crm_id=f"n{n}", code=f"n{n}", name=f"N {n}")
            for n in range(2_000)
        )
        Enrollment.objects.bulk_create(
            Enrollment(student=person, course=school.twin.courses["MATH"]) for person in added
        )
        DiscussionReader.objects.bulk_create(
            DiscussionReader(thread_id=thread, person=person, is_following=True) for person in added
        )
    assert reply() == (few, 2_001)


def test_who_begins_to_follow_hears_of_later_posts_alone(school: School) -> None:
    """Also if the worker was away and looks up the recipients hours later."""
    thread = ask_in(school)
    answer_in(school, thread)
    answer_in(school, thread, "tom")
    school.done("asha", "PUT", f"discussions/{thread}/following", isFollowing=True)
    answer_in(school, thread, "lena")
    assert school.notified(REPLY) == ["asha", "lena", "lena", "tom", "मीरा", "मीरा"]
