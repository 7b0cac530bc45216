"""Nothing that a reviewer gets names the author, and nothing that an author gets a reviewer.

Everything is asked for that either can ask for; the whole of each answer is searched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from optilearn.assessment.models import Submission
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.producers import reminders
from tests.support.peer_reviews import REVIEWS_DUE, Seminar, with_file
from tests.support.twins import Twin

NAMES = ("zora", "quill", "yusra")
FILE = "zora-private-essay.pdf"


@pytest.fixture
def seminar(twins: tuple[Twin, Twin]) -> Seminar:
    """Three students who have submitted and reviewed each other, but for one review."""
    seminar = Seminar(twins[0])
    seminar.open(2)
    for name in NAMES:
        (work,) = seminar.submit(name)
        with seminar.inside():
            with_file(work, FILE if name == "zora" else f"{name}-private.pdf")
    return seminar


def identities(seminar: Seminar, name: str) -> set[str]:
    """All by which somebody could be known: names, codes, addresses, names of files, ids."""
    person = seminar.twin.people[name]
    with seminar.inside():
        work = Submission.objects.get(assignment=seminar.assignment, student=person)
        files = [one.file for one in work.files.select_related("file")]
        enrollment = work.enrollment_id
    words = {name, person.name, str(person.email), person.crm_id}
    words |= {one.name for one in files}
    keys = {person.pk, enrollment, work.pk, *(one.pk for one in files)}
    return words | {f"#{key}" for key in keys}


def found_in(answer: Any, wanted: set[str]) -> set[str]:
    """What an answer says of them: as text, or as a number under any name but harmless ones."""
    text = json.dumps(answer, ensure_ascii=False, default=str).casefold()
    numbers = {
        f"#{value}"
        for name, value in leaves(answer)
        if name not in OWN_NUMBERS and isinstance(value, int) and not isinstance(value, bool)
    }
    words = {one for one in wanted if not one.startswith("#") and one.casefold() in text}
    return words | (wanted & numbers)


OWN_NUMBERS = frozenset(
    {
        "id",
        "assignmentId",
        "courseId",
        "reviewId",
        "number",
        "size",
        "score",
        "maxScore",
        "points",
        "total",
        "page",
        "perPage",
    }
)
"""Numbers that are of reviews, of the assignment, or no ids."""


def leaves(answer: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(answer, dict):
        for key, part in answer.items():
            yield from leaves(part, key)
    elif isinstance(answer, list):
        for part in answer:
            yield from leaves(part, name)
    else:
        yield name, answer


def messages_to(seminar: Seminar, name: str) -> list[Any]:
    with tenant_context(seminar.twin.id):
        sent = Delivery.objects.filter(person=seminar.twin.people[name])
        return [
            [one.key, one.data]
            for one in Notification.objects.filter(pk__in=sent.values("notification_id"))
        ]


def export_of(seminar: Seminar, name: str) -> Any:
    person = seminar.twin.people[name]
    return seminar.done(name, "GET", f"people/{person.pk}/export")


def seen_by(seminar: Seminar, name: str) -> dict[str, Any]:
    """Everything that somebody can ask for about peer reviews, and is sent."""
    answers: dict[str, Any] = {"list": seminar.done(name, "GET", "me/peer-reviews")}
    for one in answers["list"]:
        path = f"peer-reviews/{one['id']}"
        answers[path] = seminar.done(name, "GET", path)
        status, answers[f"{path}/file"] = seminar.ask(name, "GET", f"{path}/files/1/url")
        assert status == (200 if one["isOpen"] else 404)
    key = seminar.assignment.pk
    answers["own"] = seminar.done(name, "GET", f"learning/assignments/{key}/peer-reviews")
    course = seminar.twin.courses["MATH"].pk
    answers["grades"] = seminar.done(name, "GET", f"learning/courses/{course}/grades")
    answers["inbox"] = seminar.done(name, "GET", "notifications")
    answers["messages"] = messages_to(seminar, name)
    answers["export"] = export_of(seminar, name)
    return answers


def leaks(seminar: Seminar, reader: str) -> set[tuple[str, str]]:
    others = set().union(*(identities(seminar, one) for one in NAMES if one != reader))
    others -= identities(seminar, reader)
    return {
        (place, one)
        for place, answer in seen_by(seminar, reader).items()
        for one in found_in(answer, others if place != "export" else words_of(others))
    }


def words_of(wanted: set[str]) -> set[str]:
    """An export has ids of the person's own rows in all tables, which may equal any number."""
    return {one for one in wanted if not one.startswith("#")}


