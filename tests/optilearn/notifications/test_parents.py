"""What parents are told, and who they are: OptiCRM is asked each time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from optilearn.assessment.models import Assignment, Submission
from optilearn.assessment.selectors import Grade
from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.errors import CrmDown, CrmError
from optilearn.demo.opticrm import Fault, Kind, OptiCrmServer
from optilearn.enrollment.models import Enrollment
from optilearn.notifications.audiences import Audience, ParentsOf
from optilearn.notifications.delivery.expansion import expand
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.delivery.recipients import resolve
from optilearn.notifications.models import Delivery, Notification
from optilearn.notifications.payloads import points
from optilearn.notifications.producers.grading import notify_graded
from optilearn.notifications.producers.reminders import notify_low_grades
from optilearn.people.models import Person
from tests.optilearn.notifications.support import NOON, later
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
LOW = "PARENT_CHILD_LOW_GRADE"


def parents(twin: Twin, name: str) -> list[int]:
    with tenant_context(twin.id):
        return resolve(ParentsOf(twin.people[name].pk))


def test_parents_are_asked_for_and_admitted(twins: Twins, crm: OptiCrmServer) -> None:
    north, south = twins
    school = crm.schools["north"]
    school.parents["crm-new"] = {"name": "Ravi", "email": "ravi@example.org"}
    school.children["crm-new"] = ["crm-lena"]
    found = parents(north, "lena")
    assert found[0] == north.people["pia"].pk
    with tenant_context(north.id):
        ravi = Person.objects.get(pk=found[1])
        assert (ravi.role, ravi.email, ravi.status) == ("PARENT", "ravi@example.org", "ACTIVE")
    school.children.clear()
    assert parents(north, "lena") == []
    assert parents(south, "lena") == [south.people["pia"].pk]


def test_who_is_no_student_here_or_there_has_no_parents(twins: Twins, crm: OptiCrmServer) -> None:
    north, south = twins
    assert parents(north, "tom") == []
    with tenant_context(north.id):
        assert resolve(ParentsOf(south.people["lena"].pk)) == []
        assert resolve(ParentsOf(0)) == []
    del crm.schools["north"].students["crm-lena"]
    assert parents(north, "lena") == []


@pytest.mark.parametrize("fault", [Fault(Kind.DROP), Fault(Kind.STATUS, status=503)])
def test_while_opticrm_is_down_nobody_is_treated_as_an_orphan(
    twins: Twins, crm: OptiCrmServer, fault: Fault
) -> None:
    north, _ = twins
    crm.faults.set("parents", fault)
    with pytest.raises(CrmDown):
        parents(north, "lena")
    crm.faults.clear()


def test_lies_are_errors_too(twins: Twins, crm: OptiCrmServer) -> None:
    crm.faults.set("parents", Fault(Kind.LYING))
    with pytest.raises(CrmError):
        parents(twins[0], "lena")


def grade(twin: Twin, name: str, score: str, graded_at: datetime, **facts: Any) -> Submission:
    with tenant_context(twin.id):
        person, course = twin.people[name], twin.courses["MATH"]
        work, _ = Assignment.objects.get_or_create(
            course=course, title=facts.pop("work", "Essay"), defaults={"max_score": 50}
        )
        given = {"status": "GRADED", "submitted_at": later(days=-5)} | facts
        return Submission.objects.create(
            assignment=work,
            enrollment=Enrollment.objects.get(student=person, course=course),
            student=person,
            course=course,
            score=score,
            graded_at=graded_at,
            **given,
        )


def scan(twin: Twin, moment: datetime = NOON) -> int:
    with tenant_context(twin.id), clock.frozen(moment):
        return notify_low_grades()


def test_parents_hear_of_a_low_grade_after_the_grace_period_once(
    twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = twins
    lena = north.people["lena"]
    grade(north, "lena", "19.50", NOON)
    grade(north, "मीरा", "20", NOON)  # 40 percent aren't below 40
    assert scan(north, later(minutes=59)) == 0
    assert scan(north, later(minutes=61)) == 1
    assert scan(north, later(minutes=76)) == 0
    with tenant_context(north.id):
        row = Notification.objects.get(key=LOW)
        assert row.about_id == lena.pk
        assert (row.data["score"], row.data["maxScore"], row.data["threshold"]) == (
            "19.5",
            "50",
            40,
        )
        with clock.frozen(later(minutes=61)):
            expand()
        found = Delivery.objects.filter(key=LOW, channel="IN_APP")
        assert list(found.values_list("person_id", "about_id")) == [
            (north.people["pia"].pk, lena.pk)
        ]


def test_a_grade_that_is_corrected_in_time_is_never_sent(twins: Twins) -> None:
    north, _ = twins
    wrong = grade(north, "lena", "5", NOON)
    with tenant_context(north.id):
        rows = Submission.objects.filter(pk=wrong.pk)
        rows.update(score=45, graded_at=later(minutes=30))
        assert [scan(north, later(minutes=m)) for m in (61, 91, 1000)] == [0, 0, 0]
        rows.update(score=5, graded_at=later(minutes=1000))  # and one that is corrected downwards
    assert scan(north, later(minutes=1061)) == 1


def test_what_is_no_news_is_not_sent(twins: Twins) -> None:
    north, _ = twins
    grade(north, "lena", "5", later(days=-4))
    grade(north, "lena", "5", later(hours=-3), is_banked=True, work="Banked")
    grade(north, "lena", "5", later(hours=-3), work="Again")
    grade(north, "lena", "48", later(hours=-2), work="Again", submitted_at=later(hours=-2))
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["मीरा"].pk).update(status="INACTIVE")
    grade(north, "मीरा", "5", later(hours=-3))
    assert scan(north) == 0


def test_while_opticrm_is_down_the_alert_waits(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    grade(north, "lena", "5", NOON)
    crm.faults.set("parents", Fault(Kind.STATUS, status=503))
    assert scan(north, later(minutes=61)) == 1
    with tenant_context(north.id):
        with clock.frozen(later(minutes=61)):
            expand()
        assert Notification.objects.get().status == "EXPANDING"
        crm.faults.clear()
        with clock.frozen(later(minutes=200)):
            expand()
        assert Delivery.objects.filter(person=north.people["pia"]).exists()


def test_opticrm_is_asked_with_nothing_locked_and_again_after_a_kill(
    twins: Twins, crm: OptiCrmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    grade(north, "lena", "5", NOON)
    at = later(minutes=61)
    assert scan(north, at) == 1

    outside = (connection.in_atomic_block, len(connection.savepoint_ids))

    def killed(audience: Audience) -> list[int]:
        assert (connection.in_atomic_block, len(connection.savepoint_ids)) == outside
        raise KeyboardInterrupt

    with tenant_context(north.id), clock.frozen(at):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("optilearn.notifications.delivery.expansion.resolve", killed)
            expand()
        expand()  # another worker leaves it be while the first may still be asking
        assert not Delivery.objects.exists()
    with tenant_context(north.id), clock.frozen(at + timedelta(minutes=2)):
        expand()
        assert Delivery.objects.filter(person=north.people["pia"]).exists()


def test_the_school_sets_the_mark_and_the_grace(twins: Twins) -> None:
    north, _ = twins
    grade(north, "lena", "30", NOON)
    north.institution.settings = {
        "notifications": {"lowGradePercent": 61, "lowGradeGraceMinutes": 0}
    }
    north.institution.save()
    assert scan(north, later(minutes=1)) == 1


def graded(twin: Twin, score: str, at: datetime = NOON) -> Grade:
    lena, course = twin.people["lena"], twin.courses["MATH"]
    return Grade(
        id=31,
        student_id=lena.pk,
        student_name=lena.name,
        assignment_id=7,
        assignment_title="Essay",
        max_score=Decimal("50.00"),
        score=Decimal(score),
        graded_at=at,
        course_id=course.pk,
        course_title=course.title,
    )


def test_a_grade_is_sent_to_the_student_and_the_parents(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    with tenant_context(north.id), clock.frozen(NOON):
        for score in ("41.00", "41", "42"):
            notify_graded([graded(north, score)])
        expand()
        found = Delivery.objects.filter(channel="IN_APP").order_by("key", "id")
        assert list(found.values_list("key", "person__code", "notification__data__score")) == [
            ("ASSESS_GRADED", "lena", "41"),
            ("ASSESS_GRADED", "lena", "42"),
            ("PARENT_CHILD_GRADED", "pia", "41"),
            ("PARENT_CHILD_GRADED", "pia", "42"),
        ]


def test_a_correction_that_was_a_mistake_is_sent_too(twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = twins
    with tenant_context(north.id), clock.frozen(NOON):
        for minute, score in enumerate(("41", "42", "41")):
            notify_graded([graded(north, score, later(minutes=minute))])
        deliver_in_app()
        found = Delivery.objects.filter(channel="IN_APP", key="ASSESS_GRADED", status="SENT")
        scores = found.order_by("id").values_list("notification__data__score", flat=True)
        assert list(scores) == ["41", "42", "41"]


@pytest.mark.parametrize(
    ("score", "said"), [("41.00", "41"), ("100", "100"), ("0.00", "0"), ("19.50", "19.5")]
)
def test_points_are_written_as_people_write_them(score: str, said: str) -> None:
    assert points(Decimal(score)) == said


def test_the_oldest_grade_sent_is_three_days_past_its_grace(twins: Twins) -> None:
    north, _ = twins
    grade(north, "lena", "5", NOON)
    assert scan(north, NOON + timedelta(days=3, minutes=61)) == 0
    assert scan(north, NOON + timedelta(days=3, minutes=59)) == 1
