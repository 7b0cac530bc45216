"""Whatever stands where a token belongs is refused, never a defect; every candidate counts."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core import clock
from optilearn.core.access.cookies import MAX_CANDIDATES, session_candidates
from optilearn.core.access.refusals import Refusals, refusals
from optilearn.core.access.tokens import TokenError, decode
from tests.support.client import raw_token, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]

NAME = "authjs.session-token"
SECRET = "optilearn-test-secret"


def header(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


HEADERS = {
    "deep": "[" * 100_000,
    "deep object": '{"alg":' * 50_000,
    "a long number": '{"alg": ' + "9" * 10_000 + "}",
    "a list": '{"alg": "dir", "enc": []}',
    "an object": '{"alg": "dir", "enc": {}}',
    "a kid": '{"alg": "dir", "enc": "A256CBC-HS512", "kid": {"a": []}}',
    "crit": '{"alg": "dir", "enc": "A256CBC-HS512", "crit": 5}',
    "p2c": '{"alg": "dir", "enc": "A256GCM", "epk": [], "p2c": -1}',
    "null": "null",
    "not UTF-8": b"\xff\xfe",
    "nan": '{"alg": NaN}',
}


@pytest.mark.parametrize("shape", HEADERS)
def test_headers_of_every_shape(shape: str) -> None:
    with pytest.raises(TokenError):
        decode(f"{header(HEADERS[shape])}...x.y", secrets=(SECRET,), cookie_name=NAME)
    with pytest.raises(TokenError):
        decode(f"{header(HEADERS[shape])}....", secrets=(SECRET,), cookie_name=NAME)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    with pytest.raises(TokenError):
        decode(text, secrets=(SECRET,), cookie_name=NAME)


@given(st.text(st.characters(codec="latin-1"), max_size=300))
def test_any_cookie_header(text: str) -> None:
    assert len(session_candidates(text, NAME)) <= MAX_CANDIDATES
    session_candidates(f"{NAME}.{text}=x; {NAME}={text}; {NAME}.0={text}", NAME)


def test_an_index_that_is_too_long_is_no_chunk() -> None:
    assert session_candidates(f"{NAME}.{'9' * 5000}=x; {NAME}=good", NAME) == ["good"]


def test_every_candidate_is_given_and_no_more_than_so_many() -> None:
    tossed = f"{NAME}=tossed; {NAME}=ours"
    assert session_candidates(tossed, NAME) == ["tossed", "ours"]
    stale = f"{NAME}.0=a; {NAME}.1=b; {NAME}.2=stale; {NAME}=old"
    assert session_candidates(stale, NAME) == ["abstale", "ab", "a", "old"]
    both = f"{NAME}.0=x; {NAME}.0=a; {NAME}.1=b"
    assert session_candidates(both, NAME) == ["xb", "ab", "x", "a"]
    many = "; ".join(f"{NAME}.{n}={v}" for n in range(20) for v in "abcdef")
    assert len(session_candidates(many, NAME)) == MAX_CANDIDATES
    bare = "; ".join(f"{NAME}={n}" for n in range(100))
    assert "0" in session_candidates(bare, NAME)


def status(**headers: str) -> int:
    client = Client(raise_request_exception=True)
    return client.get("/api/session", headers=headers).status_code


@pytest.mark.django_db
@pytest.mark.parametrize("claim", ["id", "role", "institutionId", "institutionSlug"])
@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", "\ud800", "x" * 100_000, ["id"], {"a": 1}, 1e400, None, True]
)
def test_claims_of_every_shape(twins: Twins, claim: str, value: Any) -> None:
    claims = {
        "id": "crm-asha",
        "role": "ADMIN",
        "institutionId": "crm-north",
        "institutionSlug": "north",
        "iat": 1_000_000_000,
        "exp": 4_000_000_000,
    }
    refusals._of.clear()
    assert status(Authorization=f"Bearer {raw_token(claims | {claim: value})}") == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["optl_1_\udc80", "optl_9_x\x00", "é.é.é.é.é", "%00....", "%ED%A0%80"]
)
def test_bearers_of_every_shape(text: str) -> None:
    refusals._of.clear()
    sent = text.encode("utf-8", "surrogatepass").decode("latin-1")
    assert status(Authorization=f"Bearer {sent}") == 401
    assert status(Cookie=f"{settings.AUTH_COOKIE}={quote(sent)}") == 401


@pytest.mark.django_db
def test_a_tossed_cookie_signs_nobody_out(twins: Twins) -> None:
    good = token_of(twins[0], "asha")
    name = settings.AUTH_COOKIE
    refusals._of.clear()
    assert status(Cookie=f"{name}=tossed; {name}={good}") == 200
    half = len(good) // 2
    chunks = f"{name}.0={good[:half]}; {name}.1={good[half:]}"
    assert status(Cookie=f"{chunks}; {name}.2=stale") == 200
    assert status(Cookie=f"{name}.0=tossed; {chunks}; {name}=stale") == 200


@pytest.mark.django_db
def test_wrong_tokens_are_limited_before_they_are_read(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RATE_LIMIT_ANONYMOUS", 3)
    refusals._of.clear()
    refusals._proven.clear()
    with clock.frozen(clock.now()):  # all within one minute
        good = token_of(twins[0], "asha")
        assert status(Authorization=f"Bearer {good}") == 200
        wrong = [status(Authorization=f"Bearer {n}....") for n in range(5)]
        assert wrong[-1] == 429
        monkeypatch.setattr("optilearn.core.access.resolver.principal_of", None)
        assert status(Authorization="Bearer fresh....") == 429
        monkeypatch.undo()
        assert status(Authorization=f"Bearer {good}") == 200
        refusals._of.clear()


def test_refusals_forget_with_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RATE_LIMIT_ANONYMOUS", 1)
    counted = Refusals()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.frozen(start):
        counted.note("a")
        assert counted.are_too_many("a")
        assert not counted.are_too_many("b")
    with clock.frozen(start + timedelta(minutes=1)):
        assert not counted.are_too_many("a")
    assert json.dumps(counted._minute)
