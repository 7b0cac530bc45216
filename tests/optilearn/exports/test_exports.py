"""Exports: what is in the file is what the API answers, for its owner and nobody else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import openpyxl
import polars as pl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from optilearn.analytics.exports import names, retention, services
from optilearn.analytics.models import ExportJob
from optilearn.core import clock
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from reports.contracts import SnapshotInfo, instant_text
from reports.export.pdf import document as pdf_document
from tests.optilearn.exports.conftest import GROUPS, LIST, Exporter
from tests.optilearn.files.conftest import get
from tests.optilearn.more_snapshots import another
from tests.support.client import call, token_of
from tests.support.twins import Twin

Rows = list[list[Any]]


def answered(exporter: Exporter, definition: dict[str, Any]) -> Rows:
    token = token_of(exporter.twin, exporter.name)
    body = {"definition": definition}
    status, answer = call("POST", "/api/analytics/reports/run", token=token, body=body)
    assert status == 200, answer
    rows: Rows = answer["data"]["rows"]
    return rows


def read(form: str, body: bytes) -> Rows:
    """The rows of a file, by another program than the one that wrote it."""
    if form == "csv":
        return [[v or None for v in row] for row in csv.reader(io.StringIO(body.decode()))][1:]
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
        return [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
    if form == "parquet":
        return [list(row) for row in pl.read_parquet(io.BytesIO(body)).rows()]
    if form == "arrow":
        return [list(row) for row in pl.read_ipc(io.BytesIO(body)).rows()]
    rows: Rows = json.loads(body)["rows"]
    return rows


def same(found: Any, expected: Any) -> bool:
    """Whether a cell of a file says what JSON says."""
    if isinstance(expected, bool):
        return str(found).lower() == str(expected).lower()
    if isinstance(expected, int | float):
        return float(found) == float(expected)
    if isinstance(found, datetime) and found.tzinfo is not None:
        return instant_text(found) == expected
    if isinstance(found, datetime) and len(expected) > 10:
        return f"{found.isoformat()}Z" == expected  # the north's clock is UTC in January
    if isinstance(found, datetime):
        found = found.date()
    return (found.isoformat() if isinstance(found, date) else found) == expected


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "arrow", "json"])
@pytest.mark.parametrize("definition", [LIST, GROUPS], ids=["rows", "groups"])
def test_a_file_says_what_the_api_answers(
    asha: Exporter, form: str, definition: dict[str, Any]
) -> None:
    export = asha.done(form, definition=definition)
    body = get(asha.url(export)).content
    found, expected = read(form, body), answered(asha, definition)
    assert len(expected) == (2 if definition is LIST else 1)
    for row, wanted in zip(found, expected, strict=False):
        for cell, value in zip(row, wanted, strict=True):
            assert same(cell, value), (cell, value)
    totals = 1 if form == "xlsx" and definition is GROUPS else 0
    assert len(found) == len(expected) + totals == export["rows"] + totals
    assert export["sha256"] == hashlib.sha256(body).hexdigest()
    assert export["size"] == len(body)


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf", "parquet", "arrow", "json"])
def test_a_comparison_is_written_in_each_format(asha: Exporter, form: str) -> None:
    compared = GROUPS | {
        "filters": [{"field": "enrolledOn", "op": "inLast", "value": {"n": 12, "unit": "month"}}],
        "compare": {"to": "previousYear"},
    }
    export = asha.done(form, definition=compared)
    content = get(asha.url(export)).content
    if form == "json":
        assert json.loads(content)["compare"]["label"]


def test_a_pdf_holds_every_cell(asha: Exporter) -> None:
    body = get(asha.url(asha.done("pdf"))).content
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    for shown in ("Lena", "MATH", "71.50", "38.00", "2026-01-31 20:00", "no"):
        assert shown in text


def test_each_within_their_own_scope(twins: tuple[Twin, Twin], folder: Path) -> None:
    """The same request: everybody's file has the rows that they may see."""
    counts = {}
    for name in ("asha", "tom", "uma", "lena", "sven"):
        counts[name] = Exporter(twins[0], name).done()["rows"]
    assert counts == {"asha": 2, "tom": 2, "uma": 0, "lena": 1, "sven": 0}


