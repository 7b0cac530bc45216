"""Files in the language of the person they are for."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from pypdf import PdfReader

from optilearn.core.tenancy.context import tenant_context
from optilearn.people.models import Person
from tests.optilearn.exports.conftest import Exporter
from tests.optilearn.exports.test_sources import saved_board
from tests.optilearn.files.conftest import get
from tests.support.client import call, token_of

STATES: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["status"],
    "measures": ["enrollments.count"],
    "totals": "grand",
}
OVER_TIME = {
    "version": 1,
    "entity": "enrollments",
    "mode": "temporal",
    "time": {"field": "enrolledOn", "bucket": "week"},
    "measures": ["enrollments.count"],
}


def hindi(exporter: Exporter, form: str, **source: Any) -> bytes:
    """A file of somebody whose browser asks for Hindi."""
    status, body = call(
        "POST",
        "/api/analytics/exports",
        token=token_of(exporter.twin, exporter.name),
        body={"clientId": str(uuid4()), "format": form} | source,
        **{"Accept-Language": "hi"},
    )
    assert (status, body["data"]["status"]) == (200, "DONE"), body
    return bytes(get(exporter.url(body["data"])).content)


def speaks_hindi(exporter: Exporter) -> None:
    with tenant_context(exporter.twin.id):
        Person.objects.filter(pk=exporter.twin.people[exporter.name].pk).update(locale="hi")


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {one.title: list(one.iter_rows(values_only=True)) for one in book.worksheets}


def printed(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_workbook_is_in_its_readers_language(asha: Exporter) -> None:
    speaks_hindi(asha)
    found = sheets(hindi(asha, "xlsx", definition=STATES))
    assert list(found) == ["रिपोर्ट", "किसके बारे में"]
    head, *rows = found["रिपोर्ट"]
    assert head == ("स्थिति", "नामांकन")
    assert rows[-1][0] == "कुल"
    assert all(not str(row[0]).isascii() for row in rows)
    about = dict(found["किसके बारे में"])
    assert about["दायरा"] == "पूरा संस्थान"
    assert about["प्रश्न"].endswith("।")
    assert about["लिया गया"].endswith(("GMT", "BST"))


def test_a_teacher_reads_whose_rows_they_are(asha: Exporter) -> None:
    tom = Exporter(asha.twin, "tom")
    about = dict(sheets(get(tom.url(tom.done("xlsx", definition=STATES))).content)["About"])
    assert about["Scope"] == "Own courses (2)"
    assert about["Time zone"] == "Europe/London"
    assert about["Taken at"].endswith(("GMT", "BST"))


def test_a_time_has_the_name_of_its_bucket(asha: Exporter) -> None:
    speaks_hindi(asha)
    assert sheets(hindi(asha, "xlsx", definition=OVER_TIME))["रिपोर्ट"][0][0] == "सप्ताह"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_data_keeps_codes_and_english(asha: Exporter, form: str) -> None:
    plain = get(asha.url(asha.done(form, definition=STATES))).content
    speaks_hindi(asha)
    assert hindi(asha, form, definition=STATES) == plain


@pytest.mark.parametrize("form", ["xlsx", "pdf"])
def test_a_dashboard_is_in_its_readers_language(asha: Exporter, form: str) -> None:
    chart = {"type": "bar", "goal": 1}
    board = saved_board(
        asha.twin, [{"key": "a", "title": "Ours", "definition": STATES, "chart": chart}]
    )
    speaks_hindi(asha)
    content = hindi(asha, form, dashboard=str(board))
    if form == "pdf":
        text = printed(content)
        assert "Snapshot" not in text
        assert "Status" not in text
        assert "Goal" not in text
        assert "SHA-256" in text
        return
    found = sheets(content)
    assert found["Ours"][0] == ("स्थिति", "नामांकन")
    names = {name for name, _value in found["किसके बारे में"]}
    assert {"डैशबोर्ड", "शीट", "स्नैपशॉट", "दायरा"} <= names
    assert not any(str(name).isascii() for name in names)
