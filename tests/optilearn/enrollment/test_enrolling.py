"""Enrolling by oneself and by staff."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course, Prerequisite
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import (
    Twins,
    ask,
    enroll,
    fresh,
    make_course,
    make_student,
    refused,
    seats_agree,
)


def test_a_student_takes_a_seat(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {}, access_days=30)
    status, body = ask(north, "lena", "POST", f"/courses/{course.pk}/enroll")
    assert status == 201
    data = body["data"]
    assert (data["status"], data["source"], data["progressPct"]) == ("ACTIVE", "SELF", 0)
    assert data["student"]["code"] == "lena"
    assert data["expiresAt"] is not None
    assert seats_agree(north, course) == 1
    with tenant_context(north.id):
        assert AuditEntry.objects.filter(action="enrollment.create").count() == 1


def test_a_second_time_is_told_so(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO")
    path = f"/courses/{course.pk}/enroll"
    assert ask(north, "lena", "POST", path)[0] == 201
    again = ask(north, "lena", "POST", path)
    assert refused(again) == (409, "ALREADY_ENROLLED")
    assert again[1]["error"]["details"]["status"] == "ACTIVE"
    assert seats_agree(north, course) == 1


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": "DRAFT"}, (404, "NOT_FOUND")),
        ({"status": "REVIEW"}, (404, "NOT_FOUND")),
        ({"status": "ARCHIVED"}, (404, "NOT_FOUND")),
        ({"self_enrollment": False}, (403, "FORBIDDEN")),
        ({"target_class_ids": ["8"]}, (404, "NOT_FOUND")),
        ({"target_section_ids": ["8A"]}, (404, "NOT_FOUND")),
        ({"max_enrollments": 0}, (409, "COURSE_FULL")),
    ],
)
def test_what_keeps_a_student_out(
    twins: Twins, facts: dict[str, Any], expected: tuple[int, str]
) -> None:
    north, _ = twins
    course = make_course(north, "BIO", **facts)
    answer = ask(north, "lena", "POST", f"/courses/{course.pk}/enroll")
    assert refused(answer) == expected
    assert seats_agree(north, course) == 0


@pytest.mark.parametrize(
    ("place", "targets", "expected"),
    [
        ({"class_id": "8"}, {"target_class_ids": ["7", "8"]}, 201),
        ({"section_id": "8A"}, {"target_section_ids": ["8A"]}, 201),
        ({"class_id": "9"}, {"target_class_ids": ["8"], "target_section_ids": ["9A"]}, 404),
        ({"section_id": "9A"}, {"target_class_ids": ["8"], "target_section_ids": ["9A"]}, 201),
        ({"class_id": ""}, {"target_class_ids": [""]}, 404),
    ],
)
def test_targets(
    twins: Twins, place: dict[str, str], targets: dict[str, list[str]], expected: int
) -> None:
    north, _ = twins
    make_student(north, "ravi", **place)
    course = make_course(north, "BIO", **targets)
    assert ask(north, "ravi", "POST", f"/courses/{course.pk}/enroll")[0] == expected


def test_another_course_comes_first(twins: Twins) -> None:
    north, _ = twins
    first, second = make_course(north, "B1"), make_course(north, "B2")
    with tenant_context(north.id):
        Prerequisite.objects.create(course=second, requires=first)
    path = f"/courses/{second.pk}/enroll"
    answer = ask(north, "lena", "POST", path)
    assert refused(answer) == (403, "FORBIDDEN")
    assert answer[1]["error"]["details"] == {
        "reason": "PREREQUISITE",
        "courses": [{"id": first.pk, "code": "B1", "title": "B1 for all"}],
    }
    enroll(north, "lena", first)
    assert ask(north, "lena", "POST", path)[0] == 403
    with tenant_context(north.id):
        first.enrollments.update(status="COMPLETED")
    assert ask(north, "lena", "POST", path)[0] == 201


@pytest.mark.parametrize("name", ["asha", "tom", "anil", "pia"])
def test_only_students_enrol(twins: Twins, name: str) -> None:
    north, _ = twins
    course = make_course(north, "BIO")
    assert refused(ask(north, name, "POST", f"/courses/{course.pk}/enroll"))[0] == 403


def test_a_full_course_names_its_waiting_list(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    enroll(north, "मीरा", course)
    answer = ask(north, "lena", "POST", f"/courses/{course.pk}/enroll")
    assert refused(answer) == (409, "COURSE_FULL")
    assert answer[1]["error"]["details"]["waitingList"] is True


def test_a_seat_whose_end_has_passed_is_free(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    old = enroll(north, "मीरा", course, expires_at="2026-01-31T00:00Z")
    assert ask(north, "lena", "POST", f"/courses/{course.pk}/enroll")[0] == 201
    assert fresh(north, old).status == "EXPIRED"
    assert seats_agree(north, course) == 1


def test_staff_enrol_many_or_none(twins: Twins) -> None:
    north, south = twins
    course = make_course(north, "BIO", max_enrollments=2, self_enrollment=False)
    path = f"/courses/{course.pk}/enrollments"
    people = north.people
    ids = [people["lena"].pk, people["मीरा"].pk]
    assert refused(ask(north, "uma", "POST", path, {"studentIds": ids})) == (403, "FORBIDDEN")
    for stranger in (people["tom"].pk, people["pia"].pk, south.people["lena"].pk, 2**62):
        answer = ask(north, "tom", "POST", path, {"studentIds": [*ids, stranger]})
        assert refused(answer) == (400, "VALIDATION_ERROR")
        assert answer[1]["error"]["details"][0]["message"] == str(stranger)
    assert seats_agree(north, course) == 0
    status, body = ask(north, "tom", "POST", path, {"studentIds": ids * 2})
    assert status == 201
    assert [one["studentId"] for one in body["data"]] == ids
    answer = ask(north, "asha", "POST", path, {"studentIds": [people["sven"].pk]})
    assert refused(answer) == (409, "COURSE_FULL")
    answer = ask(north, "asha", "POST", path, {"studentIds": ids})
    assert refused(answer) == (409, "ALREADY_ENROLLED")
    assert len(answer[1]["error"]["details"]) == 2
    assert seats_agree(north, course) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"studentIds": []},
        {"studentIds": [0]},
        {"studentIds": [2**63]},
        {"studentIds": ["x"]},
        {"studentIds": [1], "expiresAt": "2027-01-01T00:00:00"},
        {"studentIds": [1], "expiresAt": "0001-01-01T00:00:00+14:00"},
        {"studentIds": [1], "institutionId": 2},
        {"studentIds": [1] * 501},
    ],
)
def test_bodies_that_make_no_sense(twins: Twins, body: dict[str, Any]) -> None:
    north, _ = twins
    path = f"/courses/{north.courses['MATH'].pk}/enrollments"
    assert refused(ask(north, "tom", "POST", path, body)) == (400, "VALIDATION_ERROR")


def test_staff_enrol_into_a_draft_but_not_into_the_archive(twins: Twins) -> None:
    north, _ = twins
    body = {"studentIds": [north.people["lena"].pk], "expiresAt": "2030-01-01T00:00:00Z"}
    draft, old = make_course(north, "D", status="DRAFT"), make_course(north, "O", status="ARCHIVED")
    assert ask(north, "tom", "POST", f"/courses/{draft.pk}/enrollments", body)[0] == 201
    answer = ask(north, "tom", "POST", f"/courses/{old.pk}/enrollments", body)
    assert refused(answer) == (409, "CONFLICT")


def test_an_inactive_student_is_not_enrolled(twins: Twins) -> None:
    north, _ = twins
    gone = make_student(north, "gone", status="INACTIVE")
    path = f"/courses/{north.courses['MATH'].pk}/enrollments"
    answer = ask(north, "tom", "POST", path, {"studentIds": [gone.pk]})
    assert refused(answer) == (400, "VALIDATION_ERROR")


def test_another_institutions_course_is_not_there(twins: Twins) -> None:
    north, south = twins
    key = south.courses["ART"].pk
    assert ask(north, "lena", "POST", f"/courses/{key}/enroll")[0] == 404
    body = {"studentIds": [north.people["lena"].pk]}
    assert ask(north, "asha", "POST", f"/courses/{key}/enrollments", body)[0] == 404
    with tenant_context(south.id):
        assert Course.objects.get(pk=key).enrolled_count == 0
        assert Person.objects.filter(pk=south.people["lena"].pk).exists()
