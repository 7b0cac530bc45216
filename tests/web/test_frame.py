"""What every page has: sign-in, policy, errors, language, theme, search, documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils.html import escape

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.delivery.in_app import deliver_in_app
from optilearn.notifications.models import Delivery
from optilearn.notifications.registry import definition_of
from optilearn.notifications.services import send
from optilearn.web.help.chapters import chapter, names, search
from optilearn.web.middleware import POLICY
from optilearn.web.pages import is_own_path
from optilearn.web.static_files import FILES, PackageFinder, style_id
from tests.support.client import ORIGIN, bearer, token_of
from tests.support.twins import Twin

if TYPE_CHECKING:
    from tests.web.conftest import SignIn

Twins = tuple[Twin, Twin]


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(settings: Any, twins: Twins) -> None:
    settings.DEBUG = False
    settings.SIGN_IN_URL = "https://crm.example/api/auth/signin"
    response = Client().get("/notifications?new=1")
    assert response.status_code == 302
    back = quote("http://testserver/notifications?new=1", safe="")
    assert response["Location"] == f"https://crm.example/api/auth/signin?callbackUrl={back}"
    settings.DEBUG = True
    assert Client().get("/notifications")["Location"] == "/sign-in?next=%2Fnotifications"


def test_a_script_without_a_session_gets_an_envelope(twins: Twins) -> None:
    response = Client().get("/search.json", headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "AUTH_REQUIRED"


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/api/session", "", "x",
             "/a\nb", "/" + "x" * 3000],
)  # fmt: skip
def test_only_paths_of_our_pages_are_gone_back_to(path: str) -> None:
    assert not is_own_path(path)


def test_an_integration_s_token_opens_no_page(twins: Twins) -> None:
    """Its scopes are of the API; a page would know nothing of them."""
    body = {"name": "Timetable", "scopes": ["courses:read"]}
    made = Client().post(
        "/api/api-tokens",
        body,
        content_type="application/json",
        headers=bearer(token_of(twins[0], "asha")),
    )
    headers = {**bearer(made.json()["data"]["token"]), "Accept": "text/html"}
    assert Client().get("/people", headers=headers).status_code == 302
    assert Client().get("/notifications", headers=headers).status_code == 302


def test_pages_have_the_policy_and_are_kept_by_nobody(sign_in: SignIn) -> None:
    for path in ("/notifications", "/nowhere", "/docs"):
        response = sign_in().get(path)
        assert response["Content-Security-Policy"] == POLICY
        assert "unsafe" not in response["Content-Security-Policy"]
        assert response["Cache-Control"] == "no-store"


def test_the_frame_costs_one_query(sign_in: SignIn, django_assert_num_queries: Any) -> None:
    """Beside those of the session: the person, and new notifications."""
    client = sign_in()
    client.get("/docs")
    with django_assert_num_queries(2):
        assert client.get("/docs").status_code == 200


@pytest.mark.parametrize(
    ("name", "path", "status", "words"),
    [
        ("asha", "/nowhere", 404, "This page isn't here"),
        ("lena", "/school", 403, "This page isn't for your role"),
        ("tom", "/people", 403, "Ask an administrator"),
    ],
)
def test_refusals_are_pages(sign_in: SignIn, name: str, path: str, status: int, words: str) -> None:
    response = sign_in(name).get(path)
    assert response.status_code == status
    assert words in response.content.decode()


def test_too_many_requests_and_foreign_origins_are_pages_too(sign_in: SignIn) -> None:
    client = sign_in()
    response = client.post("/theme", {"theme": "dark"}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert response["Content-Type"].startswith("text/html")
    assert "another site" in response.content.decode()


def test_language_and_theme_are_cookies_of_this_device(sign_in: SignIn) -> None:
    client = sign_in()
    answer = client.post("/language", {"language": "hi", "next": "/docs"})
    assert (answer.status_code, answer["Location"]) == (303, "/docs")
    client.post("/theme", {"theme": "dark", "next": "//evil.example"})
    page = client.get("/docs").content.decode()
    assert '<html lang="hi" data-theme="dark">' in page
    client.post("/language", {"language": "xx"})
    client.post("/theme", {"theme": "<script>"})
    page = client.get("/docs").content.decode()
    assert '<html lang="hi">' in page


def test_signing_out_ends_the_session(sign_in: SignIn) -> None:
    client = sign_in()
    session = client.cookies.copy()
    assert client.post("/sign-out").status_code == 303
    client.cookies = session
    assert client.get("/notifications").status_code == 302


def test_search_finds_pages_people_and_shows_nobody_to_learners(sign_in: SignIn) -> None:
    found = sign_in().get("/search.json?q=tom").json()["data"]
    assert [(one["label"], one["note"]) for one in found] == [("Tom", "Teacher")]
    assert sign_in("lena").get("/search.json?q=tom").json()["data"] == []
    labels = {one["label"] for one in sign_in("lena").get("/search.json").json()["data"]}
    assert labels == {"Home", "Help", "Notifications"}
    assert "Audit log" in sign_in().get("/search?q=audit").content.decode()
    assert sign_in().get("/search.json?q=%00zz").json()["data"] == []


def test_notification_settings_are_saved_without_scripts(sign_in: SignIn) -> None:
    client = sign_in("lena")
    page = client.get("/settings/notifications").content.decode()
    assert 'name="ENROLL_WELCOME:email" aria-label' in page
    sent = {"hour": "9", "weekday": "3", "start": "21:30", "end": "06:30", "quiet": "on",
            "key": ["ENROLL_WELCOME", "ASSESS_GRADED"]}  # fmt: skip
    assert client.post("/settings/notifications", sent).status_code == 303
    found = client.get("/api/notifications/preferences").json()["data"]
    keys = {key["key"]: key for category in found["categories"] for key in category["keys"]}
    assert keys["ENROLL_WELCOME"]["channels"] == {"email": False, "push": False, "inApp": False}
    assert keys["ASSESS_GRADED"]["channels"]["email"], "what is locked on stays on"
    assert found["digest"]["hour"] == 9
    assert found["quietHours"] | {"start": "21:30", "end": "06:30"} == found["quietHours"]
    assert keys["LESSON_NEW_CONTENT"]["channels"]["email"], "what the form didn't list stays"
    client.post("/settings/notifications", sent | {"hour": "9" * 5000})
    wrong = client.post("/settings/notifications", sent | {"start": "25:00"})
    assert wrong.status_code == 422
    assert "notice bad" in wrong.content.decode()


def test_messages_lead_to_our_pages_only(sign_in: SignIn) -> None:
    client = sign_in()
    for url in ("https://evil.example/x", "javascript:alert(1)", "//evil.example", "http://["):
        assert client.post("/notifications/1", {"url": url})["Location"] == "/notifications"
    assert client.post("/notifications/1", {"url": "/alerts/3?a=b"})["Location"] == "/alerts/3?a=b"


def test_every_chapter_is_rendered_without_markup_of_its_own(sign_in: SignIn) -> None:
    client = sign_in("lena")
    assert len(names()) > 30
    for name in names():
        found = chapter(name)
        assert found is not None
        assert "<script" not in found.html
        assert (
            'href="' not in found.html or ".md" not in found.html.split('href="')[1].split('"')[0]
        )
        assert client.get(f"/docs/{name}").status_code == 200


@pytest.mark.parametrize("name", ["openapi.json", "report.schema.json", "catalogue.schema.json"])
def test_schemas_that_chapters_link_to_are_there(sign_in: SignIn, name: str) -> None:
    response = sign_in("asha").get(f"/docs/{name}")
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content)


@pytest.mark.parametrize("name", ["../README", "adr/../../README", "x", "adr", ".env", "a" * 99])
def test_other_files_are_no_chapters(sign_in: SignIn, name: str) -> None:
    assert chapter(name) is None
    assert sign_in().get(f"/docs/{name}").status_code == 404


def test_chapters_are_searched_by_words() -> None:
    found = search("weekday LAST")
    assert found
    assert all("/docs/" in one["href"] for one in found)
    assert search("zzzz") == []
    assert search("") == []


def test_packages_have_the_files_that_pages_load() -> None:
    finder = PackageFinder()
    for name in FILES:
        assert finder.find(name)
    assert {name for name, _storage in finder.list(None)} == set(FILES)
    assert len(style_id()) == 64, "charts would report a blocked style on every page"


def test_cross_site_posts_are_refused_on_every_page(sign_in: SignIn) -> None:
    client = sign_in()
    for path in ("/sign-out", "/school", "/people/1/erase"):
        response = client.post(path, headers={"Origin": "null"})
        assert response.status_code == 403
    assert ORIGIN == "http://testserver"


def test_a_form_s_address_says_so_to_who_opens_it(sign_in: SignIn) -> None:
    response = sign_in().get("/sign-out")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "This address takes a form." in response.content.decode()
    assert response["Cache-Control"] == "no-store"


def test_language_is_changed_from_a_page_that_a_form_answered(sign_in: SignIn) -> None:
    client = sign_in()
    came_from = {"Referer": f"{ORIGIN}/school?x=1"}
    page = client.post("/school", {"timeZone": "Mars"}, headers=came_from).content.decode()
    assert 'name="next" value="/school?x=1"' in page
    page = client.post("/school", {"timeZone": "Mars"}, headers={"Referer": "http://["})
    assert 'name="next" value="/"' in page.content.decode()


def test_a_refused_acting_cookie_is_dropped(sign_in: SignIn) -> None:
    client = sign_in()
    client.cookies["optilearn_acting"] = "garbage"
    response = client.get("/notifications")
    assert response.status_code == 302
    assert response.cookies["optilearn_acting"]["max-age"] == 0


def test_an_origin_that_is_no_address_is_refused(sign_in: SignIn) -> None:
    client = sign_in()
    assert client.post("/theme", headers={"Origin": "http://["}).status_code == 403


@pytest.mark.parametrize("page", ["9" * 5000, "0", "-1", "x", "\u0661"])
def test_odd_page_numbers_are_the_first_or_the_last(sign_in: SignIn, page: str) -> None:
    assert sign_in().get("/people", {"page": page}).status_code == 200


def test_messages_are_shown_in_the_language_of_the_page(sign_in: SignIn, twins: Twins) -> None:
    north, _ = twins
    key = "BADGE_EARNED"
    with tenant_context(north.id):
        send(key=key, to=north.people["lena"].pk, data=dict(definition_of(key).example))
        deliver_in_app()
        title = Delivery.objects.get(channel="IN_APP").title
    assert escape(title) in sign_in("lena").get("/notifications").content.decode()
    page = sign_in("lena", language="hi").get("/notifications").content.decode()
    assert escape(title) not in page
