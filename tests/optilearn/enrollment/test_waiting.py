"""The waiting list: joining, leaving, order, and seats that are passed on."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from optilearn.core import clock
from optilearn.core.events import publish, subscribe
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.events import SeatLimitChanged
from optilearn.courses.models import Course
from optilearn.enrollment import events
from optilearn.enrollment.models import Enrollment, WaitingEntry
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


def full_course(twins: Twins) -> tuple[Course, Enrollment, str]:
    """A course whose only seat is Meera's, and the path of its list."""
    north, _ = twins
    course = make_course(north, "BIO", max_enrollments=1)
    return course, enroll(north, "मीरा", course), f"/courses/{course.pk}/waiting-list"


def test_joining_keeps_the_place(twins: Twins) -> None:
    north, _ = twins
    _course, _own, path = full_course(twins)
    make_student(north, "ravi")
    for position, name in enumerate(("lena", "sven", "ravi"), start=1):
        status, body = ask(north, name, "POST", path)
        assert (status, body["data"]["position"]) == (201, position)
    assert ask(north, "lena", "POST", path)[1]["data"]["position"] == 1
    assert ask(north, "sven", "DELETE", f"{path}/me")[1]["data"] | {
        "joinedAt": 0,
        "settledAt": 0,
    } == {
        "status": "LEFT",
        "position": None,
        "joinedAt": 0,
        "settledAt": 0,
    }
    assert ask(north, "ravi", "GET", f"{path}/me")[1]["data"]["position"] == 2
    assert ask(north, "sven", "POST", path)[1]["data"]["position"] == 3
    assert ask(north, "sven", "DELETE", f"{path}/me")[0] == 200
    assert refused(ask(north, "sven", "DELETE", f"{path}/me")) == (404, "NOT_FOUND")


def test_who_has_a_seat_or_could_have_one_does_not_wait(twins: Twins) -> None:
    north, _ = twins
    course, _own, path = full_course(twins)
    assert refused(ask(north, "मीरा", "POST", path)) == (409, "ALREADY_ENROLLED")
    with tenant_context(north.id):
        Course.objects.filter(pk=course.pk).update(max_enrollments=2)
    assert refused(ask(north, "lena", "POST", path)) == (409, "CONFLICT")
    assert refused(ask(north, "lena", "GET", f"{path}/me")) == (404, "NOT_FOUND")


def test_a_freed_seat_goes_to_the_first(twins: Twins) -> None:
    north, _ = twins
    course, own, path = full_course(twins)
    heard: list[events.Subject] = []
    subscribe(events.Promoted, lambda event: heard.extend(event.subjects))
    for name in ("lena", "sven"):
        ask(north, name, "POST", path)
    assert ask(north, "मीरा", "POST", f"/enrollments/{own.pk}/withdraw", {})[0] == 200
    assert seats_agree(north, course) == 1
    with tenant_context(north.id):
        promoted = Enrollment.objects.get(course=course, student__code="lena")
        assert AuditEntry.objects.filter(action="enrollment.promote").count() == 1
    assert (promoted.status, promoted.source) == ("ACTIVE", "SELF")
    assert [event.enrollment_id for event in heard] == [promoted.pk]
    assert ask(north, "lena", "GET", f"{path}/me")[1]["data"]["status"] == "ENROLLED"
    assert ask(north, "sven", "GET", f"{path}/me")[1]["data"]["position"] == 1


def test_added_seats_go_to_who_waits(twins: Twins) -> None:
    north, _ = twins
    course, _own, path = full_course(twins)
    make_student(north, "ravi")
    for name in ("lena", "sven", "ravi"):
        ask(north, name, "POST", path)
    with tenant_context(north.id):
        Person.objects.filter(code="lena").update(status="INACTIVE")
        Course.objects.filter(pk=course.pk).update(max_enrollments=2)
        publish(SeatLimitChanged(course.pk))
        waiting = WaitingEntry.objects.filter(status="WAITING").order_by("rank")
        assert [entry.student.code for entry in waiting] == ["lena", "ravi"]
        Course.objects.filter(pk=course.pk).update(max_enrollments=None)
        publish(SeatLimitChanged(course.pk))
        assert not WaitingEntry.objects.filter(status="WAITING", student__code="ravi").exists()
    assert seats_agree(north, course) == 3


def test_a_teacher_who_adds_a_seat_lets_the_next_one_in(twins: Twins) -> None:
    north, _ = twins
    course, _own, path = full_course(twins)
    ask(north, "lena", "POST", path)
    answer = ask(north, "tom", "PATCH", f"/courses/{course.pk}", {"maxEnrollments": 2})
    assert answer[1]["data"]["enrolledCount"] == 2
    assert ask(north, "lena", "GET", f"{path}/me")[1]["data"]["status"] == "ENROLLED"


