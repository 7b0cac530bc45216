"""Tiles of SQL in the files of dashboards: for each reader as far as their role reads SQL."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from optilearn.analytics.models import OccurrenceFile, OccurrenceRecipient
from optilearn.analytics.schedules import running
from optilearn.analytics.schedules.previewing import preview_schedule
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.services import read_stored
from optilearn.people.models import Person
from reports.engine.engine import Engine
from reports.sql.engine import SqlEngine
from tests.optilearn.analytics.saving import DEFINITION, TO_ALL, ask, data, saved_board, tile
from tests.optilearn.exports.conftest import Exporter
from tests.optilearn.schedules.support import MONDAY, at, run_at, scheduled, wanted
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
NAMES = "SELECT name, id FROM students ORDER BY id"


def board(twin: Twin, *more: dict[str, Any]) -> int:
    body = {"name": "Names", "sql": NAMES, **TO_ALL}
    query = data(ask(twin, "asha", "POST", "saved-queries", **body), 201)["id"]
    tiles = (tile("names", savedItemId=query), *more)
    return int(saved_board(twin, "asha", *tiles, **TO_ALL)["id"])


def contents(twin: Twin, form: str) -> dict[str, bytes]:
    """The file of each recipient."""
    with tenant_context(twin.id):
        groups = dict(OccurrenceRecipient.objects.values_list("person__code", "group"))
        files = dict(OccurrenceFile.objects.filter(format=form).values_list("group", "file_id"))
        return {
            name: read_stored(files[group])[1] for name, group in groups.items() if group in files
        }


def names_in(book: bytes) -> list[Any]:
    sheets = openpyxl.load_workbook(BytesIO(book))
    return [row[0].value for row in sheets["Names"].iter_rows(min_row=2)]


def test_each_recipient_reads_sql_as_far_as_their_role(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    asked: list[str] = []
    for kind in (Engine, SqlEngine):

        def counted(self: Any, request: Any, real: Any = kind.run, by: str = kind.__name__) -> Any:
            asked.append(by)
            return real(self, request)

        monkeypatch.setattr(kind, "run", counted)
    item = board(north, tile("courses", 1, definition=DEFINITION))
    people = ("asha", "sita", "anil", "paul", "hari", "tom")
    scheduled(north, *people, item=item, formats=["xlsx", "pdf"])
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.counts["scopes"], run.counts["sent"]) == ("DONE", 4, 6)
    # Of the scopes each report is asked once for both formats, SQL for those who read it.
    assert (asked.count("Engine"), asked.count("SqlEngine")) == (4, 2)
    books = contents(north, "xlsx")
    assert books["asha"] == books["sita"]
    assert names_in(books["asha"]) == ["Lena", "मीरा", "Sven"]
    assert names_in(books["anil"]) == [None] * 3
    closed = "Your role doesn't read SQL, which this tile is made of."
    for name in ("paul", "hari", "tom"):
        assert names_in(books[name]) == [closed]
    assert "Lena" not in printed(contents(north, "pdf")["anil"])
    assert closed.partition(",")[0] in printed(contents(north, "pdf")["paul"])
    assert "Lena" in printed(contents(north, "pdf")["asha"])


def printed(pdf: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return " ".join(text.split())


def test_who_lost_the_role_while_it_runs_gets_nothing(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = twins
    scheduled(north, "asha", "anil", item=board(north), formats=["xlsx"])
    real = running.deliver

    def later(*args: Any) -> None:
        Person.objects.filter(pk=north.people["anil"].pk).update(role="FINANCE")
        real(*args)

    monkeypatch.setattr(running, "deliver", later)
    run_at(north, MONDAY)
    with tenant_context(north.id):
        rows = OccurrenceRecipient.objects.values_list("person__code", "status", "reason")
        assert set(rows) == {("asha", "SENT", ""), ("anil", "SKIPPED", "ACCESS_CHANGED")}


def test_a_file_of_nothing_but_reasons_is_empty(twins: Twins) -> None:
    north, _ = twins
    people = ("asha", "paul")
    scheduled(north, *people, item=board(north), formats=["xlsx", "pdf"], on_empty="SKIP")
    run_at(north, MONDAY)
    with tenant_context(north.id):
        rows = OccurrenceRecipient.objects.values_list("person__code", "status", "reason")
        assert set(rows) == {("asha", "SENT", ""), ("paul", "SKIPPED", "EMPTY")}


def test_a_preview_counts_statements(twins: Twins) -> None:
    north, _ = twins
    with at(north, MONDAY):
        values = wanted(north, "asha", "paul", item=board(north), formats=["pdf"])
        found = preview_schedule(principal=north.principal("asha"), wanted=values)
    assert (found["scopes"], found["queries"], found["empty"]) == (2, 1, 1)


def test_an_export_has_them_under_its_owners_role(twins: Twins) -> None:
    north, _ = twins
    item = str(board(north, tile("courses", 1, definition=DEFINITION)))
    for name, expected in (("asha", ["Lena", "मीरा", "Sven"]), ("anil", [None] * 3)):
        exporter = Exporter(north, name)
        export = exporter.done("xlsx", dashboard=item)
        exporter.url(export)
        with tenant_context(north.id):
            assert names_in(read_stored(export["fileId"])[1]) == expected
    # An analyst's file has no names, and opens for no administrator without the role for SQL.
    with tenant_context(north.id):
        Person.objects.filter(pk=north.people["anil"].pk).update(role="FINANCE")
        north.people["anil"].refresh_from_db()
    assert exporter.call("GET", f"/{export['id']}/url")[0] == 403
