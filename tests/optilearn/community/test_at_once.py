"""Two workers, two devices: what happens at the same time leaves one result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import QuerySet
from pytest_django.plugin import DjangoDbBlocker

from optilearn.community.announcements import services
from optilearn.community.discussions import services as discussions
from optilearn.community.messages import services as messages
from optilearn.community.messages.rules import Group, Reach
from optilearn.community.models import (
    Announcement,
    AnnouncementReceipt,
    Conversation,
    ConversationMember,
    DiscussionReader,
    DiscussionThread,
    MessagingRules,
)
from optilearn.core.access.principal import Principal
from optilearn.core.clock import now
from optilearn.core.errors import AppError
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Delivery, Notification
from tests.support.at_once import at_once, committed_twins
from tests.support.twins import Twin

pytestmark = pytest.mark.slow
ROUNDS = 5


@pytest.fixture(scope="module")
def twin(django_db_blocker: DjangoDbBlocker) -> Iterator[Twin]:
    with committed_twins("community", django_db_blocker) as twins:
        yield twins[0]


def scheduled(twin: Twin) -> Announcement:
    return Announcement.objects.create(
        author=twin.people["asha"],
        title="Sports day",
        text="<p>No lessons.</p>",
        is_for_everyone=True,
        publish_at=now() - timedelta(minutes=1),
        created_at=now(),
    )


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_workers_publish_once(twin: Twin, _round: int) -> None:
    with tenant_context(twin.id):
        keys = {scheduled(twin).pk for _ in range(3)}
    published = at_once(twin, [services.publish_due_announcements] * 3)
    assert sum(published) == 3
    with tenant_context(twin.id):
        assert Announcement.objects.filter(pk__in=keys, status="PUBLISHED").count() == 3
        sent = Notification.objects.filter(once__in=[f"announcement:{key}" for key in keys])
        assert sent.count() == 3


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_devices_leave_one_receipt(twin: Twin, _round: int) -> None:
    with tenant_context(twin.id), transaction.atomic():
        key = scheduled(twin).pk
    with tenant_context(twin.id):
        services.publish_due_announcements()
    lena = twin.principal("lena")

    def read() -> None:
        services.mark_read(principal=lena, announcement_id=key)

    assert at_once(twin, [read] * 4) == [None] * 4
    with tenant_context(twin.id):
        assert AnnouncementReceipt.objects.filter(announcement_id=key).count() == 1


def test_a_request_that_is_sent_twice_at_once_is_one_announcement(twin: Twin) -> None:
    values = {"title": "Test", "text": "Text", "is_for_everyone": True, "request_id": "one"}
    asha: Principal = twin.principal("asha")

    def write() -> int:
        return services.create_announcement(principal=asha, values=values)

    assert len(set(at_once(twin, [write] * 4))) == 1


def asked(twin: Twin) -> int:
    return discussions.start_thread(
        principal=twin.principal("lena"),
        course_id=twin.courses["MATH"].pk,
        values={"title": "Question", "text": "Text"},
    )


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_replies_at_once_have_numbers_of_their_own(twin: Twin, _round: int) -> None:
    with tenant_context(twin.id):
        thread = asked(twin)
    names = ("lena", "मीरा", "tom", "asha")

    def reply(name: str) -> Callable[[], int]:
        return lambda: discussions.reply(
            principal=twin.principal(name), thread_id=thread, values={"text": name}
        )

    assert all(isinstance(key, int) for key in at_once(twin, [reply(name) for name in names]))
    with tenant_context(twin.id):
        found = DiscussionThread.objects.get(pk=thread)
        numbers = list(found.posts.order_by("number").values_list("number", flat=True))
    assert (numbers, found.last_number, found.reply_count) == ([1, 2, 3, 4, 5], 5, 4)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_reply_is_before_the_lock_or_refused(twin: Twin, _round: int) -> None:
    with tenant_context(twin.id):
        thread = asked(twin)

    def lock() -> None:
        discussions.update_thread(
            principal=twin.principal("tom"),
            thread_id=thread,
            values={"is_locked": True, "lesson_id": None},
        )

    def reply() -> int:
        return discussions.reply(
            principal=twin.principal("मीरा"), thread_id=thread, values={"text": "Hm"}
        )

    answers = at_once(twin, [lock, reply, reply])
    refused = [one for one in answers if isinstance(one, AppError)]
    assert {one.code.value for one in refused} <= {"CONFLICT"}
    assert not [one for one in answers if isinstance(one, Exception) and one not in refused]
    with tenant_context(twin.id):
        found = DiscussionThread.objects.get(pk=thread)
        assert found.posts.count() == 3 - len(refused) == found.last_number
        assert found.is_locked


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_reply_finds_its_parent_or_is_refused(twin: Twin, _round: int) -> None:
    with tenant_context(twin.id):
        thread = asked(twin)
        parent = discussions.reply(
            principal=twin.principal("मीरा"), thread_id=thread, values={"text": "Hm"}
        )

    def delete() -> None:
        discussions.delete_post(principal=twin.principal("मीरा"), post_id=parent)

    def reply() -> int:
        values = {"text": "Why?", "parent_id": parent}
        return discussions.reply(principal=twin.principal("lena"), thread_id=thread, values=values)

    answers = at_once(twin, [delete, reply])
    refused = [one for one in answers if isinstance(one, AppError)]
    assert {one.code.value for one in refused} <= {"CONFLICT", "NOT_FOUND"}
    with tenant_context(twin.id):
        found = DiscussionThread.objects.get(pk=thread)
        left = [(one.text, one.parent_id) for one in found.posts.order_by("number")]
        expected = [("Text", None)] if refused else [("Text", None), ("", None), ("Why?", parent)]
        assert (left, found.reply_count) == (expected, len(expected) // 2)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_devices_leave_the_later_position(twin: Twin, _round: int) -> None:
    with tenant_context(twin.id):
        thread = asked(twin)
        for _ in range(5):
            discussions.reply(
                principal=twin.principal("tom"), thread_id=thread, values={"text": "Hm"}
            )
    lena = twin.principal("lena")

    def read(number: int) -> Callable[[], None]:
        return lambda: discussions.mark_thread_read(principal=lena, thread_id=thread, number=number)

    assert at_once(twin, [read(number) for number in (5, 2, 6, 1)]) == [None] * 4
    with tenant_context(twin.id):
        reader = DiscussionReader.objects.get(thread_id=thread, person_id=lena.person_id)
        assert (reader.last_read, reader.is_following) == (6, True)


def test_a_question_that_is_sent_twice_at_once_is_one_thread(twin: Twin) -> None:
    values = {"title": "Question", "text": "Text", "request_id": "twice"}
    lena, course = twin.principal("lena"), twin.courses["MATH"].pk

    def start() -> int:
        return discussions.start_thread(principal=lena, course_id=course, values=values)

    assert len(set(at_once(twin, [start] * 4))) == 1


def opening(twin: Twin, name: str, *others: str, request_id: str = "") -> Callable[[], int]:
    values = {"member_ids": [twin.people[other].pk for other in others]}
    named = {"request_id": request_id} if request_id else {}
    return lambda: messages.open_conversation(principal=twin.principal(name), values=values | named)


def told() -> QuerySet[Delivery]:
    return Delivery.objects.filter(key="MESSAGE_RECEIVED", channel="IN_APP")


def test_two_people_who_open_their_conversation_at_once_have_one(twin: Twin) -> None:
    pairs = [("tom", "lena"), ("tom", "मीरा"), ("asha", "sven"), ("uma", "paul")]
    for one, other in pairs:
        jobs = [opening(twin, one, other), opening(twin, one, other, request_id=other)] * 2
        if twin.people[other].kind == "USER" or one == "asha":
            jobs.append(opening(twin, other, one))
        found = at_once(twin, jobs)
        assert len(set(found)) == 1, found
        with tenant_context(twin.id):
            assert ConversationMember.objects.filter(conversation_id=found[0]).count() == 2


def test_a_group_that_two_devices_open_at_once_is_one(twin: Twin) -> None:
    jobs = [opening(twin, "tom", "lena", "uma", request_id="group")] * 4
    assert len(set(at_once(twin, jobs))) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_messages_at_once_have_numbers_of_their_own_and_one_notification(
    twin: Twin, _round: int
) -> None:
    with tenant_context(twin.id):
        group = opening(twin, "tom", "lena", "uma", request_id=f"round {_round}")()
        before = told().count()

    def write(name: str, request_id: str) -> Callable[[], int]:
        return lambda: messages.send_message(
            principal=twin.principal(name),
            conversation_id=group,
            values={"text": "Hm", "request_id": f"{request_id} {_round}"},
        )

    tom, uma = write("tom", "one"), write("uma", "one")
    found = at_once(twin, [tom, tom, uma, uma, write("tom", "two")])
    assert len(set(found)) == 3, found
    with tenant_context(twin.id):
        made = Conversation.objects.get(pk=group)
        numbers = list(made.messages.order_by("number").values_list("number", flat=True))
        assert (numbers, made.last_number) == ([1, 2, 3], 3)
        assert made.position == made.messages.get(number=3).pk
        assert told().count() - before == 3  # Lena, Tom and Uma: each of what was unread first


def test_devices_leave_the_later_position_of_a_conversation(twin: Twin) -> None:
    with tenant_context(twin.id):
        two = opening(twin, "tom", "lena")()
        for _ in range(6):
            messages.send_message(
                principal=twin.principal("tom"), conversation_id=two, values={"text": "Hm"}
            )
        newest = Conversation.objects.get(pk=two).last_number

    def read(number: int) -> Callable[[], None]:
        return lambda: messages.mark_conversation_read(
            principal=twin.principal("lena"), conversation_id=two, number=number
        )

    assert at_once(twin, [read(newest - back) for back in (1, 4, 0, 5)]) == [None] * 4
    with tenant_context(twin.id):
        place = ConversationMember.objects.get(conversation_id=two, person=twin.people["lena"])
        assert place.last_read == newest


def test_of_two_administrators_at_once_one_changes_the_rules(twin: Twin) -> None:
    def change(name: str) -> Callable[[], None]:
        return lambda: messages.set_messaging_rules(
            principal=twin.principal(name),
            reaches={(Group.STUDENT, Group.OFFICE): Reach.ANYBODY},
            version=0,
        )

    answers = at_once(twin, [change("asha"), change("paul"), change("sita")])
    refused = [one.code.value for one in answers if isinstance(one, AppError)]
    assert (refused, answers.count(None)) == (["CONFLICT"] * 2, 1)
    with tenant_context(twin.id):
        assert MessagingRules.objects.get().version == 1
