"""List-Unsubscribe: the page and one click, with nothing but the address (RFC 8058)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications import links
from optilearn.notifications.models import Preference
from optilearn.notifications.registry import REGISTRY
from optilearn.people.models import Person
from tests.support.client import token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
KEY = "DISCUSSION_REPLY"
LOCKED = "ASSESS_GRADED"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_of(twin: Twin, key: str = KEY, name: str = "lena") -> str:
    url = links.unsubscribe_url(twin.id, twin.people[name].pk, key)
    assert url.startswith(django_settings.APP_URL)
    return url.removeprefix(django_settings.APP_URL.rstrip("/"))


def off(twin: Twin, name: str = "lena") -> set[str]:
    with tenant_context(twin.id):
        rows = Preference.objects.filter(person=twin.people[name], email=False)
        return set(rows.values_list("key", flat=True))


def page(response: Any) -> str:
    assert response["Content-Type"] == "text/html; charset=utf-8"
    text: str = response.content.decode()
    _Wellformed().feed(text)
    return text


class _Wellformed(HTMLParser):
    """Every element that is opened is closed, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def test_looking_changes_nothing(twins: Twins) -> None:
    for method in ("get", "head", "get"):
        response = getattr(Client(), method)(path_of(twins[0]))
        assert response.status_code == 200
    assert off(twins[0]) == set()
    text = page(response)
    assert "North" in text
    assert str(REGISTRY[KEY].label) in text
    assert 'name="what" value="key"' in text
    assert 'name="what" value="category"' in text
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in response["Content-Security-Policy"]
    assert not response.cookies


@pytest.mark.parametrize("kind", ["multipart", "urlencoded"])
def test_one_click(twins: Twins, kind: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):  # again and again
        if kind == "multipart":
            response = client.post(path_of(twins[0]), ONE_CLICK | {"more": "ignored"})
        else:
            response = client.post(
                path_of(twins[0]),
                "List-Unsubscribe=One-Click",
                content_type="application/x-www-form-urlencoded",
            )
        assert response.status_code == 200
        assert not response.cookies
        assert off(twins[0]) == {KEY}
    assert off(twins[1]) == set()
    assert off(twins[0], "sven") == set()
    assert "no more e-mails" in page(client.get(path_of(twins[0])))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        # What some programs call the letters of ASCII.
        ("application/x-www-form-urlencoded; charset=ISO-8859-1", "List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded; charset=us-ascii", "List-Unsubscribe=One-Click"),
        ("multipart/form-data", "List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded", "&".join(f"field{n}=1" for n in range(2_000))),
        ("text/plain", "List-Unsubscribe=One-Click"),
        ("application/json", "{"),
        ("application/x-www-form-urlencoded", ""),
    ],
)
def test_one_click_in_whatever_form_it_comes(twins: Twins, kind: str, body: str) -> None:
    response = Client().post(path_of(twins[0]), body, content_type=kind)
    assert response.status_code == 200
    assert off(twins[0]) == {KEY}


def test_one_click_is_written_down(twins: Twins) -> None:
    Client().post(path_of(twins[0]), ONE_CLICK)
    with tenant_context(twins[0].id):
        entry = AuditEntry.objects.get(action="notifications.unsubscribed")
        assert entry.details == {"keys": [KEY]}
        assert entry.target == f"person:{twins[0].people['lena'].pk}"


def test_other_choices_of_the_key_stay(twins: Twins) -> None:
    with tenant_context(twins[0].id):
        Preference.objects.create(
            person=twins[0].people["lena"], key=KEY, push=False, frequency="DAILY"
        )
    Client().post(path_of(twins[0]), ONE_CLICK)
    with tenant_context(twins[0].id):
        kept = Preference.objects.get()
        assert (kept.email, kept.push, kept.in_app, kept.frequency) == (False, False, None, "DAILY")


def test_what_never_came_comes_again(twins: Twins) -> None:
    with tenant_context(twins[0].id):
        lena = twins[0].people["lena"]
        Preference.objects.create(person=lena, key=KEY, frequency="NEVER")
    client = Client()
    assert "again" in page(client.get(path_of(twins[0])))
    client.post(path_of(twins[0]), {"what": "again"})
    with tenant_context(twins[0].id):
        kept = Preference.objects.get()
        assert (kept.email, kept.frequency) == (None, "")


def test_an_address_outlives_a_change_of_the_secret(twins: Twins, settings: Any) -> None:
    path, old = path_of(twins[0]), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    assert Client().get(path).status_code == 404
    settings.SECRET_KEY_FALLBACKS = [old]
    assert Client().get(path).status_code == 200
    assert path_of(twins[0]) != path


def test_the_whole_category_and_back_again(twins: Twins) -> None:
    client = Client()
    response = client.post(path_of(twins[0]), {"what": "category"})
    assert off(twins[0]) == {"DISCUSSION_REPLY", "ANNOUNCEMENT_POSTED", "MESSAGE_RECEIVED"}
    assert "Community" in page(response)
    response = client.post(path_of(twins[0]), {"what": "again"})
    assert off(twins[0]) == {"ANNOUNCEMENT_POSTED", "MESSAGE_RECEIVED"}
    assert "again" in page(response)