def test_a_file_is_read_in_ranges_and_its_name_is_safe(asha: Exporter) -> None:
    export = asha.done(name="../कक्षा 8/अ: <ranks>\u202e.exe")
    url = asha.url(export)
    whole, part = get(url), get(url, {"Range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, whole.content[3:10])
    shown = unquote(whole.headers["Content-Disposition"])
    day = datetime.fromisoformat(export["createdAt"]).date().isoformat()
    assert f"कक्षा 8-अ- -ranks- .exe {day}.csv" in shown
    assert "attachment" in shown


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Grades 7/8", "Grades 7-8 2026-01-05.csv"),
        ("", "report 2026-01-05.csv"),
        ("\u200b\u2060", "report 2026-01-05.csv"),
        ("CON", "CON 2026-01-05.csv"),
        (".hidden", "hidden 2026-01-05.csv"),
        ("a\nb\tc\x00", "a b c 2026-01-05.csv"),
        ("क" * 100, "क" * 50 + " 2026-01-05.csv"),
    ],
)
def test_names_that_any_computer_takes(title: str, name: str) -> None:
    taken_at = datetime.fromisoformat("2026-01-04T20:00:00Z")  # past midnight in Kolkata
    assert names.file_name(title, SnapshotInfo("s", taken_at, 1, "Asia/Kolkata"), "csv") == name


def test_csv_begins_with_a_mark_where_wanted(asha: Exporter) -> None:
    assert get(asha.url(asha.done(bom=True))).content.startswith(b"\xef\xbb\xbf")
    assert not get(asha.url(asha.done())).content.startswith(b"\xef\xbb\xbf")


def test_the_same_client_id_is_the_same_export(asha: Exporter) -> None:
    client_id = str(uuid4())
    first, again = (asha.done(clientId=client_id) for _ in range(2))
    assert first == again
    status, body = asha.ask("xlsx", clientId=client_id)
    assert (status, body["error"]["code"]) == (409, "CONFLICT")
    assert body["error"]["details"][0]["path"] == "/clientId"
    mine = Exporter(asha.twin, "tom").done(clientId=client_id)
    assert mine["id"] != first["id"]  # an id of one's own making is nobody else's
    with tenant_context(asha.twin.id):
        assert File.objects.filter(category="exports").count() == 2


def test_a_refusal_names_its_place_and_leaves_nothing(asha: Exporter) -> None:
    wrong = GROUPS | {"measures": ["enrollments.colour"]}
    status, body = asha.ask(definition=wrong)
    assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
    assert body["error"]["details"][0]["path"] == "/definition/measures/0"
    for body_of, status in (
        ({"definition": LIST, "dashboard": "platform"}, 400),
        ({"definition": LIST, "filters": []}, 400),
        ({"format": "doc"}, 400),
        ({"clientId": "7"}, 400),
        ({"dashboard": "nowhere"}, 404),
        ({"dashboard": "platform", "format": "csv"}, 400),
        ({"dashboard": "platform", "format": "pdf", "filters": {"color": "red"}}, 400),
        ({"dashboard": "course", "format": "pdf"}, 400),
        ({"definition": LIST | {"asOf": "1999-01-01"}}, 422),
    ):
        assert asha.ask(**body_of)[0] == status, body_of  # type: ignore[arg-type]
    with tenant_context(asha.twin.id):
        assert not ExportJob.objects.exists()
        assert not File.objects.filter(category="exports").exists()


@pytest.mark.parametrize("definition", [LIST, GROUPS | {"dimensions": ["student.name"]}])
def test_too_long_for_a_format_is_refused_with_one_that_does(
    asha: Exporter, monkeypatch: pytest.MonkeyPatch, definition: dict[str, Any]
) -> None:
    monkeypatch.setattr(pdf_document, "MAX_ROWS", 1)
    status, body = asha.ask("pdf", definition=definition)
    (problem,) = body["error"]["details"]
    assert (status, problem["code"], problem["path"]) == (422, "EXPORT_TOO_LONG", "/format")
    assert "Parquet" in problem["hint"]
    asha.done("parquet", definition=definition)


def test_an_export_is_its_owners(asha: Exporter, twins: tuple[Twin, Twin]) -> None:
    export = asha.done()
    for other in (Exporter(twins[0], "sita"), Exporter(twins[0], "lena"), Exporter(twins[1])):
        assert other.call("GET")[1]["data"] == []
        for method, path in (("GET", ""), ("GET", "/url"), ("POST", "/cancel"), ("DELETE", "")):
            assert other.call(method, f"/{export['id']}{path}")[0] == 404
    for other, status in ((Exporter(twins[0], "tom"), 404), (Exporter(twins[1]), 404)):
        token = token_of(other.twin, other.name)
        assert call("GET", f"/api/files/{export['fileId']}/url", token=token)[0] == status


