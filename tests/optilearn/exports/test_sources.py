"""Exports of saved reports and dashboards: as their reader may see them, all of one snapshot."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from optilearn.analytics.models import SavedItem
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.exports.conftest import GROUPS, Exporter
from tests.optilearn.files.conftest import get
from tests.optilearn.more_snapshots import another
from tests.support.twins import Twin


def saved_report(twin: Twin, **changes: Any) -> int:
    body = {"definition": GROUPS, "readerFilters": ["course.code"]}
    with tenant_context(twin.id):
        return SavedItem.objects.create(
            **{
                "kind": SavedItem.Kind.REPORT, "owner_id": twin.people["asha"].pk, "name": "कक्षाएँ",
                "body": body, "published_version": 1, "entity": "enrollments",
            } | changes
        ).pk  # fmt: skip


def test_a_saved_report_narrowed_by_its_reader(asha: Exporter) -> None:
    report = saved_report(asha.twin)
    assert asha.done(reportId=report)["rows"] == 1
    art = [{"field": "course.code", "op": "eq", "value": "ART"}]
    narrow = asha.done(reportId=report, filters=art)
    assert (narrow["rows"], narrow["name"]) == (0, "कक्षाएँ")
    assert narrow["source"] == {"reportId": report, "filters": art}
    status, body = asha.ask(reportId=report, filters=[{"field": "status", "op": "isNotNull"}])
    assert (status, body["error"]["details"][0]["code"]) == (422, "FILTER_LOCKED")
    assert asha.ask(reportId=report, filters={"course": 1})[0] == 400


def test_a_report_that_the_reader_may_not_read(asha: Exporter, twins: tuple[Twin, Twin]) -> None:
    report = saved_report(asha.twin)
    theirs = saved_report(twins[1])
    assert Exporter(asha.twin, "tom").ask(reportId=report)[0] == 404
    assert asha.ask(reportId=theirs)[0] == 404
    assert asha.ask(reportId=2**63)[0] == 400


def saved_board(twin: Twin, tiles: list[dict[str, Any]], **changes: Any) -> int:
    placed = [
        tile | {"place": {"column": 0, "row": 5 * n, "width": 6, "height": 5}}
        for n, tile in enumerate(tiles)
    ]
    body = {"tiles": placed, "filters": [{"key": "course"}]}
    kind = SavedItem.Kind.DASHBOARD
    return saved_report(twin, **{"kind": kind, "name": "मेरा", "body": body} | changes)


def test_a_dashboard_of_ones_own(asha: Exporter) -> None:
    """Its reports, in its order and under its titles; one that the reader may not read is noted."""
    twin = asha.twin
    board = saved_board(
        twin,
        [
            {"key": "a", "title": "Same", "savedItemId": saved_report(twin)},
            {"key": "b", "title": "same", "definition": GROUPS, "chart": {"type": "bar"}},
            {
                "key": "c",
                "title": "Sita's",
                "savedItemId": saved_report(twin, owner_id=twin.people["sita"].pk),
            },
        ],
    )
    filters = {"course": twin.courses["ART"].pk}
    export = asha.done("xlsx", dashboard=str(board), filters=filters)
    book = openpyxl.load_workbook(io.BytesIO(get(asha.url(export)).content))
    assert book.sheetnames == ["Same", "same (2)", "About"]
    assert [c.value for c in book["Same"][2]] == ["Total", 0]  # nobody is in that course
    about = list(book["About"].iter_rows(values_only=True))
    assert ("Filters", "Sita's: You may not read this report.") in about
    assert ("Filters", f"Course: {filters['course']}") in about
    whole = asha.done("xlsx", dashboard=str(board))
    sheet = openpyxl.load_workbook(io.BytesIO(get(asha.url(whole)).content))["Same"]
    assert [c.value for c in sheet[2]] == ["MATH", 2]
    assert Exporter(twin, "tom").ask("pdf", dashboard=str(board))[0] == 404
    assert asha.ask("xlsx", dashboard=str(board), filters={"term": "x"})[0] == 400
    assert asha.ask("xlsx", dashboard="x" * 40)[0] == 404


def test_a_saved_report_of_an_earlier_time(asha: Exporter) -> None:
    old = asha.done()["snapshotId"]
    another(asha.twin, "later")
    body = {"definition": GROUPS | {"asOf": old}, "readerFilters": []}
    assert asha.done(reportId=saved_report(asha.twin, body=body))["snapshotId"] == old
    assert asha.done(reportId=saved_report(asha.twin))["snapshotId"] == "later"


def test_a_dashboard_is_one_workbook(asha: Exporter) -> None:
    filters = {"term": "2026A"}
    export = asha.done("xlsx", dashboard="platform", filters=filters)
    book = openpyxl.load_workbook(io.BytesIO(get(asha.url(export)).content))
    assert book.sheetnames[0] == "Students"
    assert book.sheetnames[-1] == "About"
    assert book["Students"]["A2"].value == 2  # sven has no enrollment in the term
    about = list(book["About"].iter_rows(values_only=True))
    assert ("Filters", "Term: 2026A") in about
    assert {v for k, v in about if k == "Snapshot"} == {export["snapshotId"]}


def test_a_dashboard_as_its_reader_sees_it(asha: Exporter) -> None:
    """What was clicked narrows the other tiles, a day before counts that day's rows, in words."""
    old = asha.done()["snapshotId"]
    one = "(SELECT min(id) FROM enrollments)"
    another(asha.twin, "later", (f"UPDATE enrollments SET status = 'WITHDRAWN' WHERE id = {one}",))
    states = {name: value for name, value in GROUPS.items() if name != "totals"}
    states["dimensions"] = ["status"]
    board = str(
        saved_board(
            asha.twin,
            [
                {"key": "states", "title": "States", "definition": states},
                {"key": "courses", "title": "Courses", "definition": GROUPS},
            ],
        )
    )
    crossed = {"tile": "states", "field": "status", "op": "eq", "value": "WITHDRAWN"}
    counts = []
    for chosen in (
        {},
        {"crossFilter": crossed},
        {"asOf": old},
        {"crossFilter": crossed, "asOf": old},
    ):
        export = asha.done("xlsx", dashboard=board, **chosen)
        assert export["snapshotId"] == chosen.get("asOf", "later")
        book = openpyxl.load_workbook(io.BytesIO(get(asha.url(export)).content))
        total = [row[1].value for row in book["Courses"].iter_rows() if row[0].value == "Total"]
        counts.append(total[0])
        about = list(book["About"].iter_rows(values_only=True))
        assert (("Filters", "States: Status is Withdrawn") in about) is ("crossFilter" in chosen)
    assert counts == [2, 1, 2, 0]
    assert asha.ask("xlsx", dashboard=board, asOf="1999-01-01")[0] == 422
    crossed["tile"] = "nothing"
    assert asha.ask("xlsx", dashboard=board, crossFilter=crossed)[0] == 400
    assert asha.ask("csv", definition=GROUPS, asOf=old)[0] == 400


@pytest.mark.parametrize("name", ["platform", "students", "engagement", "revenue", "course"])
def test_the_presets_are_pdfs(asha: Exporter, name: str) -> None:
    filters = {"course": asha.twin.courses["MATH"].pk} if name == "course" else {}
    export = asha.done("pdf", dashboard=name, filters=filters)
    reader = PdfReader(io.BytesIO(get(asha.url(export)).content))
    assert len(reader.pages) >= 1
    assert f"Snapshot {export['snapshotId']}" in reader.pages[0].extract_text()