def test_who_withdrew_may_wait_for_the_way_back(twins: Twins) -> None:
    north, _ = twins
    course, own, path = full_course(twins)
    ask(north, "lena", "POST", path)
    ask(north, "मीरा", "POST", f"/enrollments/{own.pk}/withdraw", {"reason": "परीक्षा"})
    answer = ask(north, "मीरा", "POST", f"/enrollments/{own.pk}/return")
    assert refused(answer) == (409, "COURSE_FULL")
    assert ask(north, "मीरा", "POST", path)[0] == 201
    with tenant_context(north.id):
        lena = Enrollment.objects.get(course=course, student__code="lena")
    ask(north, "tom", "POST", f"/enrollments/{lena.pk}/withdraw", {})
    back = fresh(north, own)
    assert (back.status, back.withdrawn_at, back.withdrawal_reason) == ("ACTIVE", None, "")
    # Whom staff took out can't queue up again.
    assert refused(ask(north, "lena", "POST", path)) == (409, "ALREADY_ENROLLED")
    assert seats_agree(north, course) == 1


def test_staff_see_and_reorder_the_list(twins: Twins) -> None:
    north, south = twins
    course, own, path = full_course(twins)
    make_student(north, "ravi")
    names = ["lena", "sven", "ravi"]
    for name in names:
        ask(north, name, "POST", path)
    body = ask(north, "tom", "GET", f"{path}?perPage=2")[1]
    assert [(one["position"], one["student"]["code"]) for one in body["data"]] == [
        (1, "lena"),
        (2, "sven"),
    ]
    assert body["meta"]["total"] == 3
    ids = [one["id"] for one in ask(north, "tom", "GET", path)[1]["data"]]
    for wrong in (ids[:2], [*ids, ids[0]], [], [*ids[:2], 2**40]):
        answer = ask(north, "tom", "PUT", f"{path}/order", {"entryIds": wrong})
        assert refused(answer) == (409, "CONFLICT")
    for name, expected in (("uma", 403), ("lena", 403), ("pia", 403)):
        assert ask(north, name, "PUT", f"{path}/order", {"entryIds": ids})[0] == expected
    assert ask(south, "asha", "PUT", f"{path}/order", {"entryIds": ids})[0] == 404
    answer = ask(north, "tom", "PUT", f"{path}/order", {"entryIds": ids[::-1]})
    assert [one["student"]["code"] for one in answer[1]["data"]] == names[::-1]
    make_student(north, "late")
    assert ask(north, "late", "POST", path)[1]["data"]["position"] == 4
    assert ask(north, "tom", "DELETE", f"{path}/{ids[2]}")[0] == 200
    assert ask(north, "tom", "DELETE", f"{path}/{ids[2]}")[0] == 404
    ask(north, "मीरा", "POST", f"/enrollments/{own.pk}/withdraw", {})
    assert ask(north, "sven", "GET", f"{path}/me")[1]["data"]["status"] == "ENROLLED"
    assert seats_agree(north, course) == 1


LATER = datetime(2026, 7, 1, 9, tzinfo=UTC)


def lapsed(twins: Twins) -> tuple[Course, str]:
    """A full course whose only seat lapses before LATER, while Lena waits, and Sven behind her."""
    north, _ = twins
    course, own, path = full_course(twins)
    for name in ("lena", "sven"):
        assert ask(north, name, "POST", path)[0] == 201
    with tenant_context(north.id):
        Enrollment.objects.filter(pk=own.pk).update(expires_at=LATER - timedelta(hours=1))
    return course, path


def test_who_is_first_in_line_enrols_in_the_seat_that_lapsed(twins: Twins) -> None:
    north, _ = twins
    course, path = lapsed(twins)
    with clock.frozen(LATER):
        status, body = ask(north, "lena", "POST", f"/courses/{course.pk}/enroll")
        assert (status, body["data"]["status"]) == (201, "ACTIVE")
        assert ask(north, "lena", "GET", f"/enrollments/{body['data']['id']}")[0] == 200
        assert ask(north, "lena", "GET", f"{path}/me")[1]["data"]["status"] == "ENROLLED"
        again = ask(north, "lena", "POST", f"/courses/{course.pk}/enroll")
        assert refused(again) == (409, "ALREADY_ENROLLED")
        assert again[1]["error"]["details"]["enrollmentId"] == body["data"]["id"]
    assert seats_agree(north, course) == 1


