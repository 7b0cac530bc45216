"""Learning paths: order, unlocking, progress, completion and certificates."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.notifications.models import Notification
from optilearn.recognition.models import Certificate, PathMember
from optilearn.recognition.paths.rules import StepState, percent, states_of
from tests.optilearn.enrollment.world import enroll, make_course, make_student
from tests.support.certificates import MARCH, ask, complete, done, refused
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def north(twins: Twins) -> Twin:
    """With three courses of one lesson each, in which nobody is enrolled."""
    for code in ("FIRST", "SECOND", "THIRD"):
        make_course(twins[0], code, {})
    return twins[0]


def path(twin: Twin, *codes: str, **values: Any) -> int:
    courses = [twin.courses[code].pk for code in codes]
    body = {"title": "Analyst", "courseIds": courses, "status": "PUBLISHED"} | values
    return int(done(twin, "asha", "POST", "/learning-paths", body)["id"])


def add(twin: Twin, path_id: int, *names: str) -> int:
    body = {"studentIds": [twin.people[name].pk for name in names]}
    return int(done(twin, "asha", "POST", f"/learning-paths/{path_id}/members", body)["added"])


def start(twin: Twin, path_id: int, code: str, name: str = "lena") -> tuple[int, Any]:
    course = twin.courses[code].pk
    return ask(twin, name, "POST", f"/learning-paths/{path_id}/courses/{course}/start")


def seen(twin: Twin, path_id: int, name: str = "lena") -> Any:
    return done(twin, name, "GET", f"/learning-paths/{path_id}")


def states(twin: Twin, path_id: int, name: str = "lena") -> list[str]:
    return [one["state"] for one in seen(twin, path_id, name)["courses"]]


def finish(twin: Twin, code: str, name: str = "lena") -> None:
    with tenant_context(twin.id), clock.frozen(MARCH):
        complete(twin, name, code)


def certificates(twin: Twin) -> list[Certificate]:
    with tenant_context(twin.id):
        return list(Certificate.objects.filter(path_member__isnull=False).order_by("id"))


def test_courses_unlock_one_after_the_other(north: Twin) -> None:
    key = path(north, "FIRST", "SECOND", "THIRD")
    assert add(north, key, "lena") == 1
    assert states(north, key) == ["OPEN", "LOCKED", "LOCKED"]
    status, envelope = start(north, key, "SECOND")
    assert (status, envelope["error"]["code"]) == (403, "LESSON_LOCKED")
    assert envelope["error"]["details"]["next"]["code"] == "FIRST"
    status, envelope = start(north, key, "FIRST")
    assert status == 200
    assert start(north, key, "FIRST")[1]["data"] == envelope["data"]
    assert states(north, key) == ["STARTED", "LOCKED", "LOCKED"]
    finish(north, "FIRST")
    assert states(north, key) == ["COMPLETED", "OPEN", "LOCKED"]
    found = seen(north, key)
    assert (found["completedCount"], found["courseCount"], found["progressPct"]) == (1, 3, 33)
    assert start(north, key, "SECOND")[0] == 200
    with tenant_context(north.id):
        sources = Enrollment.objects.filter(student=north.people["lena"], source="PATH")
        assert sources.count() == 2


def test_a_path_without_an_order_opens_them_all(north: Twin) -> None:
    key = path(north, "FIRST", "SECOND", isSequential=False)
    add(north, key, "lena")
    assert states(north, key) == ["OPEN", "OPEN"]
    assert start(north, key, "SECOND")[0] == 200


def test_the_path_stands_for_targets_prerequisites_and_self_enrollment(north: Twin) -> None:
    with tenant_context(north.id):
        Course.objects.filter(code="FIRST").update(
            self_enrollment=False, target_class_ids=["elsewhere"]
        )
    key = path(north, "FIRST")
    add(north, key, "lena")
    assert start(north, key, "FIRST")[0] == 200


def test_seats_count_and_ended_enrollments_are_not_begun_anew(north: Twin) -> None:
    with tenant_context(north.id):
        Course.objects.filter(code="FIRST").update(max_enrollments=1)
    enroll(north, "मीरा", north.courses["FIRST"])
    enroll(north, "lena", north.courses["SECOND"], status="WITHDRAWN")
    key = path(north, "FIRST", "SECOND", isSequential=False)
    add(north, key, "lena")
    assert start(north, key, "FIRST")[1]["error"]["code"] == "COURSE_FULL"
    assert start(north, key, "SECOND")[1]["error"]["code"] == "ALREADY_ENROLLED"


def test_the_last_course_completes_the_path_and_brings_its_certificate(north: Twin) -> None:
    key = path(north, "FIRST", "SECOND", awardsCertificate=True, validMonths=12)
    add(north, key, "lena", "मीरा")
    for code in ("FIRST", "SECOND"):
        enroll(north, "lena", north.courses[code])
    finish(north, "FIRST")
    assert certificates(north) == []
    finish(north, "SECOND")
    (issued,) = certificates(north)
    assert (issued.course_title, issued.student_name) == ("Analyst", "Lena")
    assert issued.expires_at is not None
    assert seen(north, key)["completedAt"] is not None
    assert seen(north, key, "मीरा")["completedAt"] is None
    (own,) = done(north, "lena", "GET", "/me/certificates")
    assert (own["courseId"], own["courseTitle"]) == (None, "Analyst")
    (listed,) = done(north, "asha", "GET", "/certificates")
    assert listed["enrollmentId"] is None
    assert ask(north, "lena", "GET", f"/certificates/{issued.pk}")[0] == 200
    assert ask(north, "मीरा", "GET", f"/certificates/{issued.pk}")[0] == 404
    assert ask(north, "tom", "GET", f"/certificates/{issued.pk}")[0] == 404
    page = Client().get(f"/verify/{issued.code}", headers={"Accept-Language": "en"})
    assert "Learning path" in page.content.decode()
    with tenant_context(north.id):
        told = Notification.objects.filter(key="CERTIFICATE_ISSUED")
        assert told.count() == 1


def test_a_path_certificate_is_issued_anew_and_revoked(north: Twin) -> None:
    key = path(north, "FIRST", awardsCertificate=True)
    add(north, key, "lena")
    enroll(north, "lena", north.courses["FIRST"])
    finish(north, "FIRST")
    (first,) = certificates(north)
    reason = {"reason": "Her name was misspelled."}
    done(north, "asha", "POST", f"/certificates/{first.pk}/reissue", reason)
    old, new = certificates(north)
    assert (old.revoked_at is not None, new.replaces_id, new.issue) == (True, old.pk, 2)
    assert new.path_member_id == old.path_member_id
    again = refused(north, "asha", "POST", f"/certificates/{first.pk}/reissue", reason)
    assert again == (409, "CONFLICT")


def test_who_has_completed_everything_completes_the_path_by_joining(north: Twin) -> None:
    enroll(north, "lena", north.courses["FIRST"])
    finish(north, "FIRST")
    key = path(north, "FIRST", awardsCertificate=True, isOpen=True)
    joined = done(north, "lena", "PUT", f"/learning-paths/{key}/membership")
    assert joined["completedAt"] is not None
    done(north, "lena", "PUT", f"/learning-paths/{key}/membership")
    assert len(certificates(north)) == 1


def test_fewer_courses_can_complete_a_path_and_more_take_nothing_back(north: Twin) -> None:
    enroll(north, "lena", north.courses["FIRST"])
    finish(north, "FIRST")
    key = path(north, "FIRST", "SECOND", awardsCertificate=True)
    add(north, key, "lena", "मीरा")
    one = {"courseIds": [north.courses["FIRST"].pk]}
    done(north, "asha", "PATCH", f"/learning-paths/{key}", one)
    assert len(certificates(north)) == 1
    more = {"courseIds": [north.courses["SECOND"].pk, north.courses["FIRST"].pk]}
    done(north, "asha", "PATCH", f"/learning-paths/{key}", more)
    found = seen(north, key)
    assert found["completedAt"] is not None
    assert [one["state"] for one in found["courses"]] == ["OPEN", "COMPLETED"]


def test_members_come_and_go(north: Twin) -> None:
    key = path(north, "FIRST", isOpen=True)
    add(north, key, "lena")
    assert add(north, key, "lena", "मीरा") == 1
    where = f"/learning-paths/{key}/membership"
    assert refused(north, "lena", "DELETE", where) == (409, "CONFLICT")
    lena = north.people["lena"].pk
    done(north, "asha", "DELETE", f"/learning-paths/{key}/members/{lena}")
    done(north, "asha", "DELETE", f"/learning-paths/{key}/members/{lena}")
    (left,) = done(north, "asha", "GET", f"/learning-paths/{key}/members")
    assert left["student"]["name"] == "मीरा"
    assert start(north, key, "FIRST")[0] == 404
    done(north, "lena", "PUT", where)
    done(north, "lena", "DELETE", where)
    done(north, "lena", "DELETE", where)
    with tenant_context(north.id):
        assert PathMember.objects.count() == 2


def test_who_completed_a_path_stays(north: Twin) -> None:
    enroll(north, "lena", north.courses["FIRST"])
    finish(north, "FIRST")
    key = path(north, "FIRST", isOpen=True)
    done(north, "lena", "PUT", f"/learning-paths/{key}/membership")
    lena = north.people["lena"].pk
    for name, where in (("lena", "membership"), ("asha", f"members/{lena}")):
        assert refused(north, name, "DELETE", f"/learning-paths/{key}/{where}") == (409, "CONFLICT")


def test_students_see_what_they_may_take(north: Twin) -> None:
    hers = path(north, "FIRST", title="Hers")
    add(north, hers, "lena")
    path(north, "FIRST", title="Open", isOpen=True)
    path(north, "FIRST", title="Hidden")
    path(north, "FIRST", title="Draft", status="DRAFT", isOpen=True)

    def listed(name: str) -> list[str]:
        return [one["title"] for one in done(north, name, "GET", "/learning-paths")]

    assert listed("lena") == ["Hers", "Open"]
    assert listed("मीरा") == ["Open"]
    assert listed("tom") == ["Hers", "Hidden", "Open"]
    assert listed("asha") == ["Draft", "Hers", "Hidden", "Open"]
    assert ask(north, "मीरा", "GET", f"/learning-paths/{hers}")[0] == 404
    done(north, "asha", "PATCH", f"/learning-paths/{hers}", {"status": "ARCHIVED"})
    assert listed("lena") == ["Hers", "Open"]
    assert start(north, hers, "FIRST")[1]["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"courseIds": []}, "VALIDATION_ERROR"),
        ({"courseIds": [1, 1]}, "VALIDATION_ERROR"),
        ({"courseIds": [999_999]}, "NOT_FOUND"),
        ({"title": "  "}, "VALIDATION_ERROR"),
        ({"validMonths": 0}, "VALIDATION_ERROR"),
        ({"templateId": 999_999}, "NOT_FOUND"),
        ({"title": "Analyst"}, "CONFLICT"),
    ],
)
def test_paths_that_cannot_be_are_refused(north: Twin, body: dict[str, Any], code: str) -> None:
    path(north, "FIRST")
    given = {"title": "Other", "status": "PUBLISHED", "courseIds": [north.courses["FIRST"].pk]}
    assert refused(north, "asha", "POST", "/learning-paths", given | body)[1] == code
    assert len(done(north, "asha", "GET", "/learning-paths")) == 1


def test_courses_that_nobody_can_take_are_refused(twins: Twins, north: Twin) -> None:
    make_course(north, "PLANNED", {}, status="DRAFT")
    key = path(north, "PLANNED", "FIRST", status="DRAFT")
    status, envelope = ask(
        north, "asha", "PATCH", f"/learning-paths/{key}", {"status": "PUBLISHED"}
    )
    assert (status, envelope["error"]["code"]) == (409, "CONFLICT")
    assert envelope["error"]["details"]["courseIds"] == [north.courses["PLANNED"].pk]
    foreign = {"courseIds": [twins[1].courses["MATH"].pk]}
    assert refused(north, "asha", "PATCH", f"/learning-paths/{key}", foreign)[0] == 404


def test_a_course_that_was_archived_is_unavailable(north: Twin) -> None:
    key = path(north, "FIRST", "SECOND", isSequential=False)
    add(north, key, "lena")
    with tenant_context(north.id):
        Course.objects.filter(code="FIRST").update(status="ARCHIVED")
    assert states(north, key) == ["UNAVAILABLE", "OPEN"]
    assert start(north, key, "FIRST")[1]["error"]["code"] == "CONFLICT"


def queries(twin: Twin, name: str, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        done(twin, name, "GET", url)
    return len(captured)


def test_queries_do_not_grow_with_members_and_courses(north: Twin) -> None:
    key = path(north, "FIRST")
    add(north, key, "lena")
    calls = {
        "/learning-paths": "lena",
        f"/learning-paths/{key}": "lena",
        f"/learning-paths/{key}/members": "asha",
    }
    few = {url: queries(north, name, url) for url, name in calls.items()}
    names = [f"s{number}" for number in range(12)]
    for name in names:
        make_student(north, name)
    add(north, key, *names)
    more = {"courseIds": [north.courses[code].pk for code in ("FIRST", "SECOND", "THIRD")]}
    done(north, "asha", "PATCH", f"/learning-paths/{key}", more)
    path(north, "SECOND", title="Open", isOpen=True)
    assert {url: queries(north, name, url) for url, name in calls.items()} == few


def test_a_completion_without_paths_costs_one_statement(north: Twin) -> None:
    enroll(north, "lena", north.courses["FIRST"])
    with (
        tenant_context(north.id),
        clock.frozen(MARCH),
        CaptureQueriesContext(connection) as captured,
    ):
        complete(north, "lena", "FIRST")
    about_paths = [one["sql"] for one in captured if "recognition_pathmember" in one["sql"]]
    assert len(about_paths) == 1


STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["PUBLISHED", "ARCHIVED"]),
            "is_completed": st.booleans(),
            "enrollment_id": st.sampled_from([None, 1]),
        }
    ),
    max_size=6,
)


@given(STEPS)
def test_exactly_the_first_open_course_is_unlocked(steps: list[dict[str, Any]]) -> None:
    found = states_of(steps, is_sequential=True)
    assert found.count(StepState.OPEN) <= 1
    for place, state in enumerate(found):
        before = found[:place]
        if state is StepState.OPEN:
            assert all(one is StepState.COMPLETED for one in before)
        if state is StepState.LOCKED:
            assert any(one is not StepState.COMPLETED for one in before)
    assert StepState.LOCKED not in states_of(steps, is_sequential=False)


def test_a_path_is_whole_only_with_its_last_course() -> None:
    assert [percent(done, 3) for done in range(4)] == [0, 33, 66, 100]
    assert percent(0, 0) == 0
    assert percent(199, 200) == 99
