"""Scheduled files in the language of each recipient, of one answer."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from optilearn.analytics.models import OccurrenceFile, OccurrenceRecipient
from optilearn.analytics.saved.boards.copying import copy_preset
from optilearn.analytics.saved.services import publish_item
from optilearn.core.tenancy.context import tenant_context
from optilearn.files.services import read_stored
from optilearn.people.models import Person
from reports.engine.engine import Engine
from tests.optilearn.schedules.support import MONDAY, at, run_at, scheduled, sent
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The definitions that the engine was asked, by their digest."""
    found: list[str] = []
    run = Engine.run

    def counted(self: Engine, question: Any) -> Any:
        found.append(question.report.digest)
        return run(self, question)

    monkeypatch.setattr(Engine, "run", counted)
    return found


def speaks_hindi(twin: Twin, *names: str) -> None:
    with tenant_context(twin.id):
        people = [twin.people[name].pk for name in names]
        Person.objects.filter(pk__in=people).update(locale="hi")


def sheets_of(twin: Twin, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """The workbook that somebody was sent."""
    with tenant_context(twin.id):
        row = OccurrenceRecipient.objects.get(person_id=twin.people[name].pk)
        file = OccurrenceFile.objects.get(group=row.group, format="xlsx")
        assert file.file_id is not None
        _type, content = read_stored(file.file_id)
    book = openpyxl.load_workbook(BytesIO(content))
    return {one.title: list(one.iter_rows(values_only=True)) for one in book.worksheets}


def test_equal_scopes_are_asked_once_and_get_a_file_in_each_language(
    twins: Twins, asked: list[str]
) -> None:
    north, _ = twins
    speaks_hindi(north, "anil")
    scheduled(north, "asha", "anil", formats=["xlsx", "csv"])
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.counts["sent"], run.counts["files"]) == ("DONE", 2, 4)
    assert len(asked) == 1
    english, hindi = (sheets_of(north, name) for name in ("asha", "anil"))
    assert list(english) == ["Report", "About"]
    assert list(hindi) == ["रिपोर्ट", "किसके बारे में"]
    assert hindi["रिपोर्ट"][0][-1] == "नामांकन"
    assert hindi["रिपोर्ट"][1:] == english["Report"][1:]
    assert len(sent(north)) == 2


def test_files_of_data_are_the_same_in_every_language(twins: Twins) -> None:
    north, _ = twins
    speaks_hindi(north, "anil")
    scheduled(north, "asha", "anil", formats=["csv"])
    (run,) = run_at(north, MONDAY)
    assert (run.counts["sent"], run.counts["files"]) == (2, 1)


def test_each_language_is_told_that_there_was_nothing(twins: Twins) -> None:
    """A group without rows has no file, in whatever language."""
    north, _ = twins
    speaks_hindi(north, "anil")
    nothing = [{"field": "course.code", "op": "eq", "value": "none"}]
    scheduled(north, "asha", "anil", formats=["xlsx", "pdf"], filters=nothing, on_empty="NO_FILE")
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.counts["sent"], run.counts["skipped"]) == ("DONE", 2, 0)
    assert all(not message["files"] for message in sent(north))


def test_a_dashboard_is_in_the_recipients_language(twins: Twins, asked: list[str]) -> None:
    north, _ = twins
    speaks_hindi(north, "anil")
    with at(north, datetime(2026, 11, 29, 12, tzinfo=UTC)):
        board = copy_preset(principal=north.principal("asha"), key="engagement", name="Ours")
        publish_item(principal=north.principal("asha"), item_id=board, version=1)
    scheduled(north, "asha", "anil", item=board, formats=["xlsx"], filters={})
    (run,) = run_at(north, MONDAY)
    assert (run.status, run.problem, run.counts["files"]) == ("DONE", "", 2)
    english, hindi = (sheets_of(north, name) for name in ("asha", "anil"))
    assert len(english) == len(hindi)
    assert len(asked) == len(set(asked))
    assert "सप्ताह" in {rows[0][0] for rows in hindi.values()}
    assert "Week" in {rows[0][0] for rows in english.values()}
    assert not any(str(name).isascii() for name, _value in hindi["किसके बारे में"])
