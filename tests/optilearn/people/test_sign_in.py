"""The sign-in page of development: anybody on a development server, nobody elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory

from optilearn.web.account.signin import development_urls, sign_in
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]


@pytest.fixture(autouse=True)
def _development(settings: Any) -> None:
    settings.DEBUG = True


def signed_in(**form: str) -> HttpResponse:
    return sign_in(RequestFactory().post("/sign-in", form))


def test_it_lists_people_by_role_and_signs_one_in(twins: Twins) -> None:
    page = sign_in(RequestFactory().get("/sign-in")).content.decode()
    assert "North" in page
    assert "South" in page
    assert "मीरा" in page
    lena = twins[1].people["lena"].pk
    response = signed_in(institution="south", person=str(lena))
    assert response.status_code == 302
    cookie = response.cookies[settings.AUTH_COOKIE]
    assert cookie["httponly"]
    client = Client()
    client.cookies[settings.AUTH_COOKIE] = cookie.value
    data = client.get("/api/session").json()["data"]
    assert (data["institution"], data["personId"], data["role"]) == ("south", lena, "STUDENT")


def test_a_person_of_another_institution_is_nobody(twins: Twins) -> None:
    lena = twins[1].people["lena"].pk
    for person in (str(lena), "0", "x", "9" * 30, ""):
        with pytest.raises(Http404):
            signed_in(institution="north", person=person)
    with pytest.raises(Http404):
        signed_in(institution="x", person="1")


def test_it_is_not_there_when_debug_is_off(twins: Twins, settings: Any) -> None:
    assert len(development_urls()) == 1
    settings.DEBUG = False
    assert development_urls() == []
    with pytest.raises(Http404):
        sign_in(RequestFactory().get("/sign-in"))
