"""The week of parents, and all digests together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.selectors import children_of
from optilearn.demo.opticrm import Fault, Kind, OptiCrmServer
from optilearn.notifications.digests import parents
from optilearn.notifications.digests.services import send_due_digests
from optilearn.notifications.models import Digest, Notification, Preference, ReaderProfile
from optilearn.people.models import Person
from tests.optilearn.enrollment.world import enroll
from tests.optilearn.notifications.support import reach
from tests.optilearn.notifications.weekly import (
    PARENT,
    Twins,
    at,
    cost,
    grade,
    is_written,
    said,
    scan_parents,
    seen,
    work,
)


def test_a_parents_week(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    math = north.courses["MATH"]
    seen(north, "lena", at(-2), progress_pct="60.50")
    grade(north, work(north, math, "Essay 1"), "lena", at(-1))
    grade(north, work(north, math, "Old"), "lena", at(-8))
    work(north, math, "Essay 2", at(6))
    work(north, math, "Far", at(8))
    grade(north, work(north, math, "Handed in", at(5)), "lena", None)
    made = [scan_parents(north, at(hours=hours)) for hours in (-1, 0, 0.25, 24)]
    assert made == [0, 1, 0, 0]
    assert said(north, PARENT) == {
        "pia": {
            "weekOf": "2026-11-16",
            "children": [
                {
                    "childId": north.people["lena"].pk,
                    "childName": "Lena",
                    "courses": [{"courseTitle": "Math for all", "progressPct": 60}],
                    "grades": [{"assignmentTitle": "Essay 1", "score": "41", "maxScore": "50"}],
                    "due": [{"assignmentTitle": "Essay 2", "dueAt": "2026-11-29T08:00:00Z"}],
                }
            ],
        }
    }
    is_written(north, PARENT)


def test_a_changed_hour_leaves_nothing_out_and_repeats_nothing(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    pia = reach(north, "pia")
    math = north.courses["MATH"]
    for title, graded_at in (("Sunday", at(-1)), ("Monday noon", at(hours=5)), ("Friday", at(4))):
        grade(north, work(north, math, title), "lena", graded_at)

    def sent_at_times(when: datetime) -> list[str]:
        with tenant_context(north.id):
            Notification.objects.filter(key=PARENT).delete()
        if not scan_parents(north, when):
            return []
        (child,) = said(north, PARENT)["pia"]["children"]
        return [one["assignmentTitle"] for one in child["grades"]]

    assert sent_at_times(at()) == ["Sunday"]
    with tenant_context(north.id):  # from Mondays at eight to Mondays at twenty
        ReaderProfile.objects.create(person=pia, digest_hour=20)
    assert sent_at_times(at(hours=12)) == []
    assert sent_at_times(at(7, hours=12)) == ["Monday noon", "Friday"]
    with tenant_context(north.id):  # and to Thursdays: only what is new since then
        ReaderProfile.objects.update(digest_weekday=4)
    grade(north, work(north, math, "Tuesday"), "lena", at(8))
    assert sent_at_times(at(10, hours=12)) == ["Tuesday"]


def test_a_child_who_finished_the_only_course_is_news(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    done = {"status": "COMPLETED", "progress_pct": 100}
    seen(north, "lena", at(-9), completed_at=at(-8), **done)
    assert scan_parents(north, at()) == 0
    seen(north, "lena", at(-9), completed_at=at(1), **done)
    assert scan_parents(north, at(7)) == 1
    (child,) = said(north, PARENT)["pia"]["children"]
    assert child["courses"] == [{"courseTitle": "Math for all", "progressPct": 100}]


def test_without_news_nothing_is_sent_and_opticrm_is_asked_once(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    seen(north, "lena", at(-9))
    assert scan_parents(north, at(hours=1)) == 0
    asked = len(crm.asked)
    assert asked
    seen(north, "lena", at(-1))
    assert scan_parents(north, at(hours=2)) == 0
    assert len(crm.asked) == asked
    assert said(north, PARENT) == {}
    assert scan_parents(north, at(7)) == 0
    seen(north, "lena", at(13))
    assert scan_parents(north, at(14)) == 1


def test_while_opticrm_is_down_it_waits_for_the_next_scan(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    seen(north, "lena", at(-2))
    crm.faults.set("children", Fault(Kind.STATUS, status=503))
    assert scan_parents(north, at(hours=0)) == 0
    with tenant_context(north.id):
        assert not Digest.objects.exists()
    crm.faults.clear()
    assert scan_parents(north, at(hours=0.25)) == 1


def test_the_parents_before_it_went_down_have_theirs(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    seen(north, "lena", at(-2))
    with tenant_context(north.id):
        Person.objects.create(
            kind="PARENT", role="PARENT", crm_id="crm-two", code="two", email="two@example.org"
        )
    crm.schools["north"].parents["crm-two"] = {"name": "Two"}
    crm.schools["north"].children["crm-two"] = ["crm-lena"]

    def once(principal: Any) -> Any:
        crm.faults.set("children", Fault(Kind.STATUS, status=503))
        return found if (found := known.pop("first", None)) else children_of(principal)

    with tenant_context(north.id):
        known: dict[str, Any] = {"first": children_of(north.principal("pia"))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parents, "children_of", once)
        assert scan_parents(north, at()) == 1
    assert list(said(north, PARENT)) == ["pia"]
    crm.faults.clear()
    assert scan_parents(north, at(hours=0.25)) == 1
    assert list(said(north, PARENT)) == ["pia", "two"]


def test_who_gets_no_parents_digest(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    north, south = quiet_twins
    for twin in quiet_twins:
        seen(twin, "lena", at(-2))
    assert scan_parents(north, at()) == 0  # without an address
    reach(north, "pia", status="INACTIVE")
    assert scan_parents(north, at()) == 0
    reach(north, "pia", status="ACTIVE")
    assert scan_parents(north, at(3.5)) == 0  # too late: it would be news of long ago
    with tenant_context(north.id):
        wish = Preference.objects.create(person=north.people["pia"], key=PARENT, email=False)
        assert scan_parents(north, at()) == 0
        Preference.objects.filter(pk=wish.pk).update(email=None, frequency="NEVER")
        assert scan_parents(north, at()) == 0
        assert not crm.asked
        wish.delete()
    crm.schools["north"].children.clear()
    assert scan_parents(north, at()) == 0
    assert said(south, PARENT) == {}


def test_a_parents_week_is_at_their_hour(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    _, south = quiet_twins
    pia = reach(south, "pia", time_zone="Asia/Kathmandu")
    seen(south, "lena", at(-2))
    with tenant_context(south.id):
        ReaderProfile.objects.create(person=pia, digest_hour=19, digest_weekday=7)
    sunday = datetime.fromisoformat("2026-11-22T13:15Z")
    assert scan_parents(south, sunday - timedelta(seconds=1)) == 0
    assert scan_parents(south, sunday) == 1
    assert said(south, PARENT)["pia"]["weekOf"] == "2026-11-15"


def test_parents_cost_no_more_than_asking_for_their_children(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    seen(north, "lena", at(-2))

    def more(number: int, prefix: str) -> None:
        for n in range(number):
            key = f"crm-{prefix}{n}"
            with tenant_context(north.id):
                Person.objects.create(
                    kind="PARENT", role="PARENT", crm_id=key, code=key, email=f"{key}@example.org"
                )
            crm.schools["north"].parents[key] = {"name": key}
            crm.schools["north"].children[key] = ["crm-lena"]

    more(2, "a")
    one = cost(north, lambda twin, _: children_of(twin.principal("pia")), at())
    few = cost(north, scan_parents, at()) - 2 * one
    more(10, "b")
    with tenant_context(north.id):
        Digest.objects.all().delete()
        Notification.objects.all().delete()
    assert cost(north, scan_parents, at()) - 12 * one == few
    assert len(said(north, PARENT)) == 12


def test_all_digests_of_an_institution(quiet_twins: Twins, crm: OptiCrmServer) -> None:
    north, south = quiet_twins
    reach(north, "pia")
    reach(north, "uma")
    seen(north, "lena", at(-2))
    enroll(north, "sven", north.courses["ART"], enrolled_at=at(-1))
    with tenant_context(north.id), clock.frozen(at()):
        assert send_due_digests() == 2
        assert send_due_digests() == 0
    with tenant_context(south.id):
        assert not Notification.objects.exists()


def test_a_late_parents_week_does_not_call_next_what_was_due_meanwhile(
    quiet_twins: Twins, crm: OptiCrmServer
) -> None:
    north, _ = quiet_twins
    reach(north, "pia")
    math = north.courses["MATH"]
    seen(north, "lena", at(-2))
    work(north, math, "Yesterday", at(1))
    work(north, math, "Tomorrow", at(3))
    assert scan_parents(north, at(2)) == 1
    (child,) = said(north, PARENT)["pia"]["children"]
    assert [one["assignmentTitle"] for one in child["due"]] == ["Tomorrow"]
