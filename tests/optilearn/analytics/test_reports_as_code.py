"""Saved items as documents: exported, compared and imported, all of them or none."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from optilearn.analytics.models import SavedItem
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import (
    DEFINITION,
    TO_ALL,
    ask,
    data,
    lines,
    problems,
    saved,
    saved_board,
    tile,
)
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


def exported(twin: Twin, person: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(ask(twin, person, "GET", f"saved-items/export{query}"))
    return found


def imported(twin: Twin, person: str, items: list[Any], **more: Any) -> list[tuple[str, list[str]]]:
    steps = data(ask(twin, person, "POST", "saved-items/import", items=items, **more))
    return [(step["action"], step["changes"]) for step in steps]


def a_folder(twin: Twin) -> list[dict[str, Any]]:
    """A report, and a dashboard with it as a tile."""
    report = saved(twin, "asha", name="Report", readerFilters=["course.code"], **TO_ALL)["id"]
    saved_board(twin, "asha", tile("a", savedItemId=report), tile("b", 1), **TO_ALL)
    return exported(twin, "asha")


def test_another_institution_gets_the_same(twins: Twins) -> None:
    north, south = twins
    documents = a_folder(north)
    assert imported(south, "asha", documents) == [("CREATE", []), ("CREATE", [])]
    assert exported(south, "asha") == []  # a dry run
    assert imported(south, "asha", documents, dryRun=False) == [("CREATE", []), ("CREATE", [])]
    assert exported(south, "asha") == documents
    assert imported(south, "asha", documents, dryRun=False) == [("SAME", []), ("SAME", [])]
    board = data(ask(south, "asha", "GET", "dashboards"))[0]["id"]
    _, answers = lines(south, "tom", board)
    assert answers["a"]["data"]["rows"] == answers["b"]["data"]["rows"] == [["MATH", 2]]


def test_a_changed_document_is_a_new_version_that_says_what_changed(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "tom", name="Mine")["id"]
    (document,) = exported(north, "tom")
    document["body"]["definition"] = DEFINITION | {"limit": 5}
    document |= {"isPublished": True, "visibility": "INSTITUTION"}
    ((action, changes),) = imported(north, "tom", [document], dryRun=False)
    assert action == "UPDATE"
    assert changes == [
        "Maximum of rows added: 5",
        "visibility: PRIVATE → INSTITUTION",
        "It is published.",
    ]
    versions = data(ask(north, "tom", "GET", f"saved-items/{item}/versions"))
    assert [(v["number"], v["note"]) for v in versions] == [(2, "Imported"), (1, "")]
    assert exported(north, "uma") == [document]


def test_one_refused_document_refuses_all(twins: Twins) -> None:
    north, _ = twins
    a_folder(north)
    documents = exported(north, "asha")
    new = documents[0] | {"key": str(uuid4()), "kind": "REPORT", "name": "New"}
    new["body"] = {"definition": DEFINITION, "readerFilters": []}
    theirs = [one for one in documents if one["kind"] == "REPORT"]
    steps = imported(north, "uma", [new, *theirs])
    assert sorted(action for action, _ in steps) == ["CREATE", "REFUSED"]
    answer = ask(north, "uma", "POST", "saved-items/import", items=[new, *theirs], dryRun=False)
    assert problems(answer, 409) == [("REFUSED", "/items")]
    assert len(exported(north, "uma")) == len(documents)
    lonely = [one | {"key": str(uuid4())} for one in documents if one["kind"] == "DASHBOARD"]
    lonely[0]["body"]["tiles"][0]["savedItemKey"] = str(uuid4())
    assert [action for action, _ in imported(north, "uma", lonely)] == ["REFUSED"]


def test_what_is_published_has_to_run(twins: Twins) -> None:
    north, _ = twins
    saved(north, "tom", name="Mine")
    (document,) = exported(north, "tom")
    document["body"]["definition"] = DEFINITION | {"dimensions": ["course.colour"]}
    assert imported(north, "tom", [document], dryRun=False)[0][0] == "UPDATE"  # a draft may not
    document["isPublished"] = True
    answer = ask(north, "tom", "POST", "saved-items/import", items=[document], dryRun=False)
    assert problems(answer) == [("UNKNOWN_FIELD", "/definition/dimensions/0")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2},
        {"key": "x"},
        {"kind": "REPORTS"},
        {"body": {}},
        {"body": {"definition": DEFINITION, "owner": 1}},
        {"kind": "DASHBOARD"},
        {"name": " "},
    ],
)
def test_what_is_no_document_is_refused(twins: Twins, wrong: dict[str, Any]) -> None:
    north, _ = twins
    saved(north, "tom")
    (document,) = exported(north, "tom")
    assert ask(north, "tom", "POST", "saved-items/import", items=[document | wrong])[0] == 400


def test_only_what_one_may_read_is_exported(twins: Twins) -> None:
    north, south = twins
    mine, theirs = (saved(north, p)["id"] for p in ("tom", "uma"))
    foreign = saved(south, "tom")["id"]
    found = exported(north, "tom", f"?ids={mine}&ids={theirs}&ids={foreign}")
    assert len(found) == 1


def command(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("reports", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_keeps_a_folder(twins: Twins, tmp_path: Path) -> None:
    north, south = twins
    a_folder(north)
    of_north = (str(tmp_path), "--institution", "north", "--as", "ADMIN:asha")
    of_south = (str(tmp_path), "--institution", "south", "--as", "ADMIN:asha")
    assert command("export", *of_north)[-1].startswith("A dry run")
    assert list(tmp_path.iterdir()) == []
    assert [line.split()[0] for line in command("export", *of_north, "--apply")] == ["add", "add"]
    assert command("export", *of_north, "--apply") == []
    assert [line.split()[0] for line in command("diff", *of_north)] == ["same", "same"]
    assert [line.split()[0] for line in command("import", *of_south)][:2] == ["create", "create"]
    with tenant_context(south.id):
        assert not SavedItem.objects.exists()
    command("import", *of_south, "--apply")
    assert [line.split()[0] for line in command("diff", *of_south)] == ["same", "same"]
    (path,) = (tmp_path / "reports").iterdir()
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    path.write_text(text.replace('"Report"', '"Rapport"'), encoding="utf-8")
    assert [line.strip() for line in command("diff", *of_south)][1] == "Name: Report → Rapport"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="is not JSON"):
        command("diff", *of_south)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CommandError, match="is not a document"):
        command("diff", *of_south)
    with pytest.raises(CommandError, match="no institution"):
        command("diff", str(tmp_path), "--institution", "nowhere")
