"""The copy of OptiCRM's people: taken over whole, or left as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.errors import CrmAnswerError, CrmDown
from optilearn.crm.models import DirectoryState, SchoolClass, Section
from optilearn.crm.selectors import fee_status
from optilearn.crm.services import refresh_directory, refresh_person
from optilearn.crm.wire import FeeStatus
from optilearn.demo.opticrm import CrmSchool, Kind, OptiCrmServer
from optilearn.demo.opticrm.springdale import springdale
from optilearn.people import directory as people_directory
from optilearn.people.models import Person
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def row(twin: Twin, name: str) -> dict[str, Any]:
    with tenant_context(twin.id):
        return Person.objects.values().get(crm_id=f"crm-{name}")


def copies(twin: Twin) -> list[tuple[Any, ...]]:
    """All that a refresh may change."""
    with tenant_context(twin.id):
        people = Person.objects.order_by("id").values_list(
            "id", "kind", "crm_id", "code", "role", "name", "email", "class_id", "class_name",
            "section_id", "section_name", "status",
        )  # fmt: skip
        classes = SchoolClass.objects.order_by("id").values_list("id", "crm_id", "name", "position")
        sections = Section.objects.order_by("id").values_list("id", "crm_id", "school_class_id")
        return [*people, *classes, *sections]


def xids(twin: Twin) -> set[tuple[int, int]]:
    from django.db import connection

    with tenant_context(twin.id), connection.cursor() as cursor:
        cursor.execute("SELECT id, row_xid FROM people_person")
        return set(cursor.fetchall())


def refresh(twin: Twin, **options: bool) -> Any:
    with tenant_context(twin.id):
        return refresh_directory(**options)


def test_the_directory_is_taken_over(crm: OptiCrmServer, twins: Twins) -> None:
    north, south = twins
    before = copies(south)
    school = crm.schools["north"]
    school.students["crm-new"] = {
        "name": "नया",
        "email": "new@x",
        "sectionId": "section-6B",
        "admissionNumber": "N1",
    }
    del school.students["crm-sven"]
    report = refresh(north)
    assert (report.problem, report.students, report.deactivated) == ("", 3, 1)
    lena = row(north, "lena")
    assert (lena["class_id"], lena["class_name"]) == ("class-6", "Class 6")
    assert (lena["section_id"], lena["section_name"]) == ("section-6A", "A")
    assert lena["email"] == "lena@north"
    new = row(north, "new")
    assert (new["name"], new["kind"], new["role"], new["code"], new["status"]) == (
        "नया", "STUDENT", "STUDENT", "N1", "ACTIVE",
    )  # fmt: skip
    assert row(north, "sven")["status"] == "INACTIVE"
    assert row(north, "asha")["email"] == "asha@north"  # staff are asked one by one
    with tenant_context(north.id):
        assert list(SchoolClass.objects.order_by("position").values_list("crm_id", flat=True)) == [
            "class-6", "class-7",
        ]  # fmt: skip
        assert set(Section.objects.values_list("school_class__crm_id", "crm_id")) == {
            ("class-6", "section-6A"), ("class-6", "section-6B"), ("class-7", "section-7A"),
        }  # fmt: skip
    assert copies(south) == before


def test_again_changes_nothing_that_a_snapshot_would_read(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    refresh(north)
    before, touched = copies(north), xids(north)
    report = refresh(north)
    assert (report.problem, report.changed, report.deactivated) == ("", 0, 0)
    assert copies(north) == before
    assert xids(north) == touched
    with clock.frozen(clock.now() + timedelta(days=2)):
        refresh(north)
        assert row(north, "lena")["refreshed_at"] == clock.now()
        assert row(north, "asha")["refreshed_at"] == clock.now()


def test_who_comes_back_is_active_again(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    sven = crm.schools["north"].students.pop("crm-sven")
    refresh(north)
    assert row(north, "sven")["status"] == "INACTIVE"
    crm.schools["north"].students["crm-sven"] = sven | {"name": "Sven the Second"}
    refresh(north)
    found = row(north, "sven")
    assert (found["status"], found["name"]) == ("ACTIVE", "Sven the Second")
    assert found["id"] == north.people["sven"].pk


def test_who_changes_sections_meanwhile_is_not_gone(crm: OptiCrmServer, twins: Twins) -> None:
    """On no roster, as the old one was read before and the new one after; but in the school."""
    north, _ = twins
    school = crm.schools["north"]
    roster = school.roster

    def without_lena(section: str) -> Any:
        return [s for s in roster(section) or [] if s["id"] != "crm-lena"]

    school.roster = without_lena  # type: ignore[method-assign]
    report = refresh(north)
    assert report.deactivated == 0
    assert row(north, "lena")["status"] == "ACTIVE"
    assert row(north, "lena")["section_name"] == "A"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": Kind.STATUS, "status": 500},
        {"kind": Kind.STATUS, "status": 404},
        {"kind": Kind.STATUS, "status": 401},
        {"kind": Kind.NOT_JSON},
        {"kind": Kind.WRONG_TYPES},
        {"kind": Kind.LYING},
        {"kind": Kind.HALF},
        {"kind": Kind.DROP},
    ],
)
@pytest.mark.parametrize("endpoint", ["classes", "roster", "*"])
def test_a_failed_read_keeps_the_last_good_roster(
    crm: OptiCrmServer, twins: Twins, fault: dict[str, Any], endpoint: str
) -> None:
    north, _ = twins
    first = refresh(north)
    before = copies(north)
    crm.schools["north"].students["crm-lena"]["name"] = "Somebody else"
    crm.fail(endpoint, **fault)
    report = refresh(north)
    assert report.problem.startswith("OptiCRM, ")
    assert report.refreshed_at == first.refreshed_at
    assert copies(north) == before
    with tenant_context(north.id):
        state = DirectoryState.objects.get()
    assert state.problem == report.problem
    assert state.attempted_at > state.refreshed_at
    crm.faults.clear()
    with tenant_context(north.id):  # and nobody has to help it up
        from optilearn.crm.client import opticrm

        opticrm().breaker._ended(north.id)
    assert refresh(north).problem == ""
    assert row(north, "lena")["name"] == "Somebody else"
    with tenant_context(north.id):
        assert DirectoryState.objects.get().problem == ""


def test_the_last_section_failing_keeps_everything(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    school = crm.schools["north"]
    roster = school.roster
    school.roster = lambda section: None if section == "section-7A" else roster(section)  # type: ignore[method-assign]
    before = copies(north)
    assert "section of the list" in refresh(north).problem
    assert copies(north) == before


def test_a_roster_that_is_not_believable(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    school = crm.schools["north"]
    for n in range(40):
        school.students[f"crm-{n}"] = {"name": f"N{n}", "sectionId": "section-6B"}
    assert refresh(north).changed == 43
    before = copies(north)
    school.students = {k: v for k, v in school.students.items() if v["sectionId"] != "section-6B"}
    assert "40 of 43 active students" in refresh(north).problem
    assert copies(north) == before
    assert refresh(north, accept_drop=True).deactivated == 40
    school.students = {}
    assert "no section has any student" in refresh(north, accept_drop=True).problem
    assert row(north, "lena")["status"] == "ACTIVE"


def test_two_with_one_number(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    school = crm.schools["north"]
    for key, code in (("a", "X1"), ("b", "X1"), ("c", "lena"), ("d", ""), ("e", "crm:f"), ("f", None)):  # fmt: skip  # noqa: E501
        school.students[f"crm-{key}"] = {
            "name": key,
            "sectionId": "section-6A",
            "admissionNumber": code,
        }
    assert refresh(north).problem == ""
    codes = {key: row(north, key)["code"] for key in "abcdef"}
    assert codes == {
        "a": "X1",
        "b": "crm:crm-b",
        "c": "crm:crm-c",
        "d": "crm:crm-d",
        "e": "crm:crm-e",
        "f": "crm:crm-f",
    }
    assert row(north, "lena")["code"] == "lena"


def test_six_hundred_students_in_few_statements(
    crm: OptiCrmServer, twins: Twins, django_assert_max_num_queries: Any
) -> None:
    north, _ = twins
    whole = springdale("north")
    crm.schools["north"] = CrmSchool(
        north.institution.crm_id, students=whole.students, classes=whole.classes
    )
    from django.db import connection

    with tenant_context(north.id), CaptureQueriesContext(connection) as first:
        report = refresh_directory(accept_drop=True)
    assert report.students == 600
    # 25 classes and sections are written one by one, the first time.
    assert len(first) < 110
    with tenant_context(north.id):
        assert Person.objects.filter(status="ACTIVE", kind="STUDENT").count() > 580
    with tenant_context(north.id), django_assert_max_num_queries(20):
        assert refresh_directory().changed == 0
    assert crm.count("roster") == 40


def test_one_person(crm: OptiCrmServer, twins: Twins) -> None:
    north, south = twins
    school, tom = crm.schools["north"], north.people["tom"]
    school.users["crm-tom"] |= {"name": "Tom Tall", "role": "HOD", "email": "tall@x"}
    with tenant_context(north.id):
        assert refresh_person(person_id=tom.pk)
        assert not refresh_person(person_id=tom.pk)
        assert not refresh_person(person_id=south.people["tom"].pk)
        entry = AuditEntry.objects.get(action="person.refresh")
    found = row(north, "tom")
    assert (found["name"], found["role"], found["email"]) == ("Tom Tall", "HOD", "tall@x")
    assert entry.details["role"] == ["TEACHER", "HOD"]
    assert row(south, "tom")["role"] == "TEACHER"
    school.users["crm-tom"]["role"] = "JANITOR"
    with tenant_context(north.id):
        refresh_person(person_id=tom.pk)
    found = row(north, "tom")
    assert (found["status"], found["role"]) == ("INACTIVE", "HOD")


@pytest.mark.parametrize("name", ["tom", "lena", "pia"])
def test_who_is_gone_is_inactive(crm: OptiCrmServer, twins: Twins, name: str) -> None:
    north, _ = twins
    school = crm.schools["north"]
    for people in (school.users, school.students, school.parents):
        people.pop(f"crm-{name}", None)
    with tenant_context(north.id):
        assert refresh_person(person_id=north.people[name].pk)
    assert row(north, name)["status"] == "INACTIVE"


def test_nobody_is_gone_because_the_institution_is(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    del crm.schools["north"]
    with tenant_context(north.id), pytest.raises(CrmAnswerError, match="know this institution"):
        refresh_person(person_id=north.people["tom"].pk)
    assert row(north, "tom")["status"] == "ACTIVE"


def test_a_person_keeps_the_copy_while_opticrm_is_down(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    crm.stop()
    with tenant_context(north.id), pytest.raises(CrmDown):
        refresh_person(person_id=north.people["tom"].pk)
    assert row(north, "tom")["status"] == "ACTIVE"
    crm.start()


def test_the_erased_do_not_come_back(
    crm: OptiCrmServer, twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    monkeypatch.setattr(
        people_directory.find_erased,
        "_function",
        lambda kind, ids: {"crm-new"} & set(ids) if kind == "STUDENT" else set(),
    )
    crm.schools["north"].students["crm-new"] = {"name": "New", "sectionId": "section-6A"}
    assert people_directory.is_erased("STUDENT", "crm-new")
    assert refresh(north).problem == ""
    with tenant_context(north.id):
        assert not Person.objects.filter(crm_id="crm-new").exists()


def test_fees(crm: OptiCrmServer, twins: Twins) -> None:
    north, south = twins
    crm.schools["north"].fees["crm-lena"] = "OVERDUE"
    with tenant_context(north.id):
        assert fee_status("crm-lena") is FeeStatus.OVERDUE
        assert fee_status("crm-nobody") is None
        for kind in (Kind.NOT_JSON, Kind.LYING, Kind.STRANGER, Kind.WRONG_TYPES):
            crm.fail("feeStatus", kind)
            assert fee_status("crm-lena") is None
        crm.stop()
        assert fee_status("crm-lena") is None
        crm.start()
    with tenant_context(south.id):
        crm.faults.clear()
        assert fee_status("crm-lena") is FeeStatus.CLEAR
