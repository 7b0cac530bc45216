"""Items out as a file, and in again after a look at the plan."""

from __future__ import annotations

import json

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.optilearn.analytics.saving import TO_ALL, saved
from tests.support.twins import Twin
from tests.web.library.browsing import Browser, words_of

Twins = tuple[Twin, Twin]


def test_what_is_chosen_is_exported_and_imported_elsewhere(twins: Twins) -> None:
    north, south = twins
    first = saved(north, "asha", name="By course", **TO_ALL)
    saved(north, "asha", name="Another")
    response = Browser(north, "asha").get(f"/reports/export?ids={first['id']}&ids=x")
    assert response["Content-Disposition"].startswith('attachment; filename="reports-')
    found = json.loads(response.content)
    assert [one["name"] for one in found["items"]] == ["By course"]
    browser = Browser(south, "asha")
    file = SimpleUploadedFile("reports.json", response.content, "application/json")
    plan = browser.post("/reports/import", {"file": file})
    assert plan.status_code == 200
    assert "1 new, 0 changed, 0 the same, 0 refused" in words_of(plan)
    assert "By course" not in browser.text("/reports")
    done = browser.post("/reports/import", {"text": response.content.decode(), "step": "apply"})
    assert done["Location"] == "/reports?order=newest"
    assert "By course" in browser.text("/reports")
    again = browser.post("/reports/import", {"text": response.content.decode()})
    assert "0 new, 0 changed, 1 the same" in words_of(again)


def test_what_isnt_an_export_is_refused_and_kept_on_the_page(twins: Twins) -> None:
    browser = Browser(twins[0], "asha")
    for text, reason in (
        ("", "Choose a file, or paste its text."),
        ("not json", "This isn't JSON."),
        ("7", "This isn't JSON."),
        ('{"items": [{"kind": "REPORT"}]}', "need"),
    ):
        response = browser.post("/reports/import", {"text": text})
        assert response.status_code == 422, text
        assert reason in words_of(response), (text, words_of(response))
        assert text in words_of(response)
    file = SimpleUploadedFile("x.json", b"\xff\xfe\x00", "application/json")
    assert browser.post("/reports/import", {"file": file}).status_code == 422


def test_an_item_of_others_is_refused_in_the_plan(twins: Twins) -> None:
    north, _ = twins
    first = saved(north, "asha", name="By course", **TO_ALL)
    exported = Browser(north, "asha").get(f"/reports/export?ids={first['id']}").content.decode()
    browser = Browser(north, "uma")
    plan = browser.post("/reports/import", {"text": exported})
    assert "Refused" in words_of(plan)
    assert 'value="apply"' not in plan.content.decode()
    assert browser.post("/reports/import", {"text": exported, "step": "apply"}).status_code == 422
