"""Anybody who has a code verifies its certificate; nobody learns anything of other texts."""

from __future__ import annotations

import html
import re
import string
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from optilearn.core import clock
from optilearn.core.tenancy.context import tenant_context
from optilearn.privacy import services as privacy
from optilearn.recognition.certificates.codes import new_code, parsed
from optilearn.recognition.models import Certificate
from tests.support.certificates import MARCH, certified, done
from tests.support.client import call
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
REASON = "Issued <b>by</b> mistake."


def verify(code: str, at: Any = MARCH) -> tuple[int, dict[str, Any]]:
    with clock.frozen(at):
        return call("GET", f"/api/certificates/verify/{code}")


def page(code: str, language: str = "en", at: Any = MARCH) -> Any:
    with clock.frozen(at):
        return Client().get(f"/verify/{code}", headers={"Accept-Language": language})


def words(response: Any) -> str:
    body = re.sub(r"<style>.*</style>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_it_shows_the_facts_and_nothing_else(twins: Twins) -> None:
    found = certified(twins[0], valid_months=12)
    status, body = verify(found.code)
    assert (status, body["data"]) == (
        200,
        {
            "state": "VALID",
            "number": "NOR-2026-000001",
            "studentName": "Lena",
            "courseTitle": "Math for all",
            "issuer": "North",
            "completedAt": "2026-03-12T10:30:00Z",
            "issuedAt": "2026-03-12T10:30:00Z",
            "expiresAt": "2027-03-12T23:59:59Z",
            "revokedAt": None,
            "revocationReason": "",
        },
    )


def test_a_code_may_be_typed_in_capitals(twins: Twins) -> None:
    assert verify(certified(twins[0]).code.upper())[0] == 200


def test_the_page_speaks_the_readers_language(twins: Twins) -> None:
    found = certified(twins[0], valid_months=12)
    shown = page(found.code)
    assert "This certificate is valid" in words(shown)
    assert "Valid until 12 March 2027" in words(shown)
    hindi = words(page(found.code, "hi"))
    assert "यह प्रमाणपत्र मान्य है" in hindi
    assert "12 मार्च 2027" in hindi
    assert page(found.code, "hi")["Content-Language"] == "hi"


def test_the_page_runs_nothing_and_is_kept_nowhere(twins: Twins) -> None:
    shown = page(certified(twins[0]).code)
    assert shown["Cache-Control"] == "no-store"
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    assert shown["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in shown
    assert Client().post(f"/verify/{certified(twins[1]).code}").status_code == 405


def test_a_revocation_counts_at_once_and_says_why(twins: Twins) -> None:
    north = twins[0]
    found = certified(north)
    assert verify(found.code)[1]["data"]["state"] == "VALID"
    done(north, "asha", "POST", f"/certificates/{found.pk}/revoke", {"reason": REASON})
    assert verify(found.code)[1]["data"]["state"] == "REVOKED"
    shown = page(found.code)
    assert shown["Cache-Control"] == "no-store"
    assert "This certificate was revoked" in words(shown)
    assert "<b>by</b>" not in shown.content.decode()  # typed text is shown as it is
    assert REASON in html.unescape(shown.content.decode())


def test_it_expires_with_the_clock(twins: Twins) -> None:
    found = certified(twins[0], valid_months=1)
    later = MARCH + timedelta(days=40)
    assert verify(found.code, later)[1]["data"]["state"] == "EXPIRED"
    assert "This certificate has expired" in words(page(found.code, at=later))


def wrong_codes(twin: Twin, other: Twin) -> list[str]:
    good = certified(twin).code
    secret = good.partition("-")[2]
    return [
        new_code(twin.id).text,
        f"{other.id}-{secret}",
        f"999999999999-{secret}",
        f"99999999999999999999-{secret}",
        f"0-{secret}",
        good[:-1],
        good + "0",
        secret,
        "%00",
        "é",
        "१" + good[1:],
        good.replace("-", " "),
    ]


def test_unknown_and_malformed_codes_are_alike(twins: Twins) -> None:
    pages, answers = set(), set()
    for code in wrong_codes(*twins):
        status, body = verify(code)
        answers.add((status, str(body["error"].get("code")), body["error"]["message"]))
        shown = page(code)
        pages.add((shown.status_code, shown["Cache-Control"], shown.content))
    assert {answer[:2] for answer in answers} == {(404, "NOT_FOUND")}
    assert len(answers) == 1
    assert {one[:2] for one in pages} == {(404, "no-store")}
    assert len(pages) == 1


def test_a_signed_in_stranger_of_another_school_sees_the_same(twins: Twins) -> None:
    from tests.support.client import token_of

    found = certified(twins[0])
    path = f"/api/certificates/verify/{found.code}"
    status, body = call("GET", path, token=token_of(twins[1], "pia"))
    assert (status, body["data"]["issuer"]) == (200, "North")


def test_a_verification_costs_two_queries_and_a_guess_at_most_one(twins: Twins) -> None:
    found = certified(twins[0])
    counts = []
    for code in (found.code, new_code(twins[0].id).text, "nonsense"):
        with CaptureQueriesContext(connection) as asked:
            verify(code)
        counts.append(len(asked))
    assert counts == [2, 1, 0]


@pytest.mark.parametrize("place", ["/verify/", "/api/certificates/verify/"])
def test_strangers_guess_slowly(twins: Twins, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(settings, "RATE_LIMIT_ANONYMOUS", 2)
    with clock.frozen(MARCH):
        statuses = [Client().get(f"{place}1-{n}").status_code for n in range(4)]
        last = Client().get(f"{place}1-9")
    assert statuses == [404, 404, 429, 429]
    assert last["Retry-After"]


def test_an_erased_person_is_not_named(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "enqueue", lambda task: None)
    north = twins[0]
    found = certified(north)
    done(
        north,
        "asha",
        "POST",
        f"/people/{found.student_id}/erase",
        {"reason": "The parents asked for it.", "confirm": "lena"},
    )
    with tenant_context(north.id):
        kept = Certificate.objects.get(pk=found.pk)
    assert (kept.student_name, kept.number, kept.course_title) == (
        "",
        "NOR-2026-000001",
        "Math for all",
    )
    data = verify(found.code)[1]["data"]
    assert (data["studentName"], data["state"]) == (None, "VALID")
    shown = page(found.code)
    assert "Lena" not in shown.content.decode()
    assert "Removed at the person’s request" in words(shown)
    pdf = call("GET", f"/api/certificates/{found.pk}/pdf", token=asha(north))
    assert pdf[1]["error"]["code"] == "CONFLICT"
    again = call(
        "POST",
        f"/api/certificates/{found.pk}/reissue",
        token=asha(north),
        body={"reason": "For the parents."},
    )
    assert again[0] == 409


def asha(twin: Twin) -> str:
    from tests.support.client import token_of

    return token_of(twin, "asha")


@given(st.text(max_size=60) | st.text(string.printable, max_size=60))
def test_any_text_is_a_code_or_none(text: str) -> None:
    found = parsed(text)
    assert found is None or found.text == text.strip().lower()


def test_codes_have_at_least_128_bits_and_read_back() -> None:
    codes = {new_code(7).text for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        found = parsed(code)
        assert found is not None
        assert (found.institution_id, found.text) == (7, code)
    letters = {letter for code in codes for letter in code.partition("-")[2]}
    assert len(letters) ** 26 >= 2**128
