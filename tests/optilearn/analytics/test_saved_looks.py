"""The looks of a report's table: kept with it, in versions, in its documents."""

from __future__ import annotations

from tests.optilearn.analytics.saving import ask, data, report, saved
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
USUAL = {"pivot": False, "bars": False}


def test_the_looks_of_a_table_are_saved_with_its_report(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "asha", display={"pivot": True})
    assert item["display"] == {"pivot": True}
    change = report(basedOn=1, display={"bars": True, "pivot": True})
    data(ask(north, "asha", "PUT", f"saved-reports/{item['id']}", **change))
    found = data(ask(north, "asha", "GET", f"saved-items/{item['id']}/diff?before=1&after=2"))
    texts = [one["text"] for one in found["changes"]]
    assert texts == ["Table: Last group across → Last group across, Bars in cells"]


def test_a_report_of_the_usual_looks_is_stored_as_before(twins: Twins) -> None:
    north, _ = twins
    item = saved(north, "asha", display=USUAL)
    assert "display" not in item
    newest = data(ask(north, "asha", "GET", f"saved-items/{item['id']}/versions/1"))
    assert "display" not in newest["body"]
