"""Peer review for managers: settings, deadlines, outliers, work that nobody reviews, lists."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.assessment.models import Grade
from optilearn.assessment.peer_reviews import selectors, services
from optilearn.assessment.peer_reviews.schemas import ReviewedWorkQuery
from optilearn.assessment.peer_reviews.services.allocating import locked_settings, top_up
from optilearn.core.http.pages import PageQuery
from tests.optilearn.assessment.test_peer_reviews import own_path, path_of, points_of, tick
from tests.support.peer_reviews import (
    DUE,
    REVIEWS_DUE,
    Seminar,
    a_student,
    handed_in,
)
from tests.support.twins import Twin

WHOLE = [{"criterion": "proof", "level": "whole"}, {"criterion": "style", "level": "poor"}]


@pytest.fixture
def seminar(twins: tuple[Twin, Twin]) -> Seminar:
    return Seminar(twins[0])


def test_an_outlier_is_flagged_and_a_manager_decides(seminar: Seminar) -> None:
    seminar.open(3)
    seminar.submit("lena", "a", "b", "c", "d")
    seminar.write_all("lena", 9, 1, 8)
    far = seminar.reviews(status="FLAGGED")
    assert [one.score for one in far] == [Decimal(1)]
    flagged = seminar.done("tom", "GET", path_of(seminar, "s?only=FLAGGED"))
    assert [one["student"]["code"] for one in flagged] == ["lena"]
    assert points_of(seminar, "lena") == Decimal("8.00")
    decision = f"peer-reviews/{far[0].pk}/decision"
    seminar.done("tom", "PUT", decision, isExcluded=False)
    assert seminar.reviews(status="FLAGGED") == []
    seminar.done("tom", "PUT", decision, isExcluded=True)
    assert points_of(seminar, "lena") == Decimal("8.50")
    # Another one was asked instead, never the one who is left out.
    (new,) = [one for one in seminar.of("lena") if one.status == "PENDING"]
    assert new.reviewer_id != far[0].reviewer_id
    seminar.write(new, 7)
    assert points_of(seminar, "lena") == Decimal("8.00")
    assert far[0].reviewer.code not in str(seminar.done("lena", "GET", own_path(seminar)))
    before = len(seminar.reviews())
    seminar.done("tom", "PUT", decision, isExcluded=True)
    assert len(seminar.reviews()) == before


def test_the_deadline_closes_what_is_pending(seminar: Seminar) -> None:
    seminar.open(2)
    seminar.submit("lena", "a", "b")
    first, second = seminar.of("lena")
    seminar.write(first, 9)
    seminar.now = REVIEWS_DUE
    path = f"peer-reviews/{second.pk}"
    assert seminar.done(second.reviewer.code, "GET", path)["work"] is None
    assert seminar.ask(second.reviewer.code, "PUT", path, score=3)[1]["details"] == {
        "reason": "CLOSED"
    }
    assert tick(seminar) == 6
    assert tick(seminar) == 0
    assert points_of(seminar, "lena") == Decimal("9.00")
    assert seminar.ask("tom", "POST", path_of(seminar, "s/allocate"))[0] == 409
    blocked = seminar.done("tom", "GET", path_of(seminar, "s?only=BLOCKED"))
    assert {(one["student"]["code"], one["blocked"]) for one in blocked} == {
        ("a", "NO_REVIEWS"),
        ("b", "NO_REVIEWS"),
    }
    later = (REVIEWS_DUE + timedelta(days=1)).isoformat()
    seminar.done("tom", "PATCH", path_of(seminar, "-settings"), peerReviewDueAt=later)
    assert seminar.done(second.reviewer.code, "PUT", path, score=3)["isOpen"] is True


def test_one_alone_is_blocked_until_a_manager_fills_in(seminar: Seminar) -> None:
    seminar.open(1)
    seminar.submit("lena", text="<p>A &lt;b&gt; " + "word " * 100 + "</p>")
    (row,) = seminar.done("tom", "GET", path_of(seminar, "s?only=BLOCKED"))
    assert row["blocked"] == "NOBODY"
    assert len(row["preview"]) == 240
    assert row["preview"].startswith("A <b> word")
    path = path_of(seminar, f"s/{row['enrollmentId']}")
    assert seminar.ask("tom", "PUT", path, comment="?")[1]["details"] == [{"path": "/score"}]
    seminar.done("tom", "PUT", path, score=6, comment="Fine.")
    seminar.done("tom", "PUT", path, score=7, comment="Fine.")
    assert points_of(seminar, "lena") == Decimal("7.00")
    assert len(seminar.of("lena")) == 1
    assert seminar.done("tom", "GET", path_of(seminar, "s?only=BLOCKED")) == []
    assert "Tom" not in str(seminar.done("lena", "GET", own_path(seminar)))


def test_settings(seminar: Seminar) -> None:
    with seminar.inside():
        from tests.support.peer_reviews import an_assignment

        seminar.assignment = an_assignment(seminar.twin)
    settings = path_of(seminar, "-settings")
    assert seminar.done("tom", "GET", settings)["peerReviewCount"] == 0
    seminar.submit("lena", "a", "b")
    assert seminar.ask("tom", "POST", path_of(seminar, "s/allocate"))[0] == 409
    assert seminar.reviews() == []
    early = {"peerReviewDueAt": DUE.isoformat()}
    assert seminar.ask("tom", "PATCH", settings, **early)[1]["details"] == [
        {"path": "/peerReviewDueAt"}
    ]
    for wrong in ({"peerReviewCount": -1}, {"peerReviewCount": 21}, {"flagPercent": 101}):
        assert seminar.ask("tom", "PATCH", settings, **wrong)[0] == 400
    seminar.done("tom", "PATCH", settings, peerReviewCount=1)
    assert len(seminar.reviews(closed_at=None)) == 3
    seminar.done("tom", "PATCH", settings, peerReviewCount=2, isAnonymousToAuthors=False)
    assert len(seminar.reviews(closed_at=None)) == 6
    assert seminar.done("tom", "POST", path_of(seminar, "s/allocate")) == {"assigned": 0}
    seminar.write_all("lena", 5, 5)
    names = {one["reviewer"] for one in seminar.done("lena", "GET", own_path(seminar))["reviews"]}
    assert names == {"A", "B"}
    seminar.done("tom", "PATCH", settings, peerReviewCount=0)
    assert [one for one in seminar.reviews(closed_at=None) if one.status == "PENDING"] == []
    assert all(not one["isOpen"] for one in seminar.done("a", "GET", "me/peer-reviews"))


def test_a_quiz_has_no_peer_review(seminar: Seminar) -> None:
    seminar.open(1, kind="QUIZ")
    status, error = seminar.ask("tom", "PATCH", path_of(seminar, "-settings"), peerReviewCount=1)
    assert (status, error["details"]) == (400, [{"path": "/peerReviewCount"}])


def test_how_well_reviewers_review(seminar: Seminar) -> None:
    seminar.open(3, settings={"flag_percent": None})
    seminar.submit("lena", "a", "b", "c")
    seminar.write_all("lena", 10, 8, 3)
    found = seminar.done("tom", "GET", path_of(seminar, "ers"))
    third = seminar.of("lena")[2].reviewer.code
    mean = {one["reviewer"]["code"]: one["meanDistance"] for one in found}
    assert mean[third] == 6.0
    assert mean["lena"] is None
    assert {one["assigned"] for one in found} == {3}
    assert sum(one["onTime"] for one in found) == 3


def test_lists_cost_the_same_at_any_number(seminar: Seminar) -> None:
    seminar.open(2)
    counts = []
    for names in (("lena", "मीरा", "a"), tuple("bcdefgh")):
        seminar.submit(*names)
        tom, lena = seminar.twin.principal("tom"), seminar.twin.principal("lena")
        key = seminar.assignment.pk
        review = seminar.by("lena")[0].pk
        own: list[int] = []
        for ask in (
            lambda key=key, tom=tom: selectors.reviewed_work(tom, key, ReviewedWorkQuery()),
            lambda key=key, tom=tom: selectors.reviewers(tom, key, PageQuery()),
            lambda lena=lena: selectors.own_reviews(lena, PageQuery()),
            lambda review=review, lena=lena: selectors.own_review(lena, review),
            lambda key=key, lena=lena: selectors.reviews_of_own_work(lena, key),
        ):
            with seminar.inside(), CaptureQueriesContext(connection) as queries:
                ask()
            own.append(len(queries))
        counts.append(own)
    assert counts == [[6, 4, 1, 4, 4]] * 2


@pytest.mark.slow
def test_a_batch_is_assigned_in_the_same_statements_at_any_number(seminar: Seminar) -> None:
    counts = []
    for size in (120, 360):
        seminar.open(0)
        with seminar.inside():
            for number in range(size):
                handed_in(a_student(seminar.twin, f"s{number}"), seminar.assignment)
            seminar.settings.review_count = 3
            seminar.settings.save()
            settings = locked_settings(seminar.assignment.pk)
            assert settings is not None
            with CaptureQueriesContext(connection) as queries:
                assert top_up(settings) == size * 3
        counts.append(len(queries))
    assert counts == [3, 3]


def test_authors_are_not_named_while_marking_is_anonymous(seminar: Seminar) -> None:
    seminar.open(1, is_anonymous=True, posts_manually=True)
    seminar.submit("sven", "lena")
    path = f"assignments/{seminar.assignment.pk}"
    listed = seminar.done("tom", "GET", f"{path}/peer-reviews")
    queued = seminar.done("tom", "GET", f"{path}/submissions")
    assert [(one["submissionId"], one["label"]) for one in listed] == [
        (one["id"], one["label"]) for one in queued
    ]
    assert {(one["student"], one["enrollmentId"]) for one in listed} == {(None, None)}
    with seminar.inside():
        lena = a_student(seminar.twin, "lena").pk
    status, error = seminar.ask("tom", "PUT", f"{path}/peer-reviews/{lena}", score=5)
    assert (status, error["details"]) == (409, {"reason": "ANONYMOUS"})
    seminar.write_all("lena", 8)
    seminar.done("tom", "POST", f"{path}/post-grades", isPosted=True)
    shown = seminar.done("tom", "GET", f"{path}/peer-reviews")
    assert {one["label"] for one in shown if one["student"]} == {"Lena"}


def test_reviews_follow_other_points_of_their_assignment(seminar: Seminar) -> None:
    seminar.open(2)
    seminar.submit("lena", "मीरा", "sven")
    first, second = seminar.of("lena")
    seminar.write(first, 9)
    seminar.done(second.reviewer.code, "PUT", f"peer-reviews/{second.pk}", score=8)
    path = f"assignments/{seminar.assignment.pk}"
    seminar.done("tom", "PATCH", path, maxScore=5)
    seminar.done(second.reviewer.code, "POST", f"peer-reviews/{second.pk}/submit")
    with seminar.inside():
        services.complete_results()
        grade = Grade.objects.get(assignment=seminar.assignment, student__code="lena")
        assert grade.points == Decimal("4.25")
    seminar.done("tom", "PATCH", path, maxScore=20, onGrades="SCALE")
    seminar.done("tom", "PUT", f"peer-reviews/{second.pk}/decision", isExcluded=True)
    with seminar.inside():
        grade.refresh_from_db()
        assert grade.points == 18
