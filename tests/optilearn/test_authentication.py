"""The door: who gets in, as whom, and what a refusal looks like."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import Valkey
from optilearn.people.models import Person
from tests.support.client import ORIGIN, bearer, call, claims_of, raw_token, token_of
from tests.support.twins import PEOPLE, Twin

Twins = tuple[Twin, Twin]
SESSION = "/api/session"


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_each_person_is_recognised_in_their_own_institution(twins: Twins, name: str) -> None:
    for twin in twins:
        status, body = call("GET", SESSION, token=token_of(twin, name))
        assert status == 200
        assert body["data"]["institution"] == twin.institution.slug
        assert body["data"]["personId"] == twin.people[name].pk
        assert body["data"]["role"] == PEOPLE[name][1].value


def test_without_a_token_the_answer_is_an_envelope(db: None) -> None:
    status, body = call("GET", SESSION)
    assert status == 401
    assert body["error"]["code"] == "AUTH_REQUIRED"
    assert body["data"] is None
    assert body["error"]["requestId"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/api/session/9", "/api/analytics"])
def test_an_unknown_path_answers_in_the_envelope(twins: Twins, path: str) -> None:
    status, body = call("GET", path, token=token_of(twins[0], "asha"))
    assert (status, body["error"]["code"]) == (404, "NOT_FOUND")


def test_a_wrong_method_answers_in_the_envelope(twins: Twins) -> None:
    status, body = call("PUT", SESSION, token=token_of(twins[0], "asha"))
    assert (status, body["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "change",
    [
        {"institutionId": "crm-south"},
        {"institutionSlug": "south"},
        {"institutionSlug": "nowhere", "institutionId": "crm-nowhere"},
        {"role": "STUDENT"},
        {"role": "KING"},
        {"isContact": True, "contactId": "crm-lena", "contactType": "CONTACT_CAT"},
        {"isContact": "yes"},
        {"exp": None},
        {"exp": 1},
        {"iat": None},
    ],
)
def test_claims_that_do_not_fit_together_are_nobodys(
    twins: Twins, change: dict[str, object]
) -> None:
    now = int(time.time())
    payload = claims_of(twins[0], "asha") | {"iat": now, "exp": now + 600}
    assert call("GET", SESSION, token=raw_token(payload))[0] == 200
    assert call("GET", SESSION, token=raw_token(payload | change))[0] == 401


def test_a_session_that_was_ended_is_refused(twins: Twins) -> None:
    twin = twins[0]
    token = token_of(twin, "lena")
    assert call("GET", SESSION, token=token)[0] == 200
    with tenant_context(twin.id):
        later = datetime.now(UTC) + timedelta(seconds=5)
        Person.objects.filter(code="lena").update(sessions_valid_from=later)
    assert call("GET", SESSION, token=token)[0] == 401


def test_an_inactive_person_is_refused(twins: Twins) -> None:
    twin = twins[0]
    with tenant_context(twin.id):
        Person.objects.filter(code="lena").update(status=Person.Status.INACTIVE)
    assert call("GET", SESSION, token=token_of(twin, "lena"))[0] == 401


class TestCookies:
    def cookies(self, token: str, *, size: int = 200) -> str:
        name = settings.AUTH_COOKIE
        pieces = [token[i : i + size] for i in range(0, len(token), size)]
        return "; ".join(f"{name}.{i}={piece}" for i, piece in enumerate(pieces))

    def test_a_session_in_chunks_with_a_stale_one_beside(self, twins: Twins) -> None:
        header = self.cookies(token_of(twins[0], "asha"), size=130)
        assert header.count(";") >= 4
        stale = f"{settings.AUTH_COOKIE}=stale"
        assert call("GET", SESSION, Cookie=f"{stale}; {header}")[0] == 200

    def test_a_missing_chunk_falls_back_to_the_bare_cookie(self, twins: Twins) -> None:
        token = token_of(twins[0], "asha")
        broken = self.cookies(token).split("; ", 1)[1]
        assert call("GET", SESSION, Cookie=broken)[0] == 401
        assert call("GET", SESSION, Cookie=f"{broken}; {settings.AUTH_COOKIE}={token}")[0] == 200

    def test_a_bearer_counts_only_without_a_session_cookie(self, twins: Twins) -> None:
        north, south = twins
        cookie = f"{settings.AUTH_COOKIE}={token_of(north, 'asha')}"
        _, body = call("GET", SESSION, token=token_of(south, "asha"), Cookie=cookie)
        assert body["data"]["institution"] == "north"

    def test_the_scheme_is_case_sensitive(self, twins: Twins) -> None:
        token = token_of(twins[0], "asha")
        assert call("GET", SESSION, Authorization=f"bearer {token}")[0] == 401


class TestOrigin:
    path = "/api/analytics/reports/validate"

    def post(self, twins: Twins, origin: str | None) -> tuple[int, str]:
        cookie = f"{settings.AUTH_COOKIE}={token_of(twins[0], 'asha')}"
        headers = {"Cookie": cookie} | ({"Origin": origin} if origin else {})
        status, body = call("POST", self.path, body={}, **headers)
        return status, body["error"]["code"]

    def test_our_own_pages_may(self, twins: Twins) -> None:
        assert self.post(twins, ORIGIN) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "origin",
        [None, "null", "https://testserver", "http://evil.opticrm.app", "http://testserver.evil"],
    )
    def test_foreign_pages_may_not(self, twins: Twins, origin: str | None) -> None:
        assert self.post(twins, origin) == (403, "FORBIDDEN")

    def test_a_bearer_needs_no_origin(self, twins: Twins) -> None:
        status, _ = call("POST", self.path, body={}, token=token_of(twins[0], "asha"))
        assert status == 400


def test_an_institution_in_the_body_is_refused(twins: Twins) -> None:
    status, body = call(
        "POST",
        "/api/analytics/reports/validate",
        token=token_of(twins[0], "asha"),
        body={"definition": {}, "institutionId": twins[1].id},
    )
    assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert body["error"]["details"][0]["path"].endswith("/institutionId")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff\xfe", b"[" * 100_000, b"NaN"])
def test_a_body_that_is_no_object_is_told_so(twins: Twins, body: bytes) -> None:
    response = Client(raise_request_exception=False).post(
        "/api/analytics/reports/validate",
        data=body,
        content_type="application/json",
        headers=bearer(token_of(twins[0], "asha")),
    )
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "VALIDATION_ERROR"


def test_the_tenant_ends_with_the_request(twins: Twins) -> None:
    from optilearn.core.tenancy.context import current_institution_id

    call("GET", SESSION, token=token_of(twins[0], "asha"))
    assert current_institution_id() is None


@pytest.mark.parametrize(
    ("method", "path", "takes"),
    [
        ("DELETE", "/api/school", {"GET", "PATCH"}),
        ("PUT", "/api/courses/7", {"GET", "PATCH", "DELETE"}),
        ("POST", "/api/v1/session", {"GET", "DELETE"}),
    ],
)
def test_405_names_what_the_address_takes(
    twins: Twins, method: str, path: str, takes: set[str]
) -> None:
    response = Client().generic(method, path, headers=bearer(token_of(twins[0], "asha")))
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "METHOD_NOT_ALLOWED"
    assert set(response["Allow"].split(", ")) == takes


def test_whom_opticrm_takes_back_is_asked_for_again(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, settings: Any, server: Valkey
) -> None:
    """A person who is INACTIVE here stays out, but OptiCRM is asked anew, as of everybody."""
    north, _ = twins
    asked: list[int] = []
    monkeypatch.setattr(
        "optilearn.people.authentication.enqueue",
        lambda _name, *, person_id: asked.append(person_id),
    )
    settings.OPTICRM_API_KEY = "key"
    tom = north.people["tom"].pk
    with tenant_context(north.id):
        Person.objects.filter(pk=tom).update(status="INACTIVE")
    for _ in range(2):
        assert call("GET", SESSION, token=token_of(north, "tom"))[0] == 401
    assert asked == [tom]
