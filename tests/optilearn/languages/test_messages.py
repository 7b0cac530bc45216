"""The words of the product for apps: the same as on its pages, for everybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db


def bundle(locale: str) -> Any:
    response = Client().get(f"/api/v1/messages/{locale}")
    assert response.status_code == 200, response.content
    return response.json()["data"]


def test_both_languages_have_the_same_keys_and_forms() -> None:
    english, hindi = bundle("en"), bundle("hi")
    assert english["messages"].keys() == hindi["messages"].keys()
    assert len(english["messages"]) > 2_000
    for key, text in english["messages"].items():
        other = hindi["messages"][key]
        assert isinstance(text, list) == isinstance(other, list), key
        assert (text[0] if isinstance(text, list) else text) == key
    assert "nplurals=2" in hindi["pluralForms"]


def test_the_texts_are_those_of_the_pages() -> None:
    english, messages = bundle("en")["messages"], bundle("hi")["messages"]
    with translation.override("hi"):
        for key, text in messages.items():
            if isinstance(text, str):
                assert translation.gettext(key) == text
        plurals = {key: text for key, text in messages.items() if isinstance(text, list)}
        assert plurals
        for key, (one, many) in plurals.items():
            assert translation.ngettext(key, english[key][1], 1) == one
            assert translation.ngettext(key, english[key][1], 5) == many


@pytest.mark.parametrize("locale", ["hi-IN", "hi_IN", "HI"])
def test_a_region_is_its_language(locale: str) -> None:
    assert bundle(locale)["locale"] == "hi"


@pytest.mark.parametrize("locale", ["fr", "x" * 300, "..", "%00"])
def test_other_languages_are_not_there(locale: str) -> None:
    assert Client().get(f"/api/messages/{locale}").status_code in {400, 404}


def test_who_has_them_gets_304() -> None:
    tag = Client().get("/api/messages/hi")["ETag"]
    again = Client().get("/api/messages/hi", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
