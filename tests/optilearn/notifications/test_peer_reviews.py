"""Messages of peer reviews: each once, to those concerned, while they are true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from optilearn.notifications.definitions import Channel
from optilearn.notifications.delivery.due import DueDelivery
from optilearn.notifications.delivery.outdated import outdated
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.producers import peer_reviews
from optilearn.notifications.rendering.sources import defaults
from tests.optilearn.notifications.test_rendering import write
from tests.support.peer_reviews import Seminar
from tests.support.twins import Twin

ASSIGNED = "PEER_REVIEW_ASSIGNED"
GRADED = "ASSESS_PEER_GRADED"


@pytest.fixture
def seminar(twins: tuple[Twin, Twin]) -> Seminar:
    return Seminar(twins[0])


def recipients(seminar: Seminar, key: str) -> list[str]:
    with seminar.inside():
        sent = Delivery.objects.filter(notification__key=key, channel="IN_APP")
        return sorted(sent.values_list("person__code", flat=True))


def test_reviewers_are_notified_of_each_review_once(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "a")
    assert recipients(seminar, ASSIGNED) == ["a", "lena"]
    with seminar.inside():
        assert peer_reviews.notify_new_reviews() == 0
    assert recipients(seminar, ASSIGNED) == ["a", "lena"]


def test_many_at_once_are_sent_by_the_scan(
    seminar: Seminar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_reviews, "AT_ONCE", 2)
    monkeypatch.setattr(peer_reviews, "_CHUNK", 2)
    seminar.open(0)
    seminar.submit("lena", "a", "b")
    path = f"assignments/{seminar.assignment.pk}/peer-review-settings"
    seminar.done("tom", "PATCH", path, peerReviewCount=1)
    assert recipients(seminar, ASSIGNED) == []
    with seminar.inside():
        assert peer_reviews.notify_new_reviews() == 3
        assert peer_reviews.notify_new_reviews() == 0
    assert recipients(seminar, ASSIGNED) == ["a", "b", "lena"]


def test_without_a_deadline_the_message_has_none(seminar: Seminar) -> None:
    seminar.open(1, settings={"due_at": None})
    seminar.submit("lena", "a")
    with seminar.inside():
        dues = {one.data["dueAt"] for one in Notification.objects.filter(key=ASSIGNED)}
    assert dues == {None}


def test_the_wording_says_nothing_of_a_deadline_that_is_not_there() -> None:
    for locale in ("en", "hi"):
        source = defaults()[ASSIGNED, Channel.EMAIL, locale]
        title, body = source.title, source.body
        said = {
            due_at: write(Channel.EMAIL, title, body, key=ASSIGNED, dueAt=due_at).text
            for due_at in (None, "2026-12-01T18:29:00Z")
        }
        assert "2026" in str(said["2026-12-01T18:29:00Z"])
        assert "**" not in str(said[None])
        assert "finish by" not in str(said[None])


def test_a_message_that_waited_is_dropped_when_the_review_is_done(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", "a")
    with seminar.inside():
        rows = Delivery.objects.filter(notification__key=ASSIGNED, person__code="lena")
        row = rows.select_related("notification").earliest("id")
        waited = DueDelivery(**due_fields(row))
    seminar.now += timedelta(hours=1)
    with seminar.inside():
        assert outdated([waited]) == frozenset()
    seminar.write(seminar.by("lena")[0], 5)
    with seminar.inside():
        assert outdated([waited]) == {waited.id}


def due_fields(row: Delivery) -> dict[str, object]:
    message = row.notification
    values = {"data": message.data, "key": message.key, "dedupe": message.dedupe}
    return {
        name: values[name] if name in values else getattr(row, name, None)
        for name in DueDelivery.__dataclass_fields__
    }


def test_authors_are_notified_once_when_reviews_are_released(seminar: Seminar) -> None:
    seminar.open(1, posts_manually=True)
    seminar.submit("lena", "a")
    seminar.write_all("lena", 9)
    assert recipients(seminar, GRADED) == []
    path = f"assignments/{seminar.assignment.pk}/post-grades"
    seminar.done("tom", "POST", path, isPosted=True)
    from optilearn.assessment.peer_reviews import services

    for _ in range(2):
        with seminar.inside():
            services.complete_results()
    assert recipients(seminar, GRADED) == ["lena"]
    with seminar.inside():
        (sent,) = Notification.objects.filter(key=GRADED)
    assert (sent.data["score"], sent.data["maxScore"]) == ("9", "10")


def test_a_peers_grade_that_changes_later_is_announced_as_any_grade(seminar: Seminar) -> None:
    seminar.open(2, settings={"sets_score": "AVERAGE"})
    seminar.submit("lena", "a", "b", "c", "d")
    seminar.write_all("lena", 9, 5)
    assert (recipients(seminar, GRADED), recipients(seminar, "ASSESS_GRADED")) == (["lena"], [])
    far = next(one for one in seminar.of("lena") if one.score == 5)
    seminar.done("tom", "PUT", f"peer-reviews/{far.pk}/decision", isExcluded=True)
    for one in seminar.of("lena"):
        if one.status == "PENDING":
            seminar.write(one, 8)
    assert recipients(seminar, GRADED) == ["lena"]
    assert recipients(seminar, "ASSESS_GRADED") == ["lena"] * 2  # without 5, and with 8
