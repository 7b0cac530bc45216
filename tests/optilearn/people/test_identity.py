"""Sessions that end, people who are new, tokens of integrations, acting as another."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from optilearn.core import clock
from optilearn.core.access.tokens import encode
from optilearn.core.http.logs import JsonFormatter, WithoutPaths
from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.valkey import valkey
from optilearn.people import authentication
from optilearn.people.models import ApiToken, EndedSession, Person
from tests.support.client import ORIGIN, bearer, call, claims_of, openapi, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
SESSION = "/api/session"


def signed(claims: dict[str, Any]) -> str:
    return encode(claims, secret=settings.AUTH_SECRETS[0], cookie_name=settings.AUTH_COOKIE)


class TestSigningOut:
    def test_the_token_is_worthless_afterwards_and_others_are_not(self, twins: Twins) -> None:
        mine, other = token_of(twins[0], "asha"), token_of(twins[0], "asha")
        assert call("DELETE", SESSION, token=mine)[0] == 200
        assert call("GET", SESSION, token=mine)[0] == 401
        assert call("GET", SESSION, token=other)[0] == 200
        with tenant_context(twins[0].id):
            assert EndedSession.objects.count() == 1

    def test_every_cookie_that_was_sent_is_expired(self, twins: Twins) -> None:
        name, token = settings.AUTH_COOKIE, token_of(twins[0], "asha")
        client = Client()
        client.cookies[f"{name}.0"] = token[:300]
        client.cookies[f"{name}.1"] = token[300:]
        client.cookies["other"] = "stays"
        response = client.delete(SESSION, headers={"Origin": ORIGIN})
        assert response.status_code == 200
        gone = {k for k, morsel in response.cookies.items() if morsel["max-age"] == 0}
        assert gone == {name, f"{name}.0", f"{name}.1", "optilearn_acting"}

    def test_all_sessions_of_a_person(self, twins: Twins) -> None:
        north, south = twins
        lenas, here = token_of(north, "lena"), north.people["lena"].pk
        with clock.frozen(datetime.now(UTC) + timedelta(seconds=2)):
            status, _ = call(
                "DELETE", f"/api/people/{here}/sessions", token=token_of(north, "asha")
            )
        assert status == 200
        assert call("GET", SESSION, token=lenas)[0] == 401
        assert call("GET", SESSION, token=token_of(south, "lena"))[0] == 200


class TestAdmission:
    def test_who_was_signed_in_by_opticrm_is_admitted_once(self, twins: Twins) -> None:
        claims = claims_of(twins[0], "tom") | {
            "id": "u-900",
            "name": "नया शिक्षक",
            "email": "n@x.in",
        }
        for _ in range(2):
            status, body = call("GET", SESSION, token=signed(claims))
            assert (status, body["data"]["role"]) == (200, "TEACHER")
        with tenant_context(twins[0].id):
            row = Person.objects.get(crm_id="u-900")
        assert (row.name, row.email, row.kind) == ("नया शिक्षक", "n@x.in", "USER")

    def test_the_role_in_force_is_the_one_of_the_copy(self, twins: Twins) -> None:
        claims = claims_of(twins[0], "tom") | {"role": "ADMIN"}
        assert call("GET", SESSION, token=signed(claims))[1]["data"]["role"] == "TEACHER"
        with tenant_context(twins[0].id):
            Person.objects.filter(code="tom").update(role="HOD")
        assert call("GET", SESSION, token=signed(claims))[1]["data"]["role"] == "HOD"

    def test_who_has_left_is_nobody(self, twins: Twins) -> None:
        with tenant_context(twins[0].id):
            Person.objects.filter(code="tom").update(status="INACTIVE")
        assert call("GET", SESSION, token=token_of(twins[0], "tom"))[0] == 401


class TestApiTokens:
    def make(self, twin: Twin, *scopes: str, **more: Any) -> str:
        body = {"name": "Timetable", "scopes": list(scopes)} | more
        status, answer = call("POST", "/api/api-tokens", token=token_of(twin, "asha"), body=body)
        assert status == 201, answer
        return str(answer["data"]["token"])

    def test_it_reaches_as_far_as_its_scopes(self, twins: Twins) -> None:
        token = self.make(twins[0], "courses:read", "people:write")
        assert call("GET", "/api/courses", token=token)[0] == 200
        assert call("GET", "/api/people", token=token)[0] == 200
        status, body = call("POST", "/api/courses", token=token, body={"code": "X", "title": "X"})
        assert (status, body["error"]["details"]) == (403, {"scope": "courses:write"})
        assert call("GET", SESSION, token=token)[0] == 403
        assert call("GET", "/api/v1/courses", token=token)[0] == 200
        assert call("GET", "/api/v1/analytics/catalog", token=token)[0] == 403

    def test_only_its_hash_is_kept_and_its_use_is_noted(self, twins: Twins) -> None:
        token = self.make(twins[0], "courses:read")
        call("GET", "/api/courses", token=token)
        with tenant_context(twins[0].id):
            row = ApiToken.objects.get()
        assert token.encode() not in bytes(row.token_hash)
        assert row.last_used_at is not None
        _, body = call("GET", "/api/api-tokens", token=token_of(twins[0], "asha"))
        assert token not in json.dumps(body)
        assert body["data"][0]["hint"] == token[-4:]

    def test_it_ends_when_revoked_expired_or_its_maker_leaves(self, twins: Twins) -> None:
        north, _ = twins
        soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        revoked, expiring = (
            self.make(north, "courses:read"),
            self.make(north, "courses:read", expiresAt=soon),
        )
        with tenant_context(north.id):
            first = ApiToken.objects.order_by("id")[0].pk
        path = f"/api/api-tokens/{first}"
        for _ in range(2):
            assert call("DELETE", path, token=token_of(north, "asha"))[0] == 200
        assert call("GET", "/api/courses", token=revoked)[0] == 401
        assert call("GET", "/api/courses", token=expiring)[0] == 200
        with clock.frozen(datetime.now(UTC) + timedelta(days=2)):
            assert call("GET", "/api/courses", token=expiring)[0] == 401
        with tenant_context(north.id):
            Person.objects.filter(code="asha").update(status="INACTIVE")
        assert call("GET", "/api/courses", token=expiring)[0] == 401

    def test_a_token_opens_no_other_institution(self, twins: Twins) -> None:
        north, south = twins
        token = self.make(north, "courses:read")
        moved = token.replace(f"optl_{north.id}_", f"optl_{south.id}_")
        assert call("GET", "/api/courses", token=moved)[0] == 401

    @pytest.mark.parametrize("token", ["optl_", "optl_x_y", "optl_1", "optl_999999_abc", "optl_1_"])
    def test_what_is_no_token_is_nobody(self, twins: Twins, token: str) -> None:
        assert call("GET", "/api/courses", token=token)[0] == 401

    @pytest.mark.parametrize(
        "scope",
        [
            "courses",
            "courses:all",
            "*:read",
            "",
            "Courses:read",
            "course:read",
            "v1:read",
            "grades:write",
        ],
    )
    def test_a_scope_has_a_form(self, twins: Twins, scope: str) -> None:
        body = {"name": "x", "scopes": [scope]}
        status, _ = call("POST", "/api/api-tokens", token=token_of(twins[0], "asha"), body=body)
        assert status == 400

    def test_every_area_that_a_path_has_is_a_scope(self, twins: Twins) -> None:
        areas = {path.split("/")[2] for path in openapi()["paths"]}
        self.make(twins[0], *(f"{area}:read" for area in areas))


class TestActingAsAnother:
    def begin(self, twin: Twin, name: str, as_name: str) -> tuple[int, str]:
        body = {"personId": twin.people[as_name].pk, "reason": "A question of hers."}
        status, answer = call("POST", "/api/acting", token=token_of(twin, name), body=body)
        return status, (answer["data"] or {}).get("token", "")

    def test_it_is_seen_and_written_down(self, twins: Twins) -> None:
        north, _ = twins
        status, acting = self.begin(north, "asha", "lena")
        assert status == 201
        headers = {"X-Acting-As": acting}
        _, body = call("GET", SESSION, token=token_of(north, "asha"), **headers)
        assert body["data"]["personId"] == north.people["lena"].pk
        assert body["data"]["actedBy"] == north.people["asha"].pk
        assert call("GET", "/api/people", token=token_of(north, "asha"), **headers)[0] == 403
        assert call("DELETE", "/api/acting", token=token_of(north, "asha"), **headers)[0] == 200
        assert call("GET", SESSION, token=token_of(north, "asha"), **headers)[0] == 401
        assert call("GET", SESSION, token=token_of(north, "asha"))[0] == 200
        with tenant_context(north.id):
            rows = list(AuditEntry.objects.filter(action__startswith="acting").order_by("id"))
        assert [row.action for row in rows] == ["acting.begin", "acting.end"]
        assert {row.actor_id for row in rows} == {north.people["asha"].pk}
        assert rows[0].details == {"reason": "A question of hers."}
        assert rows[1].details == {"actedAs": north.people["lena"].pk}

    def test_nobody_else_can_use_it(self, twins: Twins) -> None:
        north, south = twins
        _, acting = self.begin(north, "asha", "lena")
        for twin, name in ((north, "sita"), (north, "tom"), (south, "asha")):
            headers = {"X-Acting-As": acting}
            assert call("GET", SESSION, token=token_of(twin, name), **headers)[0] == 401
        with clock.frozen(datetime.now(UTC)):
            assert (
                call("GET", SESSION, token=token_of(north, "asha"), **{"X-Acting-As": "x"})[0]
                == 401
            )

    def test_nobody_gains_by_it(self, twins: Twins) -> None:
        north, south = twins
        assert self.begin(north, "asha", "sita")[0] == 403
        assert self.begin(north, "asha", "paul")[0] == 403
        assert self.begin(north, "sita", "asha")[0] == 201
        assert self.begin(north, "paul", "lena")[0] == 403
        body = {"personId": south.people["lena"].pk, "reason": "x"}
        assert call("POST", "/api/acting", token=token_of(north, "asha"), body=body)[0] == 404

    def test_the_cookie_of_the_pages_does_the_same(self, twins: Twins) -> None:
        north, _ = twins
        client = Client()
        client.cookies[settings.AUTH_COOKIE] = token_of(north, "asha")
        body = {"personId": north.people["lena"].pk, "reason": "A look."}
        made = client.post(
            "/api/acting", json.dumps(body), "application/json", headers={"Origin": ORIGIN}
        )
        assert made.cookies["optilearn_acting"]["httponly"]
        assert client.get(SESSION).json()["data"]["role"] == "STUDENT"
        kept = client.cookies["optilearn_acting"].value
        client.delete("/api/acting", headers={"Origin": ORIGIN})
        stolen = call("GET", SESSION, token=token_of(north, "asha"), **{"X-Acting-As": kept})
        assert stolen[0] == 401
        assert client.get(SESSION).json()["data"]["role"] == "ADMIN"


class TestTheStableSurface:
    def test_the_same_operations_by_bearer_only(self, twins: Twins) -> None:
        token = token_of(twins[0], "lena")
        assert (
            call("GET", "/api/v1/session", token=token)[1] == call("GET", SESSION, token=token)[1]
        )
        cookie = f"{settings.AUTH_COOKIE}={token}"
        assert call("GET", "/api/v1/session", Cookie=cookie)[0] == 401
        assert call("GET", "/api/v2/session", token=token)[0] == 404

    def test_the_apps_web_views_may_ask_across_origins(self, twins: Twins) -> None:
        headers = {"Origin": "capacitor://localhost", "Access-Control-Request-Method": "GET"}
        for path, allowed in (("/api/v1/session", True), (SESSION, False)):
            response = Client().options(path, headers=headers)
            assert ("Access-Control-Allow-Origin" in response) is allowed
            assert "Access-Control-Allow-Credentials" not in response
        strange = headers | {"Origin": "https://evil.example"}
        response = Client().options("/api/v1/session", headers=strange)
        assert "Access-Control-Allow-Origin" not in response


def test_an_answer_that_is_known_is_not_sent_again(twins: Twins) -> None:
    path = f"/api/courses/{twins[0].courses['MATH'].pk}"
    headers = bearer(token_of(twins[0], "tom"))
    first = Client().get(path, headers=headers)
    again = Client().get(path, headers=headers | {"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = Client().get(path, headers=bearer(token_of(twins[0], "uma")))
    assert other["ETag"] != first["ETag"]  # what it says of the reader differs


def test_data_are_no_page(twins: Twins) -> None:
    response = Client().get(SESSION, headers=bearer(token_of(twins[0], "lena")))
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


class TestRateLimits:
    @pytest.fixture(autouse=True)
    def _few(self, settings: Any) -> Iterator[None]:
        settings.RATE_LIMIT, settings.RATE_LIMIT_ANONYMOUS = 3, 2
        with clock.frozen(clock.now()):  # all within one minute
            yield

    def test_too_many_are_told_when_to_come_back(self, twins: Twins) -> None:
        north, south = twins
        answers = [Client().get(SESSION, headers=bearer(token_of(north, "lena"))) for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert [a["RateLimit-Remaining"] for a in answers] == ["2", "1", "0", "0"]
        assert 1 <= int(answers[3]["Retry-After"]) <= 61
        assert answers[3].json()["error"]["code"] == "RATE_LIMITED"
        assert call("GET", SESSION, token=token_of(south, "lena"))[0] == 200
        assert call("GET", SESSION, token=token_of(north, "tom"))[0] == 200

    def test_strangers_are_counted_by_address(self, twins: Twins) -> None:
        assert [call("GET", SESSION)[0] for _ in range(3)] == [401, 401, 429]
        assert call("GET", "/api/health")[0] == 200

    def test_without_valkey_nobody_is_refused(self, twins: Twins, settings: Any) -> None:
        from optilearn.core.valkey import valkey

        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        try:
            token = token_of(twins[0], "lena")
            assert {call("GET", SESSION, token=token)[0] for _ in range(5)} == {200}
        finally:
            valkey().close()


class TestRefreshing:
    """A role that changes in OptiCRM takes effect within minutes, and no request waits for it."""

    def asked(self, twins: Twins, monkeypatch: pytest.MonkeyPatch, times: int) -> list[Any]:
        sent: list[Any] = []
        monkeypatch.setattr(
            authentication, "enqueue", lambda task, **what: sent.append((task, what))
        )
        token = token_of(twins[0], "tom")
        for _ in range(times):
            assert call("GET", SESSION, token=token)[0] == 200
        return sent

    def test_opticrm_is_asked_once_in_five_minutes(
        self, twins: Twins, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.OPTICRM_API_KEY = "a key"
        tom = twins[0].people["tom"].pk
        expected = [("crm.refresh_person", {"person_id": tom})]
        assert self.asked(twins, monkeypatch, 3) == expected
        left = valkey().call("TTL", f"optilearn:refresh:{tom}")
        assert 290 <= left <= authentication.REFRESH_SECONDS

    def test_nobody_is_asked_without_an_opticrm(
        self, twins: Twins, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.OPTICRM_API_KEY = ""
        assert self.asked(twins, monkeypatch, 2) == []


def test_the_logs_hold_no_paths(twins: Twins, caplog: pytest.LogCaptureFixture) -> None:
    lena = twins[1].people["lena"].pk
    filtered = WithoutPaths()
    with caplog.at_level(logging.INFO):
        call("GET", f"/api/people/{lena}", token=token_of(twins[0], "lena"))
    refused = [record for record in caplog.records if record.name == "django.request"]
    assert refused
    for record in refused:
        assert filtered.filter(record)
        assert str(lena) not in record.getMessage()
        assert record.getMessage().endswith("/api/people/<int:personId>")
    ours = [r for r in caplog.records if r.name.startswith("optilearn.core.http")]
    line = json.loads(JsonFormatter().format(ours[-1]))
    assert (line["status"], line["role"], line["institution_id"]) == (404, "STUDENT", twins[0].id)
    assert str(lena) not in line["route"]
    assert "Lena" not in json.dumps(line)
