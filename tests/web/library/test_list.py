"""The list of saved reports: searched and filtered by its address, whole or in part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.analytics.models import Occurrence
from optilearn.analytics.saved.kinds import Kind
from optilearn.analytics.saved.list_facts import owners_of
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import DEFINITION, TO_ALL, saved, saved_board, tile
from tests.optilearn.schedules.support import MONDAY, run_at, saved_report, scheduled
from tests.support.twins import Twin
from tests.web.library.browsing import Browser, words_of

Twins = tuple[Twin, Twin]
BROKEN = DEFINITION | {"measures": ["enrollments.nothing"]}


def test_it_shows_own_and_shared_reports_with_their_facts(twins: Twins) -> None:
    north, _ = twins
    saved(north, "asha", name="By course", description="For Mondays.", tags=["board"], **TO_ALL)
    saved(north, "tom", name="Of Tom alone")
    page = Browser(north, "uma").text("/reports")
    assert "By course For Mondays. Enrollments" in page
    assert "Everybody" in page
    assert "board" in page
    assert "Asha" in page
    assert "Of Tom alone" not in page
    own = Browser(north, "tom").text("/reports")
    assert "Of Tom alone" in own
    assert "Draft" in own


def test_the_address_narrows_it(twins: Twins) -> None:
    north, _ = twins
    first = saved(north, "asha", name="Late work", tags=["weekly"])
    saved(north, "asha", name="Fees")
    saved(north, "asha", name="Old field", definition=BROKEN)
    browser = Browser(north, "asha")
    browser.post(f"/reports/{first['id']}/favorite", {"favorite": "1"})
    for query in ("q=late", "tag=weekly", "whose=favorite", "q=LATE&whose=mine"):
        found = browser.text(f"/reports?{query}")
        assert "Late work" in found, query
        assert "Fees" not in found, query
    broken = browser.text("/reports?broken=1")
    assert "Old field" in broken
    assert "Broken" in broken
    assert "Late work" not in broken
    assert "No report matches" in browser.text("/reports?q=nothing-like-that")
    assert "Fees" in browser.text("/reports?visibility=NONSENSE&order=sideways&page=x")


def test_the_owner_narrows_it(twins: Twins) -> None:
    north, south = twins
    saved(north, "asha", name="Of Asha", **TO_ALL)
    saved(north, "tom", name="Of Tom", **TO_ALL)
    saved(north, "uma", name="Kept by Uma")
    saved_board(north, "uma", tile("one"), name="Board of Uma", **TO_ALL)
    asha, tom, uma = (north.people[name].pk for name in ("asha", "tom", "uma"))
    browser = Browser(north, "asha")
    page = browser.get(f"/reports?owner={tom}").content.decode()
    assert "Of Tom" in page
    assert "Of Asha" not in page
    assert f'<option value="{tom}" selected>Tom</option>' in page
    assert f'<option value="{asha}">' in page
    assert f'<option value="{uma}">' not in page, "nothing of hers is readable"
    assert f'<option value="{uma}">' in browser.get("/dashboards").content.decode()
    assert "Board of Uma" not in browser.text(f"/dashboards?owner={tom}")
    assert "No report matches" in browser.text(f"/reports?owner={uma}")
    assert "No report matches" in browser.text(f"/reports?owner={south.people['asha'].pk + 9_000}")
    for nonsense in ("x", "-1", "9" * 30):
        assert "Of Asha" in browser.text(f"/reports?owner={nonsense}")
    found = browser.get(f"/api/analytics/saved-reports?ownerId={tom}").json()["data"]
    assert [row["name"] for row in found] == ["Of Tom"]


def test_the_owners_filter_is_one_query_and_none_in_a_part(
    twins: Twins, django_assert_num_queries: Any
) -> None:
    north, _ = twins
    for name in ("asha", "tom", "uma"):
        saved(north, name, name=f"Of {name}", **TO_ALL)
    with tenant_context(north.id), django_assert_num_queries(1):
        assert [name for _id, name in owners_of(north.principal("asha"), Kind.REPORT)] == [
            "Asha", "Tom", "Uma",
        ]  # fmt: skip
    browser = Browser(north, "asha")
    path = f"/reports?owner={north.people['tom'].pk}"
    asked = []
    for address in ("/reports", path):
        with CaptureQueriesContext(connection) as captured:
            browser.get(address, **{"HX-Request": "true"})
        assert not any("DISTINCT" in one["sql"] for one in captured)
        asked.append(sum("institutions_institution" not in one["sql"] for one in captured))
    assert asked[0] == asked[1]


def test_a_script_gets_the_list_alone_and_history_the_whole_page(twins: Twins) -> None:
    north, _ = twins
    saved(north, "asha", name="By course")
    browser = Browser(north, "asha")
    part = browser.get("/reports", **{"HX-Request": "true"}).content.decode()
    assert "By course" in part
    assert "<html" not in part
    again = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in browser.get("/reports", **again).content.decode()


def test_an_empty_list_says_what_fills_it(twins: Twins) -> None:
    assert "Browse templates" in Browser(twins[0], "uma").text("/reports")


def test_schedules_and_the_menu_stand_beside_a_report(twins: Twins) -> None:
    north, _ = twins
    found = saved(north, "asha", **TO_ALL)
    mine = Browser(north, "asha").get("/reports").content.decode()
    assert f"/reports/{found['id']}/share" in mine
    assert f"/reports/{found['id']}/delete" in mine
    others = Browser(north, "uma").get("/reports").content.decode()
    assert f"/reports/{found['id']}/duplicate" in others
    assert f"/reports/{found['id']}/share" not in others


def test_a_report_says_when_it_was_last_sent(twins: Twins, settings: Any, tmp_path: Path) -> None:
    north, _ = twins
    settings.FILES_URL = (tmp_path / "files").as_uri()
    item = saved_report(north)
    for name, people, more in (
        ("One", ["tom"], {}),
        ("Other", ["tom"], {"timing": {"rule": "FREQ=WEEKLY;BYDAY=TU"}}),
        ("To nobody with rows", ["sven"], {"on_empty": "SKIP"}),
    ):
        scheduled(north, *people, item=item, name=name, **more)
    page = Browser(north, "uma").text("/reports")
    assert "never" in page
    assert "sent" not in page
    run_at(north, MONDAY)
    with tenant_context(north.id):
        (sent,) = (one for one in Occurrence.objects.all() if one.counts.get("sent"))
    page = Browser(north, "uma").get("/reports").content.decode()
    assert f'sent <time datetime="{sent.finished_at.isoformat()}"' in page
    assert ">3<" in page


def test_more_reports_are_no_more_queries(twins: Twins) -> None:
    north, _ = twins
    browser = Browser(north, "asha")
    counts = []
    for number in (1, 5):
        for n in range(number):
            saved(north, "asha", name=f"Report {number} {n}")
            scheduled(north, "tom", item=saved_report(north))
        with CaptureQueriesContext(connection) as captured:
            browser.get("/reports")
        # The zone of the school, which each date on a page asks for, is the frame's to remember.
        counts.append(sum("institutions_institution" not in q["sql"] for q in captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("person", ["lena", "pia"])
@pytest.mark.parametrize(
    "path", ["/reports", "/reports/templates", "/dashboards", "/reports/import"]
)
def test_learners_and_parents_have_none(twins: Twins, person: str, path: str) -> None:
    assert Browser(twins[0], person).get(path).status_code == 403


def test_another_school_sees_nothing(twins: Twins) -> None:
    north, south = twins
    found = saved(north, "asha", name="Northern", **TO_ALL)
    browser = Browser(south, "asha")
    assert "Northern" not in browser.text("/reports")
    for action in ("share", "owner", "uses", "delete", "versions", "versions/compare"):
        assert browser.get(f"/reports/{found['id']}/{action}").status_code == 404, action
    for action in ("favorite", "duplicate", "publish", "versions/1/restore"):
        assert browser.post(f"/reports/{found['id']}/{action}").status_code == 404, action


def test_the_gallery_has_templates_by_role_and_subject(twins: Twins) -> None:
    north, _ = twins
    browser = Browser(north, "uma")
    page = browser.text("/reports/templates")
    assert "Use this template" in page
    everybody = browser.get("/reports/templates?for=all").content.decode()
    assert everybody.count("?template=") > browser.get("/reports/templates").content.decode().count(
        "?template="
    )
    found = words_of(browser.get("/reports/templates?for=all&q=courses term"))
    assert "Courses by term" in found
    assert "Messages by month" not in found
    assert "No template matches" in browser.text("/reports/templates?q=zzzz")


def test_the_dashboards_of_a_school_are_listed_apart(twins: Twins) -> None:
    north, _ = twins
    assert "No dashboards of your own yet" in Browser(north, "uma").text("/dashboards")
    saved_board(north, "asha", tile("a"), name="Ours", **TO_ALL)
    page = Browser(north, "uma").text("/dashboards")
    assert "Platform" in page
    assert "Ours 1 tile Everybody" in page
