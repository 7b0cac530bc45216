"""Attendance: reported, measured at the end, corrected by hand, told to parents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core.models import AuditEntry
from optilearn.enrollment.models import Enrollment, LessonProgress
from optilearn.live.models import Attendance, LiveClass, PresenceEvent
from optilearn.live.services import end
from optilearn.notifications.models import Notification
from tests.support.live_classes import START, Classroom

ABSENT = "PARENT_CHILD_ABSENT"


def end_class(room: Classroom, key: int) -> None:
    room.done("tom", "POST", f"live-classes/{key}/end")


def rows(room: Classroom, key: int) -> dict[str, dict[str, Any]]:
    found = room.done("tom", "GET", f"live-classes/{key}/attendance")
    return {one["name"]: one for one in found}


def enrollment(room: Classroom, name: str) -> int:
    with room.inside():
        return Enrollment.objects.get(student=room.twin.people[name], course__code="MATH").pk


def test_who_stays_is_present_who_leaves_early_partly_who_never_came_absent(
    north: Classroom,
) -> None:
    lesson = north.a_lesson()
    key = north.started(lessonId=lesson.pk)
    north.report("lena", key, "JOIN")
    north.pass_minutes(60)
    end_class(north, key)
    assert north.attendance(key) == {"lena": "PRESENT", "मीरा": "ABSENT"}
    found = rows(north, key)
    assert (found["Lena"]["presentSeconds"], found["Lena"]["classSeconds"]) == (3600, 3600)
    assert (found["Lena"]["firstAt"], found["Lena"]["lastAt"]) == (
        "2026-03-02T10:00:00Z",
        "2026-03-02T11:00:00Z",
    )
    assert found["मीरा"]["firstAt"] is None
    with north.inside():
        done = LessonProgress.objects.filter(lesson=lesson, status="COMPLETED")
        assert [one.student.code for one in done] == ["lena"]
    (notice,) = north.notices(ABSENT)
    assert notice.data["childName"] == "मीरा"
    assert notice.audience == {"kind": "ParentsOf", "student_id": north.twin.people["मीरा"].pk}


def test_partial_is_no_absence_and_completes_nothing(north: Classroom) -> None:
    lesson = north.a_lesson()
    key = north.started(lessonId=lesson.pk)
    for name, minutes in (("lena", 45), ("मीरा", 44)):
        north.report(name, key, "JOIN")
        north.now = START + timedelta(minutes=minutes)
        north.report(name, key, "LEAVE")
        north.now = START
    north.pass_minutes(60)
    end_class(north, key)
    assert north.attendance(key) == {"lena": "PRESENT", "मीरा": "PARTIAL"}
    assert north.notices(ABSENT) == []
    with north.inside():
        assert LessonProgress.objects.filter(lesson=lesson, status="COMPLETED").count() == 1


def test_the_threshold_is_the_class_s_or_the_school_s(north: Classroom) -> None:
    assert north.done("asha", "PATCH", "school", attendancePercent=50)["attendancePercent"] == 50
    keys = [int(north.schedule(thresholdPercent=percent)["id"]) for percent in (None, 60)]
    north.now = START
    for key in keys:
        north.done("tom", "POST", f"live-classes/{key}/start")
        north.report("lena", key, "JOIN")
    north.pass_minutes(30)
    for key in keys:
        north.report("lena", key, "LEAVE")
    north.pass_minutes(30)
    for key in keys:
        end_class(north, key)
    assert [north.attendance(key)["lena"] for key in keys] == ["PRESENT", "PARTIAL"]


def test_a_short_class_is_measured_by_its_own_length(north: Classroom) -> None:
    key = north.started()
    north.report("lena", key, "JOIN")
    north.pass_minutes(20)
    end_class(north, key)
    assert north.attendance(key)["lena"] == "PRESENT"
    assert rows(north, key)["Lena"]["classSeconds"] == 1200


def test_a_report_that_is_sent_again_is_stored_once(north: Classroom) -> None:
    key = north.started()
    event = UUID(int=77)
    for _ in range(3):
        assert north.report("lena", key, "JOIN", event=event) == 200
    # The same id from somebody else is their own report, and says nothing of Lena's.
    assert north.report("मीरा", key, "JOIN", event=event) == 200
    with north.inside():
        assert PresenceEvent.objects.count() == 2
    north.pass_minutes(60)
    end_class(north, key)
    assert north.report("lena", key, "JOIN", event=event) == 200
    assert north.report("lena", key, "JOIN") == 409
    assert north.report("lena", key, "LEAVE") == 200
    with north.inside():
        assert PresenceEvent.objects.count() == 2


def test_nobody_reports_for_somebody_else_or_another_time(north: Classroom) -> None:
    key = north.started()
    body = {"eventId": str(UUID(int=1)), "connectionId": str(UUID(int=2)), "kind": "JOIN"}
    for forged in ({"personId": 1}, {"at": "2026-03-02T09:00:00Z"}, {"kind": "STAY"}):
        path = f"live-classes/{key}/presence"
        assert north.ask("lena", "POST", path, **(body | forged))[0] == 400
    with north.inside():
        assert not PresenceEvent.objects.exists()


def test_a_report_is_one_statement(north: Classroom) -> None:
    key = north.started()
    with CaptureQueriesContext(connection) as found:
        north.report("lena", key, "JOIN")
    writes = [one["sql"] for one in found if "live_presenceevent" in one["sql"]]
    assert len(writes) == 1
    assert "ON CONFLICT" in writes[0]


def test_too_many_reports_are_refused(north: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optilearn.live.rules.MAX_REPORTS", 3)
    key = north.started()
    assert [north.report("lena", key, "JOIN") for _ in range(4)] == [200, 200, 200, 429]


def test_hosts_see_who_is_in_the_room(north: Classroom) -> None:
    key = north.started()
    path = f"live-classes/{key}/presence"
    assert north.done("tom", "GET", path) == []
    north.report("tom", key, "JOIN")
    north.pass_minutes(1)
    north.report("lena", key, "JOIN", 1)
    north.pass_minutes(1)
    north.report("lena", key, "JOIN", 2)
    north.report("lena", key, "LEAVE", 1)
    found = north.done("tom", "GET", path)
    assert [(one["name"], one["isHost"], one["since"]) for one in found] == [
        ("Tom", True, "2026-03-02T10:00:00Z"),
        ("Lena", False, "2026-03-02T10:01:00Z"),
    ]
    north.report("lena", key, "LEAVE", 2)
    assert len(north.done("tom", "GET", path)) == 1
    end_class(north, key)
    assert north.done("tom", "GET", path) == []


def test_who_came_later_to_the_course_or_left_it_is_not_absent(north: Classroom) -> None:
    with north.inside():
        own = Enrollment.objects.filter(course__code="MATH")
        own.filter(student__code="lena").update(enrolled_at=START + timedelta(minutes=1))
        own.filter(student__code="मीरा").update(status="WITHDRAWN", withdrawn_at=START)
    key = north.started()
    north.pass_minutes(60)
    end_class(north, key)
    assert north.attendance(key) == {}
    assert north.notices(ABSENT) == []


def test_a_correction_has_a_reason_and_keeps_what_was_measured(north: Classroom) -> None:
    lesson = north.a_lesson()
    key = north.started(lessonId=lesson.pk)
    path = f"live-classes/{key}/attendance/{enrollment(north, 'मीरा')}"
    early = north.ask("tom", "PUT", path, status="PRESENT", reason="Network")
    assert early[0] == 409
    north.pass_minutes(60)
    end_class(north, key)
    assert north.ask("tom", "PUT", path, status="PRESENT", reason=" ")[0] == 400
    assert north.ask("tom", "PUT", path, status="PRESENT")[0] == 400
    north.done("tom", "PUT", path, status="PRESENT", reason="Network")
    found = rows(north, key)["मीरा"]
    assert (found["status"], found["measured"], found["correctedBy"], found["reason"]) == (
        "PRESENT",
        "ABSENT",
        "Tom",
        "Network",
    )
    own = north.done("मीरा", "GET", "me/attendance")
    assert [(one["status"], one["isCorrected"]) for one in own] == [("PRESENT", True)]
    with north.inside():
        done = LessonProgress.objects.filter(lesson=lesson, status="COMPLETED")
        assert [one.student.code for one in done] == ["मीरा"]
        entry = AuditEntry.objects.get(action="attendance.correct")
    assert (entry.details["from"], entry.details["to"]) == ("ABSENT", "PRESENT")
    assert "Network" not in str(entry.details)


def test_parents_hear_once_of_an_absence_whatever_is_corrected(north: Classroom) -> None:
    key = north.started()
    north.report("lena", key, "JOIN")
    north.pass_minutes(60)
    end_class(north, key)
    for name in ("lena", "मीरा"):
        path = f"live-classes/{key}/attendance/{enrollment(north, name)}"
        for status in ("ABSENT", "PRESENT", "ABSENT"):
            north.done("tom", "PUT", path, status=status, reason="Checked")
    assert sorted(one.data["childName"] for one in north.notices(ABSENT)) == ["Lena", "मीरा"]


def test_a_correction_for_somebody_of_another_course_is_refused(
    north: Classroom, south: Classroom
) -> None:
    key = north.started()
    end_class(north, key)
    with north.inside():
        art = Enrollment.objects.create(
            student=north.twin.people["sven"], course=north.twin.courses["ART"]
        )
    for number in (art.pk, enrollment(south, "lena"), 10**12):
        path = f"live-classes/{key}/attendance/{number}"
        assert north.ask("tom", "PUT", path, status="PRESENT", reason="x")[0] == 404


def test_somebody_without_a_row_gets_one_by_hand(north: Classroom) -> None:
    key = north.started()
    end_class(north, key)
    with north.inside():
        late = Enrollment.objects.create(
            student=north.twin.people["sven"], course=north.twin.courses["MATH"]
        )
    path = f"live-classes/{key}/attendance/{late.pk}"
    north.done("asha", "PUT", path, status="PRESENT", reason="Sat beside Lena")
    assert north.attendance(key)["sven"] == "PRESENT"


def test_students_see_their_own_attendance_alone(north: Classroom, south: Classroom) -> None:
    key = north.started()
    north.report("lena", key, "JOIN")
    north.pass_minutes(60)
    end_class(north, key)
    (own,) = north.done("lena", "GET", "me/attendance")
    assert (own["liveClassId"], own["status"], own["presentSeconds"]) == (key, "PRESENT", 3600)
    course = north.twin.courses["ART"].pk
    assert north.done("lena", "GET", f"me/attendance?courseId={course}") == []
    assert south.done("lena", "GET", "me/attendance") == []
    assert north.ask("lena", "GET", f"live-classes/{key}/attendance")[0] == 403
    assert north.ask("pia", "GET", "me/attendance")[0] == 403


def test_ending_takes_the_same_statements_for_any_number(north: Classroom) -> None:
    def statements() -> int:
        with north.inside():
            LiveClass.objects.all().delete()
        key = north.started()
        north.report("lena", key, "JOIN")
        north.pass_minutes(60)
        with north.inside(), CaptureQueriesContext(connection) as found:
            end(principal=north.twin.principal("tom"), class_id=key)
        north.now = START
        return len(found)

    before = statements()
    with north.inside():
        from optilearn.people.models import Person

        for number in range(5):
            person = Person.objects.create(
                kind="STUDENT", role="STUDENT", crm_id=f"x{number}", code=f"x{number}", name="X"
            )
            Enrollment.objects.create(student=person, course=north.twin.courses["MATH"])
    assert statements() == before
    with north.inside():
        assert Attendance.objects.count() == 7
        assert Notification.objects.filter(key=ABSENT).count() == 7