def test_a_page_of_exports_takes_two_queries(asha: Exporter) -> None:
    ids = [asha.done()["id"] for _ in range(3)]
    principal = asha.twin.principal("asha")
    with tenant_context(asha.twin.id), CaptureQueriesContext(connection) as queries:
        from optilearn.analytics.exports.selectors import exports_list
        from optilearn.core.http.pages import PageQuery

        rows, total = exports_list(principal, PageQuery(perPage=2))
    assert ([row["id"] for row in rows], total) == (ids[:0:-1], 3)
    assert len(queries) == 2


def test_deleting_takes_the_file_along(asha: Exporter) -> None:
    export = asha.done()
    assert [asha.call("DELETE", f"/{export['id']}")[0] for _ in range(2)] == [200, 404]
    with tenant_context(asha.twin.id):
        sweep_orphans()
        assert not File.objects.filter(pk=export["fileId"]).exists()


def test_what_has_expired_is_purged_with_its_file(asha: Exporter) -> None:
    export = asha.done()
    ends = datetime.fromisoformat(export["expiresAt"])
    finished = datetime.fromisoformat(export["finishedAt"])
    assert ends - finished == timedelta(days=settings.EXPORT_KEEP_DAYS)
    with tenant_context(asha.twin.id):
        with clock.frozen(ends - timedelta(minutes=1)):
            assert retention.purge_exports() == 0
            assert sweep_orphans() == 0
        with clock.frozen(ends + timedelta(minutes=1)):
            assert retention.purge_exports() == 1
            assert sweep_orphans() == 0 or not File.objects.filter(pk=export["fileId"]).exists()
    assert asha.call("GET", f"/{export['id']}")[0] == 404


def test_an_erasure_takes_back_every_file(asha: Exporter) -> None:
    export = asha.done()
    with tenant_context(asha.twin.id):
        assert retention.withdraw_exports() == 1
        assert retention.withdraw_exports() == 0
        sweep_orphans()
        assert not File.objects.filter(pk=export["fileId"]).exists()
    status, body = asha.call("GET", f"/{export['id']}/url")
    assert (status, body["error"]["details"][0]["code"]) == (409, "EXPORT_WITHDRAWN")


def test_too_many_at_a_time_are_refused(asha: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_UNFINISHED", 1)
    monkeypatch.setattr(services, "AT_ONCE_ROWS", -1)
    status, body = asha.ask()
    assert (status, body["data"]["status"]) == (202, "QUEUED")
    assert asha.ask()[0] == 409
    path = f"/{body['data']['id']}"
    status, canceled = asha.call("POST", f"{path}/cancel")
    assert (status, canceled["data"]["status"]) == (200, "CANCELED")
    assert asha.call("POST", f"{path}/cancel")[1] == canceled
    assert asha.call("GET", f"{path}/url")[0] == 409
    assert asha.ask()[0] == 202


def test_the_data_is_that_of_the_request(asha: Exporter) -> None:
    """A snapshot that is named, or the newest: stated, and audited with the run."""
    old = asha.done()["snapshotId"]
    another(asha.twin, "later", ("DELETE FROM submissions",))
    assert asha.done()["rows"] == 0
    named = asha.done(definition=LIST | {"asOf": old})
    assert (named["rows"], named["snapshotId"]) == (2, old)
    with tenant_context(asha.twin.id):
        row = AuditEntry.objects.filter(action="export.run").latest("id")
    assert (row.outcome, row.details["snapshot"], row.details["rows"]) == ("ok", old, 2)
    assert row.details["scope"] == "institution"


def test_a_full_store_is_told(asha: Exporter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "QUOTA_STAFF_MB", 0)
    status, body = asha.ask()
    assert (status, body["data"]["status"]) == (200, "FAILED")
    assert body["data"]["problem"]["code"] == "own_quota"


def test_decimals_are_exact(asha: Exporter) -> None:
    body = get(asha.url(asha.done("parquet"))).content
    assert pl.read_parquet(io.BytesIO(body))["score"].to_list() == [Decimal("71.50"), Decimal(38)]


def test_a_file_in_a_bucket(twins: tuple[Twin, Twin], bucket: str) -> None:
    export = Exporter(twins[0]).done("xlsx")
    url = Exporter(twins[0]).url(export)
    assert url.startswith(bucket)
    whole, part = get(url), get(url, {"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"PK")
    assert hashlib.sha256(whole.content).hexdigest() == export["sha256"]


def test_folders_of_killed_workers_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, new, foreign = (tmp_path / n for n in ("optilearn-export-a", "optilearn-export-b", "c"))
    for folder in (old, new, foreign):
        folder.mkdir()
        (folder / "file").write_bytes(b"x")
    for folder in (old, foreign):
        os.utime(folder, (0, 0))
    assert retention.remove_leftovers() == 1
    assert [f.name for f in sorted(tmp_path.iterdir())] == ["c", "optilearn-export-b"]
