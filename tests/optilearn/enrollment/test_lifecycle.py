"""Withdrawal and return with work kept, ends, and the count of seats after anything."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment import services
from optilearn.enrollment.models import Enrollment, LessonProgress, WaitingEntry
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

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def test_work_is_kept(twins: Twins) -> None:
    north, _ = twins
    own = north.enrollments[0]
    path = f"/enrollments/{own.pk}"
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=own.pk).update(progress_pct="40.00")
    answer = ask(north, "lena", "POST", f"{path}/withdraw", {"reason": "बीमार"})
    assert answer[1]["data"]["status"] == "WITHDRAWN"
    assert answer[1]["data"]["withdrawalReason"] == "बीमार"
    assert ask(north, "lena", "POST", f"{path}/withdraw")[0] == 200
    assert seats_agree(north, north.courses["MATH"]) == 1
    with tenant_context(north.id):
        assert LessonProgress.objects.filter(enrollment=own).count() == 1
        assert own.submissions.count() == 1
    answer = ask(north, "lena", "POST", f"{path}/return")
    assert answer[1]["data"]["status"] == "ACTIVE"
    assert answer[1]["data"]["withdrawnAt"] is None
    assert ask(north, "lena", "POST", f"{path}/return")[0] == 200
    assert seats_agree(north, north.courses["MATH"]) == 2


def test_whom_staff_took_out_only_staff_bring_back(twins: Twins) -> None:
    north, _ = twins
    path = f"/enrollments/{north.enrollments[0].pk}"
    assert ask(north, "tom", "POST", f"{path}/withdraw", {})[0] == 200
    assert refused(ask(north, "lena", "POST", f"{path}/return")) == (403, "FORBIDDEN")
    assert ask(north, "tom", "POST", f"{path}/return")[1]["data"]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("name", "expected"), [("मीरा", 404), ("sven", 404), ("pia", 404), ("uma", 403), ("anil", 403)]
)
def test_somebody_elses_enrollment(twins: Twins, name: str, expected: int) -> None:
    north, _ = twins
    path = f"/enrollments/{north.enrollments[0].pk}"
    assert ask(north, name, "GET", path)[0] == expected
    assert ask(north, name, "POST", f"{path}/withdraw", {})[0] == expected
    assert ask(north, name, "POST", f"{path}/return")[0] == expected
    assert ask(north, name, "PATCH", path, {"outcome": "PASS"})[0] == expected


def test_a_student_changes_nothing_by_hand(twins: Twins) -> None:
    north, _ = twins
    path = f"/enrollments/{north.enrollments[0].pk}"
    assert refused(ask(north, "lena", "PATCH", path, {"outcome": "PASS"})) == (403, "FORBIDDEN")


def test_the_other_institutions_enrollment_is_not_there(twins: Twins) -> None:
    north, south = twins
    path = f"/enrollments/{south.enrollments[0].pk}"
    for method, part, body in (
        ("GET", "", None),
        ("PATCH", "", {"outcome": "PASS"}),
        ("POST", "/withdraw", {}),
        ("POST", "/return", None),
    ):
        assert ask(north, "asha", method, path + part, body)[0] == 404


@pytest.mark.parametrize("status", ["COMPLETED", "EXPIRED", "ENDED"])
def test_what_is_over_is_not_withdrawn_from(twins: Twins, status: str) -> None:
    north, _ = twins
    own = north.enrollments[0]
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=own.pk).update(status=status)
    answer = ask(north, "lena", "POST", f"/enrollments/{own.pk}/withdraw", {})
    assert refused(answer) == (409, "CONFLICT")
    assert fresh(north, own).status == status


def test_a_passed_end_reads_as_expired_at_once(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", {}, max_enrollments=1)
    own = enroll(north, "lena", course, expires_at=NOW)
    roster = f"/courses/{course.pk}/enrollments"
    for moment, status in ((NOW - timedelta(seconds=1), "ACTIVE"), (NOW, "EXPIRED")):
        with clock.frozen(moment):
            assert (
                ask(north, "lena", "GET", f"/enrollments/{own.pk}")[1]["data"]["status"] == status
            )
            for query in ("", f"?status={status}"):
                (row,) = ask(north, "tom", "GET", roster + query)[1]["data"]
                assert row["status"] == status
            mine = ask(north, "lena", "GET", f"/learning/courses?status={status}")[1]["data"]
            assert own.pk in [one["enrollmentId"] for one in mine]
    assert fresh(north, own).status == "ACTIVE"


def test_the_sweep_writes_ends_down_and_passes_seats_on(twins: Twins) -> None:
    north, south = twins
    course = make_course(north, "BIO", max_enrollments=1)
    own = enroll(north, "lena", course, expires_at=NOW)
    other = enroll(south, "lena", make_course(south, "BIO"), expires_at=NOW)
    with clock.frozen(NOW - timedelta(days=1)):
        assert ask(north, "sven", "POST", f"/courses/{course.pk}/waiting-list")[0] == 201
    with tenant_context(north.id), clock.frozen(NOW):
        assert services.expire_enrollments() == 1
        assert services.expire_enrollments() == 0
    assert fresh(north, own).status == "EXPIRED"
    assert fresh(south, other).status == "ACTIVE"
    with tenant_context(north.id):
        assert WaitingEntry.objects.get().status == "ENROLLED"
    assert seats_agree(north, course) == 1


def test_the_task_is_known_by_its_name(twins: Twins) -> None:
    from worker.tasks import enrollment

    north, _ = twins
    own = enroll(north, "sven", north.courses["MATH"], expires_at=NOW)
    with tenant_context(north.id):
        enrollment.expire.run()
    assert enrollment.expire.name == "enrollment.expire"
    assert fresh(north, own).status == "EXPIRED"


def test_an_end_moved_by_hand(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    own = enroll(north, "lena", course)
    path = f"/enrollments/{own.pk}"
    gone = ask(north, "tom", "PATCH", path, {"expiresAt": "2020-01-01T00:00:00Z"})
    assert gone[1]["data"]["status"] == "EXPIRED"
    assert seats_agree(north, course) == 0
    assert ask(north, "sven", "POST", f"/courses/{course.pk}/enroll")[0] == 201
    back = ask(north, "tom", "PATCH", path, {"expiresAt": None})
    assert refused(back) == (409, "COURSE_FULL")
    with tenant_context(north.id):
        Course.objects.filter(pk=course.pk).update(max_enrollments=2)
    back = ask(north, "tom", "PATCH", path, {"expiresAt": "2031-01-01T00:00:00+05:30"})
    assert (back[1]["data"]["status"], back[1]["data"]["expiresAt"]) == (
        "ACTIVE",
        "2030-12-31T18:30:00Z",
    )
    ended = ask(north, "tom", "PATCH", path, {"status": "ENDED", "outcome": "FAIL"})
    assert (ended[1]["data"]["status"], ended[1]["data"]["outcome"]) == ("ENDED", "FAIL")
    assert seats_agree(north, course) == 1
    assert ask(north, "tom", "PATCH", path, {})[1]["data"]["status"] == "ENDED"
    assert ask(north, "tom", "PATCH", path, {"outcome": None})[1]["data"]["outcome"] is None


def test_an_end_moved_on_before_the_sweep_came(twins: Twins) -> None:
    """Who holds the last seat keeps it, unless somebody waited for it."""
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    own = enroll(north, "lena", course, expires_at=NOW)
    path = f"/enrollments/{own.pk}"
    with clock.frozen(NOW):
        body = {"expiresAt": "2027-01-01T00:00:00Z"}
        assert ask(north, "tom", "PATCH", path, body)[1]["data"]["status"] == "ACTIVE"
        assert seats_agree(north, course) == 1
        assert ask(north, "sven", "POST", f"/courses/{course.pk}/waiting-list")[0] == 201
    with clock.frozen(datetime(2027, 1, 1, tzinfo=UTC)):
        answer = ask(north, "tom", "PATCH", path, {"expiresAt": None})
        assert refused(answer) == (409, "COURSE_FULL")


def test_a_return_after_the_end(twins: Twins) -> None:
    north, _ = twins
    course = make_course(north, "BIO", access_days=10)
    own = enroll(
        north,
        "lena",
        course,
        status="WITHDRAWN",
        withdrawn_by=north.people["lena"],
        expires_at=NOW,
    )
    with clock.frozen(NOW + timedelta(days=1)):
        answer = ask(north, "lena", "POST", f"/enrollments/{own.pk}/return")
        assert refused(answer) == (409, "CONFLICT")
        answer = ask(north, "tom", "POST", f"/enrollments/{own.pk}/return")
        assert answer[1]["data"]["expiresAt"] == "2026-05-15T09:00:00Z"


def test_completed_stays_completed_on_return(twins: Twins) -> None:
    north, _ = twins
    own = north.enrollments[0]
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=own.pk).update(status="ENDED", completed_at=NOW)
    answer = ask(north, "asha", "POST", f"/enrollments/{own.pk}/return")
    assert answer[1]["data"]["status"] == "COMPLETED"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_count_is_right_after_anything(twins: Twins, seed: int) -> None:
    """Random people do random things to a small course; seats always agree with the rows."""
    north, _ = twins
    chance = random.Random(seed)
    names = ["lena", "मीरा", "sven", *(f"s{n}" for n in range(3))]
    for name in names[3:]:
        make_student(north, name)
    course = make_course(north, "BIO", {}, max_enrollments=3, access_days=3)
    moment = NOW
    for _step in range(45):
        moment += timedelta(hours=chance.randrange(30))
        with clock.frozen(moment):
            if chance.random() < 0.1:
                with tenant_context(north.id):
                    seats = chance.choice([1, 2, 3, 4, None])
                    Course.objects.filter(pk=course.pk).update(max_enrollments=seats)
                    services.assign_free_seats_of(course.pk)
            else:
                assert ask(north, *anything(twins, course, names, chance))[0] < 500
        held = seats_agree(north, course)
        with tenant_context(north.id):
            waiting = WaitingEntry.objects.filter(course=course, status="WAITING").count()
            most = Course.objects.get(pk=course.pk).max_enrollments
        assert not waiting or (most is not None and held >= most)


def anything(
    twins: Twins, course: Course, names: list[str], chance: random.Random
) -> tuple[str, str, str, Any]:
    """Something that somebody may try: who, method, path, body."""
    north, _ = twins
    name = chance.choice(names)
    with tenant_context(north.id):
        own = Enrollment.objects.filter(course=course, student__code=name).first()
    key, at = own.pk if own else 0, f"/courses/{course.pk}"
    ids = [north.people[n].pk for n in chance.sample(names, 2)]
    tries: list[tuple[str, str, str, Any]] = [
        (name, "POST", f"{at}/enroll", None),
        (name, "POST", f"{at}/waiting-list", None),
        (name, "DELETE", f"{at}/waiting-list/me", None),
        (name, "POST", f"/enrollments/{key}/withdraw", {}),
        (name, "POST", f"/enrollments/{key}/return", None),
        ("tom", "POST", f"/enrollments/{key}/return", None),
        ("tom", "PATCH", f"/enrollments/{key}", {"expiresAt": None}),
        ("tom", "PATCH", f"/enrollments/{key}", {"status": "ENDED"}),
        ("tom", "POST", f"{at}/enrollments", {"studentIds": ids}),
        ("tom", "POST", f"{at}/enrollments/bulk", {"text": ",".join(names), "apply": True}),
    ]
    return chance.choice(tries)