def test_nobody_else_enrols_in_it(twins: Twins) -> None:
    north, _ = twins
    course, _path = lapsed(twins)
    make_student(north, "ravi")
    with clock.frozen(LATER):
        for name in ("sven", "ravi"):
            answer = ask(north, name, "POST", f"/courses/{course.pk}/enroll")
            assert refused(answer) == (409, "COURSE_FULL")
        body = {"studentIds": [north.people["sven"].pk]}
        answer = ask(north, "tom", "POST", f"/courses/{course.pk}/enrollments", body)
        assert refused(answer) == (409, "COURSE_FULL")


def test_who_joins_again_as_a_seat_lapses_has_it_and_waits_no_more(twins: Twins) -> None:
    north, _ = twins
    course, path = lapsed(twins)
    with clock.frozen(LATER):
        status, body = ask(north, "lena", "POST", path)
        assert (status, body["data"]["status"]) == (201, "ENROLLED")
    with tenant_context(north.id):
        assert Enrollment.objects.get(course=course, student__code="lena").status == "ACTIVE"
        waiting = WaitingEntry.objects.filter(course=course, status="WAITING")
        assert [one.student.code for one in waiting] == ["sven"]


def test_who_comes_back_to_a_seat_that_lapsed_is_back(twins: Twins) -> None:
    north, _ = twins
    course, own, path = full_course(twins)
    ask(north, "मीरा", "POST", f"/enrollments/{own.pk}/withdraw", {})
    other = enroll(north, "lena", course, expires_at=LATER - timedelta(hours=1))
    with clock.frozen(LATER - timedelta(days=1)):
        assert ask(north, "मीरा", "POST", path)[0] == 201
    with clock.frozen(LATER):
        status, body = ask(north, "मीरा", "POST", f"/enrollments/{own.pk}/return")
        assert (status, body["data"]["status"]) == (200, "ACTIVE")
        assert ask(north, "मीरा", "GET", f"{path}/me")[1]["data"]["status"] == "ENROLLED"
    assert (fresh(north, other).status, seats_agree(north, course)) == ("EXPIRED", 1)


def test_staff_enrol_who_waits_first_with_the_end_that_they_say(twins: Twins) -> None:
    north, _ = twins
    course, _path = lapsed(twins)
    with clock.frozen(LATER):
        body = {"studentIds": [north.people["lena"].pk], "expiresAt": "2026-12-31T00:00:00Z"}
        status, answer = ask(north, "tom", "POST", f"/courses/{course.pk}/enrollments", body)
        assert status == 201, answer
        own = fresh(north, answer["data"][0]["id"])
    assert (own.status, own.source) == ("ACTIVE", "MANUAL")
    assert own.expires_at == datetime(2026, 12, 31, tzinfo=UTC)
    assert seats_agree(north, course) == 1


def test_whatever_is_called_as_seats_lapse_what_it_says_is_true(twins: Twins) -> None:
    """Random calls of three students and a teacher while ends pass: no state contradicts."""
    chance = random.Random(7)
    north, _ = twins
    course, _own, path = full_course(twins)
    with tenant_context(north.id):
        publish(SeatLimitChanged(course.pk))
    names = ["lena", "sven", "मीरा"]
    now = LATER
    for _step in range(80):
        now += timedelta(hours=chance.randint(0, 20))
        name = chance.choice(names)
        with tenant_context(north.id):
            held = Enrollment.objects.filter(course=course, student__code=name).first()
        call = chance.choice(["enroll", "wait", "withdraw", "return", "place", "end"])
        key = held.pk if held else 0
        who, method, target, body = {
            "enroll": (name, "POST", f"/courses/{course.pk}/enroll", None),
            "wait": (name, "POST", path, None),
            "withdraw": (name, "POST", f"/enrollments/{key}/withdraw", {}),
            "return": (chance.choice([name, "tom"]), "POST", f"/enrollments/{key}/return", None),
            "place": (
                "tom",
                "POST",
                f"/courses/{course.pk}/enrollments",
                {"studentIds": [north.people[name].pk]},
            ),
            "end": (
                "tom",
                "PATCH",
                f"/enrollments/{key}",
                {"expiresAt": (now + timedelta(hours=chance.randint(1, 30))).isoformat()},
            ),
        }[call]
        with clock.frozen(now):
            status, answer = ask(north, who, method, target, body)
            details = (answer["error"] or {}).get("details")
            if status == 409 and isinstance(details, dict) and "enrollmentId" in details:
                told = ask(north, name, "GET", f"/enrollments/{details['enrollmentId']}")
                assert told[1]["data"]["status"] == details["status"]
            with tenant_context(north.id):
                waits = WaitingEntry.objects.filter(course=course, status="WAITING")
                seated = Enrollment.objects.filter(
                    course=course,
                    status__in=["ACTIVE", "COMPLETED"],
                    student__in=waits.values("student"),
                ).exclude(expires_at__lte=now)
                assert not seated.exists(), (call, name)
        assert seats_agree(north, course) <= 1
