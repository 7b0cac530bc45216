"""The school's own pages, as an administrator uses them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from optilearn.core.access.resolver import ACTING_COOKIE
from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.models import Term
from optilearn.web.help.chapters import chapter
from tests.optilearn.schedules.support import MONDAY, scheduled
from tests.support.twins import Twin

if TYPE_CHECKING:
    from tests.web.conftest import SignIn

Twins = tuple[Twin, Twin]
PAGES = (
    "/people", "/school", "/school/calendar", "/school/attributes", "/school/templates",
    "/school/templates/ENROLL_WELCOME/EMAIL/en", "/school/deliveries", "/school/addresses",
    "/school/audit", "/school/tokens", "/school/privacy", "/school/health",
)  # fmt: skip
SETTINGS = {
    "timeZone": "Asia/Kolkata",
    "locale": "hi",
    "firstWeekday": "7",
    "minGroupSize": "5",
    "feeGate": "on",
    "feeMessage": "Please come to the office.",
}


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_administrators(sign_in: SignIn, path: str) -> None:
    for name in ("asha", "sita", "paul", "hari"):
        assert sign_in(name).get(path).status_code == 200
    for name in ("tom", "anil", "finn", "lena", "pia"):
        assert sign_in(name).get(path).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_help_leads_to_the_part_of_the_chapter(sign_in: SignIn, path: str) -> None:
    page = sign_in().get(path).content.decode()
    (link,) = re.findall(r'class="button quiet help-link" href="/docs/([^"]+)"', page)
    name, _, anchor = link.partition("#")
    found = chapter(name)
    assert name == "school"
    assert found is not None
    assert anchor in {section.anchor for section in found.sections}


def test_people_are_searched_and_the_part_alone_is_sent_to_htmx(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get("/people?q=tom&role=TEACHER").content.decode()
    assert "<html" in page
    assert "Tom</a>" in page
    assert "Uma</a>" not in page
    part = client.get("/people?q=tom", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Tom</a>" in part
    assert "Nobody found" in client.get("/people?q=zzz").content.decode()
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get("/people", headers=back).content.decode()


def test_nobody_of_another_school(sign_in: SignIn, twins: Twins) -> None:
    stranger = twins[1].people["lena"].pk
    client = sign_in()
    assert client.get(f"/people/{stranger}").status_code == 404
    assert client.get(f"/people/{stranger}/export").status_code == 404
    sent = {"reason": "asked for it", "confirm": "lena"}
    assert client.post(f"/people/{stranger}/erase", sent).status_code == 404
    assert client.post(f"/people/{stranger}/act-as", {"reason": "a look"}).status_code == 404
    assert client.post(f"/people/{stranger}/sign-out").status_code == 404


def test_acting_as_somebody_and_stopping(sign_in: SignIn, twins: Twins) -> None:
    client = sign_in()
    tom = twins[0].people["tom"].pk
    assert client.post(f"/people/{tom}/act-as", {"reason": ""}).status_code == 400
    assert client.post(f"/people/{tom}/act-as", {"reason": "He asked for help"}).status_code == 303
    assert client.cookies[ACTING_COOKIE]["httponly"]
    page = client.get("/notifications").content.decode()
    assert "You are acting as Tom" in page
    assert client.get("/people").status_code == 403
    client.post("/acting/stop")
    assert "You are acting as" not in client.get("/people").content.decode()


def test_settings_are_changed_and_wrong_ones_shown_again(sign_in: SignIn, twins: Twins) -> None:
    client = sign_in()
    assert client.post("/school", SETTINGS).status_code == 303
    data = client.get("/api/school").json()["data"]
    assert (data["timeZone"], data["firstWeekday"], data["minGroupSize"]) == ("Asia/Kolkata", 7, 5)
    assert data["feeGate"] == {"enabled": True, "message": "Please come to the office."}
    wrong = client.post("/school", SETTINGS | {"timeZone": "Mars/Base", "feeMessage": "<b>x</b>"})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert 'href="#time-zone"' in page
    assert 'value="Mars/Base"' in page, "nothing typed is lost"
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    for name, value in (("minGroupSize", "many"), ("locale", "fr"), ("firstWeekday", "9")):
        assert client.post("/school", SETTINGS | {name: value}).status_code == 422
    assert sign_in(twin=1).get("/api/school").json()["data"]["feeGate"]["enabled"] is False


def test_holidays_are_drawn_in_the_year(sign_in: SignIn) -> None:
    client = sign_in()
    sent = {"name": ["Diwali", "", "One day"], "startsOn": ["2026-11-07", "", "2026-12-25"],
            "endsOn": ["2026-11-09", "", ""]}  # fmt: skip
    assert client.post("/school/calendar?year=2026", sent).status_code == 303
    page = client.get("/school/calendar?year=2026").content.decode()
    assert page.count('class="holiday') >= 4
    assert page.count(": Diwali</span>") == 3
    assert page.count(": One day</span>") == 1
    wrong = client.post("/school/calendar", sent | {"endsOn": ["2026-11-01", "", ""]})
    assert wrong.status_code == 422
    assert 'value="Diwali"' in wrong.content.decode()
    for year in ("0", "99999", "x", "١٩٩٩", "-1"):
        assert client.get("/school/calendar", {"year": year}).status_code == 200


def terms_form(*rows: tuple[str, str, str, str], **more: Any) -> dict[str, Any]:
    """What the form of terms sends, with its two empty rows."""
    columns = zip(*rows, ("", "", "", ""), ("", "", "", ""), strict=True)
    names = ("code", "name", "startsOn", "endsOn")
    return {"part": "terms", **dict(zip(names, columns, strict=True)), **more}


OLD = ("2026A", "First", "2026-09-01", "2026-12-18")


def test_terms_are_added_moved_renamed_and_deleted(sign_in: SignIn, twins: Twins) -> None:
    client = sign_in()
    path = "/school/calendar?year=2027"
    new = ("", "Spring 2027", "2027-01-11", "2027-03-26")
    assert client.post(path, terms_form(OLD, new)).status_code == 303
    page = client.get(path).content.decode()
    assert "Terms saved." in page
    assert page.count('title="Spring 2027"') == 75
    assert '<input type="hidden" name="code" value="Spring 2027">' in page
    moved = ("Spring 2027", "Spring", "2027-01-11", "2027-01-12")
    assert client.post(path, terms_form(OLD, moved)).status_code == 303
    assert client.get(path).content.decode().count('title="Spring"') == 2
    gone = terms_form(OLD, moved, remove=["Spring 2027"])
    assert client.post(path, gone).status_code == 303
    assert "Spring" not in client.get(path).content.decode()
    with tenant_context(twins[1].id):
        assert Term.objects.count() == 1


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ([OLD, ("B", "Late", "2026-12-18", "2027-03-01")], {}, "“First” and “Late” overlap."),
        ([OLD, ("B", "Late", "2027-03-01", "2027-01-11")], {}, "“Late” can&#x27;t end before it"),
        ([OLD, ("2026A", "Late", "2027-01-11", "2027-03-01")], {}, "Two terms have the code"),
        ([OLD, ("B", "Late", "2027-01-11", "")], {}, "entry needs another look"),
        ([OLD], {"remove": ["2026A"]}, "2 courses are in terms that you left out."),
    ],
)
def test_wrong_terms_are_told_and_nothing_typed_is_lost(
    sign_in: SignIn, twins: Twins, rows: list[Any], more: dict[str, Any], message: str
) -> None:
    client = sign_in()
    response = client.post("/school/calendar", terms_form(*rows, **more))
    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert 'href="#terms"' in page
    assert f'value="{rows[-1][1]}"' in page
    assert ("checked" in page) is ("remove" in more)
    with tenant_context(twins[0].id):
        assert list(Term.objects.values_list("code", flat=True)) == ["2026A"]


def test_schedules_that_wait_for_a_term_are_counted(sign_in: SignIn, twins: Twins) -> None:
    north, _ = twins
    client = sign_in()
    client.post("/school/calendar", terms_form(OLD))
    row = scheduled(north, "tom", timing={"only_in_terms": True})
    with frozen(MONDAY - timedelta(days=1)):
        short = (*OLD[:3], "2026-11-29")
        client.post("/school/calendar", terms_form(short))
        assert "1 schedule waits for a term to come." in client.get("/school").content.decode()
        assert (
            "No term to come has such a day." in client.get(f"/schedules/{row.pk}").content.decode()
        )
        client.post("/school/calendar", terms_form(OLD))
        assert "waits for a term" not in client.get("/school").content.decode()


def test_attributes_are_added_once_and_relabelled(sign_in: SignIn, twins: Twins) -> None:
    client = sign_in()
    sent = {"entity": "students", "key": "busRoute", "type": "text", "label": "Bus <route>"}
    assert client.post("/school/attributes", sent).status_code == 303
    page = client.get("/school/attributes").content.decode()
    assert "busRoute" in page
    assert "Bus &lt;route&gt;" in page
    again = client.post("/school/attributes", sent)
    assert again.status_code == 422
    assert "There is an attribute with this key." in again.content.decode()
    for wrong in ({"key": "Bus route"}, {"type": "blob"}, {"entity": "courses"}, {"key": ""}):
        assert client.post("/school/attributes", sent | wrong).status_code == 422
    assert "<code>busRoute" not in sign_in(twin=1).get("/school/attributes").content.decode()


def test_a_template_is_written_previewed_and_restored(sign_in: SignIn) -> None:
    client = sign_in()
    place = "/school/templates/ENROLL_WELCOME/EMAIL/en"
    text = {"title": "Hello {{ firstName }}", "body": "Your course <b>waits</b>."}
    shown = client.post(f"{place}/preview", text, headers={"HX-Request": "true"}).content.decode()
    assert "Hello Ananya" in shown or "Hello " in shown
    assert "<b>waits</b>" not in shown
    broken = text | {"body": "{{ nobody }}"}
    assert "nobody" in client.post(f"{place}/preview", broken).content.decode()
    refused = client.post(place, broken)
    assert refused.status_code == 422
    assert "{{ nobody }}" in refused.content.decode()
    assert client.post(place, text).status_code == 303
    assert "your version 1" in client.get(place).content.decode()
    client.post(f"{place}/change", {"restore": "1"})
    assert "the product's text" in client.get(place).content.decode()
    client.post(f"{place}/change", {"version": "1"})
    assert "your version 1" in client.get(place).content.decode()
    assert client.get("/school/templates/NOTHING/EMAIL/en").status_code == 404


def test_the_audit_log_is_filtered_by_person_action_and_day(sign_in: SignIn, twins: Twins) -> None:
    client = sign_in()
    client.post("/school", SETTINGS)
    asha = twins[0].people["asha"].pk
    page = client.get(f"/school/audit?action=institution&actor={asha}").content.decode()
    assert '<span title="institution.update">School settings changed</span>' in page
    assert "Asha" in page
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "hi"
    assert "विद्यालय की सेटिंग बदली गईं" in client.get("/school/audit").content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Nothing found" in client.get("/school/audit?until=2001-01-01").content.decode()
    assert client.get("/school/audit?since=tomorrow").status_code == 400
    assert client.get("/school/audit?actor=x&target=%00").status_code == 200
    assert "institution.update" not in sign_in(twin=1).get("/school/audit").content.decode()


def test_deliveries_are_filtered_and_wrong_filters_refused(sign_in: SignIn) -> None:
    client = sign_in()
    assert client.get("/school/deliveries?status=FAILED&channel=EMAIL&q=lena").status_code == 200
    assert client.get("/school/deliveries?status=NEVER").status_code == 400
    assert client.get("/school/deliveries/999999").status_code == 404
    assert client.post("/school/deliveries/replay", {}).status_code == 400


def test_a_token_is_shown_once(sign_in: SignIn) -> None:
    client = sign_in()
    sent: dict[str, Any] = {"name": "Timetable", "scopes": ["courses:read"], "expiresOn": ""}
    page = client.post("/school/tokens", sent).content.decode()
    assert "optl_" in page.split('class="token"')[1][:60]
    again = client.get("/school/tokens").content.decode()
    assert 'class="token"' not in again
    assert "Timetable" in again
    wrong = client.post("/school/tokens", sent | {"scopes": ["everything:read"]})
    assert wrong.status_code == 422
    assert client.post("/school/tokens", sent | {"expiresOn": "2001-01-01"}).status_code == 422
    assert client.post("/school/tokens", {"name": ""}).status_code == 422


def test_an_erasure_repeats_the_code_and_is_listed(sign_in: SignIn, twins: Twins) -> None:
    client = sign_in()
    sven = twins[0].people["sven"].pk
    assert (
        client.post(f"/people/{sven}/erase", {"reason": "asked", "confirm": "x"}).status_code == 400
    )
    sent = {"reason": "She asked for it", "confirm": "sven"}
    assert client.post(f"/people/{sven}/erase", sent).status_code == 303
    assert "Erased" in client.get("/school/privacy").content.decode()
