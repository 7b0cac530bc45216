"""The waiting list: joining, leaving, order, and seats that are passed on."""

from __future__ import annotations

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses import hooks
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
    heard: list[events.Event] = []
    events.listen(events.Kind.PROMOTED, heard.extend)
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
        hooks.seats_changed(course.pk)
        waiting = WaitingEntry.objects.filter(status="WAITING").order_by("rank")
        assert [entry.student.code for entry in waiting] == ["lena", "ravi"]
        Course.objects.filter(pk=course.pk).update(max_enrollments=None)
        hooks.seats_changed(course.pk)
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
