"""Notifications of messages: one for what is unread together, never to the writer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from optilearn.core.clock import frozen
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.models import Delivery, Notification
from tests.optilearn.community.messaging import RECEIVED, opened, read, write
from tests.support.community import School
from tests.support.twins import Twin


@pytest.fixture
def school(twins: tuple[Twin, Twin]) -> School:
    return School(twins[0])


def test_what_is_unread_together_is_told_once(school: School) -> None:
    made = opened(school, "tom", "lena", "uma")
    assert school.notified(RECEIVED) == []
    write(school, "tom", made, "<p>Who plays?</p>")
    write(school, "tom", made)
    assert school.notified(RECEIVED) == ["lena", "uma"]
    write(school, "uma", made)
    assert school.notified(RECEIVED) == ["lena", "tom", "uma"]
    read(school, "lena", made, 3)
    write(school, "tom", made)
    assert school.notified(RECEIVED) == ["lena", "lena", "tom", "uma"]
    with school.inside():
        first = Notification.objects.filter(key=RECEIVED).earliest("id")
        assert first.data == {"threadId": made, "authorName": "Tom", "excerpt": "Who plays?"}


def test_an_older_position_begins_nothing(school: School) -> None:
    made = opened(school, "tom", "lena")
    for _ in range(2):
        write(school, "tom", made)
    read(school, "lena", made, 2)
    write(school, "tom", made)
    read(school, "lena", made, 1)
    write(school, "tom", made)
    assert school.notified(RECEIVED) == ["lena", "lena"]


def test_the_muted_and_those_who_left_are_not_told(school: School) -> None:
    made = opened(school, "tom", "lena", "uma", "asha")
    school.done("lena", "PUT", f"conversations/{made}/muted", isMuted=True)
    school.done("uma", "POST", f"conversations/{made}/leave")
    write(school, "tom", made)
    assert school.notified(RECEIVED) == ["asha"]
    school.done("lena", "PUT", f"conversations/{made}/muted", isMuted=False)
    write(school, "tom", made)
    assert school.notified(RECEIVED) == ["asha", "lena"]


def test_a_request_that_is_sent_again_tells_nobody_again(school: School) -> None:
    made = opened(school, "tom", "lena")
    for _ in range(2):
        write(school, "tom", made, requestId="one")
        read(school, "lena", made, 1)
    assert school.notified(RECEIVED) == ["lena"]


@pytest.mark.parametrize("change", ["read", "deleted", "muted", "nothing"])
def test_one_that_waited_is_dropped_once_it_is_settled(school: School, change: str) -> None:
    made = opened(school, "tom", "lena")
    message = write(school, "tom", made)["id"]
    assert school.notified(RECEIVED) == ["lena"]
    if change == "read":
        read(school, "lena", made, 1)
    elif change == "deleted":
        school.done("tom", "DELETE", f"conversation-messages/{message}")
    elif change == "muted":
        school.done("lena", "PUT", f"conversations/{made}/muted", isMuted=True)
    school.now += timedelta(hours=1)
    with school.inside(), frozen(school.now):
        deliver_in_app()
        status = Delivery.objects.values_list("status", flat=True).get(
            key=RECEIVED, channel="IN_APP"
        )
    assert status == ("SENT" if change == "nothing" else "SKIPPED")


def delivered(school: School) -> list[str]:
    """What became of the notifications in the app an hour later."""
    school.now += timedelta(hours=1)
    with school.inside(), frozen(school.now):
        deliver_in_app()
        found = Delivery.objects.filter(key=RECEIVED, channel="IN_APP").order_by("id")
        return list(found.values_list("status", flat=True))


def test_after_a_message_that_was_deleted_the_next_one_is_told(school: School) -> None:
    made = opened(school, "tom", "lena")
    first = write(school, "tom", made, "The wrong chat")["id"]
    school.done("tom", "DELETE", f"conversation-messages/{first}")
    school.now += timedelta(minutes=1)
    write(school, "tom", made, "The exam is tomorrow")
    assert delivered(school) == ["SKIPPED", "SENT"]


def test_who_unmutes_hears_of_the_next_message(school: School) -> None:
    made = opened(school, "tom", "lena")
    write(school, "tom", made)
    school.done("lena", "PUT", f"conversations/{made}/muted", isMuted=True)
    assert delivered(school) == ["SKIPPED"]
    school.done("lena", "PUT", f"conversations/{made}/muted", isMuted=False)
    write(school, "tom", made, "Second")
    assert delivered(school) == ["SKIPPED", "SENT"]
