"""Versions: what each changed, in words; going back; letting readers see."""

from __future__ import annotations

from typing import Any

from tests.optilearn.analytics.saving import DEFINITION, ask, data, report, saved
from tests.support.twins import Twin
from tests.web.library.browsing import Browser, words_of

Twins = tuple[Twin, Twin]
BROKEN = DEFINITION | {"measures": ["enrollments.nothing"]}


def change(twin: Twin, found: dict[str, Any], **more: Any) -> Any:
    body = report(basedOn=found["version"]) | more
    return data(ask(twin, "asha", "PUT", f"saved-reports/{found['id']}", **body))


def test_each_version_says_what_it_changed(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", publish=True)
    change(north, found, name="By course and more", note="Clearer")
    browser = Browser(north, "asha")
    page = browser.text(f"/reports/{found['id']}/versions")
    assert "Version 2" in page
    assert "Clearer" in page
    assert "Name: By course → By course and more" in page
    assert "The beginning." in page
    assert "Publish version 2" in page
    path = f"/reports/{found['id']}/versions/compare"
    assert "By course and more" in browser.text(f"{path}?before=2&after=1")
    assert "The two are alike" in browser.text(f"{path}?before=2&after=2")
    assert browser.get(f"{path}?before=7&after=2").status_code == 404


def test_an_earlier_version_becomes_the_newest(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", publish=True)
    change(north, found, name="Wrong")
    browser = Browser(north, "asha")
    path = f"/reports/{found['id']}/versions"
    late = browser.post(f"{path}/1/restore", {"basedOn": "1"})
    assert late.status_code == 422
    assert "saved version 2 in the meantime" in words_of(late)
    assert browser.post(f"{path}/1/restore", {"basedOn": "2"})["Location"] == path
    assert "Version 3" in browser.text(path)


def test_readers_see_what_is_published_and_what_cant_be_run_is_refused(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", definition=BROKEN)
    browser = Browser(north, "asha")
    refused = browser.post(f"/reports/{found['id']}/publish", {"version": "1"})
    assert refused.status_code == 422
    assert "nothing" in words_of(refused)
    change(north, found)
    done = browser.post(f"/reports/{found['id']}/publish", {"version": "2"})
    assert done["Location"] == f"/reports/{found['id']}"
