"""Parents and their children, asked of OptiCRM on each call, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.selectors import child_of, child_person_ids, children_of
from optilearn.crm.services import refresh_directory
from optilearn.demo.opticrm import Kind, OptiCrmServer
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]

ENROLLED = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": ["enrollments.count"],
}


def get(twin: Twin, name: str, path: str) -> tuple[int, dict[str, Any]]:
    return call("GET", path, token=token_of(twin, name))


def test_a_parents_children(crm: OptiCrmServer, twins: Twins) -> None:
    for twin in twins:
        status, body = get(twin, "pia", "/api/parent/children")
        assert status == 200
        assert body["data"] == [
            {
                "personId": twin.people["lena"].pk,
                "name": "Lena",
                "classId": "class-6",
                "className": "Class 6",
                "sectionId": "section-6A",
                "sectionName": "A",
            }
        ]
    crm.schools["north"].children["crm-pia"] = []
    assert get(twins[0], "pia", "/api/parent/children")[1]["data"] == []
    assert crm.count("children") == 3


@pytest.mark.parametrize("name", ["asha", "tom", "lena", "ada"])
def test_only_parents_have_children_here(crm: OptiCrmServer, twins: Twins, name: str) -> None:
    assert get(twins[0], name, "/api/parent/children")[0] == 403
    assert not crm.asked


def test_a_child_that_we_do_not_know_is_admitted(crm: OptiCrmServer, twins: Twins) -> None:
    north, south = twins
    school = crm.schools["north"]
    school.students["crm-new"] = {"name": "Naya", "sectionId": "section-6B"}
    school.children["crm-pia"] = ["crm-lena", "crm-new", "crm-lena"]
    principal = north.principal("pia")
    with tenant_context(north.id):
        found = {child.crm_id: child for child in children_of(principal)}
        assert set(found) == {"crm-lena", "crm-new"}
        new = Person.objects.get(crm_id="crm-new")
        assert (new.pk, new.section_id) == (found["crm-new"].person_id, "section-6B")
        assert child_of(principal, new.pk).name == "Naya"
        assert child_person_ids(principal) == tuple(sorted((new.pk, north.people["lena"].pk)))
        for stranger in (north.people["sven"], north.people["tom"], south.people["lena"]):
            with pytest.raises(AppError) as refused:
                child_of(principal, stranger.pk)
            assert refused.value.code is ErrorCode.NOT_FOUND
    with tenant_context(south.id):
        assert not Person.objects.filter(crm_id="crm-new").exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": Kind.STATUS, "status": 500},
        {"kind": Kind.STATUS, "status": 401},
        {"kind": Kind.STATUS, "status": 404},
        {"kind": Kind.DROP},
        {"kind": Kind.NOT_JSON},
        {"kind": Kind.LYING},
    ],
)
def test_without_an_answer_nobody_is_told_that_they_have_no_children(
    crm: OptiCrmServer, twins: Twins, fault: dict[str, Any]
) -> None:
    crm.fail("*", **fault)
    for path, body in (
        ("/api/parent/children", None),
        ("/api/analytics/reports/run", {"definition": ENROLLED}),
    ):
        method = "GET" if body is None else "POST"
        status, answer = call(method, path, token=token_of(twins[0], "pia"), body=body)
        assert status == 503
        assert answer["error"]["code"] == "SERVICE_UNAVAILABLE"
        assert "children" in answer["error"]["message"]


def test_a_parent_whom_opticrm_does_not_know_has_none(crm: OptiCrmServer, twins: Twins) -> None:
    del crm.schools["north"].parents["crm-pia"]
    assert get(twins[0], "pia", "/api/parent/children") == (200, {"data": [], "error": None})


def run(twin: Twin, name: str) -> tuple[int, dict[str, Any]]:
    return call(
        "POST",
        "/api/analytics/reports/run",
        token=token_of(twin, name),
        body={"definition": ENROLLED},
    )


def test_a_parents_reports_count_the_children(crm: OptiCrmServer, twins: Twins) -> None:
    north, _ = twins
    children = crm.schools["north"].children
    for listed, count in (
        (["crm-lena"], 1),
        (["crm-lena", "crm-मीरा"], 2),
        ([], 0),
        (["crm-sven"], 0),
    ):
        children["crm-pia"] = listed
        status, body = run(north, "pia")
        assert status == 200, body
        rows = body["data"]["rows"]
        assert sum(row[-1] for row in rows) == count, listed
    assert run(north, "asha")[1]["data"]["rows"] == [["MATH", 2]]


def test_classes_for_the_staff(crm: OptiCrmServer, twins: Twins) -> None:
    north, south = twins
    with tenant_context(north.id):
        refresh_directory()
    status, body = get(north, "tom", "/api/classes")
    assert status == 200
    assert body["data"] == [
        {
            "id": "class-6",
            "name": "Class 6",
            "sections": [{"id": "section-6A", "name": "A"}, {"id": "section-6B", "name": "B"}],
        },
        {"id": "class-7", "name": "Class 7", "sections": [{"id": "section-7A", "name": "A"}]},
    ]
    assert get(south, "tom", "/api/classes")[1]["data"] == []
    assert get(north, "lena", "/api/classes")[0] == 403
    assert get(north, "pia", "/api/classes")[0] == 403


def test_classes_cost_as_many_queries_however_many_there_are(
    crm: OptiCrmServer, twins: Twins, django_assert_num_queries: Any
) -> None:
    from optilearn.crm.selectors import school_classes

    north, _ = twins
    with tenant_context(north.id):
        for count in (2, 12):
            crm.schools["north"].classes = crm.schools["north"].classes[:2] + [
                {"id": f"c{n}", "name": f"C{n}", "sections": [{"id": f"s{n}", "name": "A"}]}
                for n in range(count - 2)
            ]
            refresh_directory()
            with django_assert_num_queries(2):
                assert len(school_classes(north.principal("tom"))) == count