def test_the_sweep_finds_what_is_there(seminar: Seminar) -> None:
    wanted = identities(seminar, "zora")
    work = seminar.done("tom", "GET", f"assignments/{seminar.assignment.pk}/peer-reviews")
    found = found_in(work, wanted)
    assert "zora" in found
    assert {one for one in found if one.startswith("#")}
    assert found_in({"studentId": seminar.twin.people["zora"].pk}, wanted)


def test_reviewers_and_authors_stay_unknown(seminar: Seminar) -> None:
    for name in NAMES:
        assert leaks(seminar, name) == set()
    for author in NAMES:
        seminar.write_all(author, 7, 8)
    seminar.done("tom", "PUT", f"peer-reviews/{seminar.of('zora')[0].pk}/decision", isExcluded=True)
    for name in NAMES:
        assert leaks(seminar, name) == set()
        assert {one[0] for one in messages_to(seminar, name)} >= {
            "PEER_REVIEW_ASSIGNED",
            "ASSESS_PEER_GRADED",
        }


def test_the_reviews_of_an_author_have_no_ids_and_no_order_of_reviewers(seminar: Seminar) -> None:
    for author in NAMES:
        seminar.write_all(author, 7, 8)
    own = seminar.done("zora", "GET", f"learning/assignments/{seminar.assignment.pk}/peer-reviews")
    assert set(own["reviews"][0]) == {"reviewer", "criteria", "score", "comment", "ratings"}
    (table,) = [
        one
        for one in export_of(seminar, "zora")["tables"]
        if one["table"] == "assessment_peerreview" and one["column"] == "studentId" and one["rows"]
    ]
    assert set(table["rows"][0]) == {"assignmentId", "decision", "ratings", "score", "comment"}


def test_a_draft_is_nobody_elses(seminar: Seminar) -> None:
    review = seminar.of("zora")[0]
    secret = "unfinished thoughts"
    path = f"peer-reviews/{review.pk}"
    seminar.done(review.reviewer.code, "PUT", path, score=1, comment=secret)
    work = seminar.done("tom", "GET", f"assignments/{seminar.assignment.pk}/peer-reviews")
    assert secret not in json.dumps([work, export_of(seminar, "zora")])
    assert secret in json.dumps(export_of(seminar, review.reviewer.code))


def test_files_have_neutral_names_and_open_for_open_reviews_alone(seminar: Seminar) -> None:
    review = seminar.of("zora")[0]
    who, path = review.reviewer.code, f"peer-reviews/{review.pk}"
    (file,) = seminar.done(who, "GET", path)["work"]["files"]
    assert file["name"] == "File 1.pdf"
    url = seminar.done(who, "GET", f"{path}/files/1/url")["url"]
    assert not re.search("zora|private", url)
    assert seminar.ask(who, "GET", f"{path}/files/2/url")[0] == 404
    with seminar.inside():
        work = Submission.objects.get(pk=review.submission_id)
        key = work.files.get().file_id
    assert seminar.ask(who, "GET", f"files/{key}")[0] == 404
    assert seminar.ask(who, "GET", f"files/{key}/url")[0] == 404
    seminar.write(review, 5)
    assert seminar.ask(who, "GET", f"{path}/files/1/url")[0] == 404


def test_parents_see_nothing_of_reviews(seminar: Seminar) -> None:
    review = seminar.of("zora")[0]
    for path in (
        "me/peer-reviews",
        f"peer-reviews/{review.pk}",
        f"learning/assignments/{seminar.assignment.pk}/peer-reviews",
        f"assignments/{seminar.assignment.pk}/peer-reviews",
        f"assignments/{seminar.assignment.pk}/peer-reviewers",
    ):
        assert seminar.ask("pia", "GET", path)[0] == 403


def test_reminders_go_to_reviewers_once_and_name_nobody(seminar: Seminar) -> None:
    seminar.now = REVIEWS_DUE.replace(hour=1)
    with seminar.inside():
        assert reminders.remind_due_reviews() == 6
        assert reminders.remind_due_reviews() == 0
    for name in NAMES:
        keys = [one[0] for one in messages_to(seminar, name)]
        assert keys.count("PEER_REVIEW_DUE_REMINDER") == 2
        assert leaks(seminar, name) == set()
