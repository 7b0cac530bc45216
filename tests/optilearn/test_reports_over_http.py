"""Reports through the door: right numbers, everybody's own scope, typed refusals, audit."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from optilearn.analytics import snapshots
from optilearn.analytics.auditing import audited
from optilearn.analytics.models import Snapshot
from optilearn.core.errors import AppError
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from reports.errors import (
    Problem,
    ReportBusy,
    ReportCancelled,
    ReportError,
    ReportInvalid,
    ReportTimeout,
    ReportTooLarge,
    SnapshotDamaged,
    UnsafeSql,
)
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
RUN = "/api/analytics/reports/run"
BY_COURSE: dict[str, Any] = {
    "version": 1,
    "entity": "courses",
    "mode": "categorical",
    "dimensions": ["code"],
    "measures": ["enrollments.count", "submissions.avgScore", "activity.clicks"],
    "totals": "grand",
}


def run(twin: Twin, name: str, definition: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return call("POST", RUN, token=token_of(twin, name), body={"definition": definition})


def test_an_administrator_sees_the_whole_institution(twins: Twins) -> None:
    for twin in twins:
        status, body = run(twin, "asha", BY_COURSE)
        assert status == 200
        assert body["data"]["rows"] == [["ART", 0, None, 0], ["MATH", 2, 54.75, 14]]
        assert body["data"]["totals"] == [{"level": 0, "row": [None, 2, 54.75, 14]}]
        assert body["data"]["meta"]["scope"] == {"kind": "institution"}


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("tom", [["ART", 0, None, 0], ["MATH", 2, 54.75, 14]]),  # co-teaches ART
        ("uma", [["ART", 0, None, 0]]),
        ("lena", [["MATH", 1, 71.5, 7]]),
        ("मीरा", [["MATH", 1, 38, 7]]),
        ("sven", []),
    ],
)
def test_each_person_counts_their_own_rows_only(twins: Twins, name: str, rows: list[Any]) -> None:
    status, body = run(twins[0], name, BY_COURSE)
    assert (status, body["data"]["rows"]) == (200, rows)


def test_no_answer_of_one_institution_holds_an_id_of_the_other(twins: Twins) -> None:
    north, south = twins
    listing = {
        "version": 1,
        "entity": "submissions",
        "mode": "rows",
        "columns": ["id", "studentId", "courseId", "enrollmentId", "student.name"],
    }
    status, body = run(south, "asha", listing)
    assert (status, len(body["data"]["rows"])) == (200, 2)
    for _, student, course, *_ in body["data"]["rows"]:
        assert student in {p.pk for p in south.people.values()}
        assert student not in {p.pk for p in north.people.values()}
        assert course in {c.pk for c in south.courses.values()}
        assert course not in {c.pk for c in north.courses.values()}


def test_every_run_is_audited(twins: Twins) -> None:
    north, _ = twins
    _, body = run(north, "asha", BY_COURSE)
    run(north, "asha", {"version": 1, "entity": "nothing", "mode": "rows", "columns": ["x"]})
    with tenant_context(north.id):
        good, bad = AuditEntry.objects.filter(action="report.run").order_by("id")
    assert good.actor_id == north.people["asha"].pk
    assert good.target == body["data"]["meta"]["definitionDigest"]
    assert good.details["snapshot"] == body["data"]["meta"]["snapshot"]["id"]
    assert (good.details["rows"], good.details["scope"], good.outcome) == (2, "institution", "ok")
    assert bad.outcome == "UNKNOWN_ENTITY"


def test_a_bad_definition_is_refused_with_every_problem(twins: Twins) -> None:
    definition = BY_COURSE | {"dimensions": ["cod"], "measures": ["enrolments.count"], "limit": 0}
    status, body = run(twins[0], "asha", definition)
    assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
    found = {problem["path"]: problem for problem in body["error"]["details"]}
    assert set(found) == {"/dimensions/0", "/measures/0", "/limit"}
    assert "code" in found["/dimensions/0"]["hint"]


def test_without_opticrm_a_parent_is_told_to_come_back(twins: Twins) -> None:
    """Whose parent somebody is, is asked on every call: without an answer there is no scope."""
    status, body = run(twins[0], "pia", BY_COURSE)
    assert (status, body["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")


def test_without_a_snapshot_the_answer_says_so(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Snapshot.objects.update(status=Snapshot.Status.FAILED)
    status, body = run(north, "asha", BY_COURSE)
    assert (status, body["error"]["code"]) == (404, "NOT_FOUND")


def test_a_snapshot_of_the_other_institution_is_never_opened(twins: Twins) -> None:
    """Even a registry row that points to the wrong file gives nothing away."""
    north, south = twins
    with tenant_context(south.id):
        other = Snapshot.objects.order_by("-id").values("storage_key", "size_bytes").first()
    assert other
    with tenant_context(north.id):
        Snapshot.objects.update(**other)
    status, body = run(north, "asha", BY_COURSE)
    assert status in {422, 503}
    assert body["data"] is None


def test_a_missing_file_is_a_503(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        Snapshot.objects.update(storage_key="0/1/gone.duckdb")
    status, body = run(north, "asha", BY_COURSE)
    assert (status, body["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReportTimeout(30), "SERVICE_UNAVAILABLE"),
        (ReportBusy(), "SERVICE_UNAVAILABLE"),
        (SnapshotDamaged("it is cut short"), "SERVICE_UNAVAILABLE"),
        (ReportCancelled(), "CONFLICT"),
        (ReportTooLarge(), "REPORT_INVALID"),
        (ReportInvalid([Problem("X", "/x", "No.")]), "REPORT_INVALID"),
    ],
)
def test_what_goes_wrong_is_told_and_written_down(
    twins: Twins, error: ReportError, code: str
) -> None:
    north, _ = twins
    with tenant_context(north.id):
        with (
            pytest.raises(AppError) as caught,
            audited(north.principal("asha"), "report.run") as asked,
        ):
            asked.digest = "d1"
            raise error
        row = AuditEntry.objects.latest("id")
    assert caught.value.code == code
    assert (row.outcome, row.target) == (error.code, "d1")


def test_a_defect_of_ours_is_written_down_too(twins: Twins) -> None:
    north, _ = twins
    with tenant_context(north.id):
        with pytest.raises(UnsafeSql), audited(north.principal("asha"), "report.run"):
            raise UnsafeSql
        assert AuditEntry.objects.latest("id").outcome == "INTERNAL_ERROR"


def test_an_explanation_shows_sql_to_few(twins: Twins) -> None:
    path = "/api/analytics/reports/explain"
    body = {"definition": BY_COURSE}
    for name, sees in (("asha", True), ("anil", True), ("tom", False), ("lena", False)):
        _, answer = call("POST", path, token=token_of(twins[0], name), body=body)
        assert ("sql" in answer["data"]) is sees
        assert (answer["data"]["estimatedRows"] is not None) is sees
        assert answer["data"]["words"]
        assert "courses" in answer["data"]["tables"]
        assert {"Courses", "Enrollments"} <= set(answer["data"]["entities"])


def test_an_explanation_names_what_is_read_in_the_reader_s_language(twins: Twins) -> None:
    path = "/api/analytics/reports/explain"
    token = token_of(twins[0], "asha")
    revenue = {"version": 1, "entity": "revenue", "measures": ["revenue.listRevenue"]}
    revenue |= {"mode": "categorical", "dimensions": ["course.code"]}
    _, answer = call("POST", path, token=token, body={"definition": revenue})
    assert "Revenue" in answer["data"]["entities"]
    assert "Enrollments" not in answer["data"]["entities"]
    hindi = {"Accept-Language": "hi"}
    _, answer = call("POST", path, token=token, body={"definition": BY_COURSE}, **hindi)
    assert {"पाठ्यक्रम", "नामांकन"} <= set(answer["data"]["entities"])


def test_the_catalogue_speaks_hindi_and_says_what_fits(twins: Twins) -> None:
    path = "/api/analytics/catalog?entity=courses&measures=activity.clicks"
    token = token_of(twins[0], "asha")
    _, english = call("GET", path, token=token)
    _, hindi = call("GET", path, token=token, Cookie=f"{settings.LANGUAGE_COOKIE_NAME}=hi")
    labels = [{e["key"]: e["label"] for e in a["data"]["entities"]} for a in (english, hindi)]
    assert labels[0]["courses"] == "Courses"
    assert labels[1]["courses"] == "पाठ्यक्रम"
    assert "code" in {d["path"] for d in english["data"]["fits"]["dimensions"]}
    students = next(e for e in english["data"]["entities"] if e["key"] == "students")
    assert "attributes.house" in {f["name"] for f in students["fields"]}
    status, bad = call("GET", path + "&measures=activity.clix", token=token)
    assert (status, bad["error"]["code"]) == (422, "REPORT_INVALID")


def test_a_run_costs_few_queries(twins: Twins, django_assert_max_num_queries: Any) -> None:
    token = token_of(twins[0], "tom")
    with django_assert_max_num_queries(6):  # institution, person, own courses, snapshot, audit
        call("POST", RUN, token=token, body={"definition": BY_COURSE})


def test_the_storage_is_opened_once() -> None:
    assert snapshots._storage() is snapshots._storage()
