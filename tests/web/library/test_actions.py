"""What can be done with one saved item, by forms that work without a script."""

from __future__ import annotations

from typing import Any

from tests.optilearn.analytics.saving import TO_ALL, ask, data, saved, saved_board, tile
from tests.support.twins import Twin
from tests.web.library.browsing import Browser, words_of

Twins = tuple[Twin, Twin]


def item(twin: Twin, person: str, found: dict[str, Any]) -> Any:
    return data(ask(twin, person, "GET", f"saved-reports/{found['id']}"))


def test_sharing_names_roles_and_says_what_readers_see(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", name="By course", publish=True)
    browser = Browser(north, "asha")
    path = f"/reports/{found['id']}/share"
    assert "Each reader sees their own rows" in browser.text(path)
    refused = browser.post(path, {"visibility": "ROLE"})
    assert refused.status_code == 422
    assert "Choose at least one role." in words_of(refused)
    assert 'value="ROLE" checked' in refused.content.decode()
    assert browser.post(path, {"visibility": "EVERYONE"}).status_code == 422
    done = browser.post(path, {"visibility": "ROLE", "roles": ["TEACHER", "HOD"]})
    assert (done.status_code, done["Location"]) == (303, f"/reports/{found['id']}")
    assert sorted(item(north, "asha", found)["roles"]) == ["HOD", "TEACHER"]


def test_who_may_only_read_an_item_changes_nothing(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", **TO_ALL)
    browser = Browser(north, "uma")
    for action in ("share", "uses", "delete", "versions", "versions/compare"):
        assert browser.get(f"/reports/{found['id']}/{action}").status_code == 403, action
    assert browser.post(f"/reports/{found['id']}/delete").status_code == 403
    assert browser.get(f"/reports/{found['id']}/owner").status_code == 403


def test_the_star_is_a_form_and_a_part(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", name="By course")
    browser = Browser(north, "asha")
    path = f"/reports/{found['id']}/favorite"
    done = browser.post(path, {"favorite": "1", "next": "/reports?q=x"})
    assert (done.status_code, done["Location"]) == (303, "/reports?q=x")
    assert item(north, "asha", found)["isFavorite"]
    elsewhere = browser.post(path, {"favorite": "0", "next": "https://elsewhere.example/"})
    assert elsewhere["Location"] == "/reports"
    assert not item(north, "asha", found)["isFavorite"]
    part = browser.post(path, {"favorite": "1", "name": "By course"}, headers={"HX-Request": "1"})
    assert 'aria-pressed="true"' in part.content.decode()


def test_a_copy_is_ones_own(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", name="By course", **TO_ALL)
    browser = Browser(north, "uma")
    assert browser.get(f"/reports/{found['id']}/duplicate").status_code == 303
    done = browser.post(f"/reports/{found['id']}/duplicate")
    assert done.status_code == 303
    assert done["Location"] != f"/reports/{found['id']}/edit"
    assert "By course (copy)" in browser.text("/reports?whose=mine")


def test_deleting_names_the_thing_and_what_would_stop(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", name="By course", **TO_ALL)
    board = saved_board(north, "asha", tile("a", savedItemId=found["id"]), name="Morning")
    browser = Browser(north, "asha")
    path = f"/reports/{found['id']}/delete"
    assert "It can't be deleted yet: these would stop." in browser.text(path)
    assert "Morning" in browser.text(path)
    assert browser.post(path).status_code == 422
    assert "Morning" in browser.text(f"/reports/{found['id']}/uses")
    assert browser.post(f"/dashboards/{board['id']}/delete")["Location"] == "/dashboards"
    page = browser.text(path)
    assert "Delete “By course”" in page
    assert "This can't be undone." in page
    assert browser.post(path)["Location"] == "/reports"
    assert "No report matches" in browser.text("/reports?q=course")


def test_an_item_is_handed_over_to_somebody_found_by_name(twins: Twins) -> None:
    north, south = twins
    found = saved(north, "asha", name="By course", **TO_ALL)
    browser = Browser(north, "asha")
    path = f"/reports/{found['id']}/owner"
    assert "Uma" in browser.text(f"{path}?q=uma")
    assert "Nobody by that name" in browser.text(f"{path}?q=zzzz")
    for person in ("", "x", "9" * 40, str(south.people["uma"].pk)):
        refused = browser.post(path, {"person": person})
        assert refused.status_code == 422, person
        assert "There is no active person" in words_of(refused)
    done = browser.post(path, {"person": str(north.people["uma"].pk)})
    assert done.status_code == 303
    assert item(north, "uma", found)["owner"]["id"] == north.people["uma"].pk


def test_an_action_belongs_to_the_kind_in_its_address(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha")
    browser = Browser(north, "asha")
    assert browser.get(f"/dashboards/{found['id']}/share").status_code == 404
    assert browser.post(f"/dashboards/{found['id']}/delete").status_code == 404