def test_a_category_leaves_locked_keys_and_other_roles_alone(twins: Twins) -> None:
    Client().post(path_of(twins[0], "PEER_REVIEW_ASSIGNED"), {"what": "category"})
    turned_off = off(twins[0])
    assert "PEER_REVIEW_ASSIGNED" in turned_off
    assert LOCKED not in turned_off
    assert all(REGISTRY[key].can_disable for key in turned_off)


@pytest.mark.parametrize("what", ["", "key", "again"])
def test_a_locked_key_stays_on_and_says_why(twins: Twins, what: str) -> None:
    path = path_of(twins[0], LOCKED)
    sent: dict[str, str] = {"what": what} if what else ONE_CLICK
    response = Client().post(path, sent)
    assert response.status_code == 200
    assert "stay on" in page(response)
    assert "stay on" in page(Client().get(path))
    assert off(twins[0]) == set()


@pytest.mark.parametrize("key", [*sorted(REGISTRY), "DIGEST"])
def test_every_key_has_its_page(twins: Twins, key: str) -> None:
    path = path_of(twins[0], key)
    page(Client().get(path))
    assert Client().post(path, ONE_CLICK).status_code == 200
    definition = REGISTRY.get(key)
    assert off(twins[0]) == ({key} if definition is None or definition.can_disable else set())


def test_addresses_that_are_not_ours(twins: Twins) -> None:
    good = path_of(twins[0]).removeprefix("/u/")
    lena = twins[0].people["lena"].pk
    forged = [
        good[:-1],
        good[:5] + ("A" if good[5] != "A" else "B") + good[6:],
        "x",
        "न",
        links.sign(links.DELIVERY, links.Signed(twins[0].id, lena, KEY)),
        links.sign(links.UNSUBSCRIBE, links.Signed(twins[0].id, lena, "NO_SUCH_KEY")),
        links.sign(links.UNSUBSCRIBE, links.Signed(twins[0].id, 10**12, KEY)),
        links.sign(links.UNSUBSCRIBE, links.Signed(10**9, lena, KEY)),
        links.sign(links.UNSUBSCRIBE, links.Signed(twins[1].id, lena, KEY)),
    ]
    for token in forged[:-1]:
        for method in ("get", "post"):
            response = getattr(Client(), method)(f"/u/{token}")
            assert response.status_code == 404
            assert "doesn’t work" in page(response)
    assert off(twins[0]) == set()
    # The ids of one institution are nobody, or somebody else, in the other.
    Client().post(f"/u/{forged[-1]}")
    assert off(twins[0]) == set()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods(twins: Twins, method: str) -> None:
    assert getattr(Client(), method)(path_of(twins[0])).status_code == 405


@pytest.mark.parametrize("cookie", ["other", "garbage"])
def test_a_cookie_and_a_foreign_page_change_nothing(twins: Twins, cookie: str) -> None:
    client = Client()
    value = token_of(twins[1], "asha") if cookie == "other" else "garbage"
    client.cookies[django_settings.AUTH_COOKIE] = value
    response = client.post(path_of(twins[0]), ONE_CLICK, headers={"Origin": "https://mail.example"})
    assert response.status_code == 200
    assert off(twins[0]) == {KEY}
    assert off(twins[1]) == set()


def language(twin: Twin, locale: str, accepts: str) -> str:
    with tenant_context(twin.id):
        Person.objects.filter(pk=twin.people["lena"].pk).update(locale=locale)
    response = Client().get(path_of(twin), headers={"Accept-Language": accepts})
    assert f'<html lang="{response["Content-Language"]}">' in page(response)
    return response["Content-Language"]


def test_the_readers_language_else_the_browsers(twins: Twins) -> None:
    assert language(twins[0], "hi", "en") == "hi"
    assert language(twins[0], "en", "hi") == "en"
    assert language(twins[0], "", "hi-IN,en;q=0.5") == "hi"
    assert language(twins[0], "", "fr") == "en"
    assert language(twins[0], "xx", "hi") == "hi"
    response = Client().get("/u/x", headers={"Accept-Language": "hi"})
    assert response["Content-Language"] == "hi"


def test_names_are_shown_as_text(twins: Twins) -> None:
    institution = twins[0].institution
    institution.name = "<script>alert(1)</script>"
    institution.save()
    assert "<script>" not in page(Client().get(path_of(twins[0])))


def test_who_has_left_may_unsubscribe(twins: Twins) -> None:
    with tenant_context(twins[0].id):
        Person.objects.filter(pk=twins[0].people["lena"].pk).update(status="INACTIVE")
    assert Client().post(path_of(twins[0]), ONE_CLICK).status_code == 200
    assert off(twins[0]) == {KEY}
